#pragma once

// The replies of scripts/read_queue.lua and scripts/statuses.lua as values. Pure.

#include <optional>
#include <string>
#include <variant>

#include "gate/shared_gate.hpp"
#include "redis/reply.hpp"

namespace firstcome::gate {

struct no_gate {};  // there is no meta

struct other_epoch {
  epoch_number epoch = 0;  // to ask again with
};

struct odd_reply {
  std::string why;  // a sentence: meta, or the reply, is not what our scripts write
};

using status_reply = std::variant<queue_view, no_gate, other_epoch, odd_reply>;

status_reply decode_status(redis::reply_view reply);

/// A line of scripts/statuses.lua. Nothing: there is no such gate, or meta is not what our scripts write.
std::optional<gate_status> status_from_line(std::string_view line, std::string_view serving);

}  // namespace firstcome::gate
