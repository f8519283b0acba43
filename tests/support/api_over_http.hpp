#pragma once

// The frame of a test of the API's routes: the application on a coupon service in memory, asked as over HTTP and
// without a connection. The clock stands until the test moves it. The admin's token is `admin-token`.

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <optional>

#include "api/application.hpp"
#include "support/fake_coupon_service.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_issuer.hpp"
#include "support/standing_clock.hpp"

namespace firstcome::testing {

class api_over_http : public ::testing::Test {
 protected:
  using method = http::method;
  static constexpr std::string_view admin = "Bearer admin-token";

  int ask(method m, std::string_view path, std::string_view body = {}, std::string_view query = {},
          std::string_view authorization = admin, std::optional<std::string_view> key = {}) {
    x_.emplace(loop_, answers_);
    x_->sent = {.method = m,
                .path = path,
                .query = query,
                .content_type = body.empty() ? "" : "application/json",
                .authorization = authorization,
                .body = body,
                .idempotency_key = key};
    app_.handle(*x_);
    loop_.restart();
    loop_.run();
    return x_->status;
  }
  boost::json::value said() { return boost::json::parse(x_->body); }
  std::string said(const char* member) { return std::string(said().at(member).as_string()); }

  boost::asio::io_context loop_;
  fake_completion_queue answers_;
  fake_issuer issuer_;
  fake_coupon_service service_;
  runtime::metrics metrics_{api::route_names()};
  standing_clock clock_;
  std::atomic<bool> ready_{true};
  api::application app_{{issuer_, service_, metrics_, clock_, ready_}, {.admin_token = "admin-token"}};
  std::optional<fake_exchange> x_;
};

}  // namespace firstcome::testing
