#include "redis/reply.hpp"

#include <hiredis/hiredis.h>

#include <charconv>

namespace firstcome::redis {

bool reply_view::is_nil() const {
  return reply_->type == REDIS_REPLY_NIL;
}

bool reply_view::is_error() const {
  return reply_->type == REDIS_REPLY_ERROR;
}

bool reply_view::is_array() const {
  return reply_->type == REDIS_REPLY_ARRAY;
}

std::string_view reply_view::text() const {
  switch (reply_->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      return {reply_->str, static_cast<std::size_t>(reply_->len)};
    default:
      return {};
  }
}

std::int64_t reply_view::integer() const {
  if (reply_->type == REDIS_REPLY_INTEGER) return reply_->integer;
  std::int64_t value = 0;
  const std::string_view digits = text();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} && end == digits.data() + digits.size() ? value : 0;
}

std::size_t reply_view::size() const {
  return is_array() ? reply_->elements : 0;
}

reply_view reply_view::operator[](std::size_t index) const {
  return reply_view(reply_->element[index]);
}

reply::reply(redisReply* owned) : reply_view(owned), owned_(owned) {}

void reply::release::operator()(redisReply* owned) const {
  freeReplyObject(owned);
}

}  // namespace firstcome::redis
