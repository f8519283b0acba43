#include "api/issue_handlers.hpp"

#include "api/json_out.hpp"

namespace firstcome::api {
namespace {

constexpr int created = 201;
constexpr int accepted = 202;
constexpr int ok = 200;

/// The user that a request is for: the token's, or the one that it names. Both there: they must be the same.
reading<user_id> user_of(const caller& who, std::optional<user_id> named) {
  if (!named && !who.user)
    return problem{
        problem_code::malformed_request,
        "userId is missing: it must be a whole number from 1 to 9223372036854775807, or the same as decimal text."};
  if (named && !who.may_act_for(*named))
    return problem{problem_code::forbidden, "The token belongs to another user than userId."};
  return named ? *named : *who.user;
}

template <class Text>
void append(Text& out, std::string_view text) {
  out.append(text.data(), text.size());
}

void respond_with_record(routed_exchange to, bool is_new, const issue_record& record) {
  small_text body, location;
  api::append(body, record);
  if (!is_new) return to.respond(ok, json_content_type, view(body));
  append(location, "Location: /v1/coupons/");
  append_integer(location, raw(record.coupon));
  append(location, "/issues/");
  append_integer(location, raw(record.user));
  append(location, "\r\n");
  to.respond(record.status == issue_status::accepted ? accepted : created, json_content_type, view(body),
             view(location));
}

void respond_not_started(routed_exchange to, timestamp window_start, timestamp now) {
  const auto wait = std::chrono::ceil<std::chrono::seconds>(window_start - now).count();
  small_text retry_after;
  append(retry_after, "Retry-After: ");
  append_integer(retry_after, std::max<std::int64_t>(1, wait));
  append(retry_after, "\r\n");
  to.refuse(problem_code::not_started, view(retry_after));
}

void respond(routed_exchange to, const issue_decision& decision, timestamp now) {
  if (is_yes(decision.what)) return respond_with_record(to, decision.what == verdict::admitted, decision.record);
  if (decision.what == verdict::not_started) return respond_not_started(to, decision.window_start, now);
  to.refuse(code_of(decision.what));
}

/// The original service's words, to the letter. It knows no pause: that answers as the window does.
std::string_view original_body(verdict what) {
  switch (what) {
    case verdict::coupon_not_found:
      return R"({"isSuccess":false,"comment":"존재하지 않는 쿠폰입니다."})";
    case verdict::returned:  // it knows no return: the user had one
    case verdict::already_issued:
      return R"({"isSuccess":false,"comment":"이미 발급된 쿠폰입니다."})";
    case verdict::paused:
    case verdict::not_started:
    case verdict::ended:
      return R"({"isSuccess":false,"comment":"쿠폰 발급 기간이 유효하지 않습니다."})";
    case verdict::sold_out:
      return R"({"isSuccess":false,"comment":"쿠폰 발급 수량이 유효하지 않습니다."})";
    case verdict::admitted:
      return R"({"isSuccess":true})";
  }
  return {};
}

}  // namespace

/// One request that was handed to the issuer. Lives inside the exchange until it is answered.
class issue_handlers::pending_issue final : public issuing::issue_call, public http::pending_work {
 public:
  pending_issue(issue_handlers& handlers, routed_exchange to, coupon_id for_coupon, user_id for_user, contract contract)
      : issue_call(to.x.answers(), for_coupon, for_user, to.x.deadline()),
        handlers_(handlers),
        exchange_(to),
        contract_(contract),
        begun_at_(handlers.clock_.monotonic_now()) {}

  void on_answer() override {
    const auto took = handlers_.clock_.monotonic_now() - begun_at_;
    // Responding destroys this call: what is needed for it is copied first.
    const routed_exchange to = exchange_;
    const result<issue_decision> said = answer;
    if (!said) {
      const errc why = said.error() == errc::overloaded ? errc::overloaded : errc::unavailable;
      to.metrics.count_issue_failure(why, took);
      return abandoned_ ? to.end_unheard() : handlers_.refuse(to, why);
    }
    to.metrics.count_issue(said->what, took);
    if (abandoned_) return to.end_unheard();
    if (contract_ == contract::original) return to.respond(ok, json_content_type, original_body(said->what));
    respond(to, *said, handlers_.clock_.now());
  }

  bool withdraw() override {
    abandoned_ = !handlers_.issuer_.withdraw(*this);
    if (abandoned_) return false;
    exchange_.metrics.count_issue_failure(errc::overloaded, handlers_.clock_.monotonic_now() - begun_at_);
    return true;
  }

 private:
  issue_handlers& handlers_;
  const routed_exchange exchange_;
  const contract contract_;
  const monotonic begun_at_;
  bool abandoned_ = false;  // the deadline has passed, and the client heard that the outcome is unknown
};

/// When a store is away, the answer names it and says nothing of a crowd.
void issue_handlers::refuse(routed_exchange to, errc why) const {
  const char* const away = name_of(away_);
  if (away == nullptr || why != errc::overloaded) return to.refuse(code_of(why));
  to.refuse({code_of(why),
             std::string("Nothing was done. ") + away + " does not answer. Try again after Retry-After seconds."});
}

void issue_handlers::ask(routed_exchange to, wish what, contract contract) {
  auto& call = to.x.emplace_state<pending_issue>(*this, to, what.coupon, what.user, contract);
  if (issuer_.issue(call)) return call.on_answer();
  to.x.set_pending(&call);
}

bool issue_handlers::serves(const route_match& found) {
  return found.to->what == operation::issue || found.to->what == operation::issue_originally;
}

issue_handlers::contract issue_handlers::contract_of(const route_match& found) {
  return found.to->what == operation::issue ? contract::ours : contract::original;
}

reading<issue_handlers::wish> issue_handlers::read(routed_exchange to, const route_match& found, const caller& who) {
  const std::string_view body = to.x.request().body;
  wish what{.coupon = static_cast<coupon_id>(found.ids[0])};
  std::optional<user_id> named;
  if (contract_of(found) == contract::original) {
    const reading<original_issue_body> sent = read_original_issue_body(body);
    if (!sent) return sent.error();
    what.coupon = sent->coupon;
    named = sent->user;
  } else if (!body.empty() || !who.user) {  // otherwise the token says who
    const reading<std::optional<user_id>> sent = read_issue_body(body);
    if (!sent) return sent.error();
    named = *sent;
  }
  const reading<user_id> user = user_of(who, named);
  if (!user) return user.error();
  what.user = *user;
  return what;
}

void issue_handlers::issue(routed_exchange to, const route_match& found, const caller& who) {
  const reading<wish> what = read(to, found, who);
  if (!what) return to.refuse(what.error());
  ask(to, *what, contract_of(found));
}

sold_out_view issue_handlers::look(routed_exchange to, const route_match& found, user_id claimed) {
  const reading<wish> what = read(to, found, caller{.user = claimed});
  return what ? issuer_.look(to.x.answers(), what->coupon, what->user) : sold_out_view::no;
}

void issue_handlers::say_sold_out(routed_exchange to, const route_match& found) const {
  to.metrics.count_issue(verdict::sold_out, {});
  if (contract_of(found) == contract::ours) return to.refuse(problem_code::sold_out);
  to.respond(ok, json_content_type, original_body(verdict::sold_out));
}

}  // namespace firstcome::api
