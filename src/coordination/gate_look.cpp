#include "coordination/gate_look.hpp"

#include "coordination/queue_chain.hpp"

namespace firstcome::coordination {
namespace {

constexpr std::size_t look_page_entries = 1000;

/// Why the queue past the cursor does not lead to the gate's size; nothing when it does. `gate` is brought up to date.
std::optional<std::string> why_broken(gate::shared_gate& gate, coupon_id coupon, const ledger::queue_cursor& cursor,
                                      gate::gate_status& status) {
  queue::queue_position after = cursor.last_id;
  sequence_number last = cursor.last_sequence;
  std::size_t count = look_page_entries;
  while (true) {
    const std::optional<gate::queue_view> view = gate.read_queue(coupon, after, count);
    if (!view || view->gate.epoch != status.epoch || view->gate.serving_run_id != status.serving_run_id)
      return "the gate changed while it was looked at";
    status = view->gate;
    const bool whole = view->entries.size() < count;
    const queue_chain chain = chain_after(last, *view, whole);
    if (chain.broken) return chain.broken;
    if (whole) return std::nullopt;
    if (chain.stretches.empty()) {
      count *= 2;  // nothing but what cannot be decoded: its end must be seen
      continue;
    }
    after = chain.stretches.back().upto;
    last = chain.stretches.back().last;
  }
}

}  // namespace

std::optional<std::string> why_unfit(const std::optional<gate::gate_status>& gate, const ledger::queue_cursor& cursor,
                                     std::int64_t config_version) {
  if (!gate) return "there is no gate";
  if (gate->epoch != cursor.epoch) return "the gate is of another epoch than the ledger";
  if (gate->config.config_version != config_version) return "gate and ledger have different configurations";
  if (gate->retired) return std::nullopt;  // the ledger answers; it has no lineage any more
  if (!gate->open) return "the gate is being rebuilt";
  if (!gate->confirmed()) return "the gate was not confirmed for the Redis that serves it";
  if (gate->run_id != cursor.run_id) return "the ledger was confirmed for another Redis";
  if (gate->lowering) return "a lowering is under way, or died";
  if (gate->size < cursor.last_sequence) return "the ledger holds more than the gate";
  return std::nullopt;
}

bool gate_look::confirmable(const ledger::queue_cursor& cursor, std::int64_t config_version) const {
  if (!status || !status->open || status->retired || !chains) return false;
  if (status->config.config_version > config_version) return false;
  return status->run_id == cursor.run_id || status->serving_run_id == cursor.run_id;
}

gate_look look_at(gate::shared_gate& gate, coupon_id coupon, const ledger::queue_cursor& cursor,
                  std::int64_t config_version) {
  gate_look look;
  look.status = gate.status(coupon);
  look.unfit = why_unfit(look.status, cursor, config_version);
  if (!look.status || look.status->epoch != cursor.epoch || !look.status->open) return look;
  const auto broken = why_broken(gate, coupon, cursor, *look.status);
  look.chains = !broken;
  look.unfit = why_unfit(look.status, cursor, config_version);  // as it is now
  if (!look.unfit) look.unfit = broken;
  return look;
}

}  // namespace firstcome::coordination
