// `firstcome coupon …`: what an operator does with coupons, over a running node.

#include <boost/json.hpp>

#include <iostream>
#include <memory>

#include "api/node_client.hpp"
#include "cli/command.hpp"
#include "cli/coupon_advice.hpp"
#include "cli/coupon_issues.hpp"
#include "cli/coupon_life.hpp"
#include "cli/coupon_view.hpp"
#include "cli/time_expression.hpp"
#include "domain/coupon.hpp"
#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

namespace json = boost::json;

constexpr const char* token_file_default = "./data/admin.token";

/// Everything that may stand behind `coupon`; which of it counts is the sub-command's affair. Empty: not given.
struct coupon_options {
  std::string url = "http://127.0.0.1:8080";
  runtime::secret token;
  std::filesystem::path token_file;
  bool json = false;
  const runtime::config* settings = nullptr;  // those of them that are settings
  shown_times times;

  std::int64_t id = 0;
  std::string title;
  std::string type;
  std::string quantity;
  std::string start;
  std::string end;
  std::optional<std::int32_t> discount;
  std::optional<std::int32_t> minimum;
  std::optional<std::size_t> limit;
  std::string restock;
  life_options life;
  issues_options issues;
  std::string output;
};

using shared_options = std::shared_ptr<coupon_options>;

std::string path_of(std::int64_t id) {
  return "/v1/coupons/" + std::to_string(id);
}

api::node_client client_for_anyone(const coupon_options& o) {
  return api::node_client(api::node_url::parse(o.url));
}

/// The token: given, or in the file that was named, or in the one that `firstcome serve` makes in this folder.
api::node_client client_for_admin(const coupon_options& o) {
  api::node_client client = client_for_anyone(o);
  if (!o.token.empty()) {
    client.use_token(o.token, o.settings->origin_of("token"));
  } else if (!o.token_file.empty()) {
    client.use_token(runtime::read_token(o.token_file), o.token_file.string());
  } else if (std::filesystem::exists(token_file_default)) {
    client.use_token(runtime::read_token(token_file_default), token_file_default);
  }
  return client;
}

timestamp now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

void put_time(json::object& body, const char* member, const char* flag, const std::string& text) {
  if (text.empty()) return;
  const auto time = read_time(text, now());
  if (!time)
    throw runtime::wrong_usage(std::string(flag) + " cannot be \"" + text + "\": it may be " + time_expression_may_be);
  body[member] = to_rfc3339(to_whole_milliseconds(*time));
}

void put_quantity(json::object& body, const std::string& text) {
  if (text.empty()) return;
  if (text == "unlimited") {
    body["totalQuantity"] = nullptr;
    return;
  }
  const auto number = runtime::read_whole_number(text, 1, quantity_max);
  if (!number)
    throw runtime::wrong_usage("--quantity cannot be \"" + text + "\": it may be a whole number from 1 to " +
                               std::to_string(quantity_max) + ", or unlimited");
  body["totalQuantity"] = *number;
}

json::object body_of(const coupon_options& o) {
  json::object body;
  if (!o.title.empty()) body["title"] = o.title;
  if (!o.type.empty()) body["couponType"] = o.type;
  put_quantity(body, o.quantity);
  put_time(body, "dateIssueStart", "--start", o.start);
  put_time(body, "dateIssueEnd", "--end", o.end);
  if (!o.restock.empty()) body["restock"] = o.restock;
  if (o.discount) body["discountAmount"] = *o.discount;
  if (o.minimum) body["minAvailableAmount"] = *o.minimum;
  return body;
}

/// The zone that was asked for; otherwise the offset in which a date was typed, so that it reads back the same.
shown_times times_of(const coupon_options& o) {
  for (const std::string& typed : {o.start, o.end})
    if (const auto zone = zone_typed_in(typed); zone && o.times.in_utc()) return shown_times(*zone);
  return o.times;
}

/// What the node refuses is said with the names of the flags.
template <class Call>
json::value told_in_flags(Call call) {
  try {
    return call();
  } catch (const api::node_refused& why) {
    throw api::node_refused(with_flags(why.what()));
  }
}

int show_answer(const coupon_options& o, const json::value& answer, const char* headline = nullptr) {
  if (o.json) {
    std::cout << json::serialize(answer) << "\n";
    return 0;
  }
  if (headline != nullptr) std::cout << headline << "\n";
  print_details(std::cout, answer.as_object(), times_of(o));
  return 0;
}

