#include "api/application.hpp"

#include "api/answer.hpp"
#include "api/content_type.hpp"
#include "api/coupon_handlers.hpp"
#include "api/json_out.hpp"
#include "api/openapi.hpp"
#include "runtime/log.hpp"

namespace firstcome::api {
namespace {

constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

problem bad_path_id() {
  return {problem_code::malformed_request, "The ids of the path must be whole numbers from 1 to 9223372036854775807."};
}

problem nobody_is_me() {
  return {problem_code::malformed_request,
          "'me' is the user of a token, and this node takes none (user-auth trusted): name the user's id instead."};
}

/// What is wrong with a request whoever sent it; nothing mostly.
std::optional<problem> why_not(const http::request& request, const route_match& found) {
  if (!found.ids_valid) return bad_path_id();
  if (found.to->body == request_body::json && !request.body.empty())
    if (auto why = why_not_json(request.content_type))
      return problem{problem_code::unsupported_media_type, *std::move(why)};
  return std::nullopt;
}

void refuse_method(routed_exchange to) {
  answer a = to_answer({problem_code::method_not_allowed, {}});
  a.extra_headers = "Allow: " + allowed_methods(to.x.request().path) + "\r\n";
  to.respond(a);
}

void tell_readiness(routed_exchange to, bool ready, const char* away) {
  if (ready) return to.respond(200, json_content_type, R"({"status":"ready"})");
  if (away == nullptr) return to.refuse({problem_code::unavailable, "The node is starting or stopping."});
  to.refuse({problem_code::unavailable, std::string(away) + " does not answer, or the node is only starting."});
}

}  // namespace

application::application(const dependencies& needs, const auth_settings& auth, const wire_settings& wire)
    : needs_(needs),
      auth_(auth),
      refusal_words_(auth_.user_tokens() != nullptr ? auth_.user_tokens()->user_claim() : "sub"),
      issues_(needs.issuer, needs.clock, needs.away),
      cors_(wire.allowed_origins),
      openapi_(openapi_for({.users_prove_themselves = auth.users == user_auth::jwt, .ids_as_text = wire.ids_as_text})),
      live_(needs.coupons, needs.clock),
      lists_(needs.coupons),
      backlogs_(needs.coupons, needs.clock),
      rates_(needs.metrics, needs.clock),
      pages_({.users = auth.users, .allowed_origins = wire.allowed_origins, .from_disk = wire.web_dir}),
      sold_out_(*this),
      proofs_(auth_.user_tokens(), auth.checking, *this),
      unknown_keys_(auth.key_watch, *this) {
  if (wire.rehearsal) rehearsals_.emplace(needs.issuer, needs.coupons, needs.metrics, needs.clock);
  write_ids_as_text(wire.ids_as_text);
  usual_body_of(problem_code::sold_out);  // makes the usual bodies now, and not while a crowd waits
  needs_.metrics.name_token_refusals(identity::refusal_names());
}

// The larger bodies are for who may send them: the token is looked at before the body comes.
http::application::reception application::receive(const http::request_head& head) const {
  const route_match found = match(head.method, head.path);
  reception what{.body_max = user_body_max, .headers = cors_.lines_for(head.origin)};
  if (found.to == nullptr) return what;
  what.from_reserve = is_probe(found.to->what);
  what.body_max = found.to->body_limit;
  if (what.body_max <= user_body_max) return what;
  if (!auth_.knows(head.authorization, found.to->who)) what.body_max = user_body_max;
  return what;
}

void application::handle(http::exchange& x) {
  const route_match found = match(x.request().method, x.request().path);
  const routed_exchange to{x, needs_.metrics, found.index};
  if (x.request().method == http::method::options && !x.request().asked_method.empty() &&
      found.what != route_match::outcome::not_found && cors_.allows(x.request().origin))
    return preflight(to);
  switch (found.what) {
    case route_match::outcome::not_found:
      return to.refuse(problem_code::not_found);
    case route_match::outcome::method_not_allowed:
      return refuse_method(to);
    case route_match::outcome::found:
      return serve(to, found, keys::may_be_old);
  }
}

void application::preflight(routed_exchange to) const {
  to.respond({.status = 204,
              .content_type = {},
              .body = {},
              .extra_headers = preflight_lines(allowed_methods(to.x.request().path))});
}

// What is checked of every request, in this order: who asks, for what, with which kind of body.
void application::serve(routed_exchange to, const route_match& found, keys how) {
  if (found.to->who == access::anyone) return serve_known(to, found, caller{});
  auth::outcome who = auth_.caller_of(to.x.request().authorization, found.to->who);
  if (const caller* const known = std::get_if<caller>(&who)) return serve_known(to, found, *known);
  if (const auto* const why = std::get_if<identity::refusal>(&who)) {
    using asked = identity::key_watch::asked;
    const bool new_key = *why == identity::refusal::unknown_key && how == keys::may_be_old;
    const asked again = new_key ? unknown_keys_.begin(to, found) : asked::not_now;
    if (again == asked::will_be_read) return;
    return again == asked::too_many_wait ? to.refuse(problem_code::overloaded) : refuse_token(to, *why);
  }
  prove(to, found, std::get<identity::token_claim>(std::move(who)));
}

void application::serve_known(routed_exchange to, const route_match& found, const caller& who) {
  const identity::role_set wanted = found.to->who;
  if (wanted != access::anyone && !wanted.has(who.is)) return to.refuse(problem_code::forbidden);
  if (const auto wrong = why_not(to.x.request(), found)) return to.refuse(*wrong);
  dispatch(to, found, who);
}

// Who can only hear "sold out" hears it without a look at the signature, whatever the signature is worth: it is the
// same for everybody, and no secret. Whose claim has to be looked into hears the same, when it turns out to be
// worthless: or forged tokens would tell who holds a coupon. For that reason both are said equally late, and to who
// finds no room in the queue it makes no difference.
void application::prove(routed_exchange to, const route_match& found, identity::token_claim claim) {
  const auto due = held_answers::clock::now() + held_answers::hold_time(claim.said.signed_with);
  if (!proofs_.has_room(to.x, claim)) return to.refuse(problem_code::overloaded);
  sold_out_view seen = sold_out_view::no;
  if (issue_handlers::serves(found) && !why_not(to.x.request(), found)) seen = issues_.look(to, found, claim.said.user);
  if (seen == sold_out_view::surely_not_in) return sold_out_.hold(to, found, due);
  proofs_.begin({.to = to, .found = found, .sold_out = seen != sold_out_view::no, .due = due}, std::move(claim));
}

void application::on_held(routed_exchange to, const route_match& found) {
  issues_.say_sold_out(to, found);
}

void application::on_keys_read(routed_exchange to, const route_match& found) {
  serve(to, found, keys::were_just_read);
}

void application::on_proof(const unproven& request, user_id claimed, identity::checked outcome) {
  switch (outcome) {
    case identity::checked::good:
      return serve_known(request.to, request.found, caller{.user = claimed});
    case identity::checked::bad:
      if (!request.sold_out) return refuse_token(request.to, identity::refusal::signature);
      // In no metric either: who may read those could tell by them who holds a coupon.
      runtime::log::write(spdlog::level::debug, "a worthless signature heard that the coupon is sold out",
                          {{"path", request.to.x.request().path}});
      return sold_out_.hold(request.to, request.found, request.due);
    case identity::checked::not_done:
      return request.to.refuse(problem_code::overloaded);
  }
}

// The client hears which check failed, and so do the metrics; the token itself is told to nobody.
void application::refuse_token(routed_exchange to, identity::refusal why) {
  note_refusal(to, why);
  to.refuse(problem_code::unauthorized, refusal_words_.challenge_of(why));
}

void application::note_refusal(routed_exchange to, identity::refusal why) {
  needs_.metrics.count_token_refusal(static_cast<std::size_t>(why));
  runtime::log::write(
      spdlog::level::debug, "a token was refused",
      {{"reason", name_of(why)}, {"description", refusal_words_.description_of(why)}, {"path", to.x.request().path}});
}

// From memory, and cheap: many consoles ask it every second.
void application::tell_stats(routed_exchange to, const caller& who) {
  std::string body = R"({"now":")";
  rfc3339_buffer buffer;
  body += to_rfc3339(needs_.coupons.now(), buffer);
  body += R"(","role":")";
  body += name_of(who.is);
  body += R"(","name":)";
  append_string(body, who.name);
  body += needs_.ready ? R"(,"ready":true,"issuing":)" : R"(,"ready":false,"issuing":)";
  body += rates_.to_json();
  if (rehearsals_) body += R"(,"rehearsal":)" + rehearsals_->to_json();
  body += R"(,"coupons":[)";
  body += live_.to_json(backlogs_, to.x.executor());
  body += "]}";
  to.respond(200, json_content_type, body, "Cache-Control: no-store\r\n");
}

