#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>

#include "lab/experiment/explanations.hpp"
#include "lab/experiment/report.hpp"

namespace firstcome::lab {
namespace {

namespace json = boost::json;

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string ms(double value) {
  return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

std::string us(const std::optional<double>& value) {
  return value ? fixed(*value, 0) : "-";
}

using row = std::vector<std::string>;

const row& headings() {
  static const row all = {"strategy", "servers", "accepted", "issued_quantity", "rows",
                          "verdict",  "req/s",   "p50 ms",   "p95 ms",          "p99 ms",
                          "max ms",   "API µs",  "Redis µs", "DB µs",           "last row s"};
  return all;
}

row cells_of(const outcome& o) {
  return {o.strategy,
          std::to_string(o.servers),
          std::to_string(o.accepted),
          std::to_string(o.issued_quantity),
          std::to_string(o.rows),
          to_string(o.verdict),
          fixed(o.requests_per_second, 0),
          ms(o.p50_ms),
          ms(o.p95_ms),
          ms(o.p99_ms),
          ms(o.max_ms),
          us(o.api_cpu_us),
          us(o.redis_cpu_us),
          us(o.database_cpu_us),
          fixed(o.last_row_s, 2)};
}

bool is_text(std::size_t column) {
  return column == 0 || column == 5;
}

/// In characters, not bytes.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::size_t> widths_of(const std::vector<row>& rows) {
  std::vector<std::size_t> widths(headings().size());
  for (const row& each : rows)
    for (std::size_t n = 0; n < each.size(); ++n) widths[n] = std::max(widths[n], width(each[n]));
  return widths;
}

json::value number_or_null(const std::optional<double>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object json_of(const outcome& o) {
  return {{"strategy", o.strategy},
          {"servers", o.servers},
          {"holds", o.verdict.holds()},
          {"expected_to_hold", should_hold(o.strategy, o.servers)},
          {"verdict", to_string(o.verdict)},
          {"over_issued", o.verdict.over_issued},
          {"duplicates", o.verdict.duplicates},
          {"under_issued", o.verdict.under_issued},
          {"count_off", o.verdict.count_off},
          {"accepted_and_lost", o.verdict.lost},
          {"requests", o.requests},
          {"accepted", o.accepted},
          {"unavailable", o.unavailable},
          {"issued_quantity", o.issued_quantity},
          {"rows", o.rows},
          {"seconds", o.seconds},
          {"requests_per_second", o.requests_per_second},
          {"latency_ms", {{"p50", o.p50_ms}, {"p95", o.p95_ms}, {"p99", o.p99_ms}, {"max", o.max_ms}}},
          {"cpu_us_per_request",
           {{"api", number_or_null(o.api_cpu_us)},
            {"redis", number_or_null(o.redis_cpu_us)},
            {"database", number_or_null(o.database_cpu_us)}}},
          {"last_row_seconds", o.last_row_s}};
}

json::array json_of(const std::vector<outcome>& found) {
  json::array runs;
  for (const outcome& each : found) runs.push_back(json_of(each));
  return runs;
}

}  // namespace

std::string to_table(const std::vector<outcome>& found) {
  std::vector<row> rows{headings()};
  for (const outcome& each : found) rows.push_back(cells_of(each));
  const std::vector<std::size_t> widths = widths_of(rows);
  std::string text;
  for (const row& each : rows) {
    for (std::size_t n = 0; n < each.size(); ++n) {
      const std::string padding(widths[n] - width(each[n]), ' ');
      text += (n == 0 ? "" : "  ") + (is_text(n) ? each[n] + padding : padding + each[n]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

std::string to_markdown(const std::vector<outcome>& found) {
  std::string text = "|", rule = "|";
  for (std::size_t n = 0; n < headings().size(); ++n) {
    text += " " + headings()[n] + " |";
    rule += is_text(n) ? "---|" : "--:|";
  }
  text += "\n" + rule + "\n";
  for (const outcome& each : found) {
    text += "|";
    for (const std::string& cell : cells_of(each)) text += " " + cell + " |";
    text += "\n";
  }
  return text;
}

std::string to_json(const findings& all) {
  const conditions& under = all.under;
  const json::object report{{"date", under.date},
                            {"machine", under.machine},
                            {"firstcome", under.firstcome_version},
                            {"redis", under.redis_version},
                            {"database", under.database_version},
                            {"users", under.users},
                            {"quantity", under.quantity},
                            {"connections", under.connections},
                            {"store_threads", under.store_threads},
                            {"think_time_ms", under.think_time_ms},
                            {"duration_s", under.duration_s},
                            {"runs", json_of(all.crowd)},
                            {"everybody_users", under.everybody},
                            {"everybody", json_of(all.everybody)}};
  return json::serialize(report) + "\n";
}

}  // namespace firstcome::lab
