#pragma once

// An exchange without a connection: hands the handler a request and keeps what it answers. Like the real one, it
// destroys the handler's state when it is answered, so that a handler which touches it afterwards is found out.

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include "http/exchange.hpp"

namespace firstcome::testing {

/// What waits for its answers: nobody delivers, the tests call `on_answer` themselves.
class fake_completion_queue final : public runtime::completion_queue {
 public:
  void deliver(runtime::completion_list&& answered) override { runtime::complete_all(answered); }
};

class fake_exchange final : public http::exchange {
 public:
  fake_exchange(boost::asio::io_context& loop, runtime::completion_queue& answers)
      : executor_(loop.get_executor()), answers_(answers) {}

  const http::request& request() const override { return sent; }
  const boost::asio::any_io_executor& executor() const override { return executor_; }
  runtime::completion_queue& answers() const override { return answers_; }
  runtime::deadline deadline() const override { return runtime::deadline(deadline_at); }

  void respond(int answer_status, std::string_view type, std::string_view text, std::string_view headers) override {
    EXPECT_EQ(answers_given, 0) << "a request is answered once";
    ++answers_given;
    status = answer_status;
    content_type = type;
    body = text;
    extra_headers = headers;
    reset_state();
  }

  http::request sent;
  monotonic deadline_at{};

  int answers_given = 0;
  int status = 0;
  // Long enough that keeping an answer of the hot path allocates nothing.
  std::string content_type = std::string(128, '\0');
  std::string body = std::string(512, '\0');
  std::string extra_headers = std::string(512, '\0');

 private:
  boost::asio::any_io_executor executor_;
  runtime::completion_queue& answers_;
};

}  // namespace firstcome::testing
