// load-test/ as a crowd of several processes, one master and three workers, against two API nodes on real stores.

#include <memory>
#include <string>
#include <vector>

#include "lab/process/free_port.hpp"
#include "support/distributed_test.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

constexpr int crowd_processes = 3;

class locust_distributed : public distributed_test {
 protected:
  // A Locust process of the crowd. Its users are dealt out to both nodes.
  child_command locust(std::int64_t coupon, std::vector<std::string> flags) {
    std::string nodes;
    for (const std::uint16_t port : shape().api_ports()) nodes += url(port) + ",";
    child_command command{
        .arguments = {"/usr/bin/python3", "/usr/bin/locust", "-f",
                      std::string(FIRSTCOME_SOURCE_DIR) + "/load-test/issue.py", "--coupon-id", std::to_string(coupon)},
        .environment = {{"PYTHONDONTWRITEBYTECODE", "1"}, {"FIRSTCOME_LOAD_NODES", nodes}},
        .working_directory = folder_.path()};
    command.arguments.insert(command.arguments.end(), flags.begin(), flags.end());
    return command;
  }

  std::unique_ptr<child_process> start_worker(std::int64_t coupon, const std::string& master_port, int n) {
    child_command command = locust(coupon, {"--worker", "--master-host", "127.0.0.1", "--master-port", master_port});
    command.stdout_file = command.stderr_file = log_of(n);
    return std::make_unique<child_process>(command);
  }

  finished_child run_master(std::int64_t coupon, const std::string& port) {
    return run_to_end(locust(coupon, {"--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port,
                                      "--expect-workers", std::to_string(crowd_processes), "--headless", "--host",
                                      url(shape().api_ports().front()), "--users", "24", "--spawn-rate", "24",
                                      "--run-time", "4s", "--stop-timeout", "5", "--only-summary"}),
                      60s);  // neighbours on the same CPUs make it slow, not broken
  }

  std::filesystem::path log_of(int n) const { return folder_.path() / ("worker" + std::to_string(n)); }
  static std::string url(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

 private:
  temporary_directory folder_;
};

// Locust's master leaves with 1 when a request of any of its workers failed.
TEST_F(locust_distributed, a_crowd_of_three_processes_gets_exactly_the_quantity_and_no_failure) {
  constexpr int quantity = 200;
  start_shape({.apis = 2, .workers = 1});
  const std::int64_t offer = create({.quantity = quantity});
  const std::string port = std::to_string(lab::free_port());
  std::vector<std::unique_ptr<child_process>> crowd;
  for (int n = 0; n < crowd_processes; ++n) crowd.push_back(start_worker(offer, port, n));

  const finished_child master = run_master(offer, port);
  ASSERT_TRUE(master.status.has_value()) << "the master did not end:\n" << master.out << master.err;
  EXPECT_EQ(*master.status, exited_with(0)) << master.out << master.err;
  for (int n = 0; n < crowd_processes; ++n) {
    EXPECT_EQ(crowd.at(static_cast<std::size_t>(n))->wait(10s), exited_with(0)) << text_of(log_of(n));
    EXPECT_THAT(text_of(log_of(n)), ::testing::HasSubstr("sold_out")) << "worker " << n << " asked nothing";
  }

  EXPECT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  EXPECT_EQ(shape().rows(offer), quantity);
  EXPECT_EQ(shape().dead_letters(offer), 0);
  EXPECT_THAT(shape().wrong_books(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace firstcome::testing
