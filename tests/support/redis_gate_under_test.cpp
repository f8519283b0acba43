#include "support/redis_gate_under_test.hpp"

#include "gate/redis/scripts.hpp"

namespace firstcome::testing {

namespace {

const redis::script& admit_script() {
  static const redis::script script(gate::scripts::admit);
  return script;
}
const redis::script& lease_script() {
  static const redis::script script(gate::scripts::lease);
  return script;
}

std::vector<std::string> server_arguments(redis::durability wanted) {
  std::vector<std::string> arguments{"--enable-debug-command", "yes"};
  if (wanted == redis::durability::none) arguments.insert(arguments.end(), {"--appendonly", "no"});
  return arguments;
}

std::map<std::string, std::string> pairs(redis::reply_view words) {
  std::map<std::string, std::string> read;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) read.emplace(words[i].text(), words[i + 1].text());
  return read;
}

}  // namespace

redis_gate_under_test::redis_gate_under_test(redis::durability wanted)
    : server_(server_arguments(wanted)),
      options_{.at = redis::parse_address(server_.url()), .wanted = wanted},
      gate_(options_, prefix_under_test),
      session_(options_),
      arguments_(prefix_under_test) {}

gate::admit_outcome redis_gate_under_test::admit(coupon_id coupon, epoch_number epoch, std::int64_t backlog_max,
                                                 std::span<const user_id> users, gate::admit_decisions& decisions) {
  arguments_.set(coupon, epoch, backlog_max, users);
  const redis::reply reply = session_.run(admit_script(), arguments_.keys(), arguments_.args());
  return gate::decode_admit(reply, coupon, epoch, users, decisions);
}

gate::look_outcome redis_gate_under_test::look(coupon_id coupon, epoch_number epoch) {
  const gate::gate_keys keys(coupon, epoch, prefix_under_test);
  const std::string number = std::to_string(epoch);
  return gate::decode_look(session_.run(lease_script(), {keys.meta, keys.users}, {number}), epoch);
}

timestamp redis_gate_under_test::now() {
  const redis::reply time = server_.command({"TIME"});
  return to_whole_milliseconds(from_microseconds(time[0].integer() * 1'000'000 + time[1].integer()));
}

std::string redis_gate_under_test::run_id() {
  const std::string info = server_.ask({"INFO", "replication"});
  const std::string name = "master_replid:";
  return info.substr(info.find(name) + name.size(), 40);
}

void redis_gate_under_test::begin_lineage() {
  server_.ask({"DEBUG", "CHANGE-REPL-ID"});
}

void redis_gate_under_test::copy_to_replica() {
  replica_.clear();
  for (const std::string& key : all_keys()) replica_[key] = server_.ask({"DUMP", key});
}

void redis_gate_under_test::promote_replica() {
  flush();
  for (const auto& [key, value] : replica_) server_.ask({"RESTORE", key, "0", value});
  begin_lineage();
}

void redis_gate_under_test::flush() {
  server_.ask({"FLUSHALL"});
}

std::vector<std::string> redis_gate_under_test::all_keys() {
  const redis::reply reply = server_.command({"KEYS", "*"});
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < reply.size(); ++i) keys.emplace_back(reply[i].text());
  return keys;
}

gate_under_test::contents redis_gate_under_test::everything() {
  contents all;
  for (const std::string& key : all_keys())
    all[key] = server_.ask({"TYPE", key}) == "stream" ? queue_at(key) : pairs(server_.command({"HGETALL", key}));
  return all;
}

std::map<std::string, std::string> redis_gate_under_test::queue_at(const std::string& key) {
  std::map<std::string, std::string> queue;
  queue["last"] = pairs(server_.command({"XINFO", "STREAM", key}))["last-generated-id"];
  const redis::reply entries = server_.command({"XRANGE", key, "-", "+"});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::string& text = queue[std::string(entries[i][0].text())];
    for (const auto& [name, value] : pairs(entries[i][1])) text += name + '=' + value + ' ';
  }
  return queue;
}

std::unique_ptr<gate_under_test> make_redis_gate_under_test() {
  return std::make_unique<redis_gate_under_test>();
}

}  // namespace firstcome::testing