int create(const coupon_options& o) {
  const json::value made = told_in_flags([&] { return client_for_admin(o).create("/v1/coupons", body_of(o)); });
  if (const std::string advice = advice_on(made.as_object()); !advice.empty())
    std::cerr << "firstcome: warning: " << advice << "\n";
  return show_answer(o, made, "created:");
}

int update(const coupon_options& o) {
  const json::object body = body_of(o);
  if (body.empty())
    throw runtime::wrong_usage("nothing to change was given: --title, --quantity, --start, --end or --restock");
  return show_answer(o, told_in_flags([&] { return client_for_admin(o).patch(path_of(o.id), body); }), "changed:");
}

int set_paused(const coupon_options& o, bool paused) {
  return show_answer(o, client_for_admin(o).patch(path_of(o.id), {{"paused", paused}}),
                     paused ? "paused:" : "resumed:");
}

/// Follows the cursor to the end, or to the limit.
int list(const coupon_options& o) {
  const api::node_client client = client_for_anyone(o);
  const std::size_t limit = o.limit.value_or(std::numeric_limits<std::size_t>::max());
  std::vector<json::object> coupons;
  std::string target = "/v1/coupons?limit=1000";
  while (!target.empty() && coupons.size() < limit) {
    const json::value page = client.get(target);
    for (const json::value& item : page.at("items").as_array())
      if (coupons.size() < limit) coupons.push_back(item.as_object());
    const json::value& next = page.at("nextCursor");
    target = next.is_null() ? "" : "/v1/coupons?limit=1000&cursor=" + std::string(next.as_string());
  }
  if (!o.json) {
    print_table(std::cout, coupons, o.times);
    return 0;
  }
  std::cout << json::serialize(json::object{{"items", json::value_from(coupons)}}) << "\n";
  return 0;
}

void add_changeable_options(command app, coupon_options& o, bool required) {
  app.add_option("--title", o.title, "what it is called")
      .shown_as(required ? "TEXT, required" : "TEXT")
      .required(required);
  app.add_option("--quantity", o.quantity, "how many there are, or unlimited")
      .shown_as(required ? "N, required" : "N")
      .required(required);
  app.add_option(
         "--start", o.start,
         "issued from: 2026-07-01T09:00:00+09:00, now, +10m, +2h, +1d" + std::string(required ? "\n[default now]" : ""))
      .shown_as("TIME");
  app.add_option("--end", o.end, "issued until, that moment not included")
      .shown_as(required ? "TIME, required" : "TIME")
      .required(required);
  app.add_option("--restock", o.restock, "what becomes of a returned one: none (it is gone) or pool (the next gets it)")
      .shown_as("none|pool");
}

void add_create(program& p, command coupon, const shared_options& o) {
  const command app = coupon.subcommand("create", "make a coupon");
  add_changeable_options(app, *o, true);
  app.add_option("--discount", o->discount, "what the coupon takes off a price")
      .shown_as("AMOUNT")
      .within(0, quantity_max);
  app.add_option("--minimum", o->minimum, "the smallest order that it can be used for")
      .shown_as("AMOUNT")
      .within(0, quantity_max);
  app.add_option("--type", o->type, "a label\n[default FIRST_COME_FIRST_SERVED]").shown_as("TEXT");
  p.on(app, [o] {
    if (o->start.empty()) o->start = "now";
    return create(*o);
  });
}

void add_update(program& p, command coupon, const shared_options& o) {
  const command app = coupon.subcommand("update", "change a coupon; what is not given stays");
  app.add_option("ID", o->id, "the coupon's id").required().within(id_min, id_max);
  add_changeable_options(app, *o, false);
  p.on(app, [o] { return update(*o); });
}

void add_one(program& p, command coupon, const shared_options& o, const char* name, const char* description,
             std::function<int(const coupon_options&)> work) {
  const command app = coupon.subcommand(name, description);
  app.add_option("ID", o->id, "the coupon's id").required().within(id_min, id_max);
  p.on(app, [o, work = std::move(work)] { return work(*o); });
}

/// One verb of an issue's life; `more` adds the options that only it has.
void add_step(program& p, command coupon, const shared_options& o, const char* name, const char* description,
              json::value (*step)(const api::node_client&, const life_options&),
              const std::function<void(command)>& more) {
  const command app = coupon.subcommand(name, description);
  app.add_option("ID", o->life.coupon, "the coupon's id").required().within(id_min, id_max);
  app.add_option("USER", o->life.user, "whose coupon it is").required().within(id_min, id_max);
  more(app);
  p.on(app, [o, step] {
    const json::value record = step(client_for_admin(*o), o->life);
    std::cout << (o->json ? json::serialize(record) : sentence_of(record.as_object(), o->times)) << "\n";
    return 0;
  });
}

