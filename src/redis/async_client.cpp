#include "redis/async_client.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>

#include "redis/error_reply.hpp"
#include "runtime/log.hpp"

namespace firstcome::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 10ms;
constexpr auto retry_interval = 10ms;   // TRYAGAIN: until the slot's keys have moved
constexpr auto slots_interval = 100ms;  // while a fail-over goes on
constexpr auto slots_timeout = 1000ms;
constexpr int redirections_max = 5;
constexpr auto errors_logged_every = 10s;
constexpr auto silence_max = 1s;  // of a whole cluster, before the URL's names are looked up again

monotonic now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

async_client::async_client(boost::asio::io_context& context, runtime::readiness& sockets, options with)
    : context_(context),
      with_(std::move(with)),
      around_{context, sockets, with_.at, with_.wanted, with_.connect_timeout},
      timer_(context) {
  if (with_.at.cluster)
    for (const node_address& each : with_.at.nodes) connection_to(each);
  else
    add_connection(with_.at.nodes);
}

async_client::~async_client() = default;

void async_client::start() {
  stopped_ = false;
  tick();
}

void async_client::stop() {
  stopped_ = true;
  timer_.cancel();
  for (std::size_t n = 0; n < connections_.size(); ++n) connections_[n]->stop();
  for (std::size_t n = 0; n < calls_.size(); ++n)
    if (calls_[n]->now == async_call::state::waiting)
      if (completion* const to = told(*calls_[n])) to->not_executed("this node stops");
}

void async_client::run(const script& what, texts keys, texts args, monotonic deadline, completion& to) {
  async_call* const call = admitted(keys.empty() ? std::string_view() : keys.front(), deadline, to);
  if (call == nullptr) return;
  call->request.fill(what, keys, args);
  dispatch(*call);
}

void async_client::call(std::string_view key, texts words, monotonic deadline, completion& to) {
  async_call* const call = admitted(key, deadline, to);
  if (call == nullptr) return;
  call->request.fill(words);
  dispatch(*call);
}

async_call* async_client::admitted(std::string_view key, monotonic deadline, completion& to) {
  if (under_way() >= with_.calls_max) {
    refuse_soon(to, "too many calls are under way");
    return nullptr;
  }
  if (free_.empty()) {
    calls_.push_back(std::make_unique<async_call>());
    free_.push_back(calls_.back().get());
  }
  async_call& call = *free_.back();
  free_.pop_back();
  call.to = &to;
  call.slot = with_.at.cluster ? slot_of(key) : 0;
  call.deadline = deadline;
  call.redirections = 0;
  call.elsewhere.reset();
  call.asking = false;
  under_way_.fetch_add(1, std::memory_order_relaxed);
  return &call;
}

void async_client::dispatch(async_call& call) {
  if (place(call)) return tick_soon();
  refuse_soon(*told(call), "no connection to the master");
}

/// True: it is on its way.
bool async_client::place(async_call& call) {
  async_connection* const master = route(call);
  if (stopped_ || master == nullptr || !master->ready() || !master->send(call)) return false;
  call.now = async_call::state::under_way;
  return true;
}

void async_client::refuse_soon(completion& to, const char* why) {
  refused_.emplace_back(&to, why);
  if (refused_.size() > 1) return;
  boost::asio::post(context_, [this] {
    for (const auto& [whom, reason] : std::exchange(refused_, {})) whom->not_executed(reason);
  });
}

/// Ends the call; who is to be told, if anybody still is.
completion* async_client::told(async_call& call) {
  call.now = async_call::state::free;
  free_.push_back(&call);
  under_way_.fetch_sub(1, std::memory_order_relaxed);
  return std::exchange(call.to, nullptr);
}

void async_client::on_answer(async_connection& by, async_call& call, reply_view answer) {
  if (answer.is_error() && call.to != nullptr) return on_error(by, call, answer.text());
  if (completion* const to = told(call)) to->replied(answer);
}

void async_client::on_error(async_connection& by, async_call& call, std::string_view error) {
  const error_kind kind = kind_of(error);
  switch (kind) {
    case error_kind::moved:
    case error_kind::ask:
      if (with_.at.cluster && ++call.redirections <= redirections_max)
        return follow(by, call, error, kind == error_kind::moved);
      break;
    case error_kind::try_again:
      return wait(call, now() + retry_interval);
    case error_kind::no_script:
      if (call.request.send_in_full() && by.send(call)) return;
      break;
    case error_kind::read_only:
      by.drop("has become a replica");
      break;
    case error_kind::cluster_down:
      slots_doubted_ = true;
      break;
    case error_kind::loading:
    case error_kind::master_down:
    case error_kind::refused:
      break;
    case error_kind::perhaps_executed:
      log_error(by, error);
      return told(call)->unknown(error);
  }
  log_error(by, error);
  told(call)->not_executed(error);
}

/// What Redis says and nobody else will: its memory or its disk is full, a right is missing, a script failed.
void async_client::log_error(const async_connection& by, std::string_view error) {
  const monotonic at = now();
  if (at < log_error_at_) return;
  log_error_at_ = at + errors_logged_every;
  runtime::log::warn("Redis refuses", {{"node", to_string(by.node())}, {"error", error}});
}

void async_client::follow(async_connection& by, async_call& call, std::string_view error, bool for_good) {
  const auto redirection = redirection_of(error, by.node());
  if (!redirection) return told(call)->not_executed(error);
  if (for_good) {
    if (slots_) slots_->move(redirection->slot, redirection->to);
    slots_doubted_ = true;
  }
  connection_to(redirection->to);
  call.asking = !for_good;
  call.elsewhere = redirection->to;
  if (!place(call)) wait(call, now());
}

