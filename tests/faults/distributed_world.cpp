#include "faults/distributed_world.hpp"

#include <stdexcept>

#include "faults/link_faults.hpp"
#include "support/eventually.hpp"
#include "support/operator_log.hpp"
#include "support/process_limits.hpp"

namespace firstcome::faults {
namespace {

using namespace std::chrono_literals;

constexpr int apis = 2;
constexpr int workers = 2;
const std::string redis = "redis";
const std::string mariadb = "mariadb";
const std::string addresses = "addresses";  // of all stores

std::string client_link(const std::string& node) {
  return "client>" + node;
}

/// Throws when it is still the old one that answers: nothing was replaced.
void expect_version(const std::string& said, const testing::server_of_release& wanted) {
  if (said.find(testing::to_text(wanted.version)) == std::string::npos)
    throw std::runtime_error(wanted.name + " " + testing::to_text(wanted.version) + " was to be there, and says " +
                             said);
}

}  // namespace

distributed_world::distributed_world(bool on_galera)
    : cluster_(on_galera ? std::make_unique<testing::galera_cluster>() : nullptr),
      shape_({.apis = 0,
              .workers = 0,
              .api_flags = {"--request-timeout-ms", "2000", "--store-timeout-ms", "1000"},
              .worker_flags = {"--store-timeout-ms", "1000"},
              .databases = cluster_.get()}),
      others_(shape_.redis(), shape_.mariadb()) {
  add_stores();
  for (int n = 0; n < apis; ++n) add_node("api", n);
  for (int n = 0; n < workers; ++n) add_node("worker", n);
}

/// Galera's nodes are one target: the second cannot join while the first stands still. The first one lives, since it
/// is the majority (galera_cluster).
void distributed_world::add_stores() {
  menu_ = {{fault_kind::kill, redis, 6},    {fault_kind::pause, redis, 4},   {fault_kind::store_full, redis, 3},
           {fault_kind::flush, redis, 2},   {fault_kind::restore, redis, 2}, {fault_kind::file_size_limit, redis, 3},
           {fault_kind::move, addresses, 3}};
  if (!others_.redis().empty()) menu_.push_back({fault_kind::replace, redis, 2});
  if (cluster_) {
    menu_.insert(menu_.end(), {{fault_kind::kill, mariadb, 3}, {fault_kind::pause, mariadb, 5}});
    return;
  }
  menu_.insert(menu_.end(), {{fault_kind::kill, mariadb, 5}, {fault_kind::pause, mariadb, 4}});
  if (!others_.mariadb().empty()) menu_.push_back({fault_kind::replace, mariadb, 2});
}

std::vector<std::string> distributed_world::remarks() const {
  return others_.remarks(!cluster_);
}

/// A node that joins asks the other one for all that it lacks.
bool distributed_world::databases_ready() {
  return cluster_->ready(0) && cluster_->ready(1);
}

testing::mariadb_server& distributed_world::database_hit_by(const fault& what) {
  if (!cluster_) return shape_.mariadb();
  return cluster_->node(what.kind == fault_kind::kill ? 1 : what.amount % testing::galera_cluster::size);
}

void distributed_world::add_node(const std::string& kind, int n) {
  const std::string name = kind + "-" + std::to_string(n);
  auto& to_redis = links_[name + ">" + redis] = std::make_unique<testing::tcp_gate>(shape_.redis().port());
  auto& to_mariadb = links_[name + ">" + mariadb] = std::make_unique<testing::tcp_gate>(database_of(n).port());
  const bool api = kind == "api";
  const auto port_of = [](const auto& gate) { return ":" + std::to_string(gate->port()); };
  std::map<std::string, std::string> stores = {
      testing::like_an_allocator_without_sanitizers(),
      {"FIRSTCOME_REDIS", "redis://" + std::string(moving_addresses::redis) + port_of(to_redis)},
      {"FIRSTCOME_DATABASE",
       "mysql://root@" + std::string(moving_addresses::mariadb) + port_of(to_mariadb) + "/" + shape_.database()}};
  stores.merge(addresses_.environment());
  stores["ASAN_OPTIONS"] += ":verify_asan_link_order=0";  // our library of names comes before it
  testing::server_under_test& server = api ? shape_.add_api(stores) : shape_.add_worker(stores);
  nodes_[name] = std::make_unique<tended_node>(name, server, api);
  menu_.insert(menu_.end(), {{fault_kind::kill, name, 3}, {fault_kind::pause, name, 3}});
  if (api) {
    menu_.insert(menu_.end(), {{fault_kind::fd_limit, name, 2}, {fault_kind::memory_limit, name, 1}});
    add_link_faults(menu_, client_link(name), 1);
  }
  add_link_faults(menu_, name + ">" + redis, 1);
  add_link_faults(menu_, name + ">" + mariadb, 1);
}

bool distributed_world::can_begin(const fault& what) {
  if (cluster_ && what.target == mariadb) return databases_ready();
  const auto node = nodes_.find(what.target);
  return node == nodes_.end() || node->second->can_begin(what);
}

void distributed_world::begin(const fault& what) {
  if (const auto link = links_.find(what.target); link != links_.end()) return faults::begin(*link->second, what);
  if (const auto node = nodes_.find(what.target); node != nodes_.end()) return node->second->begin(what);
  if (what.target == addresses) return leave_addresses();
  if (what.target == redis) return begin_at_redis(what);
  if (what.target == mariadb) return begin_at_mariadb(what);
  for (auto& [name, node] : nodes_)
    if (what.target == client_link(name)) return faults::begin(node->door(), what);
}

void distributed_world::end(const fault& what) {
  if (const auto link = links_.find(what.target); link != links_.end()) return faults::end(*link->second, what);
  if (const auto node = nodes_.find(what.target); node != nodes_.end()) return node->second->end(what);
  if (what.target == addresses) return come_back_elsewhere();
  if (what.target == redis) return end_at_redis(what);
  if (what.target == mariadb) return end_at_mariadb(what);
  for (auto& [name, node] : nodes_)
    if (what.target == client_link(name)) return faults::end(node->door(), what);
}

void distributed_world::leave_addresses() {
  for (auto& [name, link] : links_) link->leave();
}

void distributed_world::come_back_elsewhere() {
  const std::string address = addresses_.move();
  for (auto& [name, link] : links_) link->come_back_at(address);
}

void distributed_world::begin_at_redis(const fault& what) {
  switch (what.kind) {
    case fault_kind::kill:
      redis_wanted_ = false;
      shape_.redis().kill();
      break;
    case fault_kind::replace:
      redis_wanted_ = false;
      if (shape_.redis().running()) shape_.redis().shut_down();
      break;
    case fault_kind::pause:
      shape_.redis().pause();
      break;
    case fault_kind::store_full:
      tell_redis({"CONFIG", "SET", "maxmemory", "1"});
      break;
    case fault_kind::file_size_limit:
      if (shape_.redis().running())
        testing::limit_file_size(shape_.redis().pid(), append_only_bytes() + what.amount % 8192);
      break;
    case fault_kind::restore:
      std::filesystem::copy(append_only(), shape_.redis().folder() / "kept", std::filesystem::copy_options::recursive);
      break;
    case fault_kind::flush:
      gate_lost_at_.emplace_back(testing::history_now(), auditor::never);
      tell_redis({"FLUSHALL"});
      gate_lost_at_.back().to = testing::history_now();
      break;
    default:
      break;
  }
}

void distributed_world::end_at_redis(const fault& what) {
  if (what.kind == fault_kind::kill || what.kind == fault_kind::replace) redis_wanted_ = true;
  if (what.kind == fault_kind::replace)
    shape_.redis().become(others_.redis()[what.amount % others_.redis().size()].command);
  if (what.kind == fault_kind::pause) shape_.redis().resume();
  if (what.kind == fault_kind::store_full) tell_redis({"CONFIG", "SET", "maxmemory", "0"});
  if (what.kind == fault_kind::file_size_limit && shape_.redis().running()) testing::lift_limits(shape_.redis().pid());
  if (what.kind == fault_kind::restore) go_back();
  tend();
  if (what.kind == fault_kind::replace)
    expect_version(shape_.redis().ask({"INFO", "server"}), others_.redis()[what.amount % others_.redis().size()]);
}

/// The copy was made while it wrote: as far as the last whole script.
void distributed_world::go_back() {
  gate_lost_at_.emplace_back(testing::history_now(), auditor::never);
  shape_.redis().kill();
  std::filesystem::remove_all(append_only());
  std::filesystem::rename(shape_.redis().folder() / "kept", append_only());
  tell_redis({"PING"});
  gate_lost_at_.back().to = testing::history_now();
}

void distributed_world::begin_at_mariadb(const fault& what) {
  testing::mariadb_server& server = database_hit_by(what);
  if (what.kind == fault_kind::kill) server.kill_hard();
  if (what.kind == fault_kind::pause) server.pause();
  if (what.kind != fault_kind::replace) return;
  server.execute("SET GLOBAL innodb_fast_shutdown = 1");  // the log of a crash is not for another version
  if (server.terminate() != testing::exited_with(0)) throw std::runtime_error("mariadbd does not end: " + server.log());
}

void distributed_world::end_at_mariadb(const fault& what) {
  testing::mariadb_server& server = database_hit_by(what);
  if (what.kind == fault_kind::pause) return server.resume();
  if (cluster_) return cluster_->launch_second();
  if (what.kind == fault_kind::replace) {
    const testing::server_of_release& other = others_.mariadb()[what.amount % others_.mariadb().size()];
    server.become(other.command, other.arguments);
  }
  server.start();
  if (what.kind == fault_kind::replace)
    expect_version(server.value("SELECT VERSION()"), others_.mariadb()[what.amount % others_.mariadb().size()]);
}

void distributed_world::tend() {
  for (auto& [name, node] : nodes_) node->tend();
  if (redis_wanted_ && !shape_.redis().running()) tell_redis({"PING"});
}

bool distributed_world::up_within(std::chrono::milliseconds time) {
  return testing::eventually(time, [this] {
    tend();
    for (auto& [name, node] : nodes_)
      if (!node->up() || !node->server().ready()) return false;
    return !cluster_ || databases_ready();
  });
}

std::vector<std::uint16_t> distributed_world::doors() const {
  std::vector<std::uint16_t> ports;
  for (int n = 0; n < apis; ++n) ports.push_back(nodes_.at("api-" + std::to_string(n))->door().port());
  return ports;
}

std::vector<std::size_t> distributed_world::doors_behind(const std::string& target) const {
  std::vector<std::size_t> found;
  for (std::size_t n = 0; n < apis; ++n)
    if (target.find("api-" + std::to_string(n)) != std::string::npos) found.push_back(n);
  if (found.empty()) return {0, 1};
  return found;
}

int distributed_world::ends_for_want() const {
  int ends = 0;
  for (const auto& [name, node] : nodes_) ends += node->ends_for_want();
  return ends;
}

bool distributed_world::drained(std::int64_t coupon, std::chrono::milliseconds within) {
  return shape_.drained(coupon, within);
}

std::vector<std::string> distributed_world::wrong_in_the_end() {
  std::vector<std::string> wrong = shape_.wrong_books();
  const std::string dead = shape_.mariadb().value("SELECT COUNT(*) FROM issue_dead_letters", shape_.database());
  if (dead != "0") wrong.push_back(dead + " dead letters, and nothing was wrong with any admission");
  for (std::size_t n = 0; n < (cluster_ ? testing::galera_cluster::size : 1); ++n) {
    const testing::finished_child audit = testing::run_to_end(
        {.arguments = {testing::firstcome_program(), "audit"}, .environment = shape_.environment(n)}, 120s);
    if (audit.status != testing::exited_with(0)) wrong.push_back("firstcome audit: " + audit.out + audit.err);
  }
  for (auto& [name, node] : nodes_)
    for (std::string& one : node->wrong_in_the_end()) wrong.push_back(std::move(one));
  return wrong;
}

std::string distributed_world::logs() {
  std::string all;
  for (auto& [name, node] : nodes_) all += node->end_of_log();
  return all;
}

/// Again and again: its connection may be one to a process that was killed since, and a machine whose disk is busy lets
/// an fsync, and Redis with it, wait for longer than anybody would think.
void distributed_world::tell_redis(const std::vector<std::string>& words) {
  std::string why;
  const bool done = testing::eventually([&] {
    try {
      shape_.redis().start();
      shape_.redis().ask(words);
      return true;
    } catch (const std::runtime_error& e) {
      why = e.what();
      return false;
    }
  });
  if (!done) throw std::runtime_error(why);
}

std::filesystem::path distributed_world::append_only() {
  return shape_.redis().folder() / "appendonlydir";
}

std::uint64_t distributed_world::append_only_bytes() {
  std::uint64_t largest = 0;
  for (const auto& file : std::filesystem::directory_iterator(append_only()))
    largest = std::max<std::uint64_t>(largest, file.file_size());
  return largest;
}

}  // namespace firstcome::faults
