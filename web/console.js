// The operators' console. It asks /v1/… and /v1/stats and nothing else; the token stays in this tab and travels in a
// header only. Every text from the server is set as text, never as HTML.

const texts = {
  en: {
    badToken: "This token is not accepted.", lost: "The node cannot be reached. Trying again…",
    failed: (why) => `This did not work: ${why}`, done: "Done.", age: (s) => `Figures are ${s} s old.`,
    inSeconds: (s) => (s < 120 ? `in ${s} s` : `in ${Math.round(s / 60)} min`), unlimited: "unlimited",
    willPause: (t) => `“${t}” is paused: from now on nobody gets it, and the crowd reads that it is paused. Who has it keeps it. You can resume at any time.`,
    willResume: (t) => `“${t}” goes on: whoever asks gets it again, as long as its window and quantity allow.`,
    willChange: (t, from, to) => `The total of “${t}” changes from ${from} to ${to}. A total below what is issued is refused.`,
    willCreate: (t, n) => `“${t}” is created, quantity ${n}. It opens by itself at its start.`,
    nothing: (u) => `User ${u} does not have this coupon.`,
    record: (r) => `User ${r.user}: number ${r.sequence}, ${r.status}, issued ${r.dateIssued}, ${r.dateUsed ? `used ${r.dateUsed}` : "not used"}.`,
    states: { paused: "paused", scheduled: "scheduled", ended: "ended", sold_out: "sold out", open: "open" },
    labels: {},
  },
  ko: {
    badToken: "사용할 수 없는 토큰입니다.", lost: "서버에 연결할 수 없습니다. 다시 시도하는 중…",
    failed: (why) => `처리하지 못했습니다: ${why}`, done: "완료했습니다.", age: (s) => `${s}초 전 수치입니다.`,
    inSeconds: (s) => (s < 120 ? `${s}초 후` : `${Math.round(s / 60)}분 후`), unlimited: "무제한",
    willPause: (t) => `“${t}” 발급을 중단합니다. 지금부터 아무도 받을 수 없고, 화면에는 중단되었다고 표시됩니다. 이미 받은 쿠폰은 유지되며 언제든지 재개할 수 있습니다.`,
    willResume: (t) => `“${t}” 발급을 재개합니다. 기간과 수량이 허용하는 한 다시 받을 수 있습니다.`,
    willChange: (t, from, to) => `“${t}”의 총 수량을 ${from}에서 ${to}(으)로 변경합니다. 발급된 수량보다 적으면 거절됩니다.`,
    willCreate: (t, n) => `“${t}” 쿠폰을 수량 ${n}(으)로 만듭니다. 시작 시각이 되면 자동으로 열립니다.`,
    nothing: (u) => `회원 ${u}에게 이 쿠폰이 없습니다.`,
    record: (r) => `회원 ${r.user}: ${r.sequence}번째, ${r.status}, 발급 ${r.dateIssued}, ${r.dateUsed ? `사용 ${r.dateUsed}` : "미사용"}.`,
    states: { paused: "중단", scheduled: "예정", ended: "종료", sold_out: "소진", open: "진행 중" },
    labels: {
      console: "운영 화면", token: "토큰", signIn: "로그인", signOut: "로그아웃", coupons: "쿠폰", title: "제목", state: "상태",
      remaining: "남은 수량", total: "총 수량", more: "더 보기", rate: "초당 발급", forecast: "소진 예상", pause: "중단…",
      curve: "최근 2분간 초당 발급 수.", resume: "재개…", newTotal: "새 총 수량", change: "변경…", user: "회원", search: "조회", create: "새 쿠폰",
      totalOrNone: "수량 (비우면 무제한)", discount: "할인액", minimum: "최소 주문액", start: "시작 (현지 시각)", end: "종료 (현지 시각)",
      createIt: "만들기…", confirm: "실행", cancel: "취소",
    },
  },
};
const language = navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en";
const text = texts[language];

