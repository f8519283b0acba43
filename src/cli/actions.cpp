// `firstcome actions`: the trail of what operators did, newest first, as the ledger has it: that of a data folder (read
// beside a running node) or of the database, whichever is named.

#include <boost/json.hpp>

#include <array>
#include <iostream>
#include <limits>
#include <memory>

#include "api/json_out.hpp"
#include "cli/command.hpp"
#include "cli/csv_field.hpp"
#include "cli/database_option.hpp"
#include "cli/ledger_choice.hpp"
#include "cli/shown_times.hpp"
#include "cli/store_options.hpp"
#include "domain/operator_action.hpp"
#include "ledger/sqlite/reader.hpp"
#include "ledger/sqlite/schema.hpp"
#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

namespace json = boost::json;

// A time of the trail has them, and others mostly end at the milliseconds.
constexpr int microseconds = 3;  // digits

enum class form { table, csv, json };

struct actions_options {
  std::filesystem::path data_dir = "./data";
  store_options stores;
  shown_times times;
  std::int64_t coupon = 0;  // 0: all
  std::optional<std::size_t> limit;
  bool csv = false;
  bool json = false;
};

struct action_column {
  const char* member;   // of the API's action, and the name in the CSV
  const char* heading;  // of the table; null: only in the CSV
  int width;            // 0: a time's
};

constexpr std::array action_columns{
    action_column{"id", nullptr, 0},     action_column{"dateCreated", "WHEN", 0},
    action_column{"actor", "WHO", 20},   action_column{"role", "ROLE", 8},
    action_column{"action", "WHAT", 19}, action_column{"couponId", "COUPON", 10},
    action_column{"userId", "USER", 19}, action_column{"before", nullptr, 0},
    action_column{"after", nullptr, 0},
};

/// Empty for null and for what is not there. Before and after are JSON.
std::string field_text(const json::object& action, const action_column& of, const shown_times& times) {
  const json::value* value = action.if_contains(of.member);
  if (value == nullptr || value->is_null()) return "";
  const std::string text = value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
  return std::string_view(of.member) == "dateCreated" ? times.in_zone(text) : text;
}

template <class TextOf>
void csv_line(std::ostream& out, TextOf text_of) {
  for (const action_column& c : action_columns)
    out << (&c == action_columns.data() ? "" : ",") << csv_field(text_of(c));
  out << "\r\n";
}

