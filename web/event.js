// The event page: waits for the opening by the server's clock, asks for the coupon when the user presses, and says what
// came of it. It reads /v1/coupons/{id}/live and posts to /v1/coupons/{id}/issues, and nothing else.

import { language, text } from "/web/event-texts.js";

const marked = (name) => document.querySelector(`[data-fc="${name}"]`);
const press = marked("press");
const user = marked("user");
const status = marked("status");
const countdown = marked("countdown");
const coupon = location.pathname.split("/")[2];
const setting = (name) => document.querySelector(`meta[name="firstcome-${name}"]`).content;
const trusted = setting("user-auth") === "trusted";
const allowedOrigins = setting("allowed-origins").split(" ").filter(Boolean);

let token = takeTokenFromAddress();
let tokenRefused = false; // the last one that we had; a new one may be better
let live = null; // the last answer of /live
let offsetMs = 0; // the server's clock minus ours
let asking = false; // between the press and the final answer
let done = false; // the user has an answer that stays
let notice = null; // what was wrong with the last press: stays until the user types, presses or signs in, or the state changes

function takeTokenFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) history.replaceState(null, "", location.pathname + location.search);
  return given;
}

// A screen reader speaks the status whenever it changes: so only when it does.
function say(sentence, kind = "") {
  if (status.textContent !== sentence) status.textContent = sentence;
  status.className = `status ${kind}`;
}

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const serverNow = () => Date.now() + offsetMs;

/** The user of a token's `sub`, without checking it: the server does. Kept as text: ids are longer than numbers. */
function userOfToken() {
  try {
    const claims = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    const said = JSON.parse(claims.replace(/("sub"\s*:\s*)(\d+)/g, '$1"$2"'));  // as text: numbers end at 2^53
    return said.sub ?? null;
  } catch {
    return null;
  }
}

function whoAsks() {
  const id = trusted ? user.value.trim() : userOfToken();
  return id !== null && /^[1-9]\d{0,18}$/.test(id) ? id : null;
}

async function lookOnce() {
  const before = Date.now();
  const answer = await fetch(`/v1/coupons/${coupon}/live`);
  if (answer.status === 404 || answer.status === 400) return stop(text.notFound);
  if (!answer.ok) throw new Error(String(answer.status));
  const seen = await answer.json();
  const after = Date.now();
  // An answer from the browser's cache is an old clock: it came back at once, and says less than what we know.
  const measured = Date.parse(seen.now) - (before + after) / 2;
  if (live === null || after - before > 2 || Math.abs(measured - offsetMs) > 2000) offsetMs = measured;
  live = seen;
  const clock = document.getElementById("clock");
  clock.hidden = Math.abs(offsetMs) <= 1000;
  clock.textContent = text.clock(Math.round(Math.abs(offsetMs) / 1000));
}

function leftUntil(openingMs) {
  const seconds = Math.max(0, Math.ceil((openingMs - serverNow()) / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days > 0 ? `${days}d ${clock}` : clock;
}

/** The state by the server's clock now, and not as of the last look: nobody waits for a look at the opening. */
function stateNow() {
  if (live.state === "scheduled" && serverNow() >= Date.parse(live.dateIssueStart)) return "open";
  if (live.state === "open" && serverNow() >= Date.parse(live.dateIssueEnd)) return "ended";
  return live.state;
}

function show() {
  if (live === null) return;
  document.getElementById("title").textContent = live.title;
  document.title = live.title;
  const state = stateNow();
  countdown.hidden = state !== "scheduled" || done;
  if (state === "scheduled") countdown.textContent = text.opensIn(leftUntil(Date.parse(live.dateIssueStart)));
  if (asking || done) return;
  const known = trusted || token !== null;
  // Who holds the coupon may press when it is sold out or over, and hears of the own one: the server decides.
  press.disabled = !known || state === "scheduled" || state === "paused";
  if (!known) return say(tokenRefused ? text.tokenRefused : text.needsToken, tokenRefused ? "no" : "");
  if (notice !== null && notice.state === state) return say(notice.sentence, "no");
  say(state === "scheduled" ? text.opensSoon : text[state]);
}

function tellWhatIsWrong(sentence) {
  notice = { sentence, state: stateNow() };
  show();
}

function stop(sentence, kind) {
  done = true;
  asking = false;
  press.disabled = true;
  say(sentence, kind);
}

/** Asks until there is an answer: a repeated request of the same user never gets a second coupon. */
async function ask(id) {
  for (;;) {
    say(text.asking);
    let answer;
    try {
      answer = await fetch(`/v1/coupons/${coupon}/issues`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(token !== null && { Authorization: `Bearer ${token}` }) },
        body: `{"userId":${id}}`,
      });
    } catch {
      say(text.lost);
      await later(1000 + 1000 * Math.random());
      continue;
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok && body.status === "returned") return stop(text.returned);
    if (answer.ok) return stop(text.yours(body.sequence, live.totalQuantity), "yes");
    if (answer.status !== 503) return refused(answer, body);
    const seconds = Number(answer.headers.get("Retry-After")) || 1;
    say(text.again(seconds));
    await later(seconds * 1000);
  }
}

function refused(answer, body) {
  asking = false;
  if (answer.status === 401 || answer.status === 403) {
    token = null;
    tokenRefused = true;
    return show();
  }
  if (body.code === "not_started") return show(); // our clock was ahead: the next look mends it
  if (body.code === "coupon_not_found") return stop(text.notFound);
  if (body.code === "paused") {
    live.state = "paused";
    return show();
  }
  if (["sold_out", "ended", "returned"].includes(body.code)) return stop(text[body.code], "no");
  tellWhatIsWrong(text.wrong);
}

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (asking || done || press.disabled) return;
  const id = whoAsks();
  if (id === null) {
    if (trusted) user.focus();
    return tellWhatIsWrong(trusted ? text.userWrong : text.tokenRefused);
  }
  notice = null;
  asking = true;
  press.disabled = true;
  ask(id);
});

user.addEventListener("input", () => {
  notice = null;
  show();
});

function takeToken(given) {
  if (typeof given !== "string" || given === "") return;
  token = given;
  tokenRefused = false;
  notice = null;
  show();
}

// The page around us hands over the token. Only the origins that the node was told of are heard (--allow-origin).
addEventListener("message", (event) => {
  if (!allowedOrigins.includes(event.origin) && !allowedOrigins.includes("*")) return;
  takeToken(event.data?.firstcomeToken);
});
addEventListener("hashchange", () => takeToken(takeTokenFromAddress()));

async function keepLooking() {
  while (!done) {
    let wait = 2000 + 1000 * Math.random();
    try {
      await lookOnce();
      show();
    } catch {
      if (!asking && !done) {
        press.disabled = true;
        say(text.lost);
      }
      wait = 1000 + 1000 * Math.random();
    }
    await later(wait);
  }
}

document.documentElement.lang = language;
if (new URLSearchParams(location.search).has("embed")) document.body.classList.add("embedded");
press.textContent = text.press;
document.getElementById("user-label").textContent = text.user;
document.getElementById("user-row").hidden = !trusted;
setInterval(show, 200);
keepLooking();
