#include "support/system_test.hpp"

namespace firstcome::testing {

void system_test::start_server(server_options options) {
  server_ = std::make_unique<server_under_test>(std::move(options));
  coupon_ = 0;
}

server_under_test& system_test::server() {
  if (!server_) start_server();
  return *server_;
}

std::int64_t system_test::coupon() {
  if (coupon_ == 0) coupon_ = create_coupon(server(), {.quantity = 1'000'000});
  return coupon_;
}

void system_test::expect_still_serves() {
  const http_response issued = ask_for_issue(server(), coupon(), next_user());
  EXPECT_EQ(issued.status, 201) << issued;
}

void system_test::TearDown() {
  if (!server_) return;
  ASSERT_TRUE(server_->running()) << server_->err();
  expect_still_serves();
  expect_clean_stop(*server_);
}

::testing::AssertionResult is_problem(const http_response& response, int status, const std::string& code) {
  const auto wrong = [&response](const std::string& what) {
    return ::testing::AssertionFailure() << what << ": " << response;
  };
  if (response.status != status) return wrong("the status is not " + std::to_string(status));
  if (!response.header("content-type").starts_with("application/problem+json")) return wrong("not problem+json");
  const boost::json::value body = response.json();
  if (!body.is_object()) return wrong("the body is not a JSON object");
  for (const char* member : {"type", "title", "detail", "code"})
    if (response.text(member).empty()) return wrong(std::string("no text in ") + member);
  if (response.number("status") != status) return wrong("the member status differs");
  if (!code.empty() && response.code() != code) return wrong("the code is not " + code);
  return ::testing::AssertionSuccess();
}

raw_answer answer_to_bytes(std::uint16_t port, std::string_view bytes) {
  raw_socket socket(port);
  socket.send(bytes);
  response_reader reader(socket);
  raw_answer answer;
  answer.response = reader.next();
  answer.closed = socket.closed_within(std::chrono::milliseconds(answer.response.keeps_alive ? 0 : 5000));
  return answer;
}

}  // namespace firstcome::testing
