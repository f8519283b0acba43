// The curves of the chosen coupon, by Chart.js. They begin when the coupon is chosen, and grow to two minutes. What they show
// stands in figures above them too, for who does not see them.

import { label, text } from "/web/console-texts.js";
import { $ } from "/web/console-page.js";

const pointsMin = 20;
const pointsMax = 120;
// Grouped by what an operator would do about it. Each has a dash of its own, for who does not see colours apart.
const lines = [
  { name: () => text.outcomes.admitted, of: ["admitted"], colour: "--good", dash: [] },
  { name: () => text.outcomes.sold_out, of: ["sold_out"], colour: "--accent", dash: [6, 3] },
  {
    name: () => ["not_started", "ended", "paused"].map((o) => text.outcomes[o]).join(", "),
    of: ["not_started", "ended", "paused"], colour: "--soft", dash: [2, 2],
  },
  { name: () => ["overloaded", "unavailable"].map((o) => text.outcomes[o]).join(", "), of: ["overloaded", "unavailable"], colour: "--bad", dash: [10, 3, 2, 3] },
];

let library = null; // the promise of Chart.js, which is bigger than the rest of the console: it comes after the sign-in
let rates = null;
let left = null;

function load() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/web/chart.js";
    script.addEventListener("load", () => resolve(window.Chart));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return library;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(title) {
  const axis = { beginAtZero: true, ticks: { color: colour("--soft"), precision: 0, maxTicksLimit: 6 }, grid: { color: colour("--line") } };
  return {
    animation: false, maintainAspectRatio: false, elements: { point: { radius: 0 }, line: { borderWidth: 2 } },
    plugins: {
      legend: { display: title === undefined, labels: { color: colour("--ink"), boxHeight: 0 } },
      title: { display: title !== undefined, text: title, color: colour("--ink") },
    },
    scales: { x: { display: false }, y: axis },
  };
}

const empty = () => Array(pointsMin).fill(null);
const dataset = (name, shade, dash) => ({ label: name, data: empty(), borderColor: colour(shade), backgroundColor: colour(shade), borderDash: dash });

/** New, empty curves. Where Chart.js does not come, there are none, and the figures say it all. */
export async function beginCurves() {
  const Chart = await load().catch(() => null);
  if (Chart === null || Chart === undefined) return;
  rates?.destroy();
  left?.destroy();
  rates = new Chart($("rates"), {
    type: "line",
    data: { labels: empty(), datasets: lines.map((l) => dataset(l.name(), l.colour, l.dash)) },
    options: options(),
  });
  left = new Chart($("left"), {
    type: "line", data: { labels: empty(), datasets: [dataset(label("remaining"), "--accent", [])] }, options: options(label("remaining")),
  });
}

function push(chart, values) {
  for (const [n, { data }] of chart.data.datasets.entries()) {
    data.push(values[n]);
    // While there is room at the left, the curve walks into it; then the curve becomes denser; then its oldest end goes.
    if (data[0] === null || data.length > pointsMax) data.shift();
  }
  chart.data.labels = chart.data.datasets[0].data.map(() => "");
  chart.update("none");
}

/** One more second. `admitted`: of the coupon; the refusals are those of the node. */
export function drawSecond(admitted, perSecond, remaining) {
  if (rates === null) return;
  push(rates, lines.map((l, n) => (n === 0 ? admitted : l.of.reduce((sum, o) => sum + (perSecond[o] ?? 0), 0))));
  push(left, [remaining]);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => rates !== null && beginCurves());
