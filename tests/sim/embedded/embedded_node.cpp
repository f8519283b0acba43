#include "sim/embedded/embedded_node.hpp"

#include "cli/rebuild.hpp"
#include "issuing/embedded/commands.hpp"

namespace firstcome::sim {

using testing::fault_vfs;

namespace {

constexpr microseconds commit_at_least = 100us;
constexpr microseconds until_restarted = 200ms;
constexpr std::size_t waiting_max = 1000;

/// Small, so that a short history has checkpoints.
ledger::sqlite_ledger_options options_on(const fault_vfs& vfs) {
  return {.folder = "/disk", .vfs = vfs.name(), .wal_bytes_max = 48 << 10, .wal_bytes_idle = 24 << 10};
}

/// A ledger without a coupon: made once, since every history begins with it.
const testing::disk_image& empty_ledger() {
  static const testing::disk_image image = [] {
    fault_vfs vfs;
    { const ledger::sqlite_ledger made(options_on(vfs)); }
    return vfs.disk().as_seen();
  }();
  return image;
}

}  // namespace

/// Each change takes time, before and after it has happened: others run meanwhile, and the process may end.
class embedded_node::slow_writer final : public ledger::writer {
 public:
  slow_writer(ledger::writer& inner, embedded_node& node) : inner_(inner), node_(node) {}

  ledger::commit_outcome commit(std::span<const ledger::new_issue> rows) override {
    pass();
    const ledger::commit_outcome what = inner_.commit(rows);
    node_.lines_.note("node", what == ledger::commit_outcome::committed ? "commits " : "rolls back ", rows.size(),
                      " from ", rows.front().sequence);
    pass();
    return what;
  }
  result<firstcome::coupon> create(const coupon_draft& draft, timestamp now, const actor& by,
                                   const std::optional<idempotency_key>& key) override {
    return inner_.create(draft, now, by, key);
  }
  result<firstcome::coupon> store(const firstcome::coupon& changed, timestamp now, const actor& by) override {
    pass();
    auto stored = inner_.store(changed, now, by);
    pass();
    return stored;
  }
  result<issue_record> take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                 const actor& by) override {
    return inner_.take_step(coupon, user, step, now, by);
  }
  std::vector<result<issue_record>> take_steps(std::span<const ledger::step_request> requests) override {
    pass();
    std::vector<result<issue_record>> taken = inner_.take_steps(requests);
    node_.lines_.note("node", "takes ", requests.size(), " steps");
    pass();
    if (node_.bug_ == planted::loses_what_came_back)
      for (auto& one : taken)
        if (one) one->date_returned.reset();
    return taken;
  }
  void checkpoint_if_due(bool idle) override { inner_.checkpoint_if_due(idle); }

 private:
  void pass() {
    const auto more = node_.commit_at_most_.count();
    node_.self_.sleep(commit_at_least / 2 + microseconds(more > 0 ? node_.self_.random().between(0, more) : 0));
  }
  ledger::writer& inner_;
  embedded_node& node_;
};

class embedded_node::fiber_writer final : public issuing::embedded_writer {
 public:
  fiber_writer(ledger::writer& ledger, gate::gate_table& gates, const runtime::clock& clock, embedded_node& node)
      : embedded_writer(ledger, gates, clock, waiting_max, [](const batch_report&) {}), node_(node) {
    park();
  }

 private:
  void on_wake() override {
    node_.self_.spawn([&node = node_] { node.run_writer(); });
  }
  embedded_node& node_;
};

struct embedded_node::living {
  living(const testing::disk_image& image, embedded_node& node)
      : vfs(image),
        clock(node.self_),
        ledger((vfs.disk().lie_on_sync(node.bug_ == planted::answers_before_fsync), options_on(vfs))),
        slow(ledger.single_writer(), node),
        gates(node.random_.next()),
        origin_loop(node.self_) {
    cli::rebuild_gates(gates, *ledger.open_loader(), "/disk");
    writer.emplace(slow, gates, clock, node);
    issuer.emplace(gates, *writer);
  }

  fault_vfs vfs;
  process_sleeping_clock clock;
  ledger::sqlite_ledger ledger;
  slow_writer slow;
  gate::gate_table gates;
  std::deque<client_request> requests;  // outlives whatever they stand in
  sim_completion_queue origin_loop;
  std::optional<fiber_writer> writer;
  std::optional<issuing::embedded_issuer> issuer;
};

