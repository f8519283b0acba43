// The list of coupons, the one that is looked at, and what an operator may do to it.

import { ask, newKey, session } from "/web/console-api.js";
import { beginCurves, drawSecond } from "/web/console-charts.js";
import { $, confirmed, marked, row, say } from "/web/console-page.js";
import { language, shown, text } from "/web/console-texts.js";

export let chosen = null; // the coupon that is looked at, as the API writes it
let nextCursor = null;
let filled = null; // the coupon as the form of changes was filled with it: what differs from that is the operator's own change
let seen = null; // the last look: { live, stats, queue, at }

const figure = (n) => n.toLocaleString(language);
const orUnlimited = (n) => (n === null ? text.unlimited : figure(n));

function rowOf(coupon) {
  const open = document.createElement("button");
  open.type = "button";
  open.textContent = coupon.title;
  const tr = row([
    coupon.id, open, text.states[coupon.state] ?? coupon.state,
    coupon.remainingQuantity ?? "∞", coupon.totalQuantity ?? "∞", shown(coupon.dateIssueStart),
  ]);
  tr.dataset.coupon = coupon.id;
  tr.addEventListener("click", () => choose(coupon));
  return tr;
}

export async function listCoupons(after = null) {
  const page = await ask(`/v1/coupons?limit=100${after ? `&cursor=${encodeURIComponent(after)}` : ""}`);
  const rows = page.items.map(rowOf);
  if (after) marked("coupons").append(...rows);
  else marked("coupons").replaceChildren(...rows);
  nextCursor = page.nextCursor;
  $("more").hidden = nextCursor === null;
  const fresh = chosen && page.items.find((c) => String(c.id) === String(chosen.id));
  if (fresh) {
    chosen = fresh;
    if (!isEdited()) fillChangeForm(fresh);
  }
  return page.items;
}

/** Also where the list goes on: then it stays as it was read, so that nobody loses the place. Not under the keyboard's focus. */
export async function refreshList() {
  if (nextCursor === null && !marked("coupons").contains(document.activeElement)) await listCoupons();
}

export const moreCoupons = () => listCoupons(nextCursor);

/** What of the chosen coupon is on its way into the ledger; null while nobody knows. */
export const queueOfChosen = () => seen?.queue ?? null;

/** What the last look heard of rehearsals; undefined where the node takes none. */
export const rehearsalSeen = () => seen?.stats.rehearsal;

export function forgetChosen() {
  chosen = null;
  seen = null;
  $("one").hidden = true;
}

const asLocal = (time) => {
  const at = new Date(time);
  return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
};

function fillChangeForm(coupon) {
  filled = coupon;
  $("quantity").value = coupon.totalQuantity ?? "";
  $("change-name").value = coupon.title;
  $("change-start").value = asLocal(coupon.dateIssueStart);
  $("change-end").value = asLocal(coupon.dateIssueEnd);
  $("change-restock").value = coupon.restock ?? "none";
}

export async function choose(coupon) {
  chosen = coupon;
  seen = null;
  $("one-title").textContent = `${coupon.id} · ${coupon.title}`;
  $("event-page").href = `/events/${coupon.id}`;
  fillChangeForm(coupon);
  $("one").hidden = false;
  beginCurves();
  await look().catch((e) => say(e.status ? text.failed(e.message) : text.lost));
}

const oldMs = 900; // a look is made at most once a second

/**
 * One look at the chosen coupon: /v1/stats has it, with its age, when somebody has looked a moment ago. So many consoles at one
 * coupon cost the node little more than one.
 */
export async function look() {
  const { id } = chosen;
  const stats = await ask("/v1/stats");
  const watched = stats.coupons.find((c) => String(c.id) === String(id));
  const live = watched && watched.ageMs < oldMs ? watched : await ask(`/v1/coupons/${id}/live`);
  if (chosen === null || chosen.id !== id) return;
  seen = { live, stats, ageMs: watched?.ageMs ?? 0, queue: watched?.queue ?? null, at: performance.now() };
  const state = document.querySelector(`[data-coupon="${id}"] td:nth-child(3)`);
  if (state) state.textContent = text.states[live.state] ?? live.state;
  $("one-title").textContent = `${id} · ${live.title}`;
  $("state").textContent = text.states[live.state] ?? live.state;
  marked("remaining").textContent = live.remaining === null ? text.unlimited : String(live.remaining);
  $("issued").textContent = watched ? figure(watched.issuedQuantity) : "–";
  $("behind").textContent = watched ? figure(watched.behind) : "–";
  $("rate").textContent = figure(live.admittedPerSecond);
  const coming = live.remaining > 0 && live.state === "open" && live.admittedPerSecond > 0;
  $("forecast").textContent = coming ? text.inSeconds(Math.ceil(live.remaining / live.admittedPerSecond)) : "–";
  showQueue(seen.queue);
  showNode(stats);
  marked("pause").disabled = live.state === "paused" || live.state === "ended";
  marked("resume").disabled = live.state !== "paused";
  drawSecond(live.admittedPerSecond, stats.issuing.perSecond, live.remaining);
  showAges();
}

function showQueue(queue) {
  $("waiting").textContent = queue ? figure(queue.waiting) : "–";
  $("lag").textContent = queue ? text.seconds((queue.lagMs / 1000).toFixed(1)) : "–";
  $("dead-letters").textContent = queue ? figure(queue.deadLetters) : "–";
  $("dead-letters").classList.toggle("bad", queue !== null && queue.deadLetters > 0);
}

