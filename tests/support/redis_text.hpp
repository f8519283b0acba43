#pragma once

// Replies of Redis for tests, without a Redis: from what would stand on the wire.

#include <hiredis/hiredis.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "redis/reply.hpp"

namespace firstcome::testing {

/// One reply from its bytes in RESP, read by hiredis itself.
inline redis::reply reply_of(std::string_view bytes) {
  redisReader* const reader = redisReaderCreate();
  void* read = nullptr;
  redisReaderFeed(reader, bytes.data(), bytes.size());
  const int result = redisReaderGetReply(reader, &read);
  redisReaderFree(reader);
  if (result != REDIS_OK || read == nullptr) throw std::runtime_error("not one reply: " + std::string(bytes));
  return redis::reply(static_cast<redisReply*>(read));
}

inline std::string resp(std::string_view text) {
  return '$' + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}
inline std::string resp(const char* text) {
  return resp(std::string_view(text));
}
inline std::string resp(std::int64_t number) {
  return ':' + std::to_string(number) + "\r\n";
}
inline std::string resp_nil() {
  return "$-1\r\n";
}
/// Of parts that are RESP already.
inline std::string resp_array(const std::vector<std::string>& parts) {
  std::string bytes = '*' + std::to_string(parts.size()) + "\r\n";
  for (const std::string& part : parts) bytes += part;
  return bytes;
}

}  // namespace firstcome::testing
