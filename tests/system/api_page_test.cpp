// docs/api.md is for programmers who paste from it: what they paste is run here, as it stands there.

#include <fstream>
#include <sstream>

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

class api_page : public system_test {
 protected:
  static std::string block(const std::string& language) {
    std::ifstream in(FIRSTCOME_SOURCE_DIR "/docs/api.md");
    std::stringstream page;
    page << in.rdbuf();
    const std::string text = page.str(), fence = "```" + language + "\n";
    const std::size_t begin = text.find(fence);
    EXPECT_NE(begin, std::string::npos) << language;
    return text.substr(begin + fence.size(), text.find("```", begin + 3) - begin - fence.size());
  }

  std::string base() { return "http://127.0.0.1:" + std::to_string(server().port()); }

  finished_child run(std::vector<std::string> arguments) {
    return run_to_end({.arguments = std::move(arguments)}, std::chrono::seconds(60));
  }
};

TEST_F(api_page, has_python_that_issues_a_coupon_and_says_why_not) {
  const std::string call =
      "\nimport sys\nprint(issue(sys.argv[1], int(sys.argv[2]), 42))\n"
      "print(issue(sys.argv[1], 999999, 42)['code'])\n";
  const finished_child python =
      run({"/usr/bin/python3", "-c", block("python") + call, base(), std::to_string(coupon())});
  EXPECT_NE(python.out.find("'userId': 42"), std::string::npos) << python.out << python.err;
  EXPECT_NE(python.out.find("coupon_not_found"), std::string::npos) << python.out << python.err;
  EXPECT_EQ(ask_for_issue(server(), coupon(), 42).status, 200) << "the program has issued it";
}

TEST_F(api_page, has_a_line_of_shell_that_issues_a_coupon) {
  std::string line = block("sh");
  const std::string there = "http://127.0.0.1:8080/v1/coupons/1/issues";
  ASSERT_NE(line.find(there), std::string::npos) << line;
  line.replace(line.find(there), there.size(), base() + issues_path(coupon()));
  const finished_child shell = run({"/bin/sh", "-c", line});
  EXPECT_NE(shell.out.find("\"userId\":42"), std::string::npos) << shell.out << shell.err;
}

}  // namespace
}  // namespace firstcome::testing
