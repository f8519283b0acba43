#include "gate/redis/redis_gate.hpp"

#include <algorithm>
#include <array>

#include "domain/error.hpp"
#include "gate/redis/keys.hpp"
#include "gate/redis/record_text.hpp"
#include "gate/redis/scripts.hpp"
#include "gate/redis/status_reply.hpp"
#include "queue/queue_entry.hpp"

namespace firstcome::gate {

namespace {

constexpr std::size_t remembered_epochs_max = 65'536;
constexpr std::size_t load_chunk = 1000;  // users of one script call: it holds the whole server up while it runs
constexpr std::size_t looks_chunk = 64;   // gates of one call, for the same reason
constexpr int rounds_max = 8;             // of asking for a gate whose epoch keeps changing

struct texts {
  redis::script read_queue{scripts::read_queue}, statuses{scripts::statuses}, counts{scripts::counts},
      trim_queue{scripts::trim_queue}, confirm{scripts::confirm}, fence{scripts::fence}, load{scripts::load},
      open{scripts::open}, drop{scripts::drop}, retire{scripts::retire}, announce{scripts::announce},
      lower{scripts::lower}, configure{scripts::configure}, mark_returned{scripts::mark_returned};
};

const texts& script() {
  static const texts all;
  return all;
}

[[noreturn]] void fail(coupon_id coupon, std::string_view why) {
  throw store_unavailable("the gate of coupon " + std::to_string(raw(coupon)) + ": " + std::string(why));
}

void check(coupon_id coupon, const redis::reply& reply) {
  if (reply.is_error()) fail(coupon, reply.text());
}

redis::reply checked(coupon_id coupon, redis::reply reply) {
  check(coupon, reply);
  return reply;
}

bool yes_or_no(coupon_id coupon, const redis::reply& reply) {
  if (reply.is_error()) fail(coupon, reply.text());
  return reply.integer() == 1;
}

change_outcome outcome_of(coupon_id coupon, const redis::reply& reply) {
  const std::string_view said = reply.text();
  if (said == "done") return change_outcome::done;
  if (said == "not_this_gate") return change_outcome::not_this_gate;
  if (said == "not_newer") return change_outcome::not_newer;
  if (said == "below_admitted") return change_outcome::below_admitted;
  fail(coupon, said);
}

/// A configuration as scripts take it: version, total (empty: unlimited), start ms, end ms, paused, restocked.
std::array<std::string, 6> texts_of(const gate_config& config) {
  return {std::to_string(config.config_version),
          config.total_quantity ? std::to_string(*config.total_quantity) : "",
          milliseconds_to_text(config.window.start),
          milliseconds_to_text(config.window.end),
          config.paused ? "1" : "0",
          std::to_string(config.restocked)};
}

admitted admitted_from(coupon_id coupon, std::string_view field, std::string_view value) {
  const auto user = user_from_field(field);
  const auto record = record_from_text(value);
  if (!user || !record)
    fail(coupon, "a user's record is not as our scripts write it: " + std::string(field) + " " + std::string(value));
  return {*user, record->sequence, record->admitted_at, record->returned};
}

}  // namespace

std::optional<gate_status> redis_gate::status(coupon_id coupon) {
  auto view = read_queue(coupon, queue::queue_start, 0);
  if (!view) return std::nullopt;
  return std::move(view->gate);
}

void redis_gate::look_at(std::span<const gate_name> of, const redis::script& what, const look_reader& read) {
  const std::size_t gates_a_call = in_cluster_ ? 1 : looks_chunk;
  std::vector<redis::session::script_call> calls;
  calls.reserve(of.size() / gates_a_call + 1);
  for (std::size_t n = 0; n < of.size(); ++n) {
    if (n % gates_a_call == 0) calls.emplace_back();
    gate_keys keys(of[n].coupon, of[n].epoch, prefix_);
    calls.back().keys.push_back(std::move(keys.meta));
    calls.back().keys.push_back(std::move(keys.users));
    calls.back().args.push_back(std::to_string(of[n].epoch));
  }
  std::size_t answered = 0;
  redis_.run_each(what, calls, [&](const redis::reply& reply) {
    const std::size_t gates = std::min(gates_a_call, of.size() - answered);
    const coupon_id first = of[answered].coupon;
    check(first, reply);
    if (!read(reply, gates)) fail(first, "a script that looks at gates answered in another shape");
    answered += gates;
  });
}

std::vector<std::optional<gate_status>> redis_gate::statuses(std::span<const gate_name> of) {
  std::vector<std::optional<gate_status>> all;
  all.reserve(of.size());
  look_at(of, script().statuses, [&all](const redis::reply& reply, std::size_t gates) {
    if (reply.size() != gates + 1) return false;
    for (std::size_t n = 1; n <= gates; ++n)  // an odd one hides none of the others
      all.push_back(status_from_line(reply[n].text(), reply[0].text()));
    return true;
  });
  return all;
}

std::vector<std::optional<gate_count>> redis_gate::counts(std::span<const gate_name> of) {
  constexpr std::int64_t is_retired = -2;
  std::vector<std::optional<gate_count>> all;
  all.reserve(of.size());
  look_at(of, script().counts, [&all](const redis::reply& reply, std::size_t gates) {
    if (reply.size() != gates) return false;
    for (std::size_t n = 0; n < gates; ++n) {
      const std::int64_t count = reply[n].integer();
      all.emplace_back();
      if (count >= 0) all.back() = gate_count{.size = static_cast<sequence_number>(count)};
      if (count == is_retired) all.back() = gate_count{.retired = true};
    }
    return true;
  });
  return all;
}

std::optional<queue_view> redis_gate::read_queue(coupon_id coupon, const queue::queue_position& after,
                                                 std::size_t count_max) {
  const std::string count = std::to_string(count_max);
  for (int round = 0; round < rounds_max; ++round) {
    const auto remembered = epochs_.find(coupon);
    const epoch_number epoch = remembered == epochs_.end() ? 1 : remembered->second;
    const gate_keys keys(coupon, epoch, prefix_);
    const std::string number = std::to_string(epoch);
    status_reply read =
        decode_status(redis_.run(script().read_queue, {keys.meta, keys.users, keys.queue}, {number, after, count}));
    if (auto* view = std::get_if<queue_view>(&read)) return std::move(*view);
    if (std::holds_alternative<no_gate>(read)) return std::nullopt;
    if (const auto* odd = std::get_if<odd_reply>(&read)) fail(coupon, odd->why);
    if (epochs_.size() >= remembered_epochs_max) epochs_.clear();
    epochs_[coupon] = std::get<other_epoch>(read).epoch;
  }
  fail(coupon, "its epoch changes faster than it can be read");
}

std::optional<admitted> redis_gate::find(coupon_id coupon, epoch_number epoch, user_id user) {
  return find_each(coupon, epoch, std::span(&user, 1)).front();
}

std::vector<std::optional<admitted>> redis_gate::find_each(coupon_id coupon, epoch_number epoch,
                                                           std::span<const user_id> users) {
  if (users.empty()) return {};
  const gate_keys keys(coupon, epoch, prefix_);
  std::vector<std::string> fields;
  for (const user_id user : users) fields.push_back(std::to_string(raw(user)));
  redis::arguments command{"HMGET", keys.users};
  command.insert(command.end(), fields.begin(), fields.end());
  const redis::reply reply = checked(coupon, redis_.call(keys.users, command));
  if (reply.size() != users.size()) fail(coupon, "HMGET answered in another shape");
  std::vector<std::optional<admitted>> found(users.size());
  for (std::size_t n = 0; n < users.size(); ++n)
    if (!reply[n].is_nil()) found[n] = admitted_from(coupon, fields[n], reply[n].text());
  return found;
}

void redis_gate::each_admitted(coupon_id coupon, epoch_number epoch, const std::function<void(const admitted&)>& each) {
  const gate_keys keys(coupon, epoch, prefix_);
  std::string cursor = "0";
  do {
    const redis::reply reply = checked(coupon, redis_.call(keys.users, {"HSCAN", keys.users, cursor, "COUNT", "1000"}));
    if (reply.size() != 2 || !reply[1].is_array()) fail(coupon, "HSCAN answered in another shape");
    const redis::reply_view words = reply[1];
    for (std::size_t i = 0; i + 1 < words.size(); i += 2)
      each(admitted_from(coupon, words[i].text(), words[i + 1].text()));
    cursor = reply[0].text();
  } while (cursor != "0");
}

void redis_gate::trim_queue(coupon_id coupon, epoch_number epoch, const queue::queue_position& upto,
                            sequence_number issued) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  const std::string keep_from = queue::next_position(upto);
  const std::string up_to = std::to_string(issued);
  checked(coupon, redis_.run(script().trim_queue, {keys.meta, keys.queue}, {number, keep_from, up_to}));
}

