#include "http/url.hpp"

#include <gtest/gtest.h>

namespace firstcome::http {
namespace {

TEST(web_url, is_taken_apart) {
  const auto full = parse_web_url("https://[::1]:8443/keys/x?a=1");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->scheme, "https");
  EXPECT_EQ(full->host, "[::1]");
  EXPECT_EQ(full->base(), "https://[::1]:8443");
  EXPECT_EQ(full->path, "/keys/x");
  EXPECT_TRUE(full->has_query_or_fragment);
  const auto bare = parse_web_url("http://shop.example");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->base(), "http://shop.example");
  EXPECT_EQ(bare->path, "/");
  EXPECT_FALSE(bare->has_query_or_fragment);
}

TEST(web_url, is_of_the_web_and_says_no_password) {
  for (const char* wrong :
       {"", "shop.example", "shop.example:80", "ftp://shop.example", "file:///etc/passwd", "http://", "https:///x",
        "http:/shop.example", "http://user@shop.example", "https://user:pass@shop.example", "http://a b/",
        "http://h:port", "http://h:70000", "http://[::1"})
    EXPECT_FALSE(parse_web_url(wrong)) << wrong;
}

TEST(web_url, of_this_machine) {
  for (const char* here : {"http://127.0.0.1:9000/keys", "http://127.8.9.1", "http://[::1]:9000", "http://localhost/"})
    EXPECT_TRUE(is_loopback(*parse_web_url(here))) << here;
  for (const char* elsewhere : {"http://127.0.0.1.id.example/", "http://127.evil/", "http://localhost.evil/",
                                "http://10.0.0.1/", "http://[::2]/"})
    EXPECT_FALSE(is_loopback(*parse_web_url(elsewhere))) << elsewhere;
}

}  // namespace
}  // namespace firstcome::http
