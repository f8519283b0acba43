#include "sim/distributed/api_node.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "issuing/distributed/coupon_service.hpp"
#include "sim/history/node_front.hpp"

namespace firstcome::sim {

bool sim_executor::run(work what, failure failed, runtime::deadline) {
  process_.spawn([this, what = std::move(what), failed = std::move(failed)] {
    auto& mine = context_.sessions.emplace_back(std::make_unique<session>(
        context_.time, context_.lines, process_, context_.servers, ways_, context_.latency, context_.bug));
    mine->gate.looks_up = looks_up_;
    try {
      what(mine->use);
    } catch (const std::exception&) {
      failed(std::current_exception());
    }
    afterwards();
  });
  return true;
}

/// The node's service, and an event loop that turns when one of its coroutines may go on. The loop has no clock: what
/// waits there waits for work on the stores.
struct api_node::desk {
  desk(sim_executor& look_ups, sim_executor& changes, issuing::gate_recovery& recovery, process& of,
       issuing::gate_clock& clock)
      : process_(of),
        service(
            look_ups, changes, recovery, clock, [&of] { return std::make_unique<process_sleeping_clock>(of); },
            std::chrono::milliseconds(0)) {
    look_ups.afterwards = [this] { turn_soon(); };
    changes.afterwards = [this] { turn_soon(); };
  }

  template <class T>
  void begin(issuing::async_result_of<T> work, std::function<void(result<T>)> done) {
    boost::asio::co_spawn(loop_, std::move(work), [done](std::exception_ptr failed, result<T> said) {
      if (failed) std::rethrow_exception(failed);
      done(std::move(said));
    });
    turn_soon();
  }

 private:
  void turn_soon() {
    process_.after(one_turn, [this] {
      loop_.restart();
      loop_.poll();
    });
  }

  process& process_;
  boost::asio::io_context loop_{1};

 public:
  issuing::distributed_coupon_service service;  // goes first
};

struct api_node::loop {
  loop(const distributed_context& context, process& of, store_ways& ways, issuing::gate_clock& clock)
      : origin_loop(of),
        channel(std::make_shared<sim_channel>(sim_channel::context{context.time, context.lines, of, context.servers,
                                                                   ways.redis, clock, context.latency, context.bug,
                                                                   context.on_admitted})) {}

  sim_completion_queue origin_loop;
  std::shared_ptr<sim_channel> channel;
};

struct api_node::living {
  living(const distributed_context& context, process& of, store_ways& ways)
      : machine(of),
        clock(machine),
        executor(context, of, ways),
        look_ups(context, of, ways, true),
        recovery(
            executor, executor, [&of] { return std::make_unique<process_sleeping_clock>(of); }, of.random().next(),
            [&context, &of](coupon_id coupon, const coordination::recovery_report& report) {
              if (report.loss_possible) context.on_loss_reported(coupon, of.name());
            }),
        issuer(recovery, machine, options_of(context.bug)) {
    for (auto& one : loops) {
      one = std::make_unique<loop>(context, of, ways, clock);
      issuer.add_loop(
          {&one->origin_loop, *one->channel, [&of](std::function<void()> what) { of.after(one_turn, what); }});
    }
  }

  static issuing::distributed_issuer::options options_of(planted bug) {
    return {.reply_timeout = std::chrono::milliseconds(bug == planted::waits_for_ever ? 60'000 : 1'000)};
  }

  process_sleeping_clock machine;
  issuing::gate_clock clock;
  sim_executor executor;
  sim_executor look_ups;
  issuing::pooled_gate_recovery recovery;
  std::deque<client_request> requests;  // outlives whatever they stand in
  std::array<std::unique_ptr<loop>, 2> loops;
  issuing::distributed_issuer issuer;
  std::optional<desk> counter;  // when somebody comes to it
  std::size_t next_loop = 0;

  desk& at_desk(process& of) {
    if (!counter) counter.emplace(look_ups, executor, recovery, of, clock);
    return *counter;
  }
};

api_node::api_node(const distributed_context& context, random_source random, std::string name)
    : context_(context), self_(context.time, random, std::move(name)) {}

api_node::~api_node() {
  kill();
}

void api_node::start() {
  self_.start();
  now_ = std::make_unique<living>(context_, self_, ways_);
}

void api_node::kill() {
  self_.kill();
  now_.reset();
}

void api_node::issue(coupon_id coupon, user_id user, crowd::reply answer) {
  if (!self_.alive()) return;  // nobody listens; the client finds out
  self_.after(0us, [this, coupon, user, answer = std::move(answer)] {
    const bool patient = context_.bug == planted::waits_for_ever;
    loop& at = *now_->loops[now_->next_loop++ % now_->loops.size()];
    const runtime::deadline deadline =
        patient ? runtime::deadline::never() : runtime::deadline::after(request_timeout, self_.time());
    client_request& one = now_->requests.emplace_back(at.origin_loop, coupon, user, deadline, answer);
    if (now_->issuer.issue(one)) return one.on_answer();
    if (patient) return;
    self_.after(request_timeout, [this, &one] { one.expire(now_->issuer); });
  });
}

void api_node::take(coupon_id coupon, const life_call& call, holders::reply answer) {
  if (!self_.alive()) return;
  self_.after(0us, [this, coupon, call, answer = std::move(answer)] {
    desk& at = now_->at_desk(self_);
    const auto done = [call, answer](const result<issue_record>& said) { answer(answer_of(call.kind, said)); };
    const user_id user{call.user};
    if (call.kind == auditor::step_kind::look)
      return at.begin<issue_record>(at.service.find(coupon, user, runtime::deadline::never()), done);
    at.begin<issue_record>(at.service.take_step(coupon, user, step_of(call), {}, runtime::deadline::never()), done);
  });
}

void api_node::change(coupon_id coupon, const coupon_change& what,
                      std::function<void(result<firstcome::coupon>)> done) {
  if (!self_.alive()) return;
  self_.after(0us, [this, coupon, what, done = std::move(done)] {
    desk& at = now_->at_desk(self_);
    at.begin<firstcome::coupon>(at.service.change(coupon, what, {}, runtime::deadline::never()), done);
  });
}

}  // namespace firstcome::sim
