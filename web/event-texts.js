// Every sentence of the event page, by language. A new language is a new member with the same keys: docs/pages.md.

const texts = {
  en: {
    press: "Get the coupon",
    user: "Your user number",
    userWrong: "Enter your user number: digits only.",
    needsToken: "Please sign in at the shop first.",
    tokenRefused: "Your sign-in was not accepted. Please sign in at the shop again.",
    opensIn: (left) => `Opens in ${left}`,
    opensSoon: "Not open yet. The button works as soon as it opens.",
    open: "Open now.",
    asking: "Asking…",
    yours: (place, total) => (total === null ? `It is yours: number ${place}.` : `It is yours: number ${place} of ${total}.`),
    sold_out: "Sold out.",
    ended: "This event has ended.",
    paused: "Paused for the moment. Please stay on this page.",
    returned: "You have returned this coupon.",
    notFound: "There is no such coupon.",
    again: (seconds) => `Very busy. Asking again in ${seconds} s: you need not press again.`,
    lost: "The shop cannot be reached. Trying again…",
    wrong: "This did not work. Please try again.",
    clock: (seconds) => `Your clock is ${seconds} s off; this page goes by the shop's.`,
  },
  ko: {
    press: "쿠폰 받기",
    user: "회원 번호",
    userWrong: "회원 번호를 숫자로 입력해 주세요.",
    needsToken: "먼저 상점에 로그인해 주세요.",
    tokenRefused: "로그인이 확인되지 않았습니다. 상점에 다시 로그인해 주세요.",
    opensIn: (left) => `${left} 후 시작`,
    opensSoon: "아직 시작 전입니다. 시작되면 바로 버튼을 누를 수 있습니다.",
    open: "지금 받을 수 있습니다.",
    asking: "요청하는 중…",
    yours: (place, total) => (total === null ? `쿠폰을 받았습니다: ${place}번째.` : `쿠폰을 받았습니다: ${total}개 중 ${place}번째.`),
    sold_out: "모두 소진되었습니다.",
    ended: "종료된 이벤트입니다.",
    paused: "잠시 중단되었습니다. 이 페이지에서 기다려 주세요.",
    returned: "이미 반납한 쿠폰입니다.",
    notFound: "존재하지 않는 쿠폰입니다.",
    again: (seconds) => `접속이 많습니다. ${seconds}초 후 자동으로 다시 요청합니다. 다시 누르지 않아도 됩니다.`,
    lost: "서버에 연결할 수 없습니다. 다시 시도하는 중…",
    wrong: "요청하지 못했습니다. 다시 시도해 주세요.",
    clock: (seconds) => `기기의 시계가 ${seconds}초 다릅니다. 이 페이지는 서버 시각을 따릅니다.`,
  },
};

export const language = navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en";
export const text = texts[language];
