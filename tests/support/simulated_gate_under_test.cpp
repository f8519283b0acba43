#include "support/simulated_gate_under_test.hpp"

#include "gate/redis/keys.hpp"
#include "gate/redis/record_text.hpp"

namespace firstcome::testing {

namespace {

std::map<std::string, std::string> text_of(const simulated_meta& meta) {
  std::map<std::string, std::string> text{{"epoch", std::to_string(meta.epoch)}, {"state", meta.state}};
  if (meta.run_id) text["run_id"] = *meta.run_id;
  if (meta.announced) text["announced"] = std::to_string(*meta.announced);
  if (meta.issued) text["issued"] = std::to_string(*meta.issued);
  if (meta.source) text["source"] = std::to_string(*meta.source);
  if (meta.retired) text["retired"] = std::to_string(*meta.retired);
  if (meta.lowering) text["lowering"] = "1";
  if (!meta.config) return text;
  text["config_version"] = std::to_string(meta.config->config_version);
  if (meta.config->total_quantity) text["total"] = std::to_string(*meta.config->total_quantity);
  text["start"] = gate::milliseconds_to_text(meta.config->window.start);
  text["end"] = gate::milliseconds_to_text(meta.config->window.end);
  text["paused"] = meta.config->paused ? "1" : "0";
  text["restocked"] = std::to_string(meta.config->restocked);
  return text;
}

std::map<std::string, std::string> text_of(const simulated_keys::user_map& users) {
  std::map<std::string, std::string> text;
  for (const auto& [field, record] : users)
    text[std::to_string(field)] = gate::to_text(record.sequence, record.admitted_at, record.returned);
  return text;
}

std::map<std::string, std::string> text_of(const simulated_queue& queue) {
  std::map<std::string, std::string> text{{"last", std::to_string(queue.last_id) + "-0"}};
  for (const auto& [at, fields] : queue.entries)
    for (const auto& [name, value] : fields) text[at] += name + '=' + value + ' ';
  return text;
}

}  // namespace

simulated_gate_under_test::simulated_gate_under_test()
    : now_(to_whole_milliseconds(std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()))),
      gate_(redis_, [this] { return now_; }) {}

void simulated_gate_under_test::promote_replica() {
  redis_.coupons = replica_;
  begin_lineage();
}

gate_under_test::contents simulated_gate_under_test::everything() {
  contents all;
  for (const auto& [coupon, keys] : redis_.coupons) {
    if (keys.meta) all[gate::gate_keys(coupon, 0, prefix_under_test).meta] = text_of(*keys.meta);
    for (const auto& [epoch, users] : keys.users)
      all[gate::gate_keys(coupon, epoch, prefix_under_test).users] = text_of(users);
    for (const auto& [epoch, queue] : keys.queues)
      all[gate::gate_keys(coupon, epoch, prefix_under_test).queue] = text_of(queue);
  }
  return all;
}

std::unique_ptr<gate_under_test> make_simulated_gate_under_test() {
  return std::make_unique<simulated_gate_under_test>();
}

}  // namespace firstcome::testing
