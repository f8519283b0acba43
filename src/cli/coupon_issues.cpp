#include "cli/coupon_issues.hpp"

#include <boost/json.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "cli/csv_field.hpp"

namespace firstcome::cli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

struct issue_column {
  const char* member;   // of the API's record, and the name in the CSV
  const char* heading;  // of the table
  bool time;
};

constexpr std::array issue_columns{
    issue_column{"couponId", "", false},
    issue_column{"sequence", "NUMBER", false},
    issue_column{"userId", "USER", false},
    issue_column{"status", "STATUS", false},
    issue_column{"dateIssued", "ISSUED", true},
    issue_column{"dateUsed", "USED", true},
    issue_column{"dateReturned", "RETURNED", true},
};

constexpr int number_width = 10, user_width = 19, status_width = 9;

/// Empty for null and for what is not there.
std::string field_text(const json::object& record, const issue_column& of, const shown_times& times) {
  const json::value* value = record.if_contains(of.member);
  if (value == nullptr || value->is_null()) return "";
  const std::string text = value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
  return of.time ? times.in_zone(text) : text;
}

class issue_writer {
 public:
  issue_writer(std::ostream& out, issues_form form, const shown_times& times) : out_(out), form_(form), times_(times) {}

  void begin() {
    if (form_ == issues_form::json) {
      out_ << R"({"items":[)";
    } else if (form_ == issues_form::csv) {
      line([](const issue_column& c) { return std::string(c.member); });
    } else {
      line([](const issue_column& c) { return std::string(c.heading); });
    }
  }

  void write(const json::object& record) {
    if (form_ == issues_form::json) {
      out_ << (count_ > 0 ? "," : "") << json::serialize(record);
    } else {
      line([&](const issue_column& c) { return field_text(record, c, times_); });
    }
    ++count_;
  }

  void end() {
    if (form_ == issues_form::json) out_ << "]}\n";
  }

  std::int64_t count() const { return count_; }

 private:
  template <class TextOf>
  void line(TextOf text_of) {
    form_ == issues_form::csv ? csv_line(text_of) : table_line(text_of);
  }

  template <class TextOf>
  void csv_line(TextOf text_of) {
    for (const issue_column& c : issue_columns)
      out_ << (&c == issue_columns.data() ? "" : ",") << csv_field(text_of(c));
    out_ << "\r\n";
  }

  // Without the coupon, which is the same in every line.
  template <class TextOf>
  void table_line(TextOf text_of) {
    const int widths[] = {number_width, user_width, status_width, times_.width(), times_.width(), 0};
    std::string cells;
    for (std::size_t i = 1; i < issue_columns.size(); ++i) {
      std::string cell = text_of(issue_columns[i]);
      const auto width = static_cast<std::size_t>(widths[i - 1]);
      if (cell.size() < width) cell.insert(i <= 2 ? 0 : cell.size(), width - cell.size(), ' ');
      cells += (i > 1 ? "  " : "") + cell;
    }
    cells.erase(cells.find_last_not_of(' ') + 1);
    out_ << cells << "\n";
  }

  std::ostream& out_;
  issues_form form_;
  const shown_times& times_;
  std::int64_t count_ = 0;
};

void must_be_written(std::ostream& out, std::int64_t count) {
  errno = 0;
  if (out.flush()) return;
  throw std::runtime_error("the list cannot be written (it broke off near issue " + std::to_string(count) + ")" +
                           (errno != 0 ? std::string(": ") + std::strerror(errno) : ""));
}

}  // namespace

std::int64_t write_issues(std::ostream& out, const api::node_client& node, std::int64_t coupon, issues_form form,
                          const shown_times& times) {
  const std::string first = "/v1/coupons/" + std::to_string(coupon) + "/issues?limit=1000";
  issue_writer lines(out, form, times);
  for (std::string target = first; !target.empty();) {
    json::value page;
    try {
      page = node.get(target);
    } catch (const api::node_refused& why) {
      if (lines.count() == 0) throw;
      throw api::node_refused("the list is not whole, it broke off after " + std::to_string(lines.count()) +
                              " issues: " + why.what());
    }
    if (target == first) lines.begin();
    for (const json::value& item : page.at("items").as_array()) lines.write(item.as_object());
    must_be_written(out, lines.count());
    const json::value& next = page.at("nextCursor");
    target = next.is_null() ? "" : first + "&cursor=" + std::string(next.as_string());
  }
  lines.end();
  must_be_written(out, lines.count());
  return lines.count();
}

int export_issues(const api::node_client& node, const issues_options& o, issues_form form, const shown_times& times) {
  std::int64_t count = 0;
  if (o.output.empty()) {
    count = write_issues(std::cout, node, o.coupon, form, times);
  } else {
    const fs::path unfinished = o.output.string() + ".unfinished";
    std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
    if (!file) throw std::runtime_error(unfinished.string() + " cannot be written: " + std::strerror(errno));
    count = write_issues(file, node, o.coupon, form, times);
    file.close();
    if (!file) throw std::runtime_error(unfinished.string() + " cannot be written to its end: " + std::strerror(errno));
    fs::rename(unfinished, o.output);
  }
  std::cerr << count << " issues of coupon " << o.coupon
            << (o.output.empty() ? std::string() : " are in " + o.output.string()) << "\n";
  return 0;
}

}  // namespace firstcome::cli
