#include "support/gate_text.hpp"

#include "support/simulated_queue.hpp"

namespace firstcome::testing {

std::string text_of(const std::optional<gate::gate_status>& status) {
  if (!status) return "none";
  const gate::gate_status& s = *status;
  return std::to_string(s.epoch) + (s.open ? " open " : " ") + (s.retired ? "retired " : "") +
         (s.lowering ? "lowering " : "") + s.run_id + " " + s.serving_run_id + " " +
         std::to_string(s.config.config_version) + " " + std::to_string(s.config.total_quantity.value_or(-1)) + " " +
         std::to_string(to_microseconds(s.config.window.start)) + " " +
         std::to_string(to_microseconds(s.config.window.end)) + (s.config.paused ? " paused " : " ") +
         std::to_string(s.issued) + " " + std::to_string(s.size);
}

std::string text_of(const gate::lease_terms& terms) {
  return std::to_string(terms.epoch) + " " + std::to_string(terms.config_version) +
         (terms.sold_out ? " sold out " : " ") + (terms.change_ahead ? "change ahead " : "") +
         std::to_string(to_microseconds(terms.now)) + " " + std::to_string(to_microseconds(terms.window_end));
}

std::string text_of(const std::optional<gate::queue_view>& view) {
  if (!view) return "none";
  std::string text = text_of(std::optional(view->gate));
  for (const queue::queue_entry& entry : view->entries) {
    text += "; " + entry.at + " " + entry.why_not;
    if (!entry.what) continue;
    for (const auto& [name, value] : encode(*entry.what)) text += " " + value;
  }
  return text;
}

std::string text_of(const result<issue_decision>& decision) {
  if (!decision) return decision.error().message();
  const issue_record& record = decision->record;
  return std::to_string(static_cast<int>(decision->what)) + " " + std::to_string(raw(record.user)) + " " +
         std::to_string(record.sequence) + " " + std::to_string(to_microseconds(record.date_issued)) + " " +
         std::to_string(to_microseconds(decision->window_start));
}

}  // namespace firstcome::testing
