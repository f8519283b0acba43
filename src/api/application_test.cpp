#include "api/application.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include <fstream>
#include <sstream>

#include "api/web_files.hpp"
#include "support/fake_coupon_service.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_issuer.hpp"
#include "support/standing_clock.hpp"
#include "support/temporary_directory.hpp"
#include "support/token_signer.hpp"

namespace firstcome::api {
namespace {

using firstcome::testing::fake_completion_queue;
using firstcome::testing::fake_coupon_service;
using firstcome::testing::fake_exchange;
using firstcome::testing::fake_issuer;
using http::method;
using ::testing::HasSubstr;

const testing::token_signer signer = testing::token_signer::with_secret("a secret of thirty-two bytes or more");
constexpr std::string_view admin = "Bearer admin-token";
constexpr std::string_view body_42 = R"({"userId":42})";

class application_test : public ::testing::Test {
 protected:
  explicit application_test(user_auth users = user_auth::trusted)
      : app({issuer, service, metrics, clock, ready, [this] { return away.load(); }}, settings_with(users)) {}

  static auth_settings settings_with(user_auth users) {
    auth_settings settings{.admin_token = "admin-token", .users = users, .tokens = {}};
    settings.tokens.keys.add(identity::verification_key::of_secret(signer.secret()));
    return settings;
  }

  /// Handles the request to its end, as far as it can go.
  void handle(fake_exchange& x) {
    app.handle(x);
    loop.restart();
    loop.run();
  }

  fake_exchange& ask(method m, std::string_view path, std::string_view body = {}, std::string_view authorization = {},
                     std::string_view query = {}, std::string_view content_type = "application/json") {
    x.emplace(loop, answers);
    x->sent = {m, path, query, content_type, authorization, body};
    handle(*x);
    return *x;
  }
  fake_exchange& get(std::string_view path, std::string_view query = {}, std::string_view authorization = {}) {
    return ask(method::get, path, {}, authorization, query, {});
  }

  std::string code() const {
    EXPECT_EQ(x->content_type, "application/problem+json");
    const boost::json::value body = boost::json::parse(x->body);
    EXPECT_EQ(body.at("status"), x->status);
    return std::string(body.at("code").as_string());
  }
  std::string detail() const { return std::string(boost::json::parse(x->body).at("detail").as_string()); }
  boost::json::value json() const {
    EXPECT_EQ(x->content_type, "application/json");
    return boost::json::parse(x->body);
  }

  /// The lines of the metrics that say how many requests were answered, but for those that say 0.
  std::vector<std::string> requests_counted() const {
    std::vector<std::string> counted;
    std::istringstream lines(metrics.to_prometheus());
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("firstcome_http_requests_total") && !line.ends_with(" 0")) counted.push_back(line);
    return counted;
  }

  void says(verdict what) { issuer.says = issue_decision{what, {}, {}}; }
  void says_yes(verdict what, issue_status status) {
    issuer.says = issue_decision{what, {{}, {}, 3, status, clock.now(), {}}, {}};
  }

  coupon_id open_coupon(int total = 500, int min_available_amount = 0) {
    coupon c;
    c.id = static_cast<coupon_id>(service.coupons_by_id.size() + 1);
    c.title = "t";
    c.coupon_type = default_coupon_type;
    c.total_quantity = total;
    c.min_available_amount = min_available_amount;
    c.window = {clock.now() - std::chrono::hours(1), clock.now() + std::chrono::hours(1)};
    service.coupons_by_id[raw(c.id)] = c;
    return c.id;
  }

