// Puts a coupon's event page into a shop's page, wherever the node is:
//
//   <div data-firstcome="7"></div>
//   <script src="https://coupons.example/widget.js"></script>
//   <script>firstcome.signIn(token)</script>
//
// The node must allow the shop's origin (--allow-origin), or the browser refuses the frame. The token goes to the node's
// own frames and nowhere else.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const frames = [];
  let token = null;
  const hand = (frame) => token !== null && frame.contentWindow.postMessage({ firstcomeToken: token }, origin);

  function frameFor(place) {
    const frame = document.createElement("iframe");
    frame.src = `${origin}/events/${encodeURIComponent(place.dataset.firstcome)}?embed`;
    frame.title = place.dataset.title ?? "Coupon";
    frame.style.cssText = "border:0;width:100%;height:24rem";
    frame.addEventListener("load", () => hand(frame));
    return frame;
  }

  function fill() {
    for (const place of document.querySelectorAll("[data-firstcome]")) {
      const frame = frameFor(place);
      place.replaceChildren(frame);
      frames.push(frame);
    }
  }

  window.firstcome = {
    signIn(given) {
      token = given;
      frames.forEach(hand);
    },
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", fill);
  else fill();
})();
