#include "cli/coupon_view.hpp"

#include <boost/json.hpp>

#include <array>
#include <iomanip>
#include <ostream>
#include <string>

namespace firstcome::cli {
namespace {

namespace json = boost::json;

struct coupon_column {
  const char* heading;
  const char* member;
  int width;  // 0: a time, or the last
  bool number;
};

// The title stands last: it may be long, or wider on the screen than its length says.
constexpr std::array coupon_columns{
    coupon_column{"ID", "id", 6, true},
    coupon_column{"STATE", "state", 9, false},
    coupon_column{"ISSUED", "issuedQuantity", 9, true},
    coupon_column{"TOTAL", "totalQuantity", 9, true},
    coupon_column{"START", "dateIssueStart", 0, false},
    coupon_column{"END", "dateIssueEnd", 0, false},
    coupon_column{"TITLE", "title", 0, false},
};

constexpr std::array details{
    std::pair{"id", "id"},
    std::pair{"title", "title"},
    std::pair{"state", "state"},
    std::pair{"issued", "issuedQuantity"},
    std::pair{"total", "totalQuantity"},
    std::pair{"remaining", "remainingQuantity"},
    std::pair{"issued from", "dateIssueStart"},
    std::pair{"issued until", "dateIssueEnd"},
    std::pair{"discount", "discountAmount"},
    std::pair{"minimum order", "minAvailableAmount"},
    std::pair{"type", "couponType"},
    std::pair{"returned to the pool", "returnedQuantity"},
    std::pair{"restock", "restock"},
};

std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

std::string cell(const json::object& coupon, std::string_view member, const shown_times& times) {
  const json::value* value = coupon.if_contains(member);
  if (value == nullptr) return "-";
  if (value->is_null()) return "unlimited";
  const std::string text = value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
  return printable(member.starts_with("date") ? times.in_zone(text) : text);
}

}  // namespace

void print_table(std::ostream& out, const std::vector<json::object>& coupons, const shown_times& times) {
  if (coupons.empty()) {
    out << "no coupons yet; make one with `firstcome coupon create`\n";
    return;
  }
  const auto print_row = [&](auto text_of) {
    for (const coupon_column& c : coupon_columns) {
      const bool last = &c == &coupon_columns.back();
      const int width = c.width == 0 && !last ? times.width() : c.width;
      out << (c.number ? std::right : std::left) << std::setw(width) << text_of(c) << (last ? "\n" : "  ");
    }
  };
  print_row([](const coupon_column& c) { return std::string(c.heading); });
  for (const auto& coupon : coupons) print_row([&](const coupon_column& c) { return cell(coupon, c.member, times); });
}

void print_details(std::ostream& out, const json::object& coupon, const shown_times& times) {
  for (const auto& [label, member] : details)
    out << std::left << std::setw(22) << label << cell(coupon, member, times) << "\n";
}

}  // namespace firstcome::cli
