#include "redis/session.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <thread>

#include "redis/command.hpp"
#include "redis/error_reply.hpp"
#include "redis/handshake.hpp"
#include "redis/node_pool.hpp"

namespace firstcome::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_before_asking_again = 20ms;  // TRYAGAIN, CLUSTERDOWN, LOADING: what Redis waits for takes longer
constexpr int redirections_of_a_call_max = 16;    // more only come from nodes that disagree for ever

std::string asking_command() {
  std::string bytes;
  constexpr std::array<std::string_view, 1> words{"ASKING"};
  append_command(bytes, words);
  return bytes;
}

}  // namespace

struct session::implementation {
  explicit implementation(const options& with)
      : reply_timeout(with.reply_timeout),
        contact(with.contact),
        pool(with.at, {with.connect_timeout, with.reply_timeout, with.wanted}) {}

  const std::chrono::milliseconds reply_timeout;
  runtime::contact* const contact;
  node_pool pool;

  // The one call, until it is answered: it may be retried.
  command request;
  std::optional<int> slot;      // nothing: any master will do
  connection* asked = nullptr;  // who owes the answer
  bool asking = false;          // and one to ASKING before it
  int redirections = 0;         // without a pause

  void begin(std::string_view key);
  reply conclude();
  bool try_again(const reply& error, runtime::deadline end);
  void redirect(const reply& error, bool for_good, runtime::deadline end);
  void send_to(connection& whom, bool with_asking = false);
  std::vector<reply> run_together(const script& what, std::span<const script_call> calls);
  reply receive(runtime::deadline end);
  void drop();
  template <class Work>
  auto telling(Work work);
  runtime::deadline end_of_call() const;
  runtime::deadline end_of_answer() const;
};

/// Tells whether Redis answered. What was not asked, for want of time, tells nothing.
template <class Work>
auto session::implementation::telling(Work work) {
  if (contact == nullptr) return work();
  try {
    auto answer = work();
    contact->answered();
    return answer;
  } catch (const runtime::deadline_passed&) {
    throw;
  } catch (const store_unavailable&) {
    contact->failed();
    throw;
  }
}

/// From here on it is sent.
runtime::deadline session::implementation::end_of_call() const {
  const runtime::deadline until = pool.until();
  const monotonic now = std::chrono::steady_clock::now();
  if (until.passed(now)) throw runtime::deadline_passed("Redis was not asked: the time for it was over");
  return earlier(runtime::deadline::after(reply_timeout, now), until);
}

/// It was sent already.
runtime::deadline session::implementation::end_of_answer() const {
  return earlier(runtime::deadline::after(reply_timeout), pool.until());
}

void session::implementation::begin(std::string_view key) {
  if (asked != nullptr) drop();
  slot = pool.cluster() && !key.empty() ? std::optional(slot_of(key)) : std::nullopt;
  send_to(pool.owner(slot, end_of_call()));
}

reply session::implementation::conclude() {
  const runtime::deadline end = end_of_answer();
  redirections = 0;
  for (;;) {
    reply answer = receive(end);
    if (answer.is_error() && try_again(answer, end)) continue;
    asked = nullptr;
    return answer;
  }
}

/// True: the command was surely not executed, and has been sent again. False: the error is the answer.
bool session::implementation::try_again(const reply& error, runtime::deadline end) {
  const error_kind kind = kind_of(error.text());
  switch (kind) {
    case error_kind::refused:
    case error_kind::perhaps_executed:
      return false;
    case error_kind::no_script:
      if (!request.send_in_full()) return false;
      send_to(*asked);
      return true;
    case error_kind::moved:
    case error_kind::ask:
      redirect(error, kind == error_kind::moved, end);
      return true;
    case error_kind::read_only:
      drop();  // a replica now: the next call looks for the master
      throw store_unavailable(std::string(error.text()));
    case error_kind::try_again:
    case error_kind::cluster_down:
    case error_kind::loading:
    case error_kind::master_down:
      break;
  }
  asked = nullptr;
  redirections = 0;
  if (end.left() <= pause_before_asking_again) throw store_unavailable(std::string(error.text()));
  std::this_thread::sleep_for(pause_before_asking_again);
  if (kind == error_kind::cluster_down) pool.forget_slots();
  send_to(pool.owner(slot, end));
  return true;
}

