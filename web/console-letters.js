// Dead letters of the chosen coupon: what the ledger would not take, and what the database said.

import { ask } from "/web/console-api.js";
import { chosen, queueOfChosen } from "/web/console-coupons.js";
import { $, row } from "/web/console-page.js";
import { shown, text } from "/web/console-texts.js";

const rowOf = (letter) => row([letter.sequence, String(letter.userId ?? text.unknown), shown(letter.dateAdmitted), letter.reason]);

/** Only where there are some, which the figures say: a healthy coupon costs no question. */
export async function showLetters() {
  const some = (queueOfChosen()?.deadLetters ?? 0) > 0;
  const { items } = some ? await ask(`/v1/dead-letters?limit=20&couponId=${chosen.id}`) : { items: [] };
  $("letters").hidden = items.length === 0;
  $("letters-rows").replaceChildren(...items.map(rowOf));
}
