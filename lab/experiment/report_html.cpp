#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "lab/experiment/explanations.hpp"
#include "lab/experiment/report.hpp"

namespace firstcome::lab {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --ink: #1f2933; --paper: #ffffff; --faint: #7b8794; --line: #d9dfe5;
  --good: #2f855a; --bad: #c53030; --api: #2b6cb0; --redis: #c05621; --db: #6b46c1; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --paper: #15191e; --faint: #9aa5b1; --line: #323f4b;
  --good: #68d391; --bad: #fc8181; --api: #63b3ed; --redis: #f6ad55; --db: #b794f4; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
p.faint, figcaption { color: var(--faint); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .words { text-align: left; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } dt { font-weight: 600; margin-top: 1rem; } dd { margin-left: 0; })";

constexpr int label_width = 190;
constexpr int bar_room = 480;  // the text behind the longest bar has to stay inside the picture, which is 1000 wide
constexpr int bar_height = 14;
constexpr int line_height = 22;

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '"') {
      safe += "&quot;";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string number(double value, int digits = 0) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string name_of(const outcome& o) {
  return o.strategy + " ×" + std::to_string(o.servers);
}

struct piece {
  double value;
  std::string colour;  // of the style's variables
};
struct bar {
  std::string label;
  std::vector<piece> pieces;
  std::string text;        // behind it
  bool everybody = false;  // of the runs in which everybody gets one: paler
};

std::string rectangle(double x, int y, double width, const std::string& colour, bool paler) {
  return "<rect x=\"" + number(x, 1) + "\" y=\"" + std::to_string(y) + "\" width=\"" + number(std::max(width, 0.5), 1) +
         "\" height=\"" + std::to_string(bar_height) + "\" fill=\"var(--" + colour + ")\"" +
         (paler ? " fill-opacity=\"0.5\"/>" : "/>");
}

std::string text_at(double x, int y, const std::string& text, const std::string& anchor) {
  return "<text x=\"" + number(x, 1) + "\" y=\"" + std::to_string(y) + "\" text-anchor=\"" + anchor + "\">" +
         escaped(text) + "</text>";
}

/// `mark`: a line at that value, 0: none.
std::string chart(const std::string& title, const std::string& caption, const std::vector<bar>& bars, double mark = 0) {
  double largest = mark;
  for (const bar& each : bars) {
    double sum = 0;
    for (const piece& p : each.pieces) sum += p.value;
    largest = std::max(largest, sum);
  }
  const double scale = largest > 0 ? bar_room / largest : 0;
  const int height = static_cast<int>(bars.size()) * line_height + 6;
  std::string svg =
      "<svg viewBox=\"0 0 1000 " + std::to_string(height) + "\" role=\"img\" aria-label=\"" + escaped(title) + "\">";
  int y = 4;
  for (const bar& each : bars) {
    svg += text_at(label_width - 8, y + 11, each.label, "end");
    double x = label_width;
    for (const piece& p : each.pieces) {
      svg += rectangle(x, y, p.value * scale, p.colour, each.everybody);
      x += p.value * scale;
    }
    svg += text_at(x + 6, y + 11, each.text, "start");
    y += line_height;
  }
  if (mark > 0) {
    const std::string x = number(label_width + mark * scale, 1);
    svg += "<line x1=\"" + x + "\" x2=\"" + x + "\" y1=\"0\" y2=\"" + std::to_string(height) +
           "\" stroke=\"var(--ink)\" stroke-dasharray=\"3 3\"/>";
  }
  return "<h2>" + escaped(title) + "</h2><figure>" + svg + "</svg><figcaption>" + escaped(caption) +
         "</figcaption></figure>\n";
}

/// One bar for each run, and below it the one of the same strategy and servers where everybody gets one.
std::vector<bar> bars_of(const findings& all, const std::function<bar(const outcome&)>& one) {
  std::vector<bar> bars;
  for (const outcome& each : all.crowd) {
    bars.push_back(one(each));
    for (const outcome& other : all.everybody) {
      if (other.strategy != each.strategy || other.servers != each.servers) continue;
      bars.push_back(one(other));
      bars.back().label = "everybody gets one";
      bars.back().everybody = true;
    }
  }
  return bars;
}

std::string rows_chart(const findings& all) {
  const auto one = [](const outcome& o) {
    return bar{name_of(o),
               {{static_cast<double>(o.rows), o.verdict.holds() ? "good" : "bad"}},
               std::to_string(o.rows) + " rows, the coupon says " + std::to_string(o.issued_quantity)};
  };
  return chart("How many were issued", "The line is the quantity: what is beyond it was given out too often.",
               bars_of({.under = all.under, .crowd = all.crowd, .everybody = {}}, one),
               static_cast<double>(all.under.quantity));
}

std::string speed_chart(const findings& all) {
  const auto one = [](const outcome& o) {
    return bar{name_of(o), {{o.requests_per_second, "api"}}, number(o.requests_per_second) + " /s"};
  };
  return chart("Requests per second", "All answers, yes and no, of all servers together.", bars_of(all, one));
}

/// Latencies lie orders of magnitude apart: the bars are logarithmic, from a tenth of a millisecond.
std::string latency_chart(const findings& all) {
  const auto length = [](double ms) { return std::max(0.0, std::log10(ms / 0.1)); };
  const auto one = [&](const outcome& o) {
    return bar{
        name_of(o),
        {{length(o.p50_ms), "api"}, {length(o.p99_ms) - length(o.p50_ms), "redis"}},
        "p50 " + number(o.p50_ms, 1) + " ms, p99 " + number(o.p99_ms, 1) + " ms, max " + number(o.max_ms, 0) + " ms"};
  };
  return chart("How long one waits", "On a logarithmic scale from 0.1 ms: the median, and on to the 99th percentile.",
               bars_of(all, one));
}

std::string cpu_chart(const findings& all) {
  const auto one = [](const outcome& o) {
    const double api = o.api_cpu_us.value_or(0), redis = o.redis_cpu_us.value_or(0),
                 database = o.database_cpu_us.value_or(0);
    return bar{name_of(o),
               {{api, "api"}, {redis, "redis"}, {database, "db"}},
               number(api) + " + " + number(redis) + " + " + number(database) + " µs"};
  };
  return chart("CPU for each request", "Of the API with its workers, of Redis, of the database, in this order.",
               bars_of(all, one));
}

std::string table(const std::string& title, const std::vector<outcome>& found) {
  std::string html =
      "<h2>" + title +
      "</h2><div class=\"wide\"><table><tr><th>strategy</th><th>servers</th><th>accepted</th>"
      "<th>issued_quantity</th><th>rows</th><th class=\"words\">verdict</th><th>req/s</th><th>p50 ms</th>"
      "<th>p95 ms</th><th>p99 ms</th><th>max ms</th><th>API µs</th><th>Redis µs</th><th>DB µs</th>"
      "<th>last row s</th></tr>\n";
  const auto cell = [](const std::string& text) { return "<td>" + text + "</td>"; };
  const auto us = [](const std::optional<double>& value) { return value ? number(*value) : std::string("–"); };
  for (const outcome& o : found)
    html += "<tr>" + cell(o.strategy) + cell(std::to_string(o.servers)) + cell(std::to_string(o.accepted)) +
            cell(std::to_string(o.issued_quantity)) + cell(std::to_string(o.rows)) + "<td class=\"words " +
            (o.verdict.holds() ? "good" : "bad") + "\">" + to_string(o.verdict) + "</td>" +
            cell(number(o.requests_per_second)) + cell(number(o.p50_ms, 2)) + cell(number(o.p95_ms, 1)) +
            cell(number(o.p99_ms, 1)) + cell(number(o.max_ms)) + cell(us(o.api_cpu_us)) + cell(us(o.redis_cpu_us)) +
            cell(us(o.database_cpu_us)) + cell(number(o.last_row_s, 2)) + "</tr>\n";
  return html + "</table></div>\n";
}

std::string reasons(const std::vector<outcome>& found) {
  std::string html = "<h2>Why</h2><dl>\n";
  for (const explanation& each : explanations()) {
    const bool was_run =
        std::any_of(found.begin(), found.end(), [&](const outcome& o) { return o.strategy == each.strategy; });
    if (!was_run) continue;
    html += "<dt>" + escaped(each.strategy) + "</dt><dd><p>" + escaped(each.what_it_does) + "</p><p>" +
            escaped(each.why) + "</p>";
    for (const outcome& o : found)
      if (o.strategy == each.strategy)
        html += "<p class=\"" + std::string(o.verdict.holds() ? "good" : "bad") + "\">On " + std::to_string(o.servers) +
                (o.servers == 1 ? " server: " : " servers: ") + to_string(o.verdict) + ".</p>";
    html += "</dd>\n";
  }
  return html + "</dl>\n";
}

std::string introduction(const conditions& under) {
  return "<h1>firstcome lab: who issues one too many?</h1><p>" + std::to_string(under.users) + " users want one of " +
         std::to_string(under.quantity) + " coupons at once, over " + std::to_string(under.connections) +
         " connections; every twentieth presses the button twice." +
         (under.everybody == 0 ? std::string()
                               : " Then " + std::to_string(under.everybody) +
                                     " users want one of as many, so that the cost of a yes shows too.") +
         "</p><p class=\"faint\">" +
         escaped(under.date + " · " + under.machine + " · Redis " + under.redis_version + " · " +
                 under.database_version + " · firstcome " + under.firstcome_version + " · " +
                 std::to_string(under.store_threads) + " database connections a server · think time " +
                 std::to_string(under.think_time_ms) + " ms") +
         "</p>\n";
}

}  // namespace

std::string to_html(const findings& all) {
  std::string html =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>firstcome lab</title>"
      "<meta name=\"viewport\" content=\"width=device-width\"><style>" +
      std::string(style) + "</style></head><body>\n" + introduction(all.under) + rows_chart(all) + speed_chart(all) +
      latency_chart(all) + cpu_chart(all) + table("The crowd, everything", all.crowd);
  if (!all.everybody.empty()) html += table("Everybody gets one, everything", all.everybody);
  return html + reasons(all.crowd) + "</body></html>\n";
}

}  // namespace firstcome::lab
