#include "api/routes.hpp"

#include <gtest/gtest.h>

namespace firstcome::api {
namespace {

using http::method;
using outcome = route_match::outcome;

TEST(routes, finds_the_operation_and_its_ids) {
  const route_match issue = match(method::post, "/v1/coupons/7/issues");
  ASSERT_EQ(issue.what, outcome::found);
  EXPECT_EQ(issue.to->what, operation::issue);
  EXPECT_EQ(issue.ids[0], 7);

  const route_match use = match(method::post, "/v1/coupons/7/issues/42/use");
  ASSERT_EQ(use.what, outcome::found);
  EXPECT_EQ(use.to->what, operation::use_issue);
  EXPECT_EQ(use.ids, (std::array<std::int64_t, 2>{7, 42}));
}

TEST(routes, tells_methods_of_one_path_apart) {
  EXPECT_EQ(match(method::get, "/v1/coupons").to->what, operation::list_coupons);
  EXPECT_EQ(match(method::post, "/v1/coupons").to->what, operation::create_coupon);
  EXPECT_EQ(match(method::get, "/v1/coupons/1").to->what, operation::show_coupon);
  EXPECT_EQ(match(method::patch, "/v1/coupons/1").to->what, operation::change_coupon);
  EXPECT_EQ(match(method::get, "/v1/coupons/1/issues").to->what, operation::list_coupon_issues);
}

TEST(routes, answers_head_where_get_is) {
  EXPECT_EQ(match(method::head, "/healthz").to->what, operation::tell_health);
  EXPECT_EQ(match(method::head, "/v1/issue").what, outcome::method_not_allowed);
}

TEST(routes, knows_which_ids_are_ids) {
  EXPECT_TRUE(match(method::get, "/v1/coupons/9223372036854775807").ids_valid);
  for (const char* id : {"0", "-1", "+1", "01", "1.0", "abc", "1a", "%31", "9223372036854775808", " 1"}) {
    const route_match found = match(method::get, "/v1/coupons/" + std::string(id));
    EXPECT_EQ(found.what, outcome::found) << id;
    EXPECT_FALSE(found.ids_valid) << id;
  }
  EXPECT_FALSE(match(method::get, "/v1/coupons/1/issues/x").ids_valid);
  EXPECT_FALSE(match(method::get, "/v1/coupons/x/issues/1").ids_valid);
}

TEST(routes, finds_nothing_elsewhere) {
  for (const char* path : {"", "/v1", "/v1/", "/v1/coupons/", "/v1/coupons/1/", "/v1/coupons//issues", "//v1/coupons",
                           "/v1/coupons/1/issues/2/use/x", "/v1/coupon", "/V1/coupons", "/v1/couponsx", "*"})
    EXPECT_EQ(match(method::get, path).what, outcome::not_found) << path;
}

TEST(routes, takes_one_segment_for_a_file) {
  EXPECT_EQ(match(method::get, "/web/console.js").to->what, operation::send_file);
  EXPECT_EQ(match(method::get, "/").to->what, operation::show_index);
  for (const char* path : {"/web/", "/web", "/web/a/b", "/web/a/", "/x", "//"})
    EXPECT_EQ(match(method::get, path).what, outcome::not_found) << path;
}

TEST(routes, names_the_methods_that_a_path_has) {
  EXPECT_EQ(match(method::delete_, "/v1/coupons/1").what, outcome::method_not_allowed);
  EXPECT_EQ(allowed_methods("/v1/coupons/1"), "GET, HEAD, PATCH");
  EXPECT_EQ(allowed_methods("/v1/coupons/1/issues"), "POST, GET, HEAD");
  EXPECT_EQ(allowed_methods("/v2/issue-async"), "POST");
}

TEST(routes, bound_bodies_by_who_sends_them) {
  const auto limit_of = [](http::method m, std::string_view path) { return match(m, path).to->body_limit; };
  EXPECT_EQ(limit_of(method::post, "/v1/coupons/1/issues"), 4096u);
  EXPECT_EQ(limit_of(method::post, "/v1/issue"), 4096u);
  EXPECT_EQ(limit_of(method::post, "/v1/coupons"), 65536u);
  EXPECT_EQ(limit_of(method::patch, "/v1/coupons/1"), 65536u);
}

TEST(routes, have_a_name_each_and_one_for_none) {
  const auto names = route_names();
  EXPECT_EQ(names.size(), route_none + 1);
  EXPECT_EQ(names[match(method::post, "/v1/coupons/7/issues").index], "POST /v1/coupons/{id}/issues");
  EXPECT_EQ(match(method::get, "/nowhere").index, route_none);
}

}  // namespace
}  // namespace firstcome::api