void application::begin_rehearsal(routed_exchange to, const caller& who) {
  if (!rehearsals_)
    return to.refuse(
        {problem_code::not_found, "This node takes no rehearsals: that is for one started with --rehearsal."});
  const http::request& request = to.x.request();
  spawn(to, rehearsals_->begin(request.body, who.as_actor(), request.idempotency_key, to.x.executor(), to.x.answers(),
                               to.x.deadline()));
}

void application::show_page(routed_exchange to, operation what) const {
  const http::request& request = to.x.request();
  const std::shared_ptr<const page> shown = pages_.find(what, request.path, request.query);
  if (!shown) return to.refuse(problem_code::not_found);
  if (names_tag(request.if_none_match, shown->tag)) return to.respond(304, {}, {}, shown->headers);
  if (request.accepts_gzip && !shown->gzipped.empty())
    return to.respond(200, shown->content_type, shown->gzipped, shown->gzip_headers);
  to.respond(200, shown->content_type, shown->body, shown->headers);
}

void application::dispatch(routed_exchange to, const route_match& found, const caller& who) {
  const http::request& request = to.x.request();
  coupon_service& service = needs_.coupons;
  const runtime::deadline until = to.x.deadline();
  const auto coupon = static_cast<coupon_id>(found.ids[0]);
  const auto user = static_cast<user_id>(found.ids[1]);  // of /v1/coupons/{id}/issues/{userId}
  const auto run = [&](async_answer handler) { spawn(to, std::move(handler), needs_.away); };
  switch (found.to->what) {
    case operation::issue:
    case operation::issue_originally:
      return issues_.issue(to, found, who);
    case operation::find_issue:
      if (!who.may_act_for(user)) return to.refuse(problem_code::forbidden);
      return run(find_issue(service, coupon, user, until));
    case operation::find_own_issue:
      if (!who.user) return to.refuse(nobody_is_me());
      return run(find_issue(service, coupon, *who.user, until));
    case operation::list_own_issues:
      if (!who.user) return to.refuse(nobody_is_me());
      return run(list_user_issues(service, *who.user, request.query, until));
    case operation::list_user_issues: {
      const auto listed = static_cast<user_id>(found.ids[0]);
      if (!who.may_act_for(listed)) return to.refuse(problem_code::forbidden);
      return run(list_user_issues(service, listed, request.query, until));
    }
    case operation::use_issue:
      return run(use_issue(service, coupon, user, request.body, who.as_actor(), until));
    case operation::undo_use:
      return run(undo_use(service, coupon, user, request.query, who.as_actor(), until));
    case operation::return_issue:
      if (!who.may_act_for(user)) return to.refuse(problem_code::forbidden);
      return run(return_issue(service, coupon, user, request.body, who.as_actor(), until));
    case operation::show_coupon:
      return run(show_coupon(service, coupon, until));
    case operation::list_coupons:
      return run(list_coupons(lists_, request.query, until));
    case operation::create_coupon:
      return run(create_coupon(service, request.body, who.as_actor(), request.idempotency_key, until));
    case operation::change_coupon:
      return run(change_coupon(service, coupon, request.body, who.as_actor(), until));
    case operation::list_coupon_issues:
      return run(list_coupon_issues(service, coupon, request.query, until));
    case operation::list_actions:
      return run(list_actions(service, request.query, until));
    case operation::list_dead_letters:
      return run(list_dead_letters(service, request.query, until));
    case operation::begin_rehearsal:
      return begin_rehearsal(to, who);
    case operation::tell_health:
      return to.respond(200, json_content_type, R"({"status":"ok"})");
    case operation::tell_readiness:
      return tell_readiness(to, needs_.ready, name_of(needs_.away));
    case operation::tell_metrics:
      return to.respond(200, metrics_content_type, needs_.metrics.to_prometheus());
    case operation::tell_openapi:
      return to.respond(200, json_content_type, openapi_);
    case operation::show_live:
      return run(live_.show(coupon, until));
    case operation::tell_stats:
      return tell_stats(to, who);
    case operation::show_index:
    case operation::show_event_page:
    case operation::show_console:
    case operation::send_widget:
    case operation::send_file:
      return show_page(to, found.to->what);
  }
}

http::application::error_answer application::answer_to(const http::refusal& what) const {
  needs_.metrics.count_request(route_none, http::status_of(what.what));
  answer a = to_answer({code_of(what.what), std::string(what.detail)});
  return {a.content_type, std::move(a.body), std::move(a.extra_headers)};
}

}  // namespace firstcome::api
