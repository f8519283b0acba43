#include "api/rehearsals.hpp"

#include "api/idempotency.hpp"
#include "api/json_out.hpp"

namespace firstcome::api {
namespace {

/// Without a window: a request that is repeated is the same one, whenever it comes.
coupon_draft draft_of(const rehearsal_wish& wish) {
  coupon_draft draft;
  draft.title = std::string(rehearsals::title_mark) + std::to_string(wish.users) + " users in " +
                std::to_string(wish.seconds) + " s for " + std::to_string(wish.total_quantity);
  draft.coupon_type = rehearsals::coupon_type;
  draft.total_quantity = wish.total_quantity;
  return draft;
}

const problem another_runs{problem_code::rehearsal_running, {}};
const problem node_stops{problem_code::overloaded, "Nothing was done: the node is stopping."};

}  // namespace

/// Held while a coupon is being made; given back however that ends.
class rehearsals::place {
 public:
  explicit place(rehearsals& of) : owner_(&of) {}
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place() { owner_->leave_without_a_crowd(); }

 private:
  rehearsals* owner_;
};

async_answer rehearsals::begin(std::string_view body, actor by, std::optional<std::string_view> key_sent,
                               boost::asio::any_io_executor on, runtime::completion_queue& origin_loop,
                               runtime::deadline until) {
  const reading<rehearsal_wish> wish = read_rehearsal_body(body);
  if (!wish) co_return to_answer(wish.error());
  coupon_draft draft = draft_of(*wish);
  const reading<std::optional<idempotency_key>> key = read_idempotency_key(key_sent, draft);
  if (!key) co_return to_answer(key.error());
  const admission entered = enter(*key);
  if (entered == admission::another_runs) co_return to_answer(another_runs);
  if (entered == admission::node_stops) co_return to_answer(node_stops);
  std::optional<place> held;
  if (entered == admission::may_begin) held.emplace(*this);
  const timestamp opens = coupons_.now() + opens_after;
  draft.window = {opens, opens + stays_open};
  issuing::async_result_of<coupon> creating = coupons_.create(draft, by, *key, until);
  const result<coupon> made = co_await std::move(creating);
  // One that a key has found was made before, and had its crowd then.
  if (made && held && made->window.start == opens) send_crowd(*made, *wish, on, origin_loop);
  co_return to_creation_answer(made, coupons_.now());
}

rehearsals::admission rehearsals::enter(const std::optional<idempotency_key>& key) {
  const std::lock_guard locked(lock_);
  if (closed_) return admission::node_stops;
  const bool runs = being_made_ || (crowd_ && !crowd_->is_over());
  if (runs && key && key->key == key_) return admission::repeats_the_running;
  if (runs) return admission::another_runs;
  being_made_ = true;
  key_ = key ? key->key : std::string();
  return admission::may_begin;
}

void rehearsals::leave_without_a_crowd() {
  const std::lock_guard locked(lock_);
  being_made_ = false;
}

void rehearsals::send_crowd(const coupon& made, const rehearsal_wish& wish, boost::asio::any_io_executor on,
                            runtime::completion_queue& origin_loop) {
  const made_up_crowd::context context{issuer_, metrics_, clock_, origin_loop, std::move(on)};
  const auto crowd = std::make_shared<made_up_crowd>(context, made.id, wish.users, std::chrono::seconds(wish.seconds));
  const std::lock_guard locked(lock_);
  if (closed_ || (crowd_ && crowd_->coupon() == made.id)) return;
  crowd_ = crowd;
  crowd_->come();
}

std::string rehearsals::to_json() const {
  const std::lock_guard locked(lock_);
  if (!crowd_) return R"({"running":false})";
  std::string text = crowd_->is_over() ? R"({"running":false,"couponId":)" : R"({"running":true,"couponId":)";
  append_id(text, raw(crowd_->coupon()));
  text += R"(,"users":)";
  append_integer(text, crowd_->users());
  text += R"(,"answered":)";
  append_integer(text, crowd_->answered());
  text += R"(,"admitted":)";
  append_integer(text, crowd_->admitted());
  return text += '}';
}

void rehearsals::close() {
  const std::lock_guard locked(lock_);
  closed_ = true;
  if (crowd_) crowd_->leave();
}

bool rehearsals::quiet() const {
  const std::lock_guard locked(lock_);
  return !crowd_ || crowd_->is_over();
}

}  // namespace firstcome::api
