#include "support/redis_cluster.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>
#include <stdexcept>

#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

constexpr int slot_count = 16'384;

std::vector<std::string> arguments_of(const redis_cluster::settings& with) {
  std::vector<std::string> all{"--cluster-enabled", "yes", "--cluster-node-timeout",
                               std::to_string(with.node_timeout_ms)};
  all.insert(all.end(), with.arguments.begin(), with.arguments.end());
  return all;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

redis_cluster::redis_cluster() : redis_cluster(settings{}) {}

redis_cluster::redis_cluster(settings with) : settings_(std::move(with)) {
  const int count = settings_.replicas ? 2 * settings_.masters : settings_.masters;
  for (int n = 0; n < count; ++n) nodes_.push_back(std::make_unique<redis_server>(arguments_of(settings_)));
  introduce();
  if (!eventually([this] { return everybody_known(); })) throw std::runtime_error("the nodes do not meet");
  if (settings_.replicas) give_replicas();
  await_all_slots();
}

void redis_cluster::introduce() {
  const int share = slot_count / settings_.masters;
  for (int n = 0; n < size(); ++n) {
    node(n).ask({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(n + 1)});
    if (n >= settings_.masters) continue;
    const int last = n + 1 == settings_.masters ? slot_count - 1 : (n + 1) * share - 1;
    node(n).ask({"CLUSTER", "ADDSLOTSRANGE", std::to_string(n * share), std::to_string(last)});
  }
  // Everybody meets everybody at once: waiting for gossip takes seconds.
  for (int n = 0; n < size(); ++n) {
    for (int other = 0; other < n; ++other) {
      redis_server& met = node(other);
      node(n).ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(met.port()), std::to_string(met.bus_port())});
    }
  }
}

void redis_cluster::give_replicas() {
  for (int n = settings_.masters; n < size(); ++n)
    node(n).ask({"CLUSTER", "REPLICATE", node_id(n - settings_.masters)});
  const bool linked = eventually([this] {
    for (int n = settings_.masters; n < size(); ++n)
      if (!contains(node(n).ask({"INFO", "replication"}), "master_link_status:up")) return false;
    return true;
  });
  if (!linked) throw std::runtime_error("the replicas do not follow their masters");
}

bool redis_cluster::everybody_known() {
  const std::string wanted = "cluster_known_nodes:" + std::to_string(size()) + "\r\n";
  return std::all_of(nodes_.begin(), nodes_.end(), [&](auto& each) {
    return contains(each->ask({"CLUSTER", "INFO"}), wanted);
  });
}

bool redis_cluster::all_slots_served() {
  return std::all_of(nodes_.begin(), nodes_.end(), [](auto& each) {
    if (!each->running()) return true;
    return contains(each->ask({"CLUSTER", "INFO"}), "cluster_state:ok");
  });
}

void redis_cluster::await_all_slots() {
  if (!eventually([this] { return all_slots_served(); }))
    throw std::runtime_error("the cluster does not serve all slots");
}

std::string redis_cluster::url() const {
  std::string text = "redis+cluster://";
  for (const auto& each : nodes_) text += (each == nodes_.front() ? "" : ",") + each->address();
  return text;
}

int redis_cluster::owner_of(int slot) {
  const auto asked = std::find_if(nodes_.begin(), nodes_.end(), [](auto& each) { return each->running(); });
  return asked == nodes_.end() ? -1 : owner_by(**asked, slot);
}

bool redis_cluster::agrees_on(int slot) {
  const int owner = owner_of(slot);
  std::set<std::string> epochs;
  for (auto& each : nodes_) {
    if (!each->running()) continue;
    if (owner_by(*each, slot) != owner) return false;
    epochs.insert(epochs_by(*each));
  }
  return epochs.size() <= 1;
}

/// Each node's id and configuration epoch, as this one has heard of them (CLUSTER NODES: the first and seventh word).
std::string redis_cluster::epochs_by(redis_server& asked) {
  std::set<std::string> all;
  std::istringstream lines(std::string(asked.command({"CLUSTER", "NODES"}).text()));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> word(7);
    for (std::string& one : word) words >> one;
    all.insert(word[0] + " " + word[6]);
  }
  std::string text;
  for (const std::string& one : all) text += one + "\n";
  return text;
}

int redis_cluster::owner_by(redis_server& asked, int slot) {
  const redis::reply ranges = asked.command({"CLUSTER", "SLOTS"});
  for (std::size_t n = 0; n < ranges.size(); ++n) {
    const redis::reply_view range = ranges[n];
    if (slot < range[0].integer() || slot > range[1].integer()) continue;
    for (int owner = 0; owner < size(); ++owner)
      if (node(owner).port() == range[2][1].integer()) return owner;
  }
  return -1;
}

bool redis_cluster::is_master(int n) {
  return node(n).running() && contains(node(n).ask({"INFO", "replication"}), "role:master");
}

void redis_cluster::start_moving(int slot, int to) {
  eventually([&] { return agrees_on(slot); });  // gossip of the last move takes its time
  const int from = owner_of(slot);
  const std::string number = std::to_string(slot);
  node(to).ask({"CLUSTER", "SETSLOT", number, "IMPORTING", node_id(from)});
  node(from).ask({"CLUSTER", "SETSLOT", number, "MIGRATING", node_id(to)});
}

void redis_cluster::move_keys(int slot, int to) {
  redis_server& source = node(owner_of(slot));
  for (;;) {
    const redis::reply keys = source.command({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "100"});
    if (keys.size() == 0) return;
    std::vector<std::string> migrate{"MIGRATE", "127.0.0.1", std::to_string(node(to).port()), "", "0", "5000", "KEYS"};
    for (std::size_t n = 0; n < keys.size(); ++n) migrate.emplace_back(keys[n].text());
    source.ask(migrate);
  }
}

void redis_cluster::finish_moving(int slot, int to) {
  const int from = owner_of(slot);
  const std::string number = std::to_string(slot), id = node_id(to);
  node(to).ask({"CLUSTER", "SETSLOT", number, "NODE", id});  // the new owner first: it must never have none
  node(from).ask({"CLUSTER", "SETSLOT", number, "NODE", id});
  for (auto& each : nodes_)
    if (each->running())
      each->command({"CLUSTER", "SETSLOT", number, "NODE", id});  // replicas refuse; gossip tells them
}

void redis_cluster::move_slot(int slot, int to) {
  start_moving(slot, to);
  move_keys(slot, to);
  finish_moving(slot, to);
}

}  // namespace firstcome::testing
