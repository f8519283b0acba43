// What operators did, newest first: /v1/actions. Of before and after, only what differs is shown.

import { ask } from "/web/console-api.js";
import { $, row } from "/web/console-page.js";
import { shown, text } from "/web/console-texts.js";

const words = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));

/** The members of `one` that `other` lacks or has otherwise. */
function differing(one, other) {
  const names = Object.keys(one ?? {}).filter((name) => words(one[name]) !== words(other?.[name]) && name !== "dateUpdated");
  return names.map((name) => `${name} ${words(one[name])}`).join(", ");
}

const rowOf = (action) =>
  row([
    shown(action.dateCreated), `${action.actor} (${action.role})`, text.actions[action.action] ?? action.action,
    String(action.couponId ?? ""), String(action.userId ?? ""), differing(action.before, action.after),
    action.before === null ? differing(action.after, null) : differing(action.after, action.before),
  ]);

export async function showTrail() {
  try {
    const { items } = await ask("/v1/actions?limit=20");
    $("trail").hidden = false;
    $("trail-rows").replaceChildren(...items.map(rowOf));
  } catch (e) {
    if (e.status !== 404) throw e; // a node that keeps no trail
    $("trail").hidden = true;
  }
}
