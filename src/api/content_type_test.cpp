#include "api/content_type.hpp"

#include <gmock/gmock.h>

namespace firstcome::api {
namespace {

using ::testing::HasSubstr;

TEST(a_content_type, may_be_json_in_utf8_however_it_is_written) {
  for (const char* type :
       {"application/json", "Application/JSON", "application/json ", "application/json;",
        "application/json;charset=utf-8", "application/json; charset=UTF-8", "application/json;charset=\"utf-8\"",
        "application/json ; Charset = \"Utf-8\" ", "application/json;x=y;charset=utf-8",
        "application/json; x=\";charset=latin1\"", "application/json; x=\"\\\";charset=latin1\"",
        "application/json;charsets=latin1", "application/json;charset=utf-8;"})
    EXPECT_EQ(why_not_json(type), std::nullopt) << type;
}

TEST(a_content_type, of_another_charset_is_refused_with_what_to_send) {
  for (const char* charset : {"latin1", "iso-8859-1", "\"ISO-8859-1\"", "utf-16", "utf8", "us-ascii", "", "\"\"", "\"",
                              "utf-8, utf-8", "\"utf-8", "euc-kr"})
    EXPECT_THAT(why_not_json("application/json; charset=" + std::string(charset)).value_or("taken"),
                AllOf(HasSubstr("charset=" + std::string(charset) + ":"), HasSubstr("application/json;charset=utf-8")))
        << charset;
  for (const char* type : {"application/json;charset", "application/json;charset=utf-8;charset=latin1",
                           "application/json;x=y; CHARSET=latin1"})
    EXPECT_TRUE(why_not_json(type)) << type;
}

TEST(a_content_type, that_is_missing_or_another_is_told_so) {
  EXPECT_EQ(why_not_json(""), "The body has no Content-Type: send Content-Type: application/json.");
  EXPECT_EQ(why_not_json("text/plain; charset=utf-8"), "The Content-Type must be application/json, and is text/plain.");
  for (const char* type : {"application/jsonp", "application/json, text/plain", "x;application/json",
                           ";application/json", "application/problem+json", " ", "\"application/json\""})
    EXPECT_THAT(why_not_json(type).value_or("taken"), HasSubstr("must be application/json")) << type;
  EXPECT_LT(why_not_json(std::string(8000, 'x'))->size(), 200U);
}

}  // namespace
}  // namespace firstcome::api
