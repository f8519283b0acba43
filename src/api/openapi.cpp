#include "api/openapi.hpp"

#include <boost/json.hpp>

namespace firstcome::api {
namespace {

namespace json = boost::json;

constexpr std::size_t id_digits_max = 19;

void demand_user(json::object& request) {
  json::array required{"userId"};
  for (const json::value& other : request["required"].as_array())
    if (other != "userId") required.push_back(other);
  request["required"] = std::move(required);
}

json::object id_as_text() {
  return {{"type", "string"},
          {"pattern", "^[1-9][0-9]*$"},
          {"maxLength", id_digits_max},
          {"description",
           "A whole number from 1 to 9223372036854775807, in decimal. Requests may have it as a number too."}};
}

}  // namespace

std::string openapi_for(const openapi_settings& settings) {
  json::value document = json::parse(openapi_document);
  json::object& schemas = document.at("components").at("schemas").as_object();
  if (settings.ids_as_text) schemas["Id"] = id_as_text();
  if (!settings.users_prove_themselves) {
    demand_user(schemas["IssueRequest"].as_object());
    demand_user(schemas["OriginalIssueRequest"].as_object());
    document.at_pointer("/paths/~1v1~1coupons~1{id}~1issues/post/requestBody").as_object()["required"] = true;
  }
  return json::serialize(document);
}

}  // namespace firstcome::api
