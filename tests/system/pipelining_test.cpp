// Several requests sent before the first answer: answered one by one, in the order in which they came.

#include <atomic>
#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include "support/eventually.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

class pipelining : public system_test {
 protected:
  void SetUp() override {
    start_server({.flags = {"--threads", "1"}});
    coupon();
  }

  // Issues (which wait for the disk), reads of the ledger (which wait for a reader) and answers from memory, mixed.
  std::string mixed_requests(std::int64_t user) {
    return to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(user)}) +
           to_bytes({.target = "/healthz"}) + to_bytes({.target = "/v1/users/" + std::to_string(user) + "/issues"}) +
           to_bytes({.target = "/no/such/path"}) +
           to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(user)}) +
           to_bytes({.target = issue_path(coupon(), user)}) +
           to_bytes({.method = "POST", .target = issues_path(coupon()), .body = "{}"});
  }

  void expect_mixed_answers(response_reader& reader, std::int64_t user) {
    const http_response issued = reader.next();
    EXPECT_EQ(issued.status, 201) << issued;
    EXPECT_EQ(issued.number("userId"), user);
    EXPECT_EQ(reader.next().status, 200);
    const http_response list = reader.next();
    EXPECT_EQ(list.status, 200) << list;
    EXPECT_NE(list.body.find(std::to_string(user)), std::string::npos) << "asked after the issue, so it shows it";
    EXPECT_EQ(reader.next().status, 404);
    EXPECT_EQ(reader.next().status, 200);
    EXPECT_EQ(reader.next().number("userId"), user);
    EXPECT_EQ(reader.next().status, 400);
  }

  // Makes sure that the server's only loop has seen whatever was sent before.
  void let_the_server_read() {
    if (!witness_) witness_.emplace(server().port());
    EXPECT_EQ(witness_->get("/healthz").status, 200);
  }

 private:
  std::optional<http_client> witness_;
};

TEST_F(pipelining, answers_come_in_the_order_of_the_requests) {
  raw_socket socket(server().port());
  response_reader reader(socket);
  std::vector<std::int64_t> users;
  std::string requests;
  for (int i = 0; i < 30; ++i) requests += mixed_requests(users.emplace_back(next_user()));
  ASSERT_TRUE(socket.send(requests));
  for (const std::int64_t user : users) expect_mixed_answers(reader, user);
  EXPECT_EQ(reader.left_over(), "");
}

TEST_F(pipelining, requests_may_be_split_at_any_byte) {
  const std::size_t size = mixed_requests(next_user()).size();
  for (std::size_t split = 1; split < size; ++split) {
    SCOPED_TRACE("split after byte " + std::to_string(split));
    const std::int64_t user = next_user();
    const std::string requests = mixed_requests(user);
    raw_socket socket(server().port());
    socket.send(requests.substr(0, split));
    let_the_server_read();
    socket.send(requests.substr(split));
    response_reader reader(socket);
    expect_mixed_answers(reader, user);
    if (HasFailure()) return;
  }
}

TEST_F(pipelining, requests_may_come_byte_by_byte) {
  const std::int64_t user = next_user();
  raw_socket socket(server().port());
  for (const char byte : mixed_requests(user)) {
    socket.send({&byte, 1});
    let_the_server_read();
  }
  response_reader reader(socket);
  expect_mixed_answers(reader, user);
}

TEST_F(pipelining, what_stands_before_a_broken_request_is_answered_and_what_follows_is_not) {
  const std::int64_t lost = next_user();
  raw_socket socket(server().port());
  response_reader reader(socket);
  socket.send(to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(next_user())}) +
              "GET /healthz HTTP/1.1\r\n\r\n" +  // no Host
              to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(lost)}));
  EXPECT_EQ(reader.next().status, 201);
  EXPECT_TRUE(is_problem(reader.next(), 400, "malformed_request"));
  EXPECT_TRUE(socket.closed_within(raw_socket::closes_within));
  EXPECT_EQ(server().client().get(issue_path(coupon(), lost)).status, 404);
}

TEST_F(pipelining, nothing_after_connection_close_is_handled) {
  const std::int64_t lost = next_user();
  raw_socket socket(server().port());
  response_reader reader(socket);
  socket.send(to_bytes({.target = "/healthz", .more_headers = "Connection: close\r\n"}) +
              to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(lost)}));
  EXPECT_EQ(reader.next().status, 200);
  EXPECT_EQ(reader.next().status, 0);
  EXPECT_EQ(server().client().get(issue_path(coupon(), lost)).status, 404);
}

// A client that keeps its socket full and reads all its answers, until told to stop.
class endless_client {
 public:
  explicit endless_client(std::uint16_t port)
      : socket_(port), sender_([this] { send(); }), receiver_([this] { receive(); }) {}

  ~endless_client() {
    enough_ = true;
    sender_.join();
    socket_.half_close();
    receiver_.join();
  }

  std::size_t bytes_received() const { return bytes_; }

 private:
  void send() {
    std::string requests;
    for (int i = 0; i < 1000; ++i) requests += to_bytes({.target = "/healthz"});
    while (!enough_ && socket_.send(requests)) {
    }
  }

  void receive() {
    std::string answers;
    while (socket_.receive(answers, patience) == raw_socket::event::data) {
      bytes_ += answers.size();
      answers.clear();
    }
  }

  raw_socket socket_;
  std::atomic<bool> enough_{false};
  std::atomic<std::size_t> bytes_{0};
  std::thread sender_;
  std::thread receiver_;
};

TEST_F(pipelining, a_client_that_never_pauses_takes_turns_with_the_others) {
  endless_client greedy(server().port());
  ASSERT_TRUE(eventually([&] { return greedy.bytes_received() > 1'000'000; }));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(server().client().get("/readyz").status, 200);
  server().send_signal(SIGTERM);
  const auto ended = server().wait(std::chrono::seconds(20));
  ASSERT_TRUE(ended) << "the loop never came to its end";
  EXPECT_EQ(*ended, (exit_status{.exited = true, .value = 0})) << server().err();
  start_server({.flags = {"--threads", "1"}});
}

}  // namespace
}  // namespace firstcome::testing