void session::implementation::redirect(const reply& error, bool for_good, runtime::deadline end) {
  const node_address from = asked->node();
  asked = nullptr;
  const auto to = redirection_of(error.text(), from);
  if (!pool.cluster() || !to)
    throw misconfigured("Redis at " + to_string(from) +
                        " is a node of a cluster: use redis+cluster:// in the Redis URL");
  if (++redirections > redirections_of_a_call_max)
    throw store_unavailable("the nodes of the Redis Cluster disagree: " + std::string(error.text()));
  if (for_good) pool.moved(to->slot, to->to, end);
  send_to(pool.at(to->to), !for_good);
}

void session::implementation::send_to(connection& whom, bool with_asking) {
  asked = &whom;
  asking = with_asking;
  try {
    whom.limit_writes(std::min(reply_timeout, pool.until().left()));
    if (with_asking) whom.send(asking_command());
    whom.send(request.bytes());
  } catch (const store_unavailable&) {
    drop();
    throw;
  }
}

reply session::implementation::receive(runtime::deadline end) {
  try {
    if (asking) asked->receive(end);
    asking = false;
    return asked->receive(end);
  } catch (const store_unavailable&) {
    drop();
    throw;
  }
}

/// What is still to come on that connection must not be taken for the answer to something else.
void session::implementation::drop() {
  pool.drop(*asked);
  asked = nullptr;
}

/// The answers of each connection come in the order in which it was asked. When one fails, none of them may be used
/// again: they owe answers.
std::vector<reply> session::implementation::run_together(const script& what, std::span<const script_call> calls) {
  if (asked != nullptr) drop();
  std::vector<int> slots;
  for (const script_call& one : calls) slots.push_back(slot_of(one.keys.front()));
  const std::vector<connection*> whom = pool.owners(slots, end_of_call());
  std::vector<reply> replies;
  try {
    for (std::size_t n = 0; n < calls.size(); ++n) {
      const arguments keys(calls[n].keys.begin(), calls[n].keys.end());
      const arguments args(calls[n].args.begin(), calls[n].args.end());
      request.fill(what, keys, args);
      whom[n]->limit_writes(std::min(reply_timeout, pool.until().left()));
      whom[n]->send(request.bytes());
    }
    const runtime::deadline end = end_of_answer();
    for (connection* const one : whom) replies.push_back(one->receive(end));
  } catch (...) {
    pool.drop_all();
    throw;
  }
  return replies;
}

session::session(options with) : state_(std::make_unique<implementation>(with)) {}

session::~session() = default;

void session::until(runtime::deadline last) {
  state_->pool.until(last);
}

reply session::call(std::string_view key, const arguments& command) {
  return state_->telling([&] {
    state_->request.fill(command);
    state_->begin(key);
    return state_->conclude();
  });
}

reply session::run(const script& what, const arguments& keys, const arguments& args) {
  return state_->telling([&] {
    state_->request.fill(what, keys, args);
    state_->begin(keys.empty() ? std::string_view() : keys.front());
    return state_->conclude();
  });
}

namespace {

arguments views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

void session::run_each(const script& what, std::span<const script_call> calls, const std::function<void(reply)>& each) {
  constexpr std::size_t under_way_max = 256;
  const auto ask = [&](const script_call& one) { return run(what, views_of(one.keys), views_of(one.args)); };
  if (calls.empty()) return;
  each(ask(calls.front()));  // from here on Redis knows the script
  for (calls = calls.subspan(1); !calls.empty();) {
    const auto some = calls.first(std::min(calls.size(), under_way_max));
    calls = calls.subspan(some.size());
    std::vector<reply> replies = state_->telling([&] { return state_->run_together(what, some); });
    for (std::size_t n = 0; n < some.size(); ++n) {
      const bool again = replies[n].is_error() && surely_not_executed(kind_of(replies[n].text()));
      each(again ? ask(some[n]) : std::move(replies[n]));
    }
  }
}

}  // namespace firstcome::redis