void async_client::wait(async_call& call, monotonic until) {
  call.now = async_call::state::waiting;
  call.retry_at = until;
  tick_soon();
}

void async_client::on_lost(async_call& call, bool sent) {
  completion* const to = told(call);
  if (to == nullptr) return;
  if (sent)
    to->unknown("the connection was lost");
  else
    to->not_executed("the connection was lost before it was sent");
}

void async_client::on_ready(async_connection& which) {
  logged_.clear();
  runtime::log::info("connected to Redis", {{"node", to_string(which.node())}});
  note_connected();
  tick_soon();
}

void async_client::on_down(async_connection& which, const std::string& why) {
  slots_doubted_ = true;
  note_connected();
  if (stopped_) return;
  if (is_wanted(which) && why != logged_) runtime::log::warn("no connection to Redis", {{"why", why}});
  logged_ = why;
  tick_soon();
}

async_connection* async_client::route(const async_call& call) {
  if (!with_.at.cluster) return connections_.front().get();
  if (call.to == this) return asked_for_slots_;
  if (call.elsewhere) return &connection_to(*call.elsewhere);
  const node_address* const owner = slots_ ? slots_->owner(call.slot) : nullptr;
  return owner == nullptr ? nullptr : &connection_to(*owner);
}

async_connection& async_client::connection_to(const node_address& node) {
  for (const auto& each : connections_)
    if (each->node() == node) return *each;
  return add_connection({node});
}

async_connection& async_client::add_connection(std::vector<node_address> hosts) {
  async_connection::listener& me = *this;
  connections_.push_back(std::make_unique<async_connection>(around_, std::move(hosts), me));
  tick_soon();
  return *connections_.back();
}

/// Without a map everybody is; with it the masters, and whom somebody was redirected to.
bool async_client::is_wanted(const async_connection& one) const {
  if (!slots_) return true;
  const auto& masters = slots_->masters();
  return std::find(masters.begin(), masters.end(), one.node()) != masters.end() ||
         std::any_of(calls_.begin(), calls_.end(), [&](const auto& each) {
           return each->now == async_call::state::waiting && each->elsewhere == one.node();
         });
}

void async_client::note_connected() {
  bool all = slots_ ? slots_->complete() : !with_.at.cluster;
  for (const auto& each : connections_) all = all && (each->ready() || !is_wanted(*each));
  connected_.store(all, std::memory_order_relaxed);
}

/// Everybody may have moved, under the names that were given. Without a map they are all tried, and looked up again.
void async_client::forget_a_silent_cluster(monotonic now) {
  const bool anybody =
      std::any_of(connections_.begin(), connections_.end(), [](const auto& one) { return one->ready(); });
  if (anybody || !slots_) silent_since_ = now;
  if (!with_.at.cluster || now - silent_since_ < silence_max) return;
  slots_.reset();
  slots_doubted_ = true;
}

/// Asks one after the other: who is cut off from the rest does not know better.
void async_client::load_slots(monotonic now) {
  if (!with_.at.cluster || asked_for_slots_ != nullptr || now < slots_due_) return;
  if (!slots_doubted_ && connected()) return;
  slots_due_ = now + slots_interval;
  for (std::size_t n = 0; n < connections_.size() && asked_for_slots_ == nullptr; ++n) {
    async_connection& next = *connections_[next_to_ask_++ % connections_.size()];
    if (next.ready()) asked_for_slots_ = &next;
  }
  if (asked_for_slots_ != nullptr)
    call("", std::array<std::string_view, 2>{"CLUSTER", "SLOTS"}, now + slots_timeout, *this);
}

void async_client::replied(reply_view slots) {
  const async_connection& asked = *std::exchange(asked_for_slots_, nullptr);
  auto map = slot_map::from_reply(slots, asked.node());
  if (!map) return;
  slots_doubted_ = !map->complete();
  slots_ = std::move(map);
  for (const node_address& each : slots_->masters()) connection_to(each);
  note_connected();
}

void async_client::not_executed(std::string_view why) {
  unknown(why);
}

void async_client::unknown(std::string_view why) {
  asked_for_slots_ = nullptr;
  if (why != logged_ && !stopped_) runtime::log::warn("no map of the Redis Cluster", {{"why", why}});
  logged_ = why;
}

void async_client::tick_soon() {
  if (ticking_ || stopped_) return;
  ticking_ = true;
  timer_.expires_after(tick_interval);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    ticking_ = false;
    if (!cancelled && !stopped_) tick();
  });
}

void async_client::tick() {
  const monotonic at = now();
  for (std::size_t n = 0; n < connections_.size(); ++n) connections_[n]->tick(at, is_wanted(*connections_[n]));
  forget_a_silent_cluster(at);
  load_slots(at);
  for (std::size_t n = 0; n < calls_.size(); ++n) tick_call(*calls_[n], at);  // they may make new ones
  note_connected();
  if (under_way() > 0 || !connected()) tick_soon();
}

void async_client::tick_call(async_call& call, monotonic at) {
  const bool waits = call.now == async_call::state::waiting;
  if (call.now == async_call::state::free) return;
  if (call.to != nullptr && call.deadline <= at) {
    if (waits) return told(call)->not_executed("no time was left to try again");
    std::exchange(call.to, nullptr)->unknown("no answer by the deadline");
  } else if (waits && call.retry_at <= at) {
    place(call);
  }
  if (call.now == async_call::state::under_way && call.deadline + with_.stall_max <= at)
    call.at->drop("does not answer any more");
}

}  // namespace firstcome::redis
