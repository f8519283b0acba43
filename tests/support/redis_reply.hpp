#pragma once

// A reply made from the bytes of Redis' protocol.

#include <hiredis/hiredis.h>

#include <stdexcept>
#include <string_view>

#include "redis/reply.hpp"

namespace firstcome::testing {

/// Throws when `bytes` is not exactly one whole reply.
inline redis::reply parsed_reply(std::string_view bytes) {
  redisReader* const reader = redisReaderCreate();
  void* found = nullptr;
  redisReaderFeed(reader, bytes.data(), bytes.size());
  redisReaderGetReply(reader, &found);
  redisReaderFree(reader);
  if (found == nullptr) throw std::invalid_argument("not a whole reply: " + std::string(bytes));
  return redis::reply(static_cast<redisReply*>(found));
}

}  // namespace firstcome::testing
