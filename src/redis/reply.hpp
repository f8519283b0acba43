#pragma once

// What Redis answered, as a tree that owns itself. Views of it (`text`, `operator[]`) live as long as the reply.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct redisReply;

namespace firstcome::redis {

class reply_view {
 public:
  explicit reply_view(const redisReply* of) : reply_(of) {}

  bool is_nil() const;
  bool is_error() const;
  bool is_array() const;
  std::string_view text() const;                   // of a string, a status or an error; empty otherwise
  std::int64_t integer() const;                    // of an integer, or of a string that is one; 0 otherwise
  std::size_t size() const;                        // of an array; 0 otherwise
  reply_view operator[](std::size_t index) const;  // index < size()

 private:
  const redisReply* reply_;
};

class reply : public reply_view {
 public:
  explicit reply(redisReply* owned);

 private:
  struct release {
    void operator()(redisReply* owned) const;
  };
  std::unique_ptr<redisReply, release> owned_;
};

}  // namespace firstcome::redis