bool redis_gate::confirm(coupon_id coupon, epoch_number epoch, const std::string& run_id, const gate_config& config) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  const auto [version, total, start, end, paused, restocked] = texts_of(config);
  return yes_or_no(coupon, redis_.run(script().confirm, {keys.meta},
                                      {number, run_id, version, total, start, end, paused, restocked}));
}

std::optional<fenced> redis_gate::fence(coupon_id coupon, epoch_number epoch) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  const redis::reply reply = checked(coupon, redis_.run(script().fence, {keys.meta}, {number}));
  if (reply.is_array() && reply.size() == 0) return std::nullopt;
  if (reply.size() != 3) fail(coupon, "fence answered in another shape");
  return fenced{std::string(reply[0].text()), reply[1].integer(), reply[2].integer()};
}

bool redis_gate::load(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                      std::span<const admitted> users) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  std::vector<std::string> words;
  std::size_t done = 0;
  do {  // once for nobody too: what it requires is checked there
    const auto chunk = users.subspan(done, std::min(load_chunk, users.size() - done));
    words.clear();
    for (const admitted& one : chunk) {
      words.push_back(user_field(one.user, one.sequence));
      words.push_back(to_text(one.sequence, one.admitted_at, one.returned));
    }
    redis::arguments args{number, run_id};
    args.insert(args.end(), words.begin(), words.end());
    if (!yes_or_no(coupon, redis_.run(script().load, {keys.meta, keys.users}, args))) return false;
    done += chunk.size();
  } while (done < users.size());
  return true;
}