function showNode({ issuing }) {
  const within = (ms) => (ms === null ? "–" : text.untilMs(figure(ms < 10 ? Math.round(ms * 100) / 100 : Math.round(ms))));
  $("p50").textContent = within(issuing.p50Ms);
  $("p99").textContent = within(issuing.p99Ms);
  const refusals = Object.entries(issuing.perSecond).filter(([what, n]) => n > 0 && what !== "admitted" && what !== "already_issued");
  $("refused").textContent = refusals.length ? refusals.map(([what, n]) => `${text.outcomes[what]} ${figure(n)}`).join(", ") : "0";
  for (const place of document.querySelectorAll(".window"))
    place.textContent = text.over((issuing.windowMs / 1000).toFixed(0));
}

/** How old the figures are: also while no answer comes. */
export function showAges() {
  if (seen === null) return;
  const sinceMs = performance.now() - seen.at;
  for (const place of document.querySelectorAll("#figures .age")) {
    const thenMs = place.dataset.of === "queue" ? seen.queue?.ageMs : seen.ageMs;
    if (thenMs === undefined) {
      place.textContent = "";
      continue;
    }
    const ageMs = thenMs + sinceMs;
    place.textContent = text.age((ageMs / 1000).toFixed(1));
    place.classList.toggle("bad", ageMs > 5000);
  }
}

async function change(sentence, path, method, body, headers) {
  if ((await confirmed(sentence)) === null) return null;
  try {
    const answer = await ask(path, method, body, headers);
    await listCoupons();
    if (chosen && String(answer.id) === String(chosen.id)) fillChangeForm((chosen = answer));
    if (chosen) await look();
    say(text.done);
    return answer;
  } catch (e) {
    say(e.status ? text.failed(e.message) : text.lost);
    return null;
  }
}

const changeChosen = (sentence, body) => change(sentence, `/v1/coupons/${chosen.id}`, "PATCH", body);
const timeIn = (id) => new Date($(id).value).toISOString();
const totalIn = (id) => ($(id).value === "" ? null : Number($(id).value));

/**
 * What the operator changed in the form, as the API's members and as words. Only that is sent: what somebody else changed since
 * the form was filled stays. `now`: the coupon as it is, so that the words say what is really replaced.
 */
function changesIn(now) {
  const wanted = {
    totalQuantity: totalIn("quantity"), title: $("change-name").value, dateIssueStart: timeIn("change-start"),
    dateIssueEnd: timeIn("change-end"), restock: $("change-restock").value,
  };
  const sameSecond = (a, b) => Math.floor(Date.parse(a) / 1000) === Math.floor(Date.parse(b) / 1000);
  const words = {
    totalQuantity: ["total", orUnlimited], title: ["title", String], dateIssueStart: ["start", shown], dateIssueEnd: ["end", shown],
    restock: ["restock", (r) => text.restocks[r]],
  };
  const body = {};
  const sentences = [];
  for (const [name, value] of Object.entries(wanted)) {
    const same = name.startsWith("date") ? sameSecond : (a, b) => a === b;
    const was = (coupon) => coupon[name] ?? (name === "restock" ? "none" : null);
    if (same(value, was(filled)) || same(value, was(now))) continue;
    body[name] = value;
    const [what, write] = words[name];
    sentences.push(text.changed(text.names[what], write(was(now)), write(value)));
    if (!same(was(now), was(filled))) sentences.push(text.meanwhile(text.names[what], write(was(filled)), write(was(now))));
  }
  return { body, sentences };
}

/** What is half typed, or under the keyboard's focus, is the operator's. */
function isEdited() {
  const form = $("change-form");
  return form.contains(document.activeElement) || !form.checkValidity() || changesIn(filled).sentences.length > 0;
}

async function changeAsFilled() {
  const now = await ask(`/v1/coupons/${chosen.id}`);
  const { body, sentences } = changesIn(now);
  if (sentences.length === 0) return say(text.nothingChanges);
  await changeChosen(text.willChange(now.title, sentences), body);
}

// A repeated click, or one after a lost answer, makes one coupon: the key stays until the answer was a yes.
let creation = { key: newKey(), body: null };

async function create() {
  const body = {
    title: $("new-name").value, totalQuantity: totalIn("new-total"), discountAmount: Number($("new-discount").value),
    minAvailableAmount: Number($("new-minimum").value), dateIssueStart: timeIn("new-start"), dateIssueEnd: timeIn("new-end"),
    restock: $("new-restock").value,
  };
  if (body.dateIssueEnd <= body.dateIssueStart) return say(text.endBeforeStart);
  if (creation.body !== JSON.stringify(body)) creation = { key: newKey(), body: JSON.stringify(body) };
  const sentence = text.willCreate(body.title, orUnlimited(body.totalQuantity), shown(body.dateIssueStart), shown(body.dateIssueEnd));
  const made = await change(sentence, "/v1/coupons", "POST", body, { "Idempotency-Key": creation.key });
  if (made === null) return;
  creation = { key: newKey(), body: null };
  $("create-form").reset();
  choose(made);
}

export function listenToCoupons() {
  marked("pause").addEventListener("click", () => changeChosen(text.willPause(chosen.title), { paused: true }));
  marked("resume").addEventListener("click", () => changeChosen(text.willResume(chosen.title), { paused: false }));
  $("more").addEventListener("click", () => moreCoupons().catch((e) => say(text.failed(e.message))));
  $("change-form").addEventListener("submit", (event) => {
    event.preventDefault();
    changeAsFilled().catch((e) => say(e.status ? text.failed(e.message) : text.lost));
  });
  $("create-form").addEventListener("submit", (event) => {
    event.preventDefault();
    create();
  });
}

/** Who may only look has no buttons that would be refused. */
export function showWhatIsAllowed() {
  for (const place of document.querySelectorAll("[data-changes]")) place.hidden = !session.mayChange;
}
