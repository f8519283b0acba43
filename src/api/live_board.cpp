#include "api/live_board.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "api/json_out.hpp"

namespace firstcome::api {
namespace {

constexpr std::size_t marks_max = 256;
constexpr std::string_view live_headers = "Cache-Control: max-age=1\r\n";

answer board_failed(boost::system::error_code ec) {
  const bool ours = ec.category() == firstcome_category();
  return to_answer({ours ? code_of(static_cast<errc>(ec.value())) : problem_code::unavailable, {}});
}

void append_time(std::string& out, timestamp t) {
  rfc3339_buffer buffer;
  out += '"';
  out += to_rfc3339(t, buffer);
  out += '"';
}

void append_tenths(std::string& out, double value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 1).ptr;
  out.append(digits.data(), end);
}

/// The members without the braces.
void append_live(std::string& out, const coupon& c, double admitted_per_second, timestamp now) {
  out += R"("now":)";
  append_time(out, now);
  out += R"(,"title":)";
  append_string(out, c.title);
  out += R"(,"state":")";
  out += firstcome::to_string(state_of(c, now));
  out += R"(","totalQuantity":)";
  out += c.total_quantity ? std::to_string(*c.total_quantity) : "null";
  out += R"(,"remaining":)";
  out += c.total_quantity ? std::to_string(std::max(0, *c.sequence_limit() - c.taken())) : "null";
  out += R"(,"admittedPerSecond":)";
  append_tenths(out, admitted_per_second);
  out += R"(,"dateIssueStart":)";
  append_time(out, c.window.start);
  out += R"(,"dateIssueEnd":)";
  append_time(out, c.window.end);
}

}  // namespace

std::optional<live_board::entry> live_board::fresh(coupon_id id) {
  const std::lock_guard hold(lock_);
  const auto found = entries_.find(raw(id));
  if (found == entries_.end()) return std::nullopt;
  entry& known = found->second;
  if (known.being_looked_at || clock_.monotonic_now() - known.seen_at < fresh_for) return known;
  known.being_looked_at = true;
  return std::nullopt;
}

live_board::entry live_board::put(const coupon& seen) {
  const std::lock_guard hold(lock_);
  const monotonic now = clock_.monotonic_now();
  const auto before = entries_.find(raw(seen.id));
  if (before == entries_.end()) {
    if (entries_.size() >= coupons_max)
      entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
        return a.second.seen_at < b.second.seen_at;
      }));
    watched& added = entries_[raw(seen.id)];
    static_cast<entry&>(added) = {seen, now, 0, false};
    set_marks(added);
    return added;
  }
  watched& known = before->second;
  const double seconds = std::chrono::duration<double>(now - known.seen_at).count();
  const int more = seen.taken() - known.seen.taken();
  if (seconds > 0) known.admitted_per_second = std::max(0, more) / seconds;
  known.seen = seen;
  known.seen_at = now;
  known.being_looked_at = false;
  set_marks(known);
  return known;
}

/// Thinned out when there are many: the oldest stays, and a lag in between may be told a little too short.
void live_board::set_marks(watched& one) {
  std::vector<mark>& marks = one.marks;
  std::erase_if(marks, [&](const mark& m) { return m.taken <= one.seen.sequences(); });
  const int taken = one.seen.taken();
  if (taken > one.seen.sequences() && (marks.empty() || taken > marks.back().taken))
    marks.push_back({taken, one.seen_at});
  if (marks.size() < marks_max) return;
  std::size_t kept = 0;
  for (std::size_t n = 0; n < marks.size(); n += 2) marks[kept++] = marks[n];
  marks.resize(kept);
}

/// The lag is that of the oldest admission in the queue, from the first look that saw it in.
void live_board::append_queue(std::string& out, const watched& one, const std::optional<backlog_watch::seen>& known,
                              monotonic now) {
  const auto append_ms = [&out](const char* name, monotonic::duration passed) {
    out += name;
    out += std::to_string(
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(passed).count()));
  };
  if (!known) {
    out += R"(,"queue":null)";
    return;
  }
  const auto oldest = std::ranges::find_if(one.marks, [&](const mark& m) { return m.taken > known->figures.moved; });
  const bool waits = known->figures.waiting > 0 && oldest != one.marks.end();
  out += R"(,"queue":{"waiting":)";
  out += std::to_string(known->figures.waiting);
  append_ms(R"(,"lagMs":)", waits ? known->at - oldest->at : monotonic::duration{});
  out += R"(,"deadLetters":)";
  out += std::to_string(known->figures.dead_letters);
  append_ms(R"(,"ageMs":)", now - known->at);
  out += '}';
}

void live_board::forget_look(coupon_id id, bool gone) {
  const std::lock_guard hold(lock_);
  const auto found = entries_.find(raw(id));
  if (found == entries_.end()) return;
  found->second.being_looked_at = false;
  if (gone) entries_.erase(found);
}

async_answer live_board::show(coupon_id id, runtime::deadline until) {
  std::optional<entry> known = fresh(id);
  if (!known) {
    result<coupon> seen = errc::unavailable;
    try {
      seen = co_await coupons_.show(id, until);
    } catch (...) {
      forget_look(id, false);
      throw;
    }
    if (!seen) {
      forget_look(id, seen.error() == errc::coupon_not_found);
      co_return board_failed(seen.error());
    }
    known = put(*seen);
  }
  answer a;
  a.body = "{";
  append_live(a.body, known->seen, known->admitted_per_second, coupons_.now());
  a.body += '}';
  a.extra_headers = live_headers;
  co_return a;
}

std::string live_board::to_json(backlog_watch& backlogs, const boost::asio::any_io_executor& on) const {
  std::string out;
  const std::lock_guard hold(lock_);
  const monotonic now = clock_.monotonic_now();
  for (const auto& [id, known] : entries_) {
    if (now - known.seen_at > shown_for) continue;
    out += out.empty() ? R"({"id":)" : R"(,{"id":)";
    out += std::to_string(id);
    out += ',';
    append_live(out, known.seen, known.admitted_per_second, coupons_.now());
    out += R"(,"issuedQuantity":)";
    out += std::to_string(known.seen.issued_quantity);
    const int behind = known.seen.taken() - known.seen.sequences();
    out += R"(,"behind":)";
    out += std::to_string(behind);
    const backlog_watch::seen nothing{{.moved = known.seen.sequences(), .waiting = 0, .dead_letters = 0},
                                      known.seen_at};
    append_queue(out, known, behind == 0 ? nothing : backlogs.ask(known.seen.id, on), now);
    out += R"(,"ageMs":)";
    out += std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now - known.seen_at).count());
    out += '}';
  }
  return out;
}

}  // namespace firstcome::api
