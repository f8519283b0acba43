#include "http/access_log.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
namespace http = firstcome::http;

TEST(access_log, names_the_request_the_answer_and_the_time) {
  const http::request asked{.method = http::method::post, .path = "/v1/coupons/1/issues"};
  EXPECT_EQ(http::access_line(&asked, 201, 412us), "POST /v1/coupons/1/issues 201 0.412 ms");
}

TEST(access_log, leaves_the_query_out) {
  const http::request asked{.method = http::method::get, .path = "/v1/coupons", .query = "cursor=secret"};
  EXPECT_EQ(http::access_line(&asked, 200, 12s + 3456us), "GET /v1/coupons 200 12003.456 ms");
}

TEST(access_log, has_dashes_for_a_request_that_could_not_be_read) {
  EXPECT_EQ(http::access_line(nullptr, 400, 0ns), "- - 400 0.000 ms");
}
