#include "gate/redis/admit_call.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>

#include "domain/decimal.hpp"
#include "gate/redis/reply_numbers.hpp"
#include "redis/error_reply.hpp"

namespace firstcome::gate {

namespace {

constexpr std::size_t arguments_before_users = 3;
constexpr std::size_t digits_max = 20;

/// The elements of a decided reply, in the script's order.
enum element : std::size_t {
  code,
  now,
  size_before,
  admitted_count,
  refusal,
  config_version,
  announced,
  total,
  window_start,
  window_end,
  known,
  run_id,
  element_count
};

struct decided_reply {
  timestamp now;
  std::int64_t size = 0;  // before
  std::int64_t admitted = 0;
  std::optional<result<issue_decision>> refusal;  // of the new ones that were not admitted
  lease_terms terms;
};

std::optional<result<issue_decision>> refusal_of(std::string_view text, timestamp start) {
  if (text == "paused") return issue_decision{verdict::paused, {}, {}};
  if (text == "not_started") return issue_decision{verdict::not_started, {}, start};
  if (text == "ended") return issue_decision{verdict::ended, {}, {}};
  if (text == "sold_out") return issue_decision{verdict::sold_out, {}, {}};
  if (text == "overloaded") return errc::overloaded;
  return std::nullopt;
}

std::optional<decided_reply> read_numbers(redis::reply_view reply, epoch_number epoch) {
  if (reply.size() != element_count || !text_from(reply[known]) || reply[run_id].text().empty()) return std::nullopt;
  const auto at = time_from(reply[now]);
  const auto size = number_from(reply[size_before], 0, quantity_max);
  const auto admitted = number_from(reply[admitted_count], 0, admit_users_max);
  const auto version = number_from(reply[config_version], 0, id_max);
  const auto ahead = number_from(reply[announced], 0, id_max);
  const auto most = total_from(reply[total]);
  const auto start = time_from(reply[window_start]);
  const auto end = time_from(reply[window_end]);
  if (!at || !size || !admitted || !version || !ahead || !most || !start || !end) return std::nullopt;
  if (*size + *admitted > quantity_max) return std::nullopt;

  decided_reply read{*at, *size, *admitted, refusal_of(reply[refusal].text(), *start), {}};
  if (!read.refusal) return std::nullopt;
  read.terms = {.epoch = epoch,
                .config_version = *version,
                .sold_out = reply[refusal].text() == "sold_out" && *size + *admitted >= most->value_or(quantity_max),
                .change_ahead = *ahead > *version,
                .now = *at,
                .window_end = *end,
                .lineage = lineage_number(reply[run_id].text())};
  return read;
}

issue_decision yes(verdict what, coupon_id coupon, user_id user, admission_record record) {
  return {what,
          {.coupon = coupon,
           .user = user,
           .sequence = record.sequence,
           .status = issue_status::accepted,
           .date_issued = record.admitted_at,
           .date_used = {}},
          {}};
}

/// Walks through "place=sequence:ms,…".
class known_records {
 public:
  explicit known_records(std::string_view text) : rest_(text) { next(); }

  /// The record of the user at `place`, when there is one. Places are asked for in ascending order.
  std::optional<admission_record> at(std::size_t place) {
    if (!record_ || place_ != static_cast<std::int64_t>(place)) return std::nullopt;
    const auto found = record_;
    next();
    return found;
  }
  bool all_taken() const { return rest_.empty() && !record_ && !broken_; }

 private:
  void next() {
    record_.reset();
    if (rest_.empty()) return;
    const std::string_view one = rest_.substr(0, rest_.find(','));
    broken_ = broken_ || one.size() + 1 == rest_.size();  // nothing follows the comma
    rest_.remove_prefix(std::min(rest_.size(), one.size() + 1));
    const auto equals = std::min(one.find('='), one.size());
    const auto place = from_decimal(one.substr(0, equals), 0, admit_users_max - 1);
    record_ = equals < one.size() ? record_from_text(one.substr(equals + 1)) : std::nullopt;
    place_ = place.value_or(-1);
    broken_ = broken_ || !record_;
  }

  std::string_view rest_;
  std::int64_t place_ = -1;
  std::optional<admission_record> record_;
  bool broken_ = false;
};

/// False: the reply does not add up.
bool decide(const decided_reply& read, std::string_view already_in, coupon_id coupon, std::span<const user_id> users,
            admit_decisions& decisions) {
  known_records known_users(already_in);
  std::int64_t new_users = 0;
  for (std::size_t place = 0; place < users.size(); ++place) {
    if (const auto record = known_users.at(place)) {
      decisions.push_back(record->returned ? issue_decision{verdict::returned, {}, {}}
                                           : yes(verdict::already_issued, coupon, users[place], *record));
    } else if (new_users < read.admitted) {
      const auto sequence = static_cast<sequence_number>(read.size + ++new_users);
      decisions.push_back(yes(verdict::admitted, coupon, users[place], {sequence, read.now}));
    } else {
      decisions.push_back(*read.refusal);
    }
  }
  return new_users == read.admitted && known_users.all_taken();
}

}  // namespace

admit_arguments::admit_arguments(std::string_view prefix) : names_(prefix), keys_(3) {
  digits_.reserve((arguments_before_users + admit_users_max) * digits_max);
  args_.reserve(arguments_before_users + admit_users_max);
}

void admit_arguments::set(coupon_id coupon, epoch_number epoch, std::int64_t backlog_max,
                          std::span<const user_id> users) {
  assert(!users.empty() && users.size() <= admit_users_max);
  names_.name(coupon, epoch);
  keys_ = {names_.meta, names_.users, names_.queue};
  digits_.clear();
  args_.clear();
  add(epoch);
  add(raw(coupon));
  add(backlog_max);
  for (const user_id user : users) add(raw(user));
}

void admit_arguments::add(std::int64_t number) {
  std::array<char, digits_max> digits;
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::size_t start = digits_.size();
  digits_.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
  args_.emplace_back(digits_.data() + start, digits_.size() - start);
}

admit_outcome decode_beginning(redis::reply_view reply) {
  if (reply.is_error()) {
    const bool nothing_happened = redis::surely_not_executed(redis::kind_of(reply.text()));
    return {nothing_happened ? gate_answer::refused : gate_answer::not_understood, 0, {}};
  }
  if (reply.size() == 0) return {};
  const std::string_view said = reply[code].text();
  if (said == "decided") return {gate_answer::decided, 0, {}};
  if (said == "missing") return {gate_answer::missing, 0, {}};
  if (said == "retired") return {gate_answer::retired, 0, {}};
  if (said != "closed" || reply.size() != 2) return {};
  const auto open_epoch = from_decimal(reply[1].text(), 0, id_max);
  if (!open_epoch) return {};
  return {gate_answer::closed, *open_epoch, {}};
}

admit_outcome decode_admit(redis::reply_view reply, coupon_id coupon, epoch_number epoch,
                           std::span<const user_id> users, admit_decisions& decisions) {
  decisions.clear();
  admit_outcome outcome = decode_beginning(reply);
  if (outcome.what != gate_answer::decided) return outcome;
  const auto read = read_numbers(reply, epoch);
  if (!read || !decide(*read, reply[known].text(), coupon, users, decisions)) {
    decisions.clear();
    return {};
  }
  outcome.terms = read->terms;
  return outcome;
}

}  // namespace firstcome::gate
