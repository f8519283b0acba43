// Every sentence of the console, by language. `labels` are the words of console.html, by their data-text; English stands
// in the page itself. A new language is a new member with the same keys: docs/pages.md.

const texts = {
  en: {
    badToken: "This token is not accepted.",
    noRight: "This token may not look at the console: it needs the role viewer, operator or admin.",
    lost: "The node cannot be reached. Trying again…",
    failed: (why) => `This did not work: ${why}`,
    done: "Done.",
    signedIn: (name, role) => `Signed in as ${name}, with the role ${role}.`,
    age: (s) => `${s} s old`,
    over: (s) => `over ${s} s`,
    inSeconds: (s) => (s < 120 ? `in ${s} s` : `in ${Math.round(s / 60)} min`),
    unlimited: "unlimited",
    untilMs: (ms) => `${ms} ms`,
    willPause: (t) =>
      `“${t}” is paused: from now on nobody gets it, and the crowd reads that it is paused. Who has it keeps it. You can resume at any time.`,
    willResume: (t) => `“${t}” goes on: whoever asks gets it again, as long as its window and quantity allow.`,
    willChange: (t, changes) =>
      `“${t}” changes: ${changes.join("; ")}. Who has it keeps it. A total below what is issued is refused.`,
    willCreate: (t, n, from, to) => `“${t}” is created, quantity ${n}. It opens by itself ${from} and ends ${to}.`,
    willReturn: (u, t, again) =>
      `User ${u} loses “${t}” for good and cannot get it again. The place ${again ? "goes to the next who asks" : "is gone"}. The reason stays on the record.`,
    willRehearse: ({ users, totalQuantity, seconds }) =>
      `A coupon is made, marked [rehearsal], with ${totalQuantity} to give. It opens in 3 s, and ${users} made-up users come within ${seconds} s. They ask for no other coupon and give way to real users; the figures of this node count them. What they get stays in the ledger.`,
    rehearsed: ({ couponId, users, answered, admitted, running }) =>
      `${running ? "Under way" : "Over"}: coupon ${couponId}, ${answered} of ${users} have their answer, ${admitted} got it.`,
    changed: (name, from, to) => `${name} from ${from} to ${to}`,
    meanwhile: (name, from, to) => `somebody else has changed ${name} meanwhile, from ${from} to ${to}, and that is replaced`,
    names: {
      total: "the total", title: "the title", start: "the opening", end: "the end", restock: "what becomes of a returned place",
      rates: "Requests a second, in the last two minutes: admitted, and refused by reason.", left: "What is left, in the last two minutes.",
    },
    nothingChanges: "Nothing would change.",
    endBeforeStart: "The end must be after the start.",
    nothing: (u) => `User ${u} has no coupon.`,
    found: (u, n) => `User ${u}: ${n === 1 ? "one coupon" : `${n} coupons`}.`,
    giveBack: "Return…",
    unknown: "unknown",
    seconds: (s) => `${s} s`,
    states: { paused: "paused", scheduled: "scheduled", ended: "ended", sold_out: "sold out", open: "open" },
    statuses: { accepted: "accepted", issued: "issued", used: "used", returned: "returned" },
    restocks: { none: "gone", pool: "to the next who asks" },
    outcomes: {
      admitted: "admitted", already_issued: "had it already", sold_out: "sold out", not_started: "too early", ended: "too late",
      paused: "paused", returned: "had returned it", coupon_not_found: "no such coupon", overloaded: "overloaded", unavailable: "unavailable",
    },
    actions: {
      create_coupon: "created", change_coupon: "changed", pause_coupon: "paused", resume_coupon: "resumed",
      raise_coupon: "raised", lower_coupon: "lowered", return_issue: "returned", undo_use: "undid the use",
      replay_dead_letter: "replayed a dead letter", discard_dead_letter: "gave a place up", repair_count: "repaired the count", repair_issue: "repaired an issue",
    },
    labels: {},
  },
  ko: {
    badToken: "사용할 수 없는 토큰입니다.",
    noRight: "이 토큰으로는 운영 화면을 볼 수 없습니다. viewer, operator 또는 admin 역할이 필요합니다.",
    lost: "서버에 연결할 수 없습니다. 다시 시도하는 중…",
    failed: (why) => `처리하지 못했습니다: ${why}`,
    done: "완료했습니다.",
    signedIn: (name, role) => `${name}(으)로 로그인했습니다. 역할: ${role}.`,
    age: (s) => `${s}초 전`,
    over: (s) => `최근 ${s}초`,
    inSeconds: (s) => (s < 120 ? `${s}초 후` : `${Math.round(s / 60)}분 후`),
    unlimited: "무제한",
    untilMs: (ms) => `${ms} ms`,
    willPause: (t) =>
      `“${t}” 발급을 중단합니다. 지금부터 아무도 받을 수 없고, 화면에는 중단되었다고 표시됩니다. 이미 받은 쿠폰은 유지되며 언제든지 재개할 수 있습니다.`,
    willResume: (t) => `“${t}” 발급을 재개합니다. 기간과 수량이 허용하는 한 다시 받을 수 있습니다.`,
    willChange: (t, changes) =>
      `“${t}”을(를) 변경합니다: ${changes.join("; ")}. 이미 받은 쿠폰은 유지됩니다. 총 수량이 발급된 수량보다 적으면 거절됩니다.`,
    willCreate: (t, n, from, to) => `“${t}” 쿠폰을 수량 ${n}(으)로 만듭니다. ${from}에 자동으로 열리고 ${to}에 끝납니다.`,
    willReturn: (u, t, again) =>
      `회원 ${u}의 “${t}” 쿠폰을 회수합니다. 이 회원은 다시 받을 수 없습니다. 자리는 ${again ? "다음 요청자에게 돌아갑니다" : "없어집니다"}. 사유는 기록에 남습니다.`,
    willRehearse: ({ users, totalQuantity, seconds }) =>
      `[rehearsal] 표시가 붙은 쿠폰을 수량 ${totalQuantity}(으)로 만듭니다. 3초 후에 열리고, 가상 회원 ${users}명이 ${seconds}초 동안 요청합니다. 다른 쿠폰은 요청하지 않으며 실제 회원에게 양보합니다. 이 서버의 수치에는 포함되고, 발급된 것은 원장에 남습니다.`,
    rehearsed: ({ couponId, users, answered, admitted, running }) =>
      `${running ? "진행 중" : "끝"}: 쿠폰 ${couponId}, ${users}명 중 ${answered}명이 답을 받았고 ${admitted}명이 발급받았습니다.`,
    changed: (name, from, to) => `${name}: ${from} → ${to}`,
    meanwhile: (name, from, to) => `그 사이 다른 운영자가 ${name}을(를) ${from}에서 ${to}(으)로 바꾸었으며, 이 변경이 그것을 대신합니다`,
    names: {
      total: "총 수량", title: "제목", start: "시작", end: "종료", restock: "반납된 자리",
      rates: "최근 2분간 초당 요청 수: 발급과 사유별 거절.", left: "최근 2분간 남은 수량.",
    },
    nothingChanges: "변경할 내용이 없습니다.",
    endBeforeStart: "종료 시각은 시작 시각보다 뒤여야 합니다.",
    nothing: (u) => `회원 ${u}에게 쿠폰이 없습니다.`,
    found: (u, n) => `회원 ${u}: 쿠폰 ${n}개.`,
    giveBack: "회수…",
    unknown: "알 수 없음",
    seconds: (s) => `${s}초`,
    states: { paused: "중단", scheduled: "예정", ended: "종료", sold_out: "소진", open: "진행 중" },
    statuses: { accepted: "접수", issued: "발급", used: "사용", returned: "반납" },
    restocks: { none: "없어짐", pool: "다음 요청자에게" },
    outcomes: {
      admitted: "발급", already_issued: "이미 발급", sold_out: "소진", not_started: "시작 전", ended: "종료", paused: "중단",
      returned: "반납함", coupon_not_found: "없는 쿠폰", overloaded: "과부하", unavailable: "응답 불가",
    },
    actions: {
      create_coupon: "생성", change_coupon: "변경", pause_coupon: "중단", resume_coupon: "재개", raise_coupon: "증량",
      lower_coupon: "감량", return_issue: "회수", undo_use: "사용 취소", replay_dead_letter: "기록 실패 재처리", discard_dead_letter: "자리 포기",
      repair_count: "수량 복구", repair_issue: "발급 복구",
    },
    labels: {
      console: "운영 화면", token: "토큰", signIn: "로그인", signOut: "로그아웃", coupons: "쿠폰", title: "제목", state: "상태",
      remaining: "남은 수량", total: "총 수량", more: "더 보기", rate: "초당 발급", forecast: "소진 예상", behind: "기록 대기",
      issued: "발급 수량", refused: "초당 거절 (이 서버, 모든 쿠폰)", p50: "응답 시간 p50", p99: "p99",
      pause: "중단…", resume: "재개…", changeTitle: "변경", change: "변경…",
      user: "회원 번호", search: "조회", aUser: "회원", create: "새 쿠폰", totalOrNone: "수량 (비우면 무제한)", discount: "할인액",
      minimum: "최소 주문액", start: "시작 (현지 시각)", end: "종료 (현지 시각)", restock: "반납된 자리", gone: "없어짐",
      pool: "다음 요청자에게", createIt: "만들기…", confirm: "실행", cancel: "취소", reason: "사유", number: "순번", coupon: "쿠폰",
      dateIssued: "발급", dateUsed: "사용", dateReturned: "반납", trail: "작업 기록", when: "시각", who: "작업자", what: "작업",
      before: "이전", after: "이후", eventPage: "이벤트 페이지", deadLetters: "기록 실패",
      rehearsal: "예행연습", madeUpUsers: "가상 회원 수", overSeconds: "몇 초 동안", rehearse: "예행연습…",
      aboutRehearsal: "가상의 회원들이 이를 위해 만든 쿠폰을 요청하여, 행사 전에 곡선이 움직이는 것을 볼 수 있습니다. 다른 쿠폰은 요청하지 않으며 실제 회원에게 양보합니다.",
      waiting: "대기열", lag: "기록 지연",
      aboutLetters: "데이터베이스가 받지 않은 발급입니다. 자리는 유지되며 회원에게는 접수된 것으로 보입니다. 원인을 고친 뒤 firstcome dead-letters replay를 실행하세요. 고칠 수 없으면 dead-letters discard로 포기합니다.",
    },
  },
};

export const language = navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en";
export const text = texts[language];

/** A label of the page in its language; the English one stands in the page. */
export const label = (name) => text.labels[name] ?? document.querySelector(`[data-text="${name}"]`).dataset.english;

/** Puts the page into the browser's language. */
export function translate() {
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-text]")) {
    place.dataset.english = place.textContent;
    if (text.labels[place.dataset.text]) place.textContent = text.labels[place.dataset.text];
  }
  document.title = `firstcome: ${document.querySelector("h1").textContent}`;
}

/** A time of the API in the operator's own zone and language. */
export const shown = (time) => (time ? new Date(time).toLocaleString(language, { dateStyle: "short", timeStyle: "medium" }) : "–");
