// A rehearsal: a made-up crowd at a coupon of its own. For admins of a node that was started with --rehearsal.

import { ask, newKey, session } from "/web/console-api.js";
import { choose, listCoupons } from "/web/console-coupons.js";
import { $, confirmed, say } from "/web/console-page.js";
import { text } from "/web/console-texts.js";

// A repeated click, or one after a lost answer, begins one rehearsal: the key stays until the answer was a yes.
let begun = { key: newKey(), body: null };

/** `state`: what /v1/stats says of it; undefined where the node takes none. */
export function showRehearsal(state) {
  $("rehearsal").hidden = !(state && session.role === "admin");
  $("rehearsal-state").textContent = state && state.couponId !== undefined ? text.rehearsed(state) : "";
}

async function rehearse() {
  const body = {
    users: Number($("rehearsal-users").value), totalQuantity: Number($("rehearsal-total").value), seconds: Number($("rehearsal-seconds").value),
  };
  if ((await confirmed(text.willRehearse(body))) === null) return;
  if (begun.body !== JSON.stringify(body)) begun = { key: newKey(), body: JSON.stringify(body) };
  const made = await ask("/v1/rehearsals", "POST", body, { "Idempotency-Key": begun.key });
  begun = { key: newKey(), body: null };
  await listCoupons();
  await choose(made);
  say(text.done);
  $("one").scrollIntoView();
}

export function listenToRehearsals() {
  $("rehearsal-form").addEventListener("submit", (event) => {
    event.preventDefault();
    rehearse().catch((e) => say(e.status ? text.failed(e.message) : text.lost));
  });
}
