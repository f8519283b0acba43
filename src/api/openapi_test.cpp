// The document keeps to the forms that the generators of clients read: what openapi-generator 7.17 and 7.25 make code
// of that compiles and works, found by trying it. And each mode serves the document that is true for it.

#include "api/openapi.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <set>

#include "api/problem.hpp"

namespace firstcome::api {
namespace {

namespace json = boost::json;

class openapi_document_forms : public ::testing::Test {
 protected:
  const json::value document = json::parse(openapi_document);

  template <class Function>
  static void for_each_object(const json::value& in, const std::string& at, const Function& function) {
    if (const auto* object = in.if_object()) {
      function(*object, at);
      for (const auto& [name, value] : *object) for_each_object(value, at + "/" + std::string(name), function);
    } else if (const auto* array = in.if_array()) {
      for (std::size_t i = 0; i < array->size(); ++i)
        for_each_object((*array)[i], at + "/" + std::to_string(i), function);
    }
  }

  template <class Function>
  void for_each_operation(const Function& function) const {
    for (const auto& [path, item] : document.at("paths").as_object())
      for (const auto& [method, operation] : item.as_object())
        function(std::string(method) + " " + std::string(path), operation.as_object());
  }
};

TEST_F(openapi_document_forms, has_no_schema_that_generators_read_differently) {
  for_each_object(document, "", [](const json::object& object, const std::string& at) {
    for (const char* word : {"oneOf", "anyOf", "allOf", "const", "nullable"})
      EXPECT_FALSE(object.contains(word)) << at << " has " << word;
    EXPECT_FALSE(object.contains("pattern") && object.contains("format")) << at << ": Python raises on every answer";
    if (object.contains("enum") && object.at("enum").is_array()) {
      EXPECT_TRUE(object.contains("type")) << at << ": an enum without a type";
      for (const json::value& one : object.at("enum").as_array())
        EXPECT_TRUE(one.is_string() &&
                    std::all_of(one.as_string().begin(), one.as_string().end(), [](char c) { return c > 0; }))
            << at << ": members are named after " << one;
    }
  });
}

TEST_F(openapi_document_forms, has_a_name_for_every_answer) {
  for_each_operation([&](const std::string& which, const json::object& operation) {
    for (const auto& [status, answer] : operation.at("responses").as_object()) {
      if (answer.as_object().contains("$ref")) continue;
      for (const auto& [type, media] : answer.at("content").as_object())
        EXPECT_TRUE(media.at("schema").as_object().contains("$ref") || type == "text/plain")
            << which << " " << status << " would become an InlineObject";
    }
  });
  ASSERT_FALSE(document.at_pointer("/components/responses").as_object().empty());
  for (const auto& [name, answer] : document.at_pointer("/components/responses").as_object())
    for (const auto& [type, media] : answer.at("content").as_object())
      EXPECT_TRUE(media.at("schema").as_object().contains("$ref")) << name;
}

TEST_F(openapi_document_forms, has_answers_that_are_open_and_requests_that_are_closed) {
  std::set<std::string> requests;
  for_each_operation([&](const std::string&, const json::object& operation) {
    if (const auto* body = operation.if_contains("requestBody"))
      requests.insert(std::string(body->at_pointer("/content/application~1json/schema/$ref").as_string()));
  });
  EXPECT_GE(requests.size(), 5u);
  for (const auto& [name, schema] : document.at_pointer("/components/schemas").as_object()) {
    const bool is_request = requests.contains("#/components/schemas/" + std::string(name));
    const auto* closed = schema.as_object().if_contains("additionalProperties");
    EXPECT_EQ(closed != nullptr && !closed->as_bool(), is_request) << name;
  }
}

TEST_F(openapi_document_forms, names_operations_as_a_programmer_would) {
  std::set<std::string> names;
  for_each_operation([&](const std::string& which, const json::object& operation) {
    EXPECT_TRUE(names.insert(std::string(operation.at("operationId").as_string())).second) << which;
  });
  for (const char* name : {"createCoupon", "issueCoupon", "findIssue", "listCouponIssues", "listUserIssues", "useIssue",
                           "issueLegacy", "issueLegacyAsync", "issueLegacyAsyncV2"})
    EXPECT_TRUE(names.contains(name)) << name;
  const json::object& schemas = document.at_pointer("/components/schemas").as_object();
  EXPECT_FALSE(schemas.contains("Record")) << "TypeScript's own word";
  EXPECT_TRUE(schemas.contains("IssueRecord"));
}

TEST_F(openapi_document_forms, offers_one_token_to_an_operation) {
  for_each_operation([&](const std::string& which, const json::object& operation) {
    std::size_t schemes = 0;
    for (const json::value& alternative : operation.at("security").as_array())
      schemes += alternative.as_object().size();
    EXPECT_LE(schemes, 1u) << which << ": a client in Rust would send Authorization once for each";
  });
}

TEST_F(openapi_document_forms, lists_every_code) {
  std::set<std::string> listed;
  for (const json::value& code : document.at_pointer("/components/schemas/Problem/properties/code/enum").as_array())
    listed.insert(std::string(code.as_string()));
  for (int i = 0; i <= static_cast<int>(problem_code::unavailable); ++i)
    EXPECT_TRUE(listed.contains(std::string(describe(static_cast<problem_code>(i)).code)));
}

TEST(openapi_modes, demand_the_user_where_nothing_else_names_it) {
  const auto required_in = [](bool tokens) {
    const json::value document = json::parse(openapi_for({.users_prove_themselves = tokens}));
    return std::pair(json::serialize(document.at_pointer("/components/schemas/IssueRequest/required")),
                     document.at_pointer("/paths/~1v1~1coupons~1{id}~1issues/post/requestBody/required").as_bool());
  };
  EXPECT_EQ(required_in(false), std::pair(std::string(R"(["userId"])"), true));
  EXPECT_EQ(required_in(true), std::pair(std::string("[]"), false));
}

TEST(openapi_modes, say_whether_ids_are_text) {
  const auto type_of_id = [](bool text) {
    const json::value document = json::parse(openapi_for({.ids_as_text = text}));
    return std::string(document.at_pointer("/components/schemas/Id/type").as_string());
  };
  EXPECT_EQ(type_of_id(false), "integer");
  EXPECT_EQ(type_of_id(true), "string");
}

}  // namespace
}  // namespace firstcome::api
