#include "faults/shopkeeper.hpp"

#include <boost/json/serialize.hpp>

#include "support/coupon_operations.hpp"
#include "support/eventually.hpp"
#include "support/operator_log.hpp"

namespace firstcome::faults {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::size_t ahead = 4;  // coupons that wait for the crowd: they last while none can be made
constexpr int ok = 200;
constexpr int created = 201;
constexpr int bad_request = 400;  // from here to 499: surely not done
constexpr int internal_error = 500;

}  // namespace

shopkeeper::shopkeeper(shop& goods, std::vector<std::uint16_t> doors, std::string admin_token, std::uint64_t seed)
    : shop_(goods),
      doors_(std::move(doors)),
      admin_token_(std::move(admin_token)),
      random_(seed),
      next_change_(clock::now() + 2s),
      thread_([this] { run(); }) {}

shopkeeper::~shopkeeper() {
  closing_ = true;
  if (thread_.joinable()) thread_.join();
}

bool shopkeeper::close_within(std::chrono::milliseconds time) {
  closing_ = true;
  if (thread_.joinable()) thread_.join();
  const std::vector<offer> offers = shop_.offers();
  std::size_t n = 0;
  return testing::eventually(time, [&] {
    while (n < offers.size() && (!offers[n].paused || resume(n))) ++n;
    return n == offers.size();
  });
}

void shopkeeper::run() {
  while (!closing_) {
    const std::size_t waiting = shop_.coupons_from(shop_.sold_out).size();
    if (waiting < ahead)
      open_one();
    else if (clock::now() >= next_change_)
      change_one();
    rest(20ms);
  }
}

/// Whether it was made is unknown when no answer comes: then nobody ever asks for it.
void shopkeeper::open_one() {
  const testing::coupon_wish wish{.quantity = 100 + static_cast<int>(random_() % 800), .restocks = random_() % 2 == 0};
  const auto opened_at = clock::now();
  const auto answer = ask("POST", "/v1/coupons", boost::json::serialize(testing::to_json(wish)));
  if (answer.status != created) return rest(100ms);
  shop_.add({.coupon = answer.number("id"),
             .quantity = *wish.quantity,
             .restocks = wish.restocks,
             .opened_at = opened_at,
             .told = {.first_total = *wish.quantity}});
}

/// One of those that the crowd is busy with, or has just left.
void shopkeeper::change_one() {
  next_change_ = clock::now() + std::chrono::milliseconds(500 + random_() % 3'000);
  const std::vector<offer> offers = shop_.offers();
  const std::size_t now = std::min<std::size_t>(shop_.sold_out, offers.size() - 1);
  const std::size_t n = now - std::min<std::size_t>(now, random_() % 3);
  ++changes_;
  random_() % 2 == 0 ? raise(n, offers[n]) : pause_for_a_moment(n, offers[n]);
}

void shopkeeper::raise(std::size_t n, offer one) {
  one.quantity += 1 + static_cast<int>(random_() % 200);
  const change made = patch(one, R"({"totalQuantity":)" + std::to_string(one.quantity) + "}");
  if (made.may_be_done) one.told.quantity_changes.push_back({made.invoked_at, made.answered_at, one.quantity});
  shop_.change(n, one);
}

void shopkeeper::pause_for_a_moment(std::size_t n, offer one) {
  one.paused = true;
  const change made = patch(one, R"({"paused":true})");
  if (made.may_be_done) one.told.pauses.push_back({made.invoked_at, made.answered_at, true});
  shop_.change(n, one);
  rest(std::chrono::milliseconds(50 + random_() % 700));
  while (!closing_ && !resume(n)) rest(100ms);
}

bool shopkeeper::resume(std::size_t n) {
  offer one = shop_.offers().at(n);
  const change made = patch(one, R"({"paused":false})");
  if (made.may_be_done) one.told.pauses.push_back({made.invoked_at, made.answered_at, false});
  shop_.change(n, one);
  return made.answered_at != auditor::never;
}

shopkeeper::change shopkeeper::patch(const offer& one, const std::string& body) {
  change made{.invoked_at = testing::history_now()};
  const int status = ask("PATCH", "/v1/coupons/" + std::to_string(one.coupon), body).status;
  if (status == ok) made.answered_at = testing::history_now();
  made.may_be_done = status < bad_request || status >= internal_error;
  return made;
}

testing::http_response shopkeeper::ask(const std::string& method, const std::string& target, const std::string& body) {
  testing::http_client door(doors_[random_() % doors_.size()], admin_token_);
  return door.ask({.method = method, .target = target, .body = body});
}

void shopkeeper::rest(std::chrono::milliseconds time) {
  testing::eventually(time, [this] { return closing_.load(); });
}

}  // namespace firstcome::faults