const $ = (id) => document.getElementById(id);
const marked = (name) => document.querySelector(`[data-fc="${name}"]`);
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let token = sessionStorage.getItem("firstcome-token");
let chosen = null; // the coupon that is shown
let curve = []; // admitted a second, one a second
let nextCursor = null;

const say = (sentence) => ($("message").textContent = sentence);

/** The answer's JSON. Throws the server's own sentence; a refused token signs out. */
async function api(path, method = "GET", body = undefined, key = undefined) {
  const answer = await fetch(path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body && { "Content-Type": "application/json" }),
      ...(key && { "Idempotency-Key": key }),
    },
    body: body && JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  if (answer.status === 401) signOut(text.badToken);
  throw Object.assign(new Error(said.detail || said.title || String(answer.status)), { status: answer.status, code: said.code });
}

function signOut(why = "") {
  token = null;
  chosen = null;
  sessionStorage.removeItem("firstcome-token");
  $("signed-in").hidden = true;
  $("sign-in-form").hidden = false;
  say(why);
}

async function signIn() {
  try {
    await api("/v1/stats"); // refused unless the token is good
    sessionStorage.setItem("firstcome-token", token);
    $("sign-in-form").hidden = true;
    $("signed-in").hidden = false;
    say("");
    await listCoupons();
  } catch (e) {
    if (e.status !== 401) say(e.status ? text.failed(e.message) : text.lost);
  }
}

function rowOf(coupon) {
  const row = document.createElement("tr");
  row.dataset.coupon = coupon.id;
  const cell = (content, kind = "") => {
    const td = row.insertCell();
    td.className = kind;
    td.append(content);
  };
  const open = document.createElement("button");
  open.textContent = coupon.title;
  open.addEventListener("click", () => choose(coupon));
  cell(String(coupon.id));
  cell(open);
  cell(text.states[coupon.state] ?? coupon.state);
  cell(coupon.remainingQuantity === null ? "∞" : String(coupon.remainingQuantity), "number");
  cell(coupon.totalQuantity === null ? "∞" : String(coupon.totalQuantity), "number");
  return row;
}

async function listCoupons(after = null) {
  const page = await api(`/v1/coupons?limit=100${after ? `&cursor=${encodeURIComponent(after)}` : ""}`);
  const rows = page.items.map(rowOf);
  if (after) marked("coupons").append(...rows);
  else marked("coupons").replaceChildren(...rows);
  nextCursor = page.nextCursor;
  $("more").hidden = nextCursor === null;
}

function choose(coupon) {
  chosen = { ...coupon };
  curve = [];
  $("found").textContent = "";
  $("quantity").value = coupon.totalQuantity ?? "";
  $("one").hidden = false;
  lookOnce().catch((e) => say(e.status ? text.failed(e.message) : text.lost));
}

/** One look at the chosen coupon, with the age of its figures from /v1/stats. */
async function lookOnce() {
  const id = chosen.id;
  const live = await api(`/v1/coupons/${id}/live`);
  const stats = await api("/v1/stats");
  if (chosen === null || chosen.id !== id) return;
  const state = document.querySelector(`[data-coupon="${id}"] td:nth-child(3)`);
  if (state) state.textContent = text.states[live.state] ?? live.state;
  Object.assign(chosen, { title: live.title, state: live.state, totalQuantity: live.totalQuantity });
  $("one-title").textContent = `${id} · ${live.title}`;
  $("state").textContent = text.states[live.state] ?? live.state;
  marked("remaining").textContent = live.remaining === null ? text.unlimited : String(live.remaining);
  $("rate").textContent = live.admittedPerSecond.toFixed(1);
  const forecast = live.remaining !== null && live.state === "open" && live.admittedPerSecond > 0;
  $("forecast").textContent = forecast ? text.inSeconds(Math.ceil(live.remaining / live.admittedPerSecond)) : "–";
  const known = stats.coupons.find((c) => String(c.id) === String(id));
  $("age").textContent = known ? text.age((known.ageMs / 1000).toFixed(1)) : "";
  marked("pause").disabled = live.state === "paused" || live.state === "ended";
  marked("resume").disabled = live.state !== "paused";
  draw(live.admittedPerSecond);
}

