#include "api/json_in.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace firstcome::api {
namespace {

using kind = json_member::kind;

struct reading_of {
  std::array<json_member, 2> members = {json_member{"a"}, json_member{"b"}};
  std::optional<problem> refused;

  explicit reading_of(std::string_view body, unknown_members unknown = unknown_members::ignored) {
    refused = read_flat_object(body, members, unknown);
  }
  const json_member& a() const { return members[0]; }
  const json_member& b() const { return members[1]; }
};

std::string detail_of(std::string_view body) {
  const reading_of read(body);
  return read.refused ? read.refused->detail : "accepted";
}

TEST(flat_json, gives_each_member_its_kind_and_value) {
  const reading_of numbers(R"( { "a" : 9223372036854775807 , "b" : -9223372036854775808 } )");
  ASSERT_FALSE(numbers.refused);
  EXPECT_EQ(numbers.a().holds, kind::integer);
  EXPECT_EQ(numbers.a().integer, INT64_MAX);
  EXPECT_EQ(numbers.b().integer, INT64_MIN);

  const reading_of others(R"({"a":true,"b":null})");
  EXPECT_EQ(others.a().holds, kind::boolean);
  EXPECT_TRUE(others.a().boolean);
  EXPECT_EQ(others.b().holds, kind::null);

  const reading_of text(R"({"a":"쿠\u0041\ud83d\ude00\n"})");
  EXPECT_EQ(text.a().holds, kind::text);
  EXPECT_EQ(text.a().text, "쿠A😀\n");
  EXPECT_EQ(text.b().holds, kind::absent);
}

TEST(flat_json, an_escaped_name_is_the_same_name) {
  EXPECT_EQ(reading_of(R"({"\u0061":1})").a().integer, 1);
  EXPECT_EQ(detail_of(R"({"a":1,"\u0061":2})"), "The member a stands there twice.");
}

TEST(flat_json, tells_whole_numbers_with_a_point_or_an_exponent_from_plain_ones_and_from_fractions) {
  const std::pair<const char*, std::int64_t> wholes[] = {{"1.0", 1},      {"1e3", 1000},   {"1E0", 1},     {"-0.0", 0},
                                                         {"-25e1", -250}, {"1500e-2", 15}, {"0e999999", 0}};
  for (const auto& [number, value] : wholes) {
    const reading_of read(R"({"a":)" + std::string(number) + "}");
    EXPECT_EQ(read.a().holds, kind::whole) << number;
    EXPECT_EQ(read.a().integer, value) << number;
  }
  for (const char* number : {"0.5", "1e-1", "-1.5e0", "9007199254740992.5", "1.00000000000000000000000000001"})
    EXPECT_EQ(reading_of(R"({"a":)" + std::string(number) + "}").a().holds, kind::fraction) << number;
}

TEST(flat_json, a_whole_number_past_63_bits_is_out_of_range) {
  for (const char* body :
       {R"({"a":9223372036854775808})", R"({"a":18446744073709551615})", R"({"a":18446744073709551616})",
        R"({"a":-9223372036854775809})", R"({"a":100000000000000000000000000000000000000000})"})
    EXPECT_EQ(reading_of(body).a().holds, kind::integer_out_of_range) << body;
}

TEST(flat_json, refuses_a_second_member_of_the_same_name_known_or_not) {
  EXPECT_EQ(detail_of(R"({"a":1,"a":1})"), "The member a stands there twice.");
  EXPECT_EQ(detail_of(R"({"a":null,"a":1})"), "The member a stands there twice.");
  EXPECT_EQ(detail_of(R"({"x":1,"a":1,"x":2})"), "The member x stands there twice.");
}

TEST(flat_json, refuses_anything_but_one_flat_object) {
  for (const char* body : {"[]", "1", "\"a\"", "null", "true", "[1]", "1.5"})
    EXPECT_EQ(detail_of(body), "The body must be a JSON object.") << body;
  EXPECT_EQ(detail_of(""), "The body must be a JSON object with a, b; it is empty.");
  for (const char* body : {R"({"a":{}})", R"({"x":[1]})", R"({"x":{"x":1}})", R"({"a":[]})"})
    EXPECT_EQ(detail_of(body), "The body may not hold an object or a list inside.") << body;
}

TEST(flat_json, refuses_depth_bombs_without_going_down) {
  const std::string lists = R"({"a":)" + std::string(60'000, '[');
  EXPECT_EQ(detail_of(lists), "The body may not hold an object or a list inside.");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += R"({"a":)";
  EXPECT_EQ(detail_of(objects), "The body may not hold an object or a list inside.");
}

TEST(flat_json, refuses_what_is_not_json) {
  EXPECT_EQ(detail_of(R"({"a":1} x)"), "The body goes on behind its JSON object.");
  EXPECT_EQ(detail_of(R"({"a":1}{})"), "The body goes on behind its JSON object.");
  for (const char* body : {"{", R"({"a")", R"({"a":)", R"({"a":1)", R"({"a":"b)", " "})
    EXPECT_EQ(detail_of(body), "The body ends before its JSON does.") << body;
  for (const char* body :
       {R"({"a":01})", R"({"a":+1})", R"({"a":.5})", R"({"a":1.})", R"({"a":NaN})", R"({"a":1,})", R"({a:1})",
        R"({'a':1})", R"({"a":1 /* why */})", "{\"a\":\"\x01\"}", R"({"a":"\ud800"})", R"({"a":"\x"})",
        "\xEF\xBB\xBF{}", "{\"a\":\"\xFF\"}", "{\"a\":\"\xC0\x80\"}", "{\"\xED\xA0\x80\":1}"})
    EXPECT_EQ(detail_of(body), "The body is not valid JSON in UTF-8.") << body;
  // Boost.JSON 1.81 refuses such an exponent; 1.83 reads it, and then it is no whole number.
  EXPECT_THAT(detail_of(R"({"a":1e999999999999})"),
              ::testing::AnyOf("The body is not valid JSON in UTF-8.", "accepted"));
  EXPECT_NE(detail_of(std::string_view("{\"a\":1}\0", 8)), "accepted");
}

TEST(flat_json, bounds_names_and_their_number) {
  EXPECT_EQ(detail_of(R"({")" + std::string(200, 'n') + R"(":1})"), "The body has a member with too long a name.");
  std::string body = R"({"a":1)";
  for (int i = 0; i < 100; ++i) body += ",\"x" + std::to_string(i) + "\":1";
  EXPECT_EQ(detail_of(body + "}"), "The body has too many members.");
}

TEST(flat_json, an_unknown_member_is_ignored_or_refused_by_name) {
  EXPECT_FALSE(reading_of(R"({"x":"y","a":1,"z":1.5})").refused);
  const reading_of read(R"({"a":1,"totalQuantitiy":5})", unknown_members::refused);
  ASSERT_TRUE(read.refused);
  EXPECT_EQ(read.refused->code, problem_code::invalid_coupon);
  EXPECT_NE(read.refused->detail.find("totalQuantitiy"), std::string::npos);
}

}  // namespace
}  // namespace firstcome::api