void add_life(program& p, command coupon, const shared_options& o) {
  const auto order = [o](command app) {
    app.add_option("--order", o->life.order_id, "the order's id; with it the same order may ask again").shown_as("ID");
  };
  add_step(p, coupon, o, "use", "use a user's coupon for an order", use_issue, [&](command app) {
    app.add_option("--amount", o->life.order_amount, "what the order comes to")
        .shown_as("AMOUNT, required")
        .required()
        .within(0, quantity_max);
    order(app);
  });
  add_step(p, coupon, o, "undo-use", "undo a use: its order was cancelled", undo_use, order);
  add_step(p, coupon, o, "return", "take a user's coupon back", return_issue, [&](command app) {
    app.add_option("--reason", o->life.reason, "why, for the record").shown_as("TEXT, required").required();
  });
}

void add_issues(program& p, command coupon, const shared_options& o) {
  const command app = coupon.subcommand("issues", "list who got a coupon, all of them");
  app.add_option("ID", o->issues.coupon, "the coupon's id").required().within(id_min, id_max);
  app.add_flag("--csv", o->issues.csv, "as CSV (RFC 4180), with a header line");
  app.add_option("--output", o->output, "a file instead of standard output; it gets its name when it is whole")
      .shown_as("FILE");
  p.on(app, [o] {
    if (o->json && o->issues.csv) throw runtime::wrong_usage("--csv and --json are two forms: leave out one of them");
    o->issues.output = o->output;
    const issues_form form = o->json ? issues_form::json : o->issues.csv ? issues_form::csv : issues_form::table;
    return export_issues(client_for_admin(*o), o->issues, form, o->times);
  });
}

void describe_node(runtime::config& settings, coupon_options& o) {
  settings.group("The node");
  settings.add("url", "where it listens, or the gateway before it: http://… or https://…", runtime::text(o.url, "URL"));
  settings.add("token", "its admin token", runtime::secret_text(o.token), "FIRSTCOME_ADMIN_TOKEN");
  settings.add("token-file", "a file that holds the token; otherwise ./data/admin.token, if it is there",
               runtime::path(o.token_file, "PATH"), "FIRSTCOME_ADMIN_TOKEN_FILE");
  settings.group("Output");
  settings.add("time-zone",
               "in which times are shown, such as Asia/Seoul or +09:00; otherwise UTC (--json: always UTC)",
               time_zone_kind(o.times));
}

constexpr const char* coupon_examples = R"(Examples:
  firstcome coupon create --title "Launch" --quantity 500 --end +1d
  firstcome coupon create --title "Friends" --quantity unlimited --start 2026-07-01T09:00:00+09:00 --end 2026-07-08T00:00:00+09:00
  firstcome coupon list --time-zone Asia/Seoul
  firstcome coupon issues 1 --csv > winners.csv
  firstcome coupon update 1 --quantity 1000
  firstcome coupon use 1 42 --amount 30000 --order A-1001
  firstcome coupon return 1 42 --reason "the payment failed"
  firstcome coupon pause 1 --url http://127.0.0.1:9000)";

}  // namespace

void add_coupon(program& p) {
  const command app = p.add("coupon", "make, show and change coupons over a running node");
  app.needs_subcommand();
  app.footer(coupon_examples);
  auto options = std::make_shared<coupon_options>();
  runtime::config& settings = p.settings_of(app, [&](runtime::config& s) { describe_node(s, *options); });
  options->settings = &settings;
  app.add_flag("--json", options->json, "print what the API answers");

  add_create(p, app, options);
  const command all = app.subcommand("list", "show every coupon");
  all.add_option("--limit", options->limit, "at most so many").shown_as("N").positive();
  p.on(all, [options] { return list(*options); });
  add_one(p, app, options, "show", "show one coupon",
          [](const coupon_options& o) { return show_answer(o, client_for_anyone(o).get(path_of(o.id))); });
  add_update(p, app, options);
  add_one(p, app, options, "pause", "stop issuing, until resumed",
          [](const coupon_options& o) { return set_paused(o, true); });
  add_one(p, app, options, "resume", "issue again", [](const coupon_options& o) { return set_paused(o, false); });
  add_issues(p, app, options);
  add_life(p, app, options);
  p.warn_on_standard_error(settings);
}

}  // namespace firstcome::cli
