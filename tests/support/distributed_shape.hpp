#pragma once

// The distributed shape for a test: a Redis (appendfsync always), a MariaDB with a fresh and migrated database, API
// nodes and workers, all real and on ports of their own. Any of them may be killed, stopped and started again. What
// happened is read from the stores directly, not through our code.
//
// Use it on the test's main thread (see child_process.hpp); `ask_redis` and the readers from any.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/coupon_operations.hpp"
#include "support/galera_cluster.hpp"
#include "support/ledger_view.hpp"
#include "support/load_burst.hpp"
#include "support/mariadb_server.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"
#include "support/server_under_test.hpp"

namespace firstcome::testing {

struct distributed_options {
  int apis = 2;
  int workers = 3;
  std::vector<std::string> api_flags = {};
  std::vector<std::string> worker_flags = {};
  std::vector<std::string> mariadb_arguments = {};
  /// Instead of one MariaDB of the shape's own: API node and worker n use node n modulo its size. `mariadb()` is the
  /// first. Lives longer than the shape.
  galera_cluster* databases = nullptr;
  /// Instead of one Redis of the shape's own; lives longer than the shape.
  redis_cluster* cluster = nullptr;
};

class distributed_shape {
 public:
  explicit distributed_shape(distributed_options options = {});

  redis_server& redis() { return *redis_; }
  mariadb_server& mariadb() { return database_node(0); }
  const std::string& database() const { return database_; }
  server_under_test& api(std::size_t n = 0) { return *apis_.at(n); }
  server_under_test& worker(std::size_t n = 0) { return *workers_.at(n); }
  std::size_t apis() const { return apis_.size(); }
  std::size_t workers() const { return workers_.size(); }

  /// One more, with these variables besides where the stores are. The answer stays valid.
  server_under_test& add_api(std::map<std::string, std::string> more = {}, bool await_ready = true);
  server_under_test& add_worker(std::map<std::string, std::string> more = {}, bool await_ready = true);
  /// What a node needs to know; for nodes that a test starts on its own.
  std::map<std::string, std::string> environment(std::size_t n = 0) const;

  /// Of the nodes that run.
  std::vector<std::uint16_t> api_ports();
  /// A crowd at all API nodes.
  std::vector<issue_answer> burst(const std::vector<issue_ask>& asks, const burst_options& options = {});
  /// Goes on asking for those who have not heard a yes or a no (but for a time-out or an overload), as a patient
  /// client would. Answers everything that was heard; after `within` there may be users without an answer.
  std::vector<issue_answer> burst_until_answered(std::vector<issue_ask> asks, const burst_options& options = {},
                                                 std::chrono::milliseconds within = patience);

  redis::reply ask_redis(const std::vector<std::string>& words);
  std::string meta(std::int64_t coupon, const std::string& field);
  /// fc:{coupon}:users:epoch or fc:{coupon}:queue:epoch, of the epoch that stands there now.
  std::string key(std::int64_t coupon, const std::string& what);
  std::int64_t gate_size(std::int64_t coupon);

  /// Coupons and issues, each read at one instant.
  ledger_rows ledger();
  std::int64_t rows(std::int64_t coupon);
  std::int64_t dead_letters(std::int64_t coupon);
  /// Coupons that at this instant have more issues than allowed, or another number than they say; as sentences.
  std::vector<std::string> wrong_books();
  /// Every admission of the gate stands in the ledger. False when that was not so in time.
  bool drained(std::int64_t coupon, std::chrono::milliseconds within = patience);
  /// Where the coupon stands, for the message when it does not drain.
  std::string state_of(std::int64_t coupon);

  /// Every node that runs leaves cleanly: expect_clean_stop.
  void expect_clean_stops();

 private:
  std::unique_ptr<server_under_test> make_node(const std::string& node, const std::vector<std::string>& flags,
                                               std::map<std::string, std::string> more, std::size_t n,
                                               bool await_ready) const;
  mariadb_server& database_node(std::size_t n) const;

  distributed_options options_;
  std::unique_ptr<redis_server> redis_;
  std::unique_ptr<mariadb_server> mariadb_;
  std::string database_;
  std::vector<std::unique_ptr<server_under_test>> apis_;
  std::vector<std::unique_ptr<server_under_test>> workers_;
};

}  // namespace firstcome::testing
