// A crowd at a node that gets only so much memory: enough for what its settings let it hold, and far less than the
// crowd would fill. With those settings it lives; without them it runs out of memory in the middle of the crowd, and
// what it had accepted must be kept.

#include <gmock/gmock.h>

#include <set>

#include "runtime/machine.hpp"
#include "support/distributed_test.hpp"
#include "support/process_limits.hpp"
#include "support/promise_audit.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr int crowd_size = 12'000;
constexpr int places = 8'000;
constexpr int crowded = 6'000;  // connections
constexpr int connections_max = 400;
constexpr int refused_at_once_max = 256;  // past those that are let in: docs/overload.md
constexpr std::uint64_t bytes_per_connection = 24 * 1024;
constexpr std::uint64_t bytes_for_batches = 8U << 20;  // and for what is remembered of everybody who got one
constexpr std::uint64_t bytes_needed =
    bytes_for_batches + (connections_max + refused_at_once_max) * bytes_per_connection;
constexpr auto refusals_end_within = 120s;

const std::vector<std::string> bounded = {"--max-connections", std::to_string(connections_max)};
const std::vector<std::string> unbounded = {"--max-connections", "19000"};

/// Freed memory is to be free: AddressSanitizer keeps 256 MB of it aside otherwise.
std::pair<const std::string, std::string> hardly_any_quarantine() {
  return {"ASAN_OPTIONS", like_an_allocator_without_sanitizers().second + ":quarantine_size_mb=1"};
}

class crowd_without_end {
 public:
  crowd_without_end(server_under_test& node, std::int64_t coupon) : node_(node), coupon_(coupon) {
    runtime::raise_open_files_limit();
  }

  /// A few come first: what a node takes at its first batches it never gives back.
  void limit_memory_to_what_the_settings_need() {
    come(crowd(coupon_, 1, crowd_size / 10), 64);
    at_rest_ = data_bytes_of(node_.pid());
    limit_data(node_.pid(), at_rest_ + bytes_needed);
  }
  std::uint64_t bytes_taken() const { return data_bytes_of(node_.pid()) - at_rest_; }

  void everybody_comes_at_once() { come(crowd(coupon_, 1, crowd_size), crowded); }

  /// Whoever does not know yet asks again, until all do, or `refusals_end_within` is over.
  void everybody_asks_until_heard(int connections) {
    const auto end = std::chrono::steady_clock::now() + refusals_end_within;
    for (auto left = unsettled(); !left.empty() && node_.running(); left = unsettled()) {
      if (std::chrono::steady_clock::now() > end) break;
      come(left, connections);
    }
    EXPECT_EQ(unsettled().size(), 0U) << "users do not know";
  }

  const std::vector<issue_answer>& history() const { return history_; }

 private:
  void come(const std::vector<issue_ask>& asks, int connections) {
    append(history_, run_burst(node_.port(), asks, {.connections = connections}));
  }

  std::vector<issue_ask> unsettled() const {
    std::set<std::int64_t> settled;
    for (const issue_answer& one : history_)
      if (one.yes() || one.status == 409) settled.insert(one.ask.user);
    std::vector<issue_ask> left = crowd(coupon_, 1, crowd_size);
    std::erase_if(left, [&](const issue_ask& one) { return settled.contains(one.user); });
    return left;
  }

  server_under_test& node_;
  const std::int64_t coupon_;
  std::uint64_t at_rest_ = 0;
  std::vector<issue_answer> history_;
};

void expect_lives_through(server_under_test& node, crowd_without_end& people) {
  people.limit_memory_to_what_the_settings_need();
  for (int n = 0; n < 3; ++n) people.everybody_comes_at_once();
  people.everybody_asks_until_heard(connections_max / 2);
  ASSERT_TRUE(node.running()) << node.err();
  // Where the node is fast and its clients are not, the idle ones give way in time, and nobody need be refused.
  std::cout << "took " << (people.bytes_taken() >> 10) << " of " << (bytes_needed >> 10) << " KiB, refused "
            << count_code(people.history(), "overloaded") << " times\n";
}

void expect_runs_out_of_memory_and_loses_nothing(server_under_test& node, crowd_without_end& people) {
  people.limit_memory_to_what_the_settings_need();
  people.everybody_comes_at_once();
  ASSERT_TRUE(node.wait(20s).has_value()) << "it had memory enough: nothing was tested";
  node.lacked_memory();
  EXPECT_GT(count_winners(people.history()), 0U);
  EXPECT_GT(count_status(people.history(), 0), 0U);
  node.start();
  people.everybody_asks_until_heard(64);
}

class memory_overload : public system_test {
 protected:
  std::int64_t coupon_on_node_with(const std::vector<std::string>& flags) {
    start_server({.flags = flags, .environment = {hardly_any_quarantine()}});
    return create_coupon(server(), {.quantity = places});
  }
  void expect_kept(const crowd_without_end& people, std::int64_t coupon) {
    EXPECT_THAT(broken_promises(people.history(), read_ledger(server().data_dir()), coupon), IsEmpty());
    EXPECT_EQ(count_winners(people.history()), static_cast<std::size_t>(places));
  }
};

TEST_F(memory_overload, of_a_node_whose_settings_fit_its_memory_is_refused_and_it_lives) {
  const std::int64_t coupon = coupon_on_node_with(bounded);
  crowd_without_end people(server(), coupon);
  expect_lives_through(server(), people);
  expect_kept(people, coupon);
}

TEST_F(memory_overload, of_a_node_that_runs_out_of_memory_loses_nothing_that_it_accepted) {
  const std::int64_t coupon = coupon_on_node_with(unbounded);
  crowd_without_end people(server(), coupon);
  expect_runs_out_of_memory_and_loses_nothing(server(), people);
  expect_kept(people, coupon);
}

class distributed_memory_overload : public distributed_test {
 protected:
  std::int64_t coupon_on_api_with(const std::vector<std::string>& flags) {
    start_shape({.apis = 0, .workers = 1, .api_flags = flags});
    shape().add_api({hardly_any_quarantine()});
    return create({.quantity = places});
  }
};

TEST_F(distributed_memory_overload, of_an_api_node_whose_settings_fit_its_memory_is_refused_and_it_lives) {
  const std::int64_t coupon = coupon_on_api_with(bounded);
  crowd_without_end people(shape().api(), coupon);
  expect_lives_through(shape().api(), people);
  expect_kept(people.history(), coupon);
}

TEST_F(distributed_memory_overload, of_an_api_node_that_runs_out_of_memory_loses_nothing_that_it_accepted) {
  const std::int64_t coupon = coupon_on_api_with(unbounded);
  crowd_without_end people(shape().api(), coupon);
  expect_runs_out_of_memory_and_loses_nothing(shape().api(), people);
  expect_kept(people.history(), coupon);
}

}  // namespace
}  // namespace firstcome::testing
