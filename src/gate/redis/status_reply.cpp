#include "gate/redis/status_reply.hpp"

#include <array>

#include "gate/redis/reply_numbers.hpp"

namespace firstcome::gate {

namespace {

/// The fields of meta, in the script's order.
enum field : std::size_t {
  epoch,
  state,
  run_id,
  config_version,
  total,
  window_start,
  window_end,
  paused,
  lowering,
  issued,
  restocked,
  field_count
};

/// What is absent is empty.
using meta_texts = std::array<std::string_view, field_count>;

std::optional<std::optional<std::int32_t>> total_from(std::string_view text) {
  if (text.empty()) return std::optional<std::int32_t>();
  const auto total = from_decimal(text, 0, quantity_max);
  if (!total) return std::nullopt;
  return std::optional(static_cast<std::int32_t>(*total));
}

std::optional<timestamp> time_from(std::string_view text) {
  const auto ms = from_decimal(text, 0, milliseconds_max);
  return ms ? std::optional(timestamp(std::chrono::milliseconds(*ms))) : std::nullopt;
}

/// Up to the largest quantity; 0 when it is not there.
std::optional<std::int64_t> number_or_none(std::string_view text) {
  return text.empty() ? std::optional<std::int64_t>(0) : from_decimal(text, 0, quantity_max);
}

/// A gate that was fenced before it ever was open has no configuration yet.
std::optional<gate_config> config_from(const meta_texts& meta) {
  if (meta[config_version].empty()) return gate_config{.config_version = 0, .total_quantity = 0, .window = {}};
  const auto version = from_decimal(meta[config_version], 0, id_max);
  const auto most = total_from(meta[total]);
  const auto start = time_from(meta[window_start]);
  const auto end = time_from(meta[window_end]);
  const auto is_paused = from_decimal(meta[paused], 0, 1);
  const auto came_back = number_or_none(meta[restocked]);  // older versions write none
  if (!version || !most || !start || !end || !is_paused || !came_back) return std::nullopt;
  return gate_config{*version, *most, {*start, *end}, *is_paused == 1, static_cast<std::int32_t>(*came_back)};
}

std::optional<gate_status> status_from(const meta_texts& meta, std::string_view serving, std::int64_t size) {
  const auto number = from_decimal(meta[epoch], 1, id_max);
  const std::string_view is = meta[state];
  const auto config = config_from(meta);
  const auto in_ledger = number_or_none(meta[issued]);
  if (!number || !config || !in_ledger || (is != "open" && is != "closed" && is != "retired")) return std::nullopt;
  gate_status status;
  status.epoch = *number;
  status.open = is == "open";
  status.retired = is == "retired";
  status.lowering = !meta[lowering].empty();
  status.run_id = meta[run_id];
  status.serving_run_id = serving;
  status.config = *config;
  status.issued = static_cast<sequence_number>(*in_ledger);
  status.size = static_cast<sequence_number>(size);
  return status;
}

meta_texts texts_of(redis::reply_view meta) {
  meta_texts texts;
  for (std::size_t n = 0; n < field_count; ++n) texts[n] = meta[n].text();
  return texts;
}

/// Of [id, [field, value, …]].
std::optional<queue::queue_entry> entry_from(redis::reply_view one) {
  if (one.size() != 2 || !queue::well_formed(one[0].text())) return std::nullopt;
  const redis::reply_view words = one[1];
  queue::stream_fields fields;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) fields.emplace_back(words[i].text(), words[i + 1].text());
  return queue::decode(std::string(one[0].text()), fields);
}

status_reply view_from(redis::reply_view reply) {
  if (reply.size() != 5 || reply[1].size() != field_count) return odd_reply{"the reply has another shape"};
  const auto size = number_from(reply[3], 0, quantity_max);
  const auto status = size ? status_from(texts_of(reply[1]), reply[2].text(), *size) : std::nullopt;
  if (!status) return odd_reply{"meta is not as our scripts write it"};
  queue_view view{*status, {}};
  const redis::reply_view entries = reply[4];
  view.entries.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto entry = entry_from(entries[i]);
    if (!entry) return odd_reply{"an entry of the queue has another shape"};
    view.entries.push_back(std::move(*entry));
  }
  return view;
}

}  // namespace

status_reply decode_status(redis::reply_view reply) {
  if (reply.is_error()) return odd_reply{std::string(reply.text())};
  if (reply.size() == 0) return odd_reply{"the reply has another shape"};
  const std::string_view said = reply[0].text();
  if (said == "missing") return no_gate{};
  if (said == "gate") return view_from(reply);
  const auto epoch_now = said == "other_epoch" && reply.size() == 2 ? number_from(reply[1], 1, id_max) : std::nullopt;
  if (!epoch_now) return odd_reply{"the reply has another shape"};
  return other_epoch{*epoch_now};
}

std::optional<gate_status> status_from_line(std::string_view line, std::string_view serving) {
  meta_texts meta;
  for (std::string_view& field : meta) {
    const std::size_t comma = line.find(',');
    if (comma == line.npos) return std::nullopt;
    field = line.substr(0, comma);
    line.remove_prefix(comma + 1);
  }
  const auto size = from_decimal(line, 0, quantity_max);
  return size ? status_from(meta, serving, *size) : std::nullopt;
}

}  // namespace firstcome::gate
