#include "faults/shopkeeper.hpp"

#include <boost/json/serialize.hpp>

#include "support/coupon_operations.hpp"
#include "support/eventually.hpp"

namespace firstcome::faults {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::size_t ahead = 4;  // coupons that wait for the crowd: they last while none can be made
constexpr int ok = 200;
constexpr int created = 201;

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
  return testing::eventually(time, [this] {
    bool all = true;
    const std::vector<offer> offers = shop_.offers();
    for (std::size_t n = 0; n < offers.size(); ++n) all = (!offers[n].paused || resume(n, offers[n])) && all;
    return all;
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
  const testing::coupon_wish wish{.quantity = 100 + static_cast<int>(random_() % 800)};
  const auto opened_at = clock::now();
  const auto answer = ask("POST", "/v1/coupons", boost::json::serialize(testing::to_json(wish)));
  if (answer.status != created) return rest(100ms);
  shop_.add({.coupon = answer.number("id"), .quantity = *wish.quantity, .opened_at = opened_at});
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
  one.quantity_changed = true;
  one.quantity += 1 + static_cast<int>(random_() % 200);
  shop_.change(n, one);
  ask("PATCH", "/v1/coupons/" + std::to_string(one.coupon),
      R"({"totalQuantity":)" + std::to_string(one.quantity) + "}");
}

void shopkeeper::pause_for_a_moment(std::size_t n, offer one) {
  one.paused = true;
  shop_.change(n, one);
  ask("PATCH", "/v1/coupons/" + std::to_string(one.coupon), R"({"paused":true})");
  rest(std::chrono::milliseconds(50 + random_() % 700));
  while (!closing_ && !resume(n, one)) rest(100ms);
}

bool shopkeeper::resume(std::size_t n, offer one) {
  if (ask("PATCH", "/v1/coupons/" + std::to_string(one.coupon), R"({"paused":false})").status != ok) return false;
  one.paused = false;
  shop_.change(n, one);
  return true;
}

testing::http_response shopkeeper::ask(const std::string& method, const std::string& target, const std::string& body) {
  testing::http_client door(doors_[random_() % doors_.size()], admin_token_);
  return door.ask({.method = method, .target = target, .body = body});
}

void shopkeeper::rest(std::chrono::milliseconds time) {
  testing::eventually(time, [this] { return closing_.load(); });
}

}  // namespace firstcome::faults
