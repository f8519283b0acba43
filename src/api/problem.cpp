#include "api/problem.hpp"

#include <array>
#include <random>

#include "api/json_out.hpp"

namespace firstcome::api {
namespace {

constexpr std::size_t codes = static_cast<std::size_t>(problem_code::unavailable) + 1;

std::array<std::string, codes> make_usual_bodies() {
  std::array<std::string, codes> bodies;
  for (std::size_t i = 0; i < codes; ++i) bodies[i] = body_of({static_cast<problem_code>(i), {}});
  return bodies;
}

}  // namespace

problem_kind describe(problem_code code) {
  switch (code) {
    case problem_code::malformed_request:
      return {400, "malformed_request", "The request is malformed", "The request cannot be understood."};
    case problem_code::unauthorized:
      return {401, "unauthorized", "A valid token is needed", "The bearer token is missing or not valid here."};
    case problem_code::forbidden:
      return {403, "forbidden", "This is not for you", "The token is known, but its role may not do this here."};
    case problem_code::not_found:
      return {404, "not_found", "Nothing is here", "There is nothing at this path."};
    case problem_code::coupon_not_found:
      return {404, "coupon_not_found", "There is no such coupon", "No coupon has this id."};
    case problem_code::issue_not_found:
      return {404, "issue_not_found", "The user has no such coupon", "This coupon was not issued to this user."};
    case problem_code::method_not_allowed:
      return {405, "method_not_allowed", "The method is not allowed",
              "The Allow header names the methods of this path."};
    case problem_code::request_timeout:
      return {408, "request_timeout", "The request took too long", "The request did not arrive completely in time."};
    case problem_code::length_required:
      return {411, "length_required", "The body needs a length",
              "The request must have a Content-Length, or Transfer-Encoding: chunked."};
    case problem_code::sold_out:
      return {409, "sold_out", "The coupon is sold out", "The whole quantity is issued."};
    case problem_code::not_started:
      return {409, "not_started", "The coupon is not issued yet", "Its window has not begun."};
    case problem_code::ended:
      return {409, "ended", "The coupon is not issued any more", "Its window has ended."};
    case problem_code::paused:
      return {409, "paused", "The coupon is paused", "An operator has paused it."};
    case problem_code::already_used:
      return {409, "already_used", "The coupon was already used", "This user has already used it."};
    case problem_code::returned:
      return {409, "returned", "The coupon was returned", "This user has returned it, and does not get another one."};
    case problem_code::used_by_another_order:
      return {409, "used_by_another_order", "Another order used the coupon",
              "orderId is not the order that used it, so its use is not undone."};
    case problem_code::quantity_below_issued:
      return {409, "quantity_below_issued", "More coupons are already issued",
              "The total cannot be less than what is issued."};
    case problem_code::rehearsal_running:
      return {409, "rehearsal_running", "A rehearsal is under way",
              "This node takes one rehearsal at a time. Ask again when its crowd has gone; GET /v1/stats says when."};
    case problem_code::content_too_large:
      return {413, "content_too_large", "The body is too large", "The body has more bytes than this path takes."};
    case problem_code::unsupported_media_type:
      return {415, "unsupported_media_type", "The body must be JSON", "The Content-Type must be application/json."};
    case problem_code::invalid_coupon:
      return {422, "invalid_coupon", "The coupon is not valid", "The coupon would break a rule."};
    case problem_code::below_minimum:
      return {422, "below_minimum", "The order is too small",
              "orderAmount is less than the coupon's minAvailableAmount."};
    case problem_code::idempotency_key_reused:
      return {422, "idempotency_key_reused", "The key came before, with another request",
              "This Idempotency-Key made another coupon within a day: send a new key."};
    case problem_code::header_too_large:
      return {431, "header_too_large", "The header is too large",
              "The node takes as many bytes of request line and header as its --max-header-bytes says."};
    case problem_code::overloaded:
      return {503, "overloaded", "Nothing was done",
              "Too much is waiting, or a store does not answer. Try again after Retry-After seconds."};
    case problem_code::unavailable:
      return {503, "unavailable", "The outcome is unknown",
              "A change may have been made. Ask again after Retry-After seconds."};
  }
  return {500, "unknown", "", ""};
}

problem_code code_of(errc why) {
  switch (why) {
    case errc::overloaded:
      return problem_code::overloaded;
    case errc::unavailable:
      return problem_code::unavailable;
    case errc::coupon_not_found:
      return problem_code::coupon_not_found;
    case errc::issue_not_found:
      return problem_code::issue_not_found;
    case errc::already_used:
      return problem_code::already_used;
    case errc::below_minimum:
      return problem_code::below_minimum;
    case errc::quantity_below_issued:
      return problem_code::quantity_below_issued;
    case errc::invalid_coupon:
      return problem_code::invalid_coupon;
    case errc::returned:
      return problem_code::returned;
    case errc::used_by_another_order:
      return problem_code::used_by_another_order;
    case errc::idempotency_key_reused:
      return problem_code::idempotency_key_reused;
  }
  return problem_code::unavailable;
}

problem_code code_of(verdict refusal) {
  switch (refusal) {
    case verdict::coupon_not_found:
      return problem_code::coupon_not_found;
    case verdict::paused:
      return problem_code::paused;
    case verdict::not_started:
      return problem_code::not_started;
    case verdict::ended:
      return problem_code::ended;
    case verdict::sold_out:
      return problem_code::sold_out;
    case verdict::returned:
      return problem_code::returned;
    case verdict::already_issued:
    case verdict::admitted:
      break;  // a bug of the caller: there is no such problem
  }
  return problem_code::unavailable;
}

problem_code code_of(http::protocol_error why) {
  using enum http::protocol_error;
  switch (why) {
    case malformed:
      return problem_code::malformed_request;
    case timed_out:
      return problem_code::request_timeout;
    case length_required:
      return problem_code::length_required;
    case body_too_large:
      return problem_code::content_too_large;
    case header_too_large:
      return problem_code::header_too_large;
    case overloaded:
      return problem_code::overloaded;
    case unavailable:
      return problem_code::unavailable;
  }
  return problem_code::unavailable;
}

std::string body_of(const problem& p) {
  const problem_kind kind = describe(p.code);
  std::string body = R"({"type":"urn:firstcome:problem:)";
  body.append(kind.code).append(R"(","title":)");
  append_string(body, kind.title);
  body.append(R"(,"status":)").append(std::to_string(kind.status)).append(R"(,"detail":)");
  append_string(body, p.detail.empty() ? kind.usual_detail : p.detail);
  body.append(R"(,"code":")").append(kind.code).append("\"}");
  return body;
}

const std::string& usual_body_of(problem_code code) {
  static const std::array<std::string, codes> bodies = make_usual_bodies();
  return bodies[static_cast<std::size_t>(code)];
}

std::string_view jittered_retry_after() {
  static constexpr std::array<std::string_view, 3> lines = {"Retry-After: 1\r\n", "Retry-After: 2\r\n",
                                                            "Retry-After: 3\r\n"};
  thread_local std::minstd_rand random{std::random_device{}()};
  return lines[random() % lines.size()];
}

}  // namespace firstcome::api
