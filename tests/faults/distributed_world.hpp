#pragma once

// Two API nodes and two workers on a Redis and a MariaDB, with a gate on every link: between the clients and each API
// node, and between each node and each store, which knows the stores by name. The judge's eyes
// (support/distributed_shape) go past the gates. On Galera an API node and a worker are at either of two nodes that
// both take writes.

#include <map>
#include <memory>

#include "faults/moving_addresses.hpp"
#include "faults/other_versions.hpp"
#include "faults/tended_node.hpp"
#include "faults/world.hpp"
#include "support/distributed_shape.hpp"

namespace firstcome::faults {

class distributed_world : public world {
 public:
  explicit distributed_world(bool on_galera = false);

  const std::vector<fault_choice>& menu() const override { return menu_; }
  std::vector<std::string> remarks() const override;
  bool can_begin(const fault& what) override;
  void begin(const fault& what) override;
  void end(const fault& what) override;
  void tend() override;
  bool up_within(std::chrono::milliseconds time) override;

  std::vector<std::uint16_t> doors() const override;
  std::string admin_token() const override { return shape_.environment().at("FIRSTCOME_ADMIN_TOKEN"); }
  std::vector<std::size_t> doors_behind(const std::string& target) const override;
  int ends_for_want() const override;
  std::vector<auditor::loss> gate_lost_at() const override { return gate_lost_at_; }

  bool drained(std::int64_t coupon, std::chrono::milliseconds within) override;
  testing::ledger_rows rows() override { return shape_.ledger(); }
  std::vector<std::string> wrong_in_the_end() override;
  std::string logs() override;

 private:
  void add_node(const std::string& kind, int n);
  void begin_at_redis(const fault& what);
  void end_at_redis(const fault& what);
  void begin_at_mariadb(const fault& what);
  void end_at_mariadb(const fault& what);
  void leave_addresses();
  void come_back_elsewhere();
  void add_stores();
  testing::mariadb_server& database_of(int node) { return cluster_ ? cluster_->node(node) : shape_.mariadb(); }
  bool databases_ready();
  testing::mariadb_server& database_hit_by(const fault& what);
  void tell_redis(const std::vector<std::string>& words);
  void go_back();
  std::filesystem::path append_only();
  std::uint64_t append_only_bytes();

  const std::unique_ptr<testing::galera_cluster> cluster_;
  testing::distributed_shape shape_;
  moving_addresses addresses_;
  other_versions others_;
  std::map<std::string, std::unique_ptr<testing::tcp_gate>> links_;  // "api-0>redis"
  std::map<std::string, std::unique_ptr<tended_node>> nodes_;        // "api-0"
  std::vector<fault_choice> menu_;
  bool redis_wanted_ = true;
  std::vector<auditor::loss> gate_lost_at_;
};

}  // namespace firstcome::faults
