#include "sim/distributed/api_node.hpp"

#include "issuing/answer_queue.hpp"
#include "worker/operator_change.hpp"

namespace firstcome::sim {

using auditor::outcome;
using issuing::issue_call;

bool sim_lender::run(work what, failure failed) {
  of_.spawn([this, what = std::move(what), failed = std::move(failed)] {
    auto& mine = around_.sessions.emplace_back(
        std::make_unique<session>(around_.time, around_.lines, of_, around_.servers, ways_, around_.latency));
    try {
      what(mine->use);
    } catch (const std::exception&) {
      failed(std::current_exception());
    }
  });
  return true;
}

namespace {

/// The end of a loop's turn.
constexpr microseconds one_turn = 5us;

/// Answers on the loop, soon.
class home_queue final : public issuing::answer_queue {
 public:
  explicit home_queue(process& of) : of_(of) {}

  void deliver(issuing::call_list&& answered) override {
    arrived_.splice(arrived_.end(), answered);
    of_.after(one_turn, [this] {
      while (!arrived_.empty()) {
        issue_call& call = arrived_.front();
        arrived_.pop_front();
        call.on_answer();
      }
    });
  }

 private:
  process& of_;
  issuing::call_list arrived_;
};

heard heard_of(const result<issue_decision>& answer) {
  if (!answer) return {answer.error() == errc::overloaded ? outcome::overloaded : outcome::unknown};
  switch (answer->what) {
    case verdict::admitted:
    case verdict::already_issued:
      return {outcome::yes, answer->record.sequence};
    case verdict::sold_out:
      return {outcome::sold_out};
    case verdict::paused:
      return {outcome::paused};
    case verdict::not_started:
      return {outcome::not_started};
    case verdict::ended:
      return {outcome::ended};
    case verdict::coupon_not_found:
      break;
  }
  throw std::logic_error("a coupon that is there was not found");
}

}  // namespace

struct api_node::loop {
  loop(const distributed_surroundings& around, process& of, store_ways& ways, issuing::gate_clock& clock)
      : home(of),
        channel(std::make_shared<sim_channel>(sim_channel::surroundings{around.time, around.lines, of, around.servers,
                                                                        ways.redis, clock, around.latency, around.bug,
                                                                        around.on_admitted})) {}

  home_queue home;
  std::shared_ptr<sim_channel> channel;
};

struct api_node::request final : issue_call {
  request(loop& at, coupon_id coupon, user_id user, monotonic deadline, crowd::reply answer)
      : issue_call(at.home, coupon, user, deadline), tell(std::move(answer)) {}

  void on_answer() override { end(heard_of(answer)); }
  void end(heard what) {
    if (!std::exchange(over, true)) tell(what);
  }

  crowd::reply tell;
  bool over = false;
};

struct api_node::living {
  living(const distributed_surroundings& around, process& of, store_ways& ways)
      : machine(of),
        clock(machine),
        lender(around, of, ways),
        keeper(
            lender, [&of] { return std::make_unique<process_pace>(of); }, of.random().next(),
            [](coupon_id, const worker::care_report&) {}),
        issuer(keeper, machine, options_of(around.bug)) {
    for (auto& one : loops) {
      one = std::make_unique<loop>(around, of, ways, clock);
      issuer.add_loop({&one->home, *one->channel, [&of](std::function<void()> what) { of.after(one_turn, what); }});
    }
  }

  static issuing::distributed_issuer::options options_of(planted bug) {
    return {.reply_timeout = std::chrono::milliseconds(bug == planted::waits_for_ever ? 60'000 : 1'000)};
  }

  process_pace machine;
  issuing::gate_clock clock;
  sim_lender lender;
  issuing::store_gate_keeper keeper;
  std::deque<request> requests;  // outlives whatever they stand in
  std::array<std::unique_ptr<loop>, 2> loops;
  issuing::distributed_issuer issuer;
  std::size_t next_loop = 0;
};

api_node::api_node(const distributed_surroundings& around, random_source random, std::string name)
    : around_(around), self_(around.time, random, std::move(name)) {}

api_node::~api_node() {
  kill();
}

void api_node::start() {
  self_.start();
  now_ = std::make_unique<living>(around_, self_, ways_);
}

void api_node::kill() {
  self_.kill();
  now_.reset();
}

void api_node::issue(coupon_id coupon, user_id user, crowd::reply answer) {
  if (!self_.alive()) return;  // nobody listens; the client finds out
  self_.after(0us, [this, coupon, user, answer = std::move(answer)] {
    const bool patient = around_.bug == planted::waits_for_ever;
    loop& at = *now_->loops[now_->next_loop++ % now_->loops.size()];
    const monotonic deadline = patient ? monotonic::max() : self_.time() + request_timeout;
    request& one = now_->requests.emplace_back(at, coupon, user, deadline, answer);
    if (now_->issuer.issue(one)) return one.on_answer();
    if (patient) return;
    self_.after(request_timeout, [this, &one] {
      if (!one.over) one.end({now_->issuer.withdraw(one) ? outcome::overloaded : outcome::unknown});
    });
  });
}

void api_node::change(coupon_id coupon, const coupon_change& what,
                      std::function<void(result<firstcome::coupon>)> done) {
  if (!self_.alive()) return;
  const auto work = [this, coupon, what, done](issuing::stores& use) {
    process_pace time(self_);
    worker::recovery care(*use.gate, *use.ledger, time);
    worker::operator_change operators(*use.gate, *use.ledger, time, care);
    done(operators.change(coupon, what));
  };
  now_->lender.run(work, [done](std::exception_ptr) { done(errc::unavailable); });
}

}  // namespace firstcome::sim