  boost::asio::io_context loop;
  fake_completion_queue answers;
  fake_issuer issuer;
  fake_coupon_service service;
  runtime::metrics metrics{route_names()};
  testing::standing_clock clock;
  std::atomic<bool> ready{true};
  std::atomic<const char*> away{nullptr};
  application app;
  std::optional<fake_exchange> x;
};

class pages_for_people : public application_test {};

TEST_F(pages_for_people, are_served_with_strict_headers_and_without_inline_script) {
  for (const char* path : {"/", "/events/7", "/console"}) {
    EXPECT_EQ(get(path).status, 200) << path;
    EXPECT_EQ(x->content_type, "text/html; charset=utf-8");
    EXPECT_THAT(x->extra_headers, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self';"));
    EXPECT_THAT(x->extra_headers, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(x->extra_headers, HasSubstr("Referrer-Policy: no-referrer\r\n"));
    EXPECT_THAT(x->body, ::testing::Not(HasSubstr("<script>")));
    EXPECT_THAT(x->body, ::testing::Not(HasSubstr("{{")));
    EXPECT_LT(x->body.size(), 60u * 1024);
  }
  EXPECT_THAT(x->extra_headers, HasSubstr("frame-ancestors 'none'")) << "nobody puts the console into a frame";
  get("/events/7", "embed");
  EXPECT_THAT(x->extra_headers, HasSubstr("frame-ancestors 'none'")) << "no origin is allowed";
}

TEST_F(pages_for_people, ask_for_the_user_only_where_users_are_trusted) {
  EXPECT_THAT(get("/events/7").body, HasSubstr(R"(content="trusted")"));
  EXPECT_THAT(pages({.users = user_auth::jwt}).find(operation::show_event_page, "/events/7", "")->body,
              HasSubstr(R"(content="jwt")"));
}

TEST_F(pages_for_people, find_every_file_that_they_name) {
  for (const char* path : {"/web/event.js", "/web/event-texts.js", "/web/console.js", "/widget.js"}) {
    EXPECT_EQ(get(path).status, 200) << path;
    EXPECT_EQ(x->content_type, "text/javascript; charset=utf-8");
    EXPECT_GT(x->body.size(), 500u) << path;
    EXPECT_LT(x->body.size(), 60u * 1024) << path;
  }
  EXPECT_EQ(get("/web/style.css").content_type, "text/css; charset=utf-8");
  for (const char* path :
       {"/web/nothing.js", "/web/event.html", "/web/", "/web/..", "/web/a/event.js", "/web/widget.js/"})
    EXPECT_EQ(get(path).status, 404) << path;
}

TEST_F(pages_for_people, travel_compressed_and_small_to_who_can_read_that) {
  const auto on_the_wire = [&](std::string_view path) {
    x.emplace(loop, answers);
    x->sent = {.method = method::get, .path = path, .accepts_gzip = true};
    handle(*x);
    EXPECT_THAT(x->extra_headers, HasSubstr("Content-Encoding: gzip\r\n")) << path;
    EXPECT_THAT(x->extra_headers, HasSubstr("Vary: Accept-Encoding\r\n")) << path;
    EXPECT_TRUE(x->body.starts_with("\x1f\x8b")) << path;
    return x->body.size();
  };
  EXPECT_LT(on_the_wire("/events/7") + on_the_wire("/web/event.js") + on_the_wire("/web/event-texts.js") +
                on_the_wire("/web/style.css"),
            60u * 1024);
  std::size_t console = on_the_wire("/console") + on_the_wire("/web/style.css");
  for (const web_file& f : web_files())
    if (f.name.starts_with("console") && f.name.ends_with(".js")) console += on_the_wire("/web/" + std::string(f.name));
  EXPECT_LT(console, 60u * 1024);
  EXPECT_LT(on_the_wire("/web/chart.js"), 100u * 1024) << "it comes after the sign-in, once a day";
  EXPECT_THAT(x->extra_headers, HasSubstr("Cache-Control: max-age=86400\r\n"));
}

TEST_F(pages_for_people, are_not_sent_again_to_who_has_them) {
  get("/console");
  const std::size_t at = x->extra_headers.find("ETag: W/\"");
  ASSERT_NE(at, std::string::npos);
  const std::string tag = x->extra_headers.substr(at + 6, x->extra_headers.find("\r\n", at) - at - 6);
  const auto status_with = [&](std::string_view if_none_match) {
    x.emplace(loop, answers);
    x->sent = {.method = method::get, .path = "/console", .if_none_match = if_none_match};
    handle(*x);
    return x->status;
  };
  EXPECT_EQ(status_with(tag), 304);
  EXPECT_EQ(x->body, "");
  EXPECT_THAT(x->extra_headers, HasSubstr(tag));
  EXPECT_THAT(x->extra_headers, HasSubstr("Content-Security-Policy"));
  EXPECT_EQ(status_with("\"other\", " + tag.substr(2)), 304) << "a proxy may have made it strong";
  EXPECT_EQ(status_with("*"), 304);
  EXPECT_EQ(status_with("W/\"other\""), 200);
  EXPECT_EQ(status_with(""), 200);
}

TEST_F(pages_for_people, are_framed_by_allowed_origins_only_and_only_where_asked_for) {
  const pages shown({.allowed_origins = {"https://shop.example", "https://b.example:8443"}});
  const auto framed = shown.find(operation::show_event_page, "/events/7", "x=1&embed");
  EXPECT_THAT(framed->headers, HasSubstr("frame-ancestors https://shop.example https://b.example:8443\r\n"));
  EXPECT_THAT(framed->body, HasSubstr(R"(content="https://shop.example https://b.example:8443")"));
  const auto alone = shown.find(operation::show_event_page, "/events/7", "embedded=1");
  EXPECT_THAT(alone->headers, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(alone->body, HasSubstr(R"(origins" content="")")) << "nobody hands a token to a page that stands alone";
  EXPECT_THAT(shown.find(operation::show_console, "/console", "embed")->headers, HasSubstr("frame-ancestors 'none'"));
}

TEST_F(pages_for_people, come_from_a_folder_where_somebody_works_on_them) {
  const testing::temporary_directory folder;
  for (const web_file& f : web_files()) std::ofstream(folder.path() / f.name) << f.text;
  const pages shown({.from_disk = folder.path()});
  const auto style = [&] { return shown.find(operation::send_file, "/web/style.css", ""); };
  EXPECT_THAT(style()->headers, HasSubstr("Cache-Control: no-store"));
  std::ofstream(folder.path() / "style.css") << "b { color: red }";
  EXPECT_EQ(style()->body, "b { color: red }");
  EXPECT_THAT(shown.find(operation::show_event_page, "/events/7", "")->headers, HasSubstr("frame-ancestors 'none'"));
  std::ofstream(folder.path() / "secret.txt") << "s";
  EXPECT_EQ(shown.find(operation::send_file, "/web/secret.txt", ""), nullptr);
  std::filesystem::remove(folder.path() / "event.js");
  EXPECT_EQ(shown.find(operation::send_file, "/web/event.js", ""), nullptr);
  EXPECT_THROW(pages({.from_disk = folder.path()}), std::invalid_argument);
}

TEST_F(pages_for_people, live_figures_cost_one_look_a_second) {
  const std::string path = "/v1/coupons/" + std::to_string(raw(open_coupon(500))) + "/live";
  EXPECT_EQ(get(path).status, 200);
  EXPECT_EQ(json().at("remaining"), 500);
  EXPECT_EQ(json().at("state"), "open");
  EXPECT_EQ(x->extra_headers, "Cache-Control: max-age=1\r\n");
  service.issue(static_cast<coupon_id>(1), static_cast<user_id>(9));
  EXPECT_EQ(get(path).status, 200);
  EXPECT_EQ(json().at("remaining"), 500) << "a second has not passed: nobody looked again";
  clock.passed = std::chrono::seconds(2);
  EXPECT_EQ(get(path).status, 200);
  EXPECT_EQ(json().at("remaining"), 499);
  EXPECT_EQ(json().at("admittedPerSecond"), 0.5);
}

TEST_F(pages_for_people, live_figures_count_a_place_that_was_given_back) {
  coupon& c = service.coupons_by_id[raw(open_coupon(10))];
  c.issued_quantity = 6;
  c.returned_quantity = 3;  // in the pool again
  c.gone_quantity = 1;      // and this one is not
  get("/v1/coupons/1/live");
  EXPECT_EQ(json().at("remaining"), 3);
  c.admitted_quantity = 12;  // two are under way
  clock.passed = std::chrono::seconds(2);
  get("/v1/coupons/1/live");
  EXPECT_EQ(json().at("remaining"), 1);
  get("/v1/stats", {}, admin);
  EXPECT_EQ(json().at("coupons").as_array()[0].at("behind"), 2);
}

TEST_F(pages_for_people, live_figures_of_a_coupon_that_is_not_there_or_cannot_be_read) {
  EXPECT_EQ(get("/v1/coupons/99/live").status, 404);
  const std::string path = "/v1/coupons/" + std::to_string(raw(open_coupon())) + "/live";
  EXPECT_EQ(get(path).status, 200);
  clock.passed = std::chrono::seconds(2);
  service.fails_with = errc::unavailable;
  EXPECT_EQ(get(path).status, 503);
  service.fails_with = {};
  EXPECT_EQ(get(path).status, 200) << "a failed look does not block the next";
}

TEST_F(pages_for_people, stats_are_for_operators_and_say_how_old_each_figure_is) {
  EXPECT_EQ(get("/v1/stats").status, 401);
  get("/v1/coupons/" + std::to_string(raw(open_coupon())) + "/live");
  clock.passed = std::chrono::milliseconds(300);
  EXPECT_EQ(get("/v1/stats", {}, admin).status, 200);
  const boost::json::value stats = json();
  EXPECT_EQ(stats.at("ready"), true);
  ASSERT_EQ(stats.at("coupons").as_array().size(), 1u);
  EXPECT_EQ(stats.at("coupons").as_array()[0].at("ageMs"), 300);
  EXPECT_EQ(stats.at("coupons").as_array()[0].at("behind"), 0);
  EXPECT_EQ(stats.at("role"), "admin");
  EXPECT_TRUE(stats.at("issuing").at("perSecond").as_object().contains("sold_out"));
  clock.passed = std::chrono::seconds(62);
  get("/v1/stats", {}, admin);
  EXPECT_TRUE(json().at("coupons").as_array().empty()) << "nobody looks at it any more: it may be another by now";
}

class issuing_a_coupon : public application_test {
 protected:
  fake_exchange& issue() { return ask(method::post, "/v1/coupons/7/issues", body_42); }
  fake_exchange& issue_originally() { return ask(method::post, "/v1/issue", R"({"userId":42,"couponId":7})"); }
};

TEST_F(issuing_a_coupon, answers_201_with_the_record_and_where_it_is) {
  says_yes(verdict::admitted, issue_status::issued);
  EXPECT_EQ(issue().status, 201);
  EXPECT_EQ(
      x->body,
      R"({"couponId":7,"userId":42,"sequence":3,"status":"issued","dateIssued":"2027-01-15T08:00:00.000Z","dateUsed":null})");
  EXPECT_EQ(x->content_type, "application/json");
  EXPECT_EQ(x->extra_headers, "Location: /v1/coupons/7/issues/42\r\n");
  EXPECT_EQ(issuer.last_coupon, static_cast<coupon_id>(7));
  EXPECT_EQ(issuer.last_user, static_cast<user_id>(42));
}

TEST_F(issuing_a_coupon, answers_202_while_it_is_only_accepted) {
  says_yes(verdict::admitted, issue_status::accepted);
  EXPECT_EQ(issue().status, 202);
  EXPECT_EQ(json().at("status"), "accepted");
  EXPECT_EQ(x->extra_headers, "Location: /v1/coupons/7/issues/42\r\n");
}

TEST_F(issuing_a_coupon, answers_200_with_the_record_when_asked_again) {
  says_yes(verdict::already_issued, issue_status::issued);
  EXPECT_EQ(issue().status, 200);
  EXPECT_EQ(json().at("sequence"), 3);
}

TEST_F(issuing_a_coupon, tells_every_refusal_by_its_code) {
  const std::pair<verdict, const char*> refusals[] = {{verdict::paused, "paused"},
                                                      {verdict::ended, "ended"},
                                                      {verdict::sold_out, "sold_out"},
                                                      {verdict::returned, "returned"}};
  for (const auto& [what, wanted] : refusals) {
    says(what);
    EXPECT_EQ(issue().status, 409);
    EXPECT_EQ(code(), wanted);
  }
  says(verdict::coupon_not_found);
  EXPECT_EQ(issue().status, 404);
  EXPECT_EQ(code(), "coupon_not_found");
}

TEST_F(issuing_a_coupon, tells_when_to_come_back_before_the_start) {
  const auto starting_in = [&](std::chrono::milliseconds wait) {
    issuer.says = issue_decision{verdict::not_started, {}, clock.now() + wait};
    EXPECT_EQ(issue().status, 409);
    EXPECT_EQ(code(), "not_started");
    return x->extra_headers;
  };
  EXPECT_EQ(starting_in(std::chrono::milliseconds(1)), "Retry-After: 1\r\n");
  EXPECT_EQ(starting_in(std::chrono::milliseconds(-5)), "Retry-After: 1\r\n");
  EXPECT_EQ(starting_in(std::chrono::milliseconds(90'001)), "Retry-After: 91\r\n");
}

TEST_F(issuing_a_coupon, keeps_surely_not_and_unknown_apart) {
  issuer.says = make_error_code(errc::overloaded);
  EXPECT_EQ(issue().status, 503);
  EXPECT_EQ(code(), "overloaded");
  EXPECT_THAT(x->extra_headers, HasSubstr("Retry-After: "));
  issuer.says = make_error_code(errc::unavailable);
  EXPECT_EQ(issue().status, 503);
  EXPECT_EQ(code(), "unavailable");
  EXPECT_THAT(x->extra_headers, HasSubstr("Retry-After: "));
}

TEST_F(issuing_a_coupon, answers_later_what_had_to_wait) {
  issuer.at_once = false;
  says_yes(verdict::admitted, issue_status::issued);
  EXPECT_EQ(issue().answers_given, 0);
  ASSERT_NE(x->pending(), nullptr);
  issuer.let_go();
  EXPECT_EQ(x->status, 201);
  EXPECT_EQ(x->pending(), nullptr);
}

TEST_F(issuing_a_coupon, hands_a_passed_deadline_on_to_the_issuer) {
  issuer.at_once = false;
  issue();
  EXPECT_TRUE(x->pending()->withdraw());
  EXPECT_EQ(x->answers_given, 0);
  EXPECT_THAT(metrics.to_prometheus(), HasSubstr("outcome=\"overloaded\"} 1\n"));

  issuer.withdrawable = false;
  issue();
  EXPECT_FALSE(x->pending()->withdraw());
  issuer.let_go();
  EXPECT_EQ(x->answers_given, 1);
}

TEST_F(issuing_a_coupon, counts_a_request_that_was_abandoned_at_its_deadline_once) {
  issuer.at_once = false;
  issuer.withdrawable = false;
  says_yes(verdict::admitted, issue_status::issued);
  issue();
  EXPECT_FALSE(x->pending()->withdraw());
  app.answer_to({http::protocol_error::unavailable, {}});
  issuer.let_go();
  EXPECT_EQ(x->answers_given, 1);
  EXPECT_THAT(requests_counted(), ::testing::ElementsAre(HasSubstr("status=\"5xx\"} 1")));
  EXPECT_THAT(metrics.to_prometheus(), HasSubstr("outcome=\"admitted\"} 1\n"));
}

TEST_F(issuing_a_coupon, wants_json_that_names_a_user) {
  for (const char* body : {"", "{}", "[]", R"({"userId":"x42"})", R"({"userId":42,"userId":42})", R"({"userId":0})"}) {
    EXPECT_EQ(ask(method::post, "/v1/coupons/7/issues", body).status, 400) << body;
    EXPECT_EQ(code(), "malformed_request");
  }
  EXPECT_EQ(issuer.calls, 0);
}

TEST_F(issuing_a_coupon, wants_json_to_be_called_json) {
  const auto sent_as = [&](std::string_view type) {
    return ask(method::post, "/v1/coupons/7/issues", body_42, {}, {}, type).status;
  };
  says(verdict::sold_out);
  for (const char* type :
       {"application/json", "Application/JSON", "application/json;charset=utf-8", "application/json ; x=y"})
    EXPECT_EQ(sent_as(type), 409) << type;
  for (const char* type : {"", "text/plain", "application/jsonp", "application/json, text/plain", "x;application/json",
                           "application/json;charset=latin1"}) {
    EXPECT_EQ(sent_as(type), 415) << type;
    EXPECT_EQ(code(), "unsupported_media_type");
    EXPECT_THAT(detail(), HasSubstr("application/json"));
  }
  EXPECT_THAT(detail(), HasSubstr("charset=latin1: send"));
}

TEST_F(issuing_a_coupon, in_the_original_words_is_always_200) {
  const auto said = [&](verdict what) {
    says_yes(what, issue_status::issued);
    EXPECT_EQ(issue_originally().status, 200);
    EXPECT_EQ(x->content_type, "application/json");
    return x->body;
  };
  constexpr const char* window = R"({"isSuccess":false,"comment":"쿠폰 발급 기간이 유효하지 않습니다."})";
  EXPECT_EQ(said(verdict::admitted), R"({"isSuccess":true})");
  EXPECT_EQ(said(verdict::already_issued), R"({"isSuccess":false,"comment":"이미 발급된 쿠폰입니다."})");
  EXPECT_EQ(said(verdict::coupon_not_found), R"({"isSuccess":false,"comment":"존재하지 않는 쿠폰입니다."})");
  EXPECT_EQ(said(verdict::sold_out), R"({"isSuccess":false,"comment":"쿠폰 발급 수량이 유효하지 않습니다."})");
  for (const verdict what : {verdict::paused, verdict::not_started, verdict::ended}) EXPECT_EQ(said(what), window);
}

TEST_F(issuing_a_coupon, in_the_original_words_fails_as_everywhere) {
  issuer.says = make_error_code(errc::unavailable);
  EXPECT_EQ(issue_originally().status, 503);
  EXPECT_EQ(code(), "unavailable");
  for (const char* path : {"/v1/issue", "/v1/issue-async", "/v2/issue-async"}) {
    EXPECT_EQ(ask(method::post, path, body_42).status, 400);
    EXPECT_EQ(code(), "malformed_request");
    EXPECT_EQ(ask(method::post, path, R"({"couponId":7})").status, 400);
  }
}

class issuing_with_tokens : public application_test {
 protected:
  issuing_with_tokens() : application_test(user_auth::jwt) { says_yes(verdict::admitted, issue_status::issued); }

  static std::string token_of(const char* subject) {
    return "Bearer " + signer.token(R"({"sub":")" + std::string(subject) + R"(","exp":4102444800})", "HS256");
  }
  int issue(std::string_view body, std::string_view authorization, std::string_view content_type = "application/json") {
    return ask(method::post, "/v1/coupons/7/issues", body, authorization, {}, content_type).status;
  }
  const std::string mine = token_of("42");
};

TEST_F(issuing_with_tokens, takes_the_user_from_the_token) {
  for (const std::string_view body : {std::string_view("{}"), body_42}) {
    EXPECT_EQ(issue(body, mine), 201);
    EXPECT_EQ(issuer.last_user, static_cast<user_id>(42));
  }
  EXPECT_EQ(issue("", mine, ""), 201);
}

TEST_F(issuing_with_tokens, refuses_another_users_id_and_no_token) {
  EXPECT_EQ(issue(R"({"userId":43})", mine), 403);
  EXPECT_EQ(code(), "forbidden");
  EXPECT_EQ(issue(body_42, ""), 401);
  EXPECT_EQ(x->extra_headers, "WWW-Authenticate: Bearer\r\n");
  EXPECT_EQ(ask(method::post, "/v1/issue", R"({"userId":43,"couponId":7})", mine).status, 403);
  EXPECT_EQ(issuer.calls, 0);
  EXPECT_EQ(ask(method::post, "/v1/issue", R"({"couponId":7})", mine).status, 200);
  EXPECT_EQ(issuer.last_user, static_cast<user_id>(42));
}

TEST_F(issuing_with_tokens, says_and_counts_which_check_failed) {
  const std::string expired = "Bearer " + signer.token(R"({"sub":"42","exp":1})", "HS256");
  EXPECT_EQ(issue(body_42, expired), 401);
  EXPECT_EQ(x->extra_headers,
            "WWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"the token has expired\"\r\n");
  EXPECT_EQ(issue(body_42, "Bearer x"), 401);
  EXPECT_EQ(issue(body_42, ""), 401);
  const std::string counted = metrics.to_prometheus();
  for (const char* reason : {"expired", "malformed", "missing"})
    EXPECT_THAT(counted, HasSubstr("firstcome_token_refusals_total{reason=\"" + std::string(reason) + "\"} 1\n"));
  EXPECT_THAT(counted, HasSubstr("firstcome_token_refusals_total{reason=\"signature\"} 0\n"));
}

TEST_F(issuing_with_tokens, names_a_claim_of_the_wrong_kind_and_counts_it) {
  struct wrong_claim {
    const char *claims, *said, *reason;
  };
  for (const auto& [claims, said, reason] :
       {wrong_claim{R"({"sub":"42","exp":"4102444800"})", "exp must be a number of seconds since 1970", "expiry_kind"},
        wrong_claim{R"({"sub":"42","exp":4e9,"nbf":"1"})", "nbf must be a number of seconds since 1970",
                    "not_before_kind"},
        wrong_claim{R"({"sub":4.5,"exp":4e9})", "sub must be there, as a whole number", "user"}}) {
    EXPECT_EQ(issue(body_42, "Bearer " + signer.token(claims, "HS256")), 401);
    EXPECT_THAT(x->extra_headers, HasSubstr(said));
    EXPECT_THAT(metrics.to_prometheus(),
                HasSubstr("firstcome_token_refusals_total{reason=\"" + std::string(reason) + "\"} 1\n"));
  }
}

TEST_F(issuing_with_tokens, shows_records_to_their_user_and_to_operators) {
  const coupon_id id = open_coupon();
  service.issue(id, static_cast<user_id>(42));
  for (const std::string_view allowed : {std::string_view(mine), admin}) {
    EXPECT_EQ(get("/v1/coupons/1/issues/42", {}, allowed).status, 200);
    EXPECT_EQ(get("/v1/users/42/issues", {}, allowed).status, 200);
  }
  for (const auto& [other, status] :
       {std::pair(token_of("43"), 403), std::pair(std::string(), 401), std::pair(std::string("Bearer wrong"), 401)}) {
    EXPECT_EQ(get("/v1/coupons/1/issues/42", {}, other).status, status);
    EXPECT_EQ(get("/v1/users/42/issues", {}, other).status, status);
  }
}

using the_api = application_test;

TEST_F(the_api, creates_a_coupon) {
  constexpr const char* body =
      R"({"title":"t","totalQuantity":500,"dateIssueStart":"2026-01-01T00:00:00Z","dateIssueEnd":"2028-01-01T00:00:00Z"})";
  EXPECT_EQ(ask(method::post, "/v1/coupons", body, admin).status, 201);
  EXPECT_EQ(x->extra_headers, "Location: /v1/coupons/1\r\n");
  EXPECT_EQ(json().at("remainingQuantity"), 500);
  EXPECT_EQ(json().at("state"), "open");
  EXPECT_EQ(ask(method::post, "/v1/coupons", R"({"title":"t","quantity":5})", admin).status, 422);
  EXPECT_EQ(code(), "invalid_coupon");
  EXPECT_THAT(detail(), HasSubstr("quantity"));
  EXPECT_EQ(ask(method::post, "/v1/coupons", "", admin).status, 400);
}

TEST_F(the_api, names_the_store_that_is_away) {
  open_coupon();
  service.fails_with = errc::unavailable;
  constexpr const char* only_read = "This only reads: nothing was changed. Ask again after Retry-After seconds.";
  EXPECT_EQ(get("/v1/coupons/1").status, 503);
  EXPECT_EQ(detail(), "A store does not answer, or not in time. " + std::string(only_read));
  away = "Redis";
  EXPECT_EQ(get("/v1/coupons/1").status, 503);
  EXPECT_EQ(detail(), "Redis does not answer. " + std::string(only_read));
  EXPECT_EQ(ask(method::patch, "/v1/coupons/1", R"({"paused":true})", admin).status, 503);
  EXPECT_EQ(detail(), "Redis does not answer. A change may have been made. Ask again after Retry-After seconds.");
  service.fails_with = {};
  EXPECT_EQ(get("/v1/coupons/9").status, 404);
  EXPECT_EQ(detail(), "No coupon has this id.");
}

TEST_F(the_api, changes_a_coupon) {
  const coupon_id id = open_coupon();
  EXPECT_EQ(ask(method::patch, "/v1/coupons/1", R"({"paused":true,"totalQuantity":null})", admin).status, 200);
  EXPECT_EQ(json().at("state"), "paused");
  EXPECT_TRUE(json().at("totalQuantity").is_null());
  EXPECT_EQ(ask(method::patch, "/v1/coupons/1", R"({"dateIssueEnd":"2020-01-01T00:00:00Z"})", admin).status, 422);
  EXPECT_EQ(detail(), "dateIssueEnd must be after dateIssueStart.");
  EXPECT_EQ(ask(method::patch, "/v1/coupons/9", "{}", admin).status, 404);
  EXPECT_EQ(code(), "coupon_not_found");
  service.issue(id, static_cast<user_id>(1));
  service.issue(id, static_cast<user_id>(2));
  EXPECT_EQ(ask(method::patch, "/v1/coupons/1", R"({"totalQuantity":1})", admin).status, 409);
  EXPECT_EQ(code(), "quantity_below_issued");
}

TEST_F(the_api, uses_an_issue_once) {
  service.issue(open_coupon(500, 30000), static_cast<user_id>(42));
  const auto use = [&](std::string_view body, std::string_view path = "/v1/coupons/1/issues/42/use") {
    return ask(method::post, path, body, admin).status;
  };
  EXPECT_EQ(use(R"({"orderAmount":29999})"), 422);
  EXPECT_EQ(code(), "below_minimum");
  EXPECT_EQ(use(R"({"orderAmount":30000})"), 200);
  EXPECT_EQ(json().at("status"), "used");
  EXPECT_TRUE(json().at("dateUsed").is_string());
  EXPECT_EQ(use(R"({"orderAmount":30000})"), 409);
  EXPECT_EQ(code(), "already_used");
  EXPECT_EQ(use(R"({"orderAmount":1})", "/v1/coupons/1/issues/43/use"), 404);
  EXPECT_EQ(code(), "issue_not_found");
  EXPECT_EQ(use("{}"), 400);
}

TEST_F(the_api, shows_coupons_and_records) {
  service.issue(open_coupon(), static_cast<user_id>(42));
  EXPECT_EQ(get("/v1/coupons/1").status, 200);
  EXPECT_EQ(json().at("issuedQuantity"), 1);
  EXPECT_EQ(get("/v1/coupons/2").status, 404);
  EXPECT_EQ(get("/v1/coupons/1/issues/42").status, 200);
  EXPECT_EQ(json().at("sequence"), 1);
  EXPECT_EQ(get("/v1/coupons/1/issues/43").status, 404);
  EXPECT_EQ(code(), "issue_not_found");
  EXPECT_EQ(get("/v1/coupons/x").status, 400);
  EXPECT_EQ(get("/v1/coupons/9223372036854775808").status, 400);
}

TEST_F(the_api, lists_page_by_page_to_the_end) {
  const coupon_id first = open_coupon();
  open_coupon();
  for (int user = 1; user <= 5; ++user) service.issue(first, static_cast<user_id>(user));
  service.issue(static_cast<coupon_id>(2), static_cast<user_id>(1));
  const auto sizes = [&](std::string_view path) {
    std::vector<std::size_t> pages;
    std::string query = "limit=2";
    for (;;) {
      EXPECT_EQ(get(path, query, admin).status, 200);
      const auto page = json();
      pages.push_back(page.at("items").as_array().size());
      if (page.at("nextCursor").is_null()) return pages;
      query = "limit=2&cursor=" + std::string(page.at("nextCursor").as_string());
    }
  };
  EXPECT_EQ(sizes("/v1/coupons"), (std::vector<std::size_t>{2}));
  EXPECT_EQ(sizes("/v1/coupons/1/issues"), (std::vector<std::size_t>{2, 2, 1}));
  EXPECT_EQ(sizes("/v1/users/1/issues"), (std::vector<std::size_t>{2}));
  EXPECT_EQ(sizes("/v1/users/99/issues"), (std::vector<std::size_t>{0}));
  for (const char* path : {"/v1/coupons", "/v1/coupons/1/issues", "/v1/users/1/issues"})
    for (const char* query : {"limit=0", "cursor=x", "cursor="}) EXPECT_EQ(get(path, query, admin).status, 400) << path;
}

TEST_F(the_api, wants_the_admin_token_where_operators_work) {
  const std::tuple<method, const char*> operators_only[] = {{method::post, "/v1/coupons"},
                                                            {method::patch, "/v1/coupons/1"},
                                                            {method::get, "/v1/coupons/1/issues"},
                                                            {method::post, "/v1/coupons/x/issues/1/use"}};
  for (const auto& [m, path] : operators_only)
    for (const char* authorization : {"", "Bearer wrong", "admin-token"}) {
      EXPECT_EQ(ask(m, path, "{}", authorization).status, 401) << path;
      EXPECT_EQ(code(), "unauthorized");
      EXPECT_THAT(x->extra_headers, ::testing::StartsWith("WWW-Authenticate: Bearer"));
    }
}

TEST_F(the_api, reports_failures_of_the_store) {
  service.fails_with = errc::overloaded;
  EXPECT_EQ(get("/v1/coupons").status, 503);
  EXPECT_EQ(code(), "overloaded");
  EXPECT_THAT(x->extra_headers, HasSubstr("Retry-After: "));
}

TEST_F(the_api, turns_a_bug_of_a_handler_into_an_answer) {
  service.throws = true;
  for (const char* path : {"/v1/coupons", "/v1/coupons/1", "/v1/users/1/issues"}) {
    EXPECT_EQ(get(path).status, 503);
    EXPECT_EQ(code(), "unavailable");
  }
}

TEST_F(the_api, knows_its_paths_and_methods) {
  EXPECT_EQ(get("/nowhere").status, 404);
  EXPECT_EQ(code(), "not_found");
  EXPECT_EQ(ask(method::delete_, "/v1/coupons/1").status, 405);
  EXPECT_EQ(code(), "method_not_allowed");
  EXPECT_EQ(x->extra_headers, "Allow: GET, HEAD, PATCH\r\n");
  EXPECT_EQ(ask(method::head, "/healthz").status, 200);
}

TEST_F(the_api, tells_how_it_is) {
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(x->body, R"({"status":"ok"})");
  EXPECT_EQ(get("/readyz").status, 200);
  ready = false;
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(code(), "unavailable");
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/metrics").status, 200);
  EXPECT_THAT(x->content_type, HasSubstr("text/plain"));
  EXPECT_THAT(x->body, HasSubstr("firstcome_http_requests_total{route=\"GET /healthz\",status=\"2xx\"} 2\n"));
  EXPECT_EQ(get("/openapi.json").status, 200);
  EXPECT_NO_THROW(json());
}

TEST_F(the_api, counts_a_request_that_was_abandoned_at_its_deadline_once) {
  x.emplace(loop, answers);
  x->sent = {method::get, "/v1/coupons", {}, {}, {}, {}};
  app.handle(*x);
  ASSERT_NE(x->pending(), nullptr);
  EXPECT_FALSE(x->pending()->withdraw());
  app.answer_to({http::protocol_error::unavailable, {}});
  loop.run();
  EXPECT_EQ(x->answers_given, 1);
  EXPECT_THAT(requests_counted(), ::testing::ElementsAre(HasSubstr("status=\"5xx\"} 1")));
}

TEST_F(the_api, words_what_the_connection_refuses) {
  using enum http::protocol_error;
  for (const auto what :
       {malformed, timed_out, length_required, body_too_large, header_too_large, overloaded, unavailable}) {
    const auto answer = app.answer_to({what, {}});
    EXPECT_EQ(answer.content_type, "application/problem+json");
    EXPECT_EQ(boost::json::parse(answer.body).at("status"), http::status_of(what));
    EXPECT_EQ(answer.extra_headers.starts_with("Retry-After: "), http::status_of(what) == 503);
  }
}

TEST_F(the_api, says_what_was_wrong_with_a_request_that_the_connection_refuses) {
  const auto answer = app.answer_to({http::protocol_error::malformed, "Host may be there once."});
  EXPECT_EQ(boost::json::parse(answer.body).at("detail"), "Host may be there once.");
}

}  // namespace
}  // namespace firstcome::api
