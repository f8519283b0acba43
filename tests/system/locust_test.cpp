// The locustfiles of load-test/, run for a few seconds against the real binary.

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <sstream>

#include "support/ledger_view.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

class locust : public system_test, public ::testing::WithParamInterface<const char*> {
 protected:
  // The row "Aggregated" of the CSV file, by the names in its first line.
  static std::map<std::string, std::string> totals(const std::filesystem::path& csv) {
    std::ifstream in(csv);
    std::string header;
    std::string line;
    std::getline(in, header);
    for (std::string next; std::getline(in, next);) line = next;
    std::map<std::string, std::string> row;
    std::istringstream names(header);
    std::istringstream values(line);
    for (std::string name, value; std::getline(names, name, ',') && std::getline(values, value, ',');)
      row[name] = value;
    return row;
  }
};

TEST_P(locust, fires_for_a_few_seconds_without_a_failure) {
  constexpr int quantity = 50;
  const std::int64_t offer = create_coupon(server(), {.quantity = quantity});
  const temporary_directory folder;
  const std::string prefix = (folder.path() / "run").string();
  const finished_child run = run_to_end(
      {.arguments = {"/usr/bin/python3", "/usr/bin/locust", "-f",
                     std::string(FIRSTCOME_SOURCE_DIR) + "/load-test/" + GetParam(), "--headless", "--host",
                     "http://127.0.0.1:" + std::to_string(server().port()), "--users", "8", "--spawn-rate", "8",
                     "--run-time", "3s", "--stop-timeout", "5", "--coupon-id", std::to_string(offer), "--csv", prefix},
       .environment = {{"PYTHONDONTWRITEBYTECODE", "1"}},
       .working_directory = folder.path()},
      std::chrono::seconds(60));
  ASSERT_TRUE(run.status.has_value()) << "locust did not end";
  EXPECT_EQ(*run.status, exited_with(0)) << run.out << run.err;
  auto total = totals(prefix + "_stats.csv");
  EXPECT_EQ(total["Failure Count"], "0") << run.out << run.err;
  EXPECT_GT(std::atoi(total["Request Count"].c_str()), quantity) << run.out << run.err;
  EXPECT_EQ(read_ledger(server().data_dir()).issues_of(offer).size(), static_cast<std::size_t>(quantity));
}

std::string name_of(const ::testing::TestParamInfo<const char*>& file) {
  const std::string name = file.param;
  return name.substr(0, name.find('.'));
}

INSTANTIATE_TEST_SUITE_P(file, locust,
                         ::testing::Values("issue.py", "issue_v1.py", "issue_async_v1.py", "issue_async_v2.py"),
                         name_of);

}  // namespace
}  // namespace firstcome::testing
