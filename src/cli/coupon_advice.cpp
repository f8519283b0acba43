#include "cli/coupon_advice.hpp"

#include <boost/json.hpp>

#include <array>
#include <utility>

namespace firstcome::cli {
namespace {

constexpr std::array flags_of_members{
    std::pair{"dateIssueStart", "--start"},       std::pair{"dateIssueEnd", "--end"},
    std::pair{"totalQuantity", "--quantity"},     std::pair{"discountAmount", "--discount"},
    std::pair{"minAvailableAmount", "--minimum"}, std::pair{"couponType", "--type"},
};

std::string text_at(const boost::json::object& of, std::string_view member) {
  const boost::json::value* value = of.if_contains(member);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value);
}

}  // namespace

std::string advice_on(const boost::json::object& made) {
  if (text_at(made, "state") != "ended") return "";
  return "its time is over already (it ended at " + text_at(made, "dateIssueEnd") +
         "), so nobody can get one: change it with `firstcome coupon update " + text_at(made, "id") +
         " --end …`, with a date like 2026-07-01T09:00:00+09:00 or a span like +2h";
}

std::string with_flags(std::string sentence) {
  for (const auto& [member, flag] : flags_of_members) {
    const std::string_view name = member;
    for (auto at = sentence.find(name); at != std::string::npos; at = sentence.find(name, at))
      sentence.replace(at, name.size(), flag);
  }
  return sentence;
}

}  // namespace firstcome::cli
