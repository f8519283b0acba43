#include "gate/redis/look_call.hpp"

#include <optional>

#include "gate/redis/reply_numbers.hpp"

namespace firstcome::gate {

namespace {

/// The elements of lease's decided reply, in the script's order.
enum element : std::size_t {
  code,
  now,
  size,
  version,
  announced,
  total,
  window_start,
  window_end,
  paused,
  run_id,
  count
};

std::optional<lease_terms> read(redis::reply_view reply, epoch_number epoch) {
  if (reply.size() != count || reply[run_id].text().empty()) return std::nullopt;
  const auto at = time_from(reply[now]);
  const auto in = number_from(reply[size], 0, quantity_max);
  const auto current = number_from(reply[version], 0, id_max);
  const auto ahead = number_from(reply[announced], 0, id_max);
  const auto most = total_from(reply[total]);
  const auto start = time_from(reply[window_start]);
  const auto end = time_from(reply[window_end]);
  const auto is_paused = number_from(reply[paused], 0, 1);
  if (!at || !in || !current || !ahead || !most || !start || !end || !is_paused) return std::nullopt;
  const bool issuing = *is_paused == 0 && *start <= *at && *at < *end;
  return lease_terms{.epoch = epoch,
                     .config_version = *current,
                     .sold_out = issuing && *in >= most->value_or(quantity_max),
                     .change_ahead = *ahead > *current,
                     .now = *at,
                     .window_end = *end,
                     .lineage = lineage_number(reply[run_id].text())};
}

}  // namespace

look_outcome decode_look(redis::reply_view reply, epoch_number epoch) {
  const admit_outcome beginning = decode_beginning(reply);
  if (beginning.what != gate_answer::decided) return {beginning.what, beginning.open_epoch, {}};
  const auto terms = read(reply, epoch);
  if (!terms) return {};
  return {gate_answer::decided, 0, *terms};
}

}  // namespace firstcome::gate
