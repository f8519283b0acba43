#include "sim/distributed/store_link.hpp"

#include "ledger/mysql/transaction.hpp"

namespace firstcome::sim {

namespace {

bool only_reads(std::string_view step) {
  return step == "gate.status" || step == "gate.read_queue" || step == "gate.find" || step == "gate.each_admitted";
}

}  // namespace

microseconds store_link::way() {
  return way_.travel(process_.random(), latency_);
}

void store_link::fail(const char* step, const char* why, microseconds after) {
  process_.sleep(after);
  lines_.note(process_.name(), step, ": ", why);
  throw store_unavailable(server_.name + ": " + why);
}

void store_link::before(const char* step) {
  process_.sleep(way());
  if (!server_.up) fail(step, "refused", 0us);
  const microseconds wait = server_.stopped_until - time_.now();
  if (wait > store_timeout) fail(step, "no reply", store_timeout);
  if (wait > 0us) process_.sleep(wait);
  if (way_.loss > 0 && process_.random().chance(way_.loss / 3)) fail(step, "lost", store_timeout);
  contend(step);
  if (server_.refuses && !only_reads(step)) fail(step, "refused to write", 0us);
}

/// What passes by itself is tried again, as the ledger's sessions do it (ledger/mysql/transaction.hpp); but a
/// transaction that already holds the coupon's lock is lost with it.
void store_link::contend(std::string_view step) {
  const int attempts_max = step.starts_with("lock.") ? 1 : ledger::transaction_attempts_max;
  for (int attempt = 1; server_.contention > 0 && process_.random().chance(server_.contention); ++attempt) {
    const bool victim = process_.random().chance(0.5);
    if (!victim) process_.sleep(lock_timeout);
    const char* const why = victim ? "a deadlock's victim" : "a lock was held for too long";
    if (attempt == attempts_max) fail(step.data(), why, 0us);
    lines_.note(process_.name(), step, ": ", why, ", again");
    process_.sleep(way());
  }
}

void store_link::after(const char* step) {
  const std::uint64_t life = server_.life;
  lines_.note(process_.name(), step);
  process_.sleep(way());
  if (life != server_.life) fail(step, "the connection broke, the reply is lost", 0us);
  if (way_.loss > 0 && process_.random().chance(way_.loss / 3)) fail(step, "the reply is lost", store_timeout);
}

bool store_link::overtakes(const char*) {
  if (!server_.up) return false;
  return server_.stopped_until - time_.now() > store_timeout ||
         (way_.loss > 0 && process_.random().chance(way_.loss / 3));
}

void store_link::later(const char* step, std::function<void()> effect) {
  const instant arrives = time_.now() + microseconds(process_.random().between(0, late_at_most.count()));
  time_.at(std::max(arrives, server_.stopped_until), [this, step, life = server_.life, effect = std::move(effect)] {
    if (!server_.up || server_.life != life || server_.refuses) return;
    lines_.note(process_.name(), step, ": arrives late");
    try {
      effect();
    } catch (const store_unavailable&) {  // the session is over there
    }
  });
  fail(step, "no reply", store_timeout);
}

void store_link::let_go(std::shared_ptr<ledger::coupon_lock> lock) {
  if (vanishes_) time_.after(lock_idle_timeout, [lock] {});  // held until the server gives the session up
}

}  // namespace firstcome::sim
