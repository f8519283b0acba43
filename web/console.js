// The operators' console: signs in, then looks once a second. It asks /v1/… and /v1/stats and nothing else; the token
// stays in this tab and travels in a header only. Its parts: console-coupons.js, -users.js, -letters.js, -rehearsal.js,
// -trail.js, -charts.js.

import { ask, session } from "/web/console-api.js";
import { choose, chosen, forgetChosen, listCoupons, listenToCoupons, look, refreshList, rehearsalSeen, showAges, showWhatIsAllowed } from "/web/console-coupons.js";
import { $, later, say } from "/web/console-page.js";
import { text, translate } from "/web/console-texts.js";
import { showLetters } from "/web/console-letters.js";
import { listenToRehearsals, showRehearsal } from "/web/console-rehearsal.js";
import { showTrail } from "/web/console-trail.js";
import { forgetUser, listenToUsers, refreshUser } from "/web/console-users.js";

function signOut(why = "") {
  session.forget();
  forgetChosen();
  forgetUser();
  $("signed-in").hidden = true;
  $("sign-in-form").hidden = false;
  say(why);
}

async function signIn() {
  try {
    const { role, name, rehearsal } = await ask("/v1/stats"); // refused unless the token is good
    session.keep(session.token);
    session.role = role;
    $("sign-in-form").hidden = true;
    $("signed-in").hidden = false;
    $("who-am-i").textContent = text.signedIn(name, role);
    say("");
    showWhatIsAllowed();
    showRehearsal(rehearsal);
    const coupons = await listCoupons();
    await showTrail();
    const first = coupons.find((c) => c.state === "open") ?? coupons[0];
    if (first && chosen === null) await choose(first);
  } catch (e) {
    if (e.status === 401 || e.status === 403) signOut(e.status === 401 ? text.badToken : text.noRight);
    else say(e.status ? text.failed(e.message) : text.lost);
  }
}

async function keepLooking() {
  for (let turn = 0; ; ++turn) {
    await later(1000);
    if (session.token === null || $("signed-in").hidden || document.hidden) continue;
    showAges();
    try {
      if (chosen) {
        await look();
        showRehearsal(rehearsalSeen());
      }
      if (turn % 10 === 0) await refreshList(); // what asks the database, less often
      if (turn % 2 === 1) await refreshUser();
      if (turn % 10 === 2) await showTrail();
      if (turn % 5 === 3 && chosen) await showLetters();
      if ($("message").textContent === text.lost) say("");
    } catch (e) {
      if (e.status === 401) signOut(text.badToken);
      else say(e.status ? text.failed(e.message) : text.lost);
    }
  }
}

translate();
for (const canvas of document.querySelectorAll("canvas")) canvas.setAttribute("aria-label", text.names[canvas.id]);
listenToCoupons();
listenToUsers();
listenToRehearsals();
$("sign-out").addEventListener("click", () => signOut());
$("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  session.token = $("token").value.trim();
  $("token").value = "";
  signIn();
});
if (session.token !== null) signIn();
keepLooking();
