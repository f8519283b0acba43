// The document at /openapi.json against what the server really answers: openapi_check.py asks every operation.

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using openapi = system_test;

TEST_F(openapi, describes_what_the_server_really_answers) {
  start_server({.flags = {"--rehearsal"}});
  const finished_child check = run_to_end(
      {.arguments = {"/usr/bin/python3", FIRSTCOME_SOURCE_DIR "/tests/system/openapi_check.py", "--url",
                     "http://127.0.0.1:" + std::to_string(server().port()), "--token", server().admin_token()},
       .environment = {{"PYTHONDONTWRITEBYTECODE", "1"}}},
      std::chrono::seconds(60));
  ASSERT_TRUE(check.status.has_value()) << "the check did not end";
  EXPECT_EQ(*check.status, exited_with(0)) << check.out << check.err;
}

}  // namespace
}  // namespace firstcome::testing
