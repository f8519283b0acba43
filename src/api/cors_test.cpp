#include "api/cors.hpp"

#include <gtest/gtest.h>

namespace firstcome::api {
namespace {

TEST(cors, knows_an_origin_from_what_is_none) {
  for (const char* good : {"https://shop.example", "http://localhost:3000", "https://a-b.example:8443",
                           "http://[::1]:80", "http://[::1]", "*"})
    EXPECT_TRUE(is_origin(good)) << good;
  for (const char* bad : {"", "shop.example", "https://", "https://shop.example/", "https://shop.example/x", "null",
                          "https://Shop.example", "ftp://a", "https://a:b", "https://a:", "https://a b", "https://u@a",
                          "https://*.a", "http://[", "http://[]"})
    EXPECT_FALSE(is_origin(bad)) << bad;
}

TEST(cors, says_nothing_without_the_setting) {
  const cors none;
  EXPECT_EQ(none.lines_for("https://a.example"), "");
  EXPECT_FALSE(none.allows("https://a.example"));
}

TEST(cors, names_the_origin_that_it_was_told_and_no_other) {
  const cors two({"https://a.example", "https://b.example:8443"});
  const auto lines = two.lines_for("https://b.example:8443");
  EXPECT_NE(lines.find("Access-Control-Allow-Origin: https://b.example:8443\r\n"), lines.npos);
  EXPECT_NE(lines.find("Access-Control-Expose-Headers: Location, Retry-After"), lines.npos);
  EXPECT_NE(lines.find("Vary: Origin\r\n"), lines.npos);
  for (const char* other : {"", "https://c.example", "http://a.example", "https://a.example.evil", "null", "*"}) {
    EXPECT_EQ(two.lines_for(other), "Vary: Origin\r\n") << other;
    EXPECT_FALSE(two.allows(other)) << other;
  }
}

TEST(cors, lets_everybody_in_by_a_star) {
  const cors any({"*"});
  EXPECT_TRUE(any.allows("https://a.example"));
  EXPECT_FALSE(any.allows("")) << "no page asks";
  EXPECT_NE(any.lines_for("null").find("Access-Control-Allow-Origin: *\r\n"), std::string_view::npos);
}

}  // namespace
}  // namespace firstcome::api
