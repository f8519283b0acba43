// Puts a coupon's event page into another page of the same origin (the shop behind the same address as the node):
//   <div data-firstcome="7"></div> <script src="/widget.js"></script>
// and hands over a token with `firstcome.signIn(token)`.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const frames = [];
  let token = null;
  const hand = (frame) => token !== null && frame.contentWindow.postMessage({ firstcomeToken: token }, origin);
  const fill = () => {
    for (const place of document.querySelectorAll("[data-firstcome]")) {
      const frame = document.createElement("iframe");
      frame.src = `${origin}/events/${encodeURIComponent(place.dataset.firstcome)}?embed`;
      frame.title = place.dataset.title ?? "Coupon";
      frame.style.cssText = "border:0;width:100%;height:24rem";
      frame.addEventListener("load", () => hand(frame));
      place.replaceChildren(frame);
      frames.push(frame);
    }
  };
  window.firstcome = {
    signIn(given) {
      token = given;
      frames.forEach(hand);
    },
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", fill);
  else fill();
})();
