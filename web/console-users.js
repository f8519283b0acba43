// A user's whole story: every coupon that the user has or had, also one that is only accepted yet, and the way back.

import { ask, session } from "/web/console-api.js";
import { chosen } from "/web/console-coupons.js";
import { $, button, confirmed, row, say } from "/web/console-page.js";
import { shown, text } from "/web/console-texts.js";

let waitsFor = null; // the user that is shown while one of the coupons is accepted only: the ledger will have it in a moment

async function recordsOf(user) {
  const { items } = await ask(`/v1/users/${user}/issues?limit=1000`);
  if (chosen === null || items.some((r) => String(r.couponId) === String(chosen.id))) return items;
  try {
    return [await ask(`/v1/coupons/${chosen.id}/issues/${user}`), ...items]; // the gate knows it before the ledger does
  } catch (e) {
    if (e.code === "issue_not_found" || e.code === "coupon_not_found") return items;
    throw e;
  }
}

async function giveBack(record, user) {
  const coupon = await ask(`/v1/coupons/${record.couponId}`);
  const reason = await confirmed(text.willReturn(user, coupon.title, coupon.restock === "pool"), { withReason: true });
  if (reason === null) return;
  await ask(`/v1/coupons/${record.couponId}/issues/${user}/return`, "POST", { reason });
  say(text.done);
  await show(user);
}

function rowOf(record, user) {
  const mayReturn = session.mayChange && record.status === "issued";
  const failed = (e) => say(e.status ? text.failed(e.message) : text.lost);
  return row([
    String(record.couponId), record.sequence, text.statuses[record.status] ?? record.status, shown(record.dateIssued),
    shown(record.dateUsed) + (record.orderId ? ` (${record.orderId})` : ""), shown(record.dateReturned),
    mayReturn ? button(text.giveBack, () => giveBack(record, user).catch(failed)) : "",
  ]);
}

async function show(user) {
  waitsFor = null;
  const records = await recordsOf(user);
  if (records.some((r) => r.status === "accepted")) waitsFor = user;
  $("found").textContent = records.length === 0 ? text.nothing(user) : text.found(user, records.length);
  $("found-table").hidden = records.length === 0;
  $("found-rows").replaceChildren(...records.map((r) => rowOf(r, user)));
}

/** What was accepted is looked up again until it is issued: then it can be returned. */
export async function refreshUser() {
  const user = waitsFor;
  if (user === null || $("dialog").open) return;
  const records = await recordsOf(user);
  if (waitsFor !== user || records.some((r) => r.status === "accepted")) return;
  waitsFor = null;
  $("found-rows").replaceChildren(...records.map((r) => rowOf(r, user)));
}

export function listenToUsers() {
  $("user-form").addEventListener("submit", (event) => {
    event.preventDefault();
    show($("who").value.trim()).catch((e) => {
      $("found-table").hidden = true;
      $("found").textContent = e.status ? text.failed(e.message) : text.lost;
    });
  });
}

export function forgetUser() {
  waitsFor = null;
  $("who").value = "";
  $("found").textContent = "";
  $("found-rows").replaceChildren();
  $("found-table").hidden = true;
}