embedded_node::embedded_node(timeline& time, trace& lines, random_source random, const coupon_draft& draft, planted bug)
    : time_(time), lines_(lines), random_(random), self_(time, random.fork("process"), "node"), bug_(bug) {
  fault_vfs vfs(empty_ledger());
  {
    ledger::sqlite_ledger store(options_on(vfs));
    coupon_ = store.single_writer().create(draft, first_day).value().id;
  }
  image_ = vfs.disk().as_seen();
}

embedded_node::~embedded_node() {
  self_.kill();
}

void embedded_node::start() {
  if (self_.alive()) return;
  self_.start();
  try {
    now_ = std::make_unique<living>(image_, *this);
    if (disk_is_full_) fill_disk(true);
    lines_.note("node", "starts");
  } catch (const std::exception& why) {
    broke(why.what());
  }
}

testing::fault_disk* embedded_node::disk() {
  return now_ ? &now_->vfs.disk() : nullptr;
}

void embedded_node::kill(bool power_too) {
  self_.kill();
  if (!now_) return;
  image_ = power_too ? disk()->surviving(random_.next()) : disk()->as_seen();
  now_.reset();
  power_goes_too_ = false;
}

/// Not from inside its own fiber: at once, but after whatever runs now.
void embedded_node::broke(const std::string& why) {
  lines_.note("node", "ends: ", why);
  if (!now_ || !disk()->has_failed()) unexplained_.push_back(why);  // a full disk is no reason
  const auto life = self_.now_living();
  time_.after(0us, [this, life] {
    if (!self_.lives(life)) return;
    kill(power_goes_too_);
    time_.after(until_restarted, [this] { start(); });
  });
}

void embedded_node::end_at_operation(std::uint64_t n, bool power_too) {
  if (!now_) return;
  power_goes_too_ = power_too;
  disk()->cut_power_at(disk()->operations() + n);
}
void embedded_node::fail_write_at(std::uint64_t n) {
  if (now_) disk()->fail_write_at(disk()->operations() + n);
}
void embedded_node::fail_sync_at(std::uint64_t n) {
  if (now_) disk()->fail_sync_at(disk()->operations() + n);
}

void embedded_node::fill_disk(bool full) {
  disk_is_full_ = full;
  if (!now_) return;
  disk()->set_capacity(full ? std::optional(disk()->bytes_used()) : std::nullopt);
}

void embedded_node::run_writer() {
  try {
    do {
      while (now_->writer->run_once()) {
      }
    } while (!now_->writer->park());
  } catch (const std::exception& why) {  // ledger_broken
    broke(why.what());
  }
}

void embedded_node::issue(user_id user, crowd::reply answer) {
  if (!serving()) return;  // nobody listens; the client finds out
  self_.after(0us, [this, user, answer = std::move(answer)] {
    client_request& one = now_->requests.emplace_back(now_->origin_loop, coupon_, user,
                                                      runtime::deadline::after(request_timeout, self_.time()), answer);
    if (now_->issuer->issue(one)) return one.on_answer();
    self_.after(request_timeout, [this, &one] { one.expire(*now_->issuer); });
  });
}

void embedded_node::take(const life_call& call, holders::reply answer) {
  if (!serving()) return;
  self_.after(0us, [this, call, answer = std::move(answer)] {
    const auto done = [call, answer](const result<issue_record>& said) { answer(answer_of(call.kind, said)); };
    const user_id user{call.user};
    if (call.kind == auditor::step_kind::look) {
      const auto record = now_->gates.find(coupon_)->find(user);
      return done(record ? result<issue_record>(*record) : errc::issue_not_found);
    }
    if (!now_->writer->take_step({{coupon_, user, step_of(call), self_.date()}, done})) done(errc::overloaded);
  });
}

void embedded_node::change(const coupon_change& what, std::function<void(result<firstcome::coupon>)> done) {
  if (!serving()) return;
  const auto work = [this, what, done](ledger::writer& ledger, gate::gate_table& gates) {
    done(issuing::apply_change(coupon_, what, self_.date(), ledger, gates));
  };
  self_.after(0us, [this, work, done] {
    if (!now_->writer->run(work)) done(errc::overloaded);
  });
}

embedded_node::books embedded_node::read_books() const {
  fault_vfs vfs(now_ ? now_->vfs.disk().as_seen() : image_);
  const ledger::sqlite_ledger store(options_on(vfs));
  books all;
  all.coupon = store.open_loader()->coupons().at(0);
  store.open_loader()->issues([&](const issue_record& one) { all.issues.push_back(one); });
  return all;
}

}  // namespace firstcome::sim
