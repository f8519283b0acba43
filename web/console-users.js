// A user's whole story: every coupon that the user has or had, also one that is only accepted yet, and the way back.

import { ask, session } from "/web/console-api.js";
import { chosen } from "/web/console-coupons.js";
import { $, button, confirmed, row, say } from "/web/console-page.js";
import { shown, text } from "/web/console-texts.js";

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
  const records = await recordsOf(user);
  $("found").textContent = records.length === 0 ? text.nothing(user) : text.found(user, records.length);
  $("found-table").hidden = records.length === 0;
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
  $("who").value = "";
  $("found").textContent = "";
  $("found-rows").replaceChildren();
  $("found-table").hidden = true;
}
