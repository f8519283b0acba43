#include "http/client.hpp"

#include <unistd.h>

#include <gtest/gtest.h>

#include "support/key_server.hpp"
#include "support/loopback_listener.hpp"

namespace firstcome::http {
namespace {

using namespace std::chrono_literals;
using runtime::deadline;

client_failure why_not(const client_request& request) {
  try {
    ask(request);
  } catch (const no_answer& nothing) {
    return nothing.why();
  }
  return client_failure::other;
}

TEST(http_client, asks_nobody_once_its_deadline_has_passed) {
  testing::key_server server("{}");
  EXPECT_EQ(why_not({.url = server.url(), .until = deadline::after(0ms)}), client_failure::too_late);
  EXPECT_EQ(server.asked(), 0);
  EXPECT_FALSE(no_answer(client_failure::too_late, "").may_have_arrived());
  EXPECT_EQ(ask({.url = server.url(), .until = deadline::never()}).body, "{}");
}

TEST(http_client, waits_for_an_answer_until_its_deadline) {
  const auto silent = testing::listen_on_loopback();
  const std::string url = "http://127.0.0.1:" + std::to_string(silent.port) + "/";
  const deadline until = deadline::after(50ms);
  EXPECT_EQ(why_not({.url = url, .until = until}), client_failure::timed_out);
  EXPECT_TRUE(until.passed());
  close(silent.fd);
}

}  // namespace
}  // namespace firstcome::http