/// Names come from others: control characters are not passed on to the terminal.
template <class TextOf>
void table_line(std::ostream& out, const shown_times& times, TextOf text_of) {
  std::string line;
  for (const action_column& c : action_columns) {
    if (c.heading == nullptr) continue;
    std::string cell = text_of(c);
    for (char& one : cell)
      if (static_cast<unsigned char>(one) < 0x20 || one == 0x7f) one = '?';
    cell.resize(std::max(cell.size(), static_cast<std::size_t>(c.width == 0 ? times.width() + microseconds : c.width)),
                ' ');
    line += (line.empty() ? "" : "  ") + cell;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << "\n";
}

class action_writer {
 public:
  action_writer(std::ostream& out, form as, const shown_times& times) : out_(out), as_(as), times_(times) {}

  void begin() {
    if (as_ == form::json) out_ << R"({"items":[)";
    if (as_ == form::csv) csv_line(out_, [](const action_column& c) { return std::string(c.member); });
    if (as_ == form::table) table_line(out_, times_, [](const action_column& c) { return std::string(c.heading); });
  }
  void write(const json::object& action) {
    const auto text_of = [&](const action_column& c) { return field_text(action, c, times_); };
    if (as_ == form::json) out_ << (count_ > 0 ? "," : "") << json::serialize(action);
    if (as_ == form::csv) csv_line(out_, text_of);
    if (as_ == form::table) table_line(out_, times_, text_of);
    ++count_;
  }
  void end() {
    if (as_ == form::json) out_ << "]}\n";
    if (!out_.flush())
      throw std::runtime_error("the list cannot be written to its end: it broke off near action " +
                               std::to_string(count_));
  }
  std::size_t count() const { return count_; }

 private:
  std::ostream& out_;
  const form as_;
  const shown_times& times_;
  std::size_t count_ = 0;
};

std::unique_ptr<ledger::reader> reader_of(const actions_options& o, const runtime::config& settings) {
  if (!folder_is_meant(settings)) {
    (void)database_of(o.stores.database);
    return make_ledger(o.stores);
  }
  const std::filesystem::path file = o.data_dir / ledger::sqlite_schema::file_name;
  if (!std::filesystem::is_regular_file(file))
    throw runtime::wrong_usage("--data-dir cannot be \"" + o.data_dir.string() +
                               "\": it may be the data folder of a node, and there is no ledger in it. Of the "
                               "distributed shape, name the database: FIRSTCOME_DATABASE or --database");
  sql::connection db(file.string(), sql::open_mode::read_only);
  ledger::sqlite_schema::check(db, file.string());
  return std::make_unique<ledger::sqlite_reader>(std::move(db), std::make_shared<ledger::checkpoint_barrier>());
}

/// As the API writes them, so that a script may read either.
json::array items_of(const operator_action_page& page) {
  std::string text;
  api::append(text, page);
  return json::parse(text).at("items").as_array();
}

operator_action_page next_page(ledger::reader& from, const actions_options& o, std::optional<std::int64_t> before,
                               std::size_t wanted) {
  std::optional<coupon_id> coupon;
  if (o.coupon != 0) coupon = coupon_id{o.coupon};
  const int size = static_cast<int>(std::min<std::size_t>(wanted, page_limit_max));
  result<operator_action_page> page = from.actions(coupon, before, size);
  if (!page) throw std::runtime_error("the trail cannot be read: " + page.error().message() + "; try again");
  return *std::move(page);
}

int list(const actions_options& o, const runtime::config& settings) {
  if (o.csv && o.json) throw runtime::wrong_usage("--csv and --json are two forms: leave out one of them");
  const std::unique_ptr<ledger::reader> from = reader_of(o, settings);
  const std::size_t limit = o.limit.value_or(std::numeric_limits<std::size_t>::max());
  action_writer lines(std::cout, o.json ? form::json : o.csv ? form::csv : form::table, o.times);
  operator_action_page page = next_page(*from, o, {}, limit);
  lines.begin();
  for (;;) {
    for (const json::value& one : items_of(page)) lines.write(one.as_object());
    if (!page.next || lines.count() == limit) break;
    page = next_page(*from, o, page.next, limit - lines.count());
  }
  lines.end();
  return 0;
}

constexpr const char* actions_examples =
    R"(Each action was stored in the same transaction as its change. Over a running node: GET /v1/actions.

Examples:
  firstcome actions --limit 20
  firstcome actions --coupon 1 --time-zone Asia/Seoul
  firstcome actions --csv > trail.csv                  before and after are in it, as JSON
  FIRSTCOME_DATABASE=mysql://firstcome:secret@db.example/coupon firstcome actions --json

Exit codes: 0 done, 1 the ledger cannot be read, 2 wrong usage.)";

}  // namespace

void add_actions(program& p) {
  const command app = p.add("actions", "list what operators did, newest first, from the ledger");
  app.footer(actions_examples);
  auto options = std::make_shared<actions_options>();
  const runtime::config& settings = p.settings_of(app, [&](runtime::config& s) {
    s.group("Where");
    s.add("data-dir", "the folder of an embedded ledger, unless a database is named",
          runtime::path(options->data_dir, "FOLDER"));
    add_database(s, options->stores.database);
    s.group("Output");
    s.add("time-zone", "in which times are shown, such as Asia/Seoul or +09:00; otherwise UTC (--json: always UTC)",
          time_zone_kind(options->times));
  });
  p.warn_on_standard_error(settings);
  app.add_option("--coupon", options->coupon, "only what was done to this one").shown_as("ID").within(id_min, id_max);
  app.add_option("--limit", options->limit, "at most so many").shown_as("N").positive();
  app.add_flag("--csv", options->csv, "as CSV (RFC 4180), with a header line");
  app.add_flag("--json", options->json, "as GET /v1/actions answers them");
  p.on(app, [options, &settings] { return list(*options, settings); });
}

}  // namespace firstcome::cli