bool redis_gate::open(coupon_id coupon, epoch_number epoch, const std::string& run_id, const gate_config& config,
                      sequence_number size) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  const std::string how_many = std::to_string(size);
  const auto [version, total, start, end, paused, restocked] = texts_of(config);
  return yes_or_no(coupon, redis_.run(script().open, {keys.meta, keys.users, keys.queue},
                                      {number, run_id, how_many, version, total, start, end, paused, restocked}));
}

void redis_gate::drop(coupon_id coupon, epoch_number epoch) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  checked(coupon, redis_.run(script().drop, {keys.meta, keys.users, keys.queue}, {number}));
}

bool redis_gate::retire(coupon_id coupon, epoch_number epoch, std::int64_t config_version) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  const std::string version = std::to_string(config_version);
  return yes_or_no(coupon, redis_.run(script().retire, {keys.meta, keys.users, keys.queue}, {number, version}));
}

change_outcome redis_gate::announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  const std::string version = std::to_string(config_version);
  return outcome_of(coupon, redis_.run(script().announce, {keys.meta}, {number, version}));
}

change_outcome redis_gate::lower(coupon_id coupon, epoch_number epoch, std::int64_t config_version,
                                 std::int32_t total_quantity) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  const std::string version = std::to_string(config_version);
  const std::string total = std::to_string(total_quantity);
  return outcome_of(coupon, redis_.run(script().lower, {keys.meta, keys.users}, {number, version, total}));
}

change_outcome redis_gate::mark_returned(coupon_id coupon, epoch_number epoch, std::span<const user_id> users) {
  const gate_keys keys(coupon, epoch, prefix_);
  std::vector<std::string> numbers{std::to_string(epoch)};
  for (const user_id user : users) numbers.push_back(std::to_string(raw(user)));
  const std::vector<std::string_view> arguments(numbers.begin(), numbers.end());
  return outcome_of(coupon, redis_.run(script().mark_returned, {keys.meta, keys.users}, arguments));
}

change_outcome redis_gate::configure(coupon_id coupon, epoch_number epoch, const gate_config& config) {
  const gate_keys keys(coupon, epoch, prefix_);
  const std::string number = std::to_string(epoch);
  const auto [version, total, start, end, paused, restocked] = texts_of(config);
  return outcome_of(coupon, redis_.run(script().configure, {keys.meta, keys.users},
                                       {number, version, total, start, end, paused, restocked}));
}

}  // namespace firstcome::gate
