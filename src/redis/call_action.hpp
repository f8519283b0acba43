#pragma once

// What a call_table asks of whoever drives it: one thing, to be done before the next event is told.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "redis/async_call.hpp"
#include "redis/completion.hpp"
#include "redis/reply.hpp"

namespace firstcome::redis {

struct call_action {
  enum class kind : std::uint8_t {
    // of a call
    send,     // `call` to `node`, after an ASKING when the call says so; what cannot be taken is told as `not_taken`
    replied,  // tell `to` the `answer`
    not_executed,  // tell `to` why: `text`
    unknown,       //
    // of a node
    resolve,  // look up the name of the node's host
    connect,  // open a connection to the link's numeric host, and send the handshake
    close,    // what is there; then tell `closed`
    // of time
    tick_soon,  // tell `tick` after `call_table::tick_interval`
    end_turn,   // tell `turn_ended` when the loop comes to it, and not before
    // of the log
    say_connected,  // to `node`
    say_away,       // `text`
    say_refused,    // `node` answered an error that an operator has to know
    say_no_map,     // why the cluster's map did not come
  };

  kind what;
  std::size_t node = 0;
  async_call* call = nullptr;
  completion* to = nullptr;
  std::string_view text = {};  // good until the next event
  reply_view answer = reply_view(nullptr);
};

}  // namespace firstcome::redis
