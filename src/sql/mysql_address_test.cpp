#include "sql/mysql_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firstcome::sql {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string why_refused(const std::string& url) {
  try {
    parse_mysql_address(url);
  } catch (const std::invalid_argument& why) {
    return why.what();
  }
  return "it was taken";
}

TEST(mysql_address, has_all_its_parts) {
  const mysql_address a = parse_mysql_address("mysql://shop:pa55@db.example:3307/coupon?tls=verify&ca=/etc/ca.pem");
  EXPECT_EQ(a.user, "shop");
  EXPECT_EQ(a.password.reveal(), "pa55");
  EXPECT_EQ(a.host, "db.example");
  EXPECT_EQ(a.port, 3307);
  EXPECT_EQ(a.database, "coupon");
  EXPECT_EQ(a.tls, tls_mode::verify);
  EXPECT_EQ(a.ca, "/etc/ca.pem");
}

TEST(mysql_address, has_defaults) {
  const mysql_address a = parse_mysql_address("mysql://shop@db/coupon");
  EXPECT_TRUE(a.password.empty());
  EXPECT_EQ(a.port, 3306);
  EXPECT_EQ(a.tls, tls_mode::prefer);
}

TEST(mysql_address, decodes_what_is_percent_encoded) {
  const mysql_address a = parse_mysql_address("mysql://a%40b:p%2Fw%3A%40%25%e2%82%ac@db/c%20d?ca=/x%26y");
  EXPECT_EQ(a.user, "a@b");
  EXPECT_EQ(a.password.reveal(), "p/w:@%€");
  EXPECT_EQ(a.database, "c d");
  EXPECT_EQ(a.ca, "/x&y");
}

TEST(mysql_address, takes_an_at_sign_in_the_password_and_ipv6_and_sockets) {
  EXPECT_EQ(parse_mysql_address("mysql://u:p@q@db/c").password.reveal(), "p@q");
  const mysql_address v6 = parse_mysql_address("mysql://u@[::1]:3307/c");
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.port, 3307);
  EXPECT_EQ(to_string(v6), "u@[::1]:3307/c");
  const mysql_address socket = parse_mysql_address("mysql://u@/c?socket=/run/mysqld/mysqld.sock");
  EXPECT_EQ(socket.socket, "/run/mysqld/mysqld.sock");
  EXPECT_TRUE(socket.is_local());
}

TEST(mysql_address, is_shown_without_its_password) {
  EXPECT_EQ(to_string(parse_mysql_address("mysql://u:s3cret@db:1/c")), "u@db:1/c");
}

TEST(mysql_address, says_what_is_wrong_and_never_shows_the_password) {
  const std::pair<const char*, const char*> cases[] = {
      {"postgres://u:s3cret@db/c", "must begin with mysql://"},
      {"mysql://u:s3cret@db", "database's name is missing"},
      {"mysql://u:s3cret@db/", "database's name is missing"},
      {"mysql://db/c", "the user is missing"},
      {"mysql://:s3cret@db/c", "the user is missing"},
      {"mysql://u:s3cret@/c", "the host is missing"},
      {"mysql://u:s3cret@db:0/c", "the port must be 1 to 65535"},
      {"mysql://u:s3cret@db:65536/c", "the port must be 1 to 65535"},
      {"mysql://u:s3cret@db:x/c", "the port must be 1 to 65535"},
      {"mysql://u:1/s3cret@db/c", "must be written %2F"},
      {"mysql://u:s3cret%@db/c", "must be written %25"},
      {"mysql://u:s3cret%0@db/c", "must be written %25"},
      {"mysql://u:s3cret%00@db/c", "zero byte"},
      {"mysql://u:s3cret@[::1/c", "] after the host"},
      {"mysql://u:s3cret@db/c?tls=on", "off, prefer, require or verify"},
      {"mysql://u:s3cret@db/c?colour=red", "may be tls, ca"},
      {"mysql://u:s3cret@db/c?tls", "must be name=value"},
      {"mysql://u:s3cret@db/c?tls=off&ca=/x", "no use with tls=off"},
      {"mysql://u:s3cret@db/c?cert=/x", "go together"},
  };
  for (const auto& [url, why] : cases)
    EXPECT_THAT(why_refused(url), AllOf(HasSubstr(why), Not(HasSubstr("s3cret")))) << url;
}

}  // namespace
}  // namespace firstcome::sql