function draw(rate) {
  curve = [...curve, rate].slice(-120);
  const top = Math.max(1, ...curve);
  const points = curve.map((r, n) => `${120 - curve.length + n + 1},${98 - (96 * r) / top}`);
  document.querySelector("#curve polyline").setAttribute("points", points.join(" "));
  $("curve").setAttribute("aria-label", `${$("rate").textContent} (0–${top})`);
}

/** What will happen, said before it does: true when the operator wants it. */
function confirmed(sentence) {
  $("what").textContent = sentence;
  const dialog = $("dialog");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

async function change(sentence, path, method, body, key = undefined) {
  if (!(await confirmed(sentence))) return null;
  try {
    const answer = await api(path, method, body, key);
    say(text.done);
    await listCoupons();
    return answer;
  } catch (e) {
    say(e.status ? text.failed(e.message) : text.lost);
    return null;
  }
}

const changeChosen = (sentence, body) => change(sentence, `/v1/coupons/${chosen.id}`, "PATCH", body);

marked("pause").addEventListener("click", () => changeChosen(text.willPause(chosen.title), { paused: true }));
marked("resume").addEventListener("click", () => changeChosen(text.willResume(chosen.title), { paused: false }));
$("more").addEventListener("click", () => listCoupons(nextCursor).catch((e) => say(text.failed(e.message))));
$("sign-out").addEventListener("click", () => signOut());

$("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  $("token").value = "";
  signIn();
});

$("raise-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = Number($("quantity").value);
  changeChosen(text.willChange(chosen.title, chosen.totalQuantity ?? text.unlimited, wanted), { totalQuantity: wanted });
});

$("user-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const user = $("who").value.trim();
  try {
    $("found").textContent = text.record({ ...(await api(`/v1/coupons/${chosen.id}/issues/${user}`)), user });
  } catch (e) {
    $("found").textContent = e.code === "issue_not_found" ? text.nothing(user) : text.failed(e.message);
  }
});

/** What was to be created and got no clear answer is the same creation when it is asked for again: the same key. */
let creation = { of: "", key: "" };
function keyOf(draft) {
  const of = JSON.stringify(draft);
  if (creation.of !== of) {
    const random = crypto.getRandomValues(new Uint8Array(16));
    creation = { of, key: `console-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}` };
  }
  return creation.key;
}

$("create-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const total = $("new-total").value === "" ? null : Number($("new-total").value);
  const draft = {
    title: $("new-name").value,
    totalQuantity: total,
    discountAmount: Number($("new-discount").value),
    minAvailableAmount: Number($("new-minimum").value),
    dateIssueStart: new Date($("new-start").value).toISOString(),
    dateIssueEnd: new Date($("new-end").value).toISOString(),
  };
  const sentence = text.willCreate(draft.title, total ?? text.unlimited);
  const made = await change(sentence, "/v1/coupons", "POST", draft, keyOf(draft));
  if (!made) return;
  creation = { of: "", key: "" };
  choose(made);
});

async function keepLooking() {
  for (let turn = 0; ; ++turn) {
    await later(1000);
    if (token === null || $("signed-in").hidden || document.hidden) continue;
    try {
      if (chosen) await lookOnce();
      // Not under the keyboard's focus, which would be lost.
      if (turn % 5 === 0 && nextCursor === null && !marked("coupons").contains(document.activeElement)) await listCoupons();
      if ($("message").textContent === text.lost) say("");
    } catch (e) {
      if (e.status !== 401) say(e.status ? text.failed(e.message) : text.lost);
    }
  }
}

document.documentElement.lang = language;
for (const place of document.querySelectorAll("[data-text]"))
  if (text.labels[place.dataset.text]) place.textContent = text.labels[place.dataset.text];
if (token !== null) signIn();
keepLooking();
