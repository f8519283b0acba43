#pragma once

// The frame of a system test: one real server, a coupon of plenty on it, and at the end the proof that whatever the
// test did left the server well: it still issues, no sanitizer complained, and SIGTERM ends it with exit code 0.

#include <gtest/gtest.h>

#include <memory>

#include "support/coupon_operations.hpp"
#include "support/server_under_test.hpp"

namespace firstcome::testing {

class system_test : public ::testing::Test {
 protected:
  /// Called by a test that needs flags, also instead of the server before; otherwise the first use of `server()` starts
  /// one without.
  void start_server(server_options options = {});
  server_under_test& server();
  /// A coupon of a million, made when first asked for.
  std::int64_t coupon();
  /// A user nobody else in this test is.
  std::int64_t next_user() { return next_user_++; }

  /// A good request on a new connection is answered with a new issue.
  void expect_still_serves();
  void TearDown() override;

 private:
  std::unique_ptr<server_under_test> server_;
  std::int64_t coupon_ = 0;
  std::int64_t next_user_ = 9'000'000'000;
};

/// The answer is problem+json with all five members, this status and this code (empty: any).
::testing::AssertionResult is_problem(const http_response& response, int status, const std::string& code);

/// Sends the bytes on a connection of its own and answers what comes back first; `closed`: whether the server then
/// closed.
struct raw_answer {
  http_response response;
  bool closed = false;
};
raw_answer answer_to_bytes(std::uint16_t port, std::string_view bytes);

}  // namespace firstcome::testing
