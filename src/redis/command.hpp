#pragma once

// A command in Redis' protocol, ready to be sent; and of a script, to be sent in either of its forms. Pure. The texts
// are copied: nothing has to outlive a `command`, but the script. Its memory is used again when it is filled again.

#include <span>
#include <string>
#include <string_view>

#include "redis/script.hpp"

namespace firstcome::redis {

using texts = std::span<const std::string_view>;

class command {
 public:
  void fill(texts words);
  /// Makes it an EVALSHA of the script.
  void fill(const script& what, texts keys, texts args);

  std::string_view bytes() const { return bytes_; }
  /// After NOSCRIPT: makes it an EVAL. False: it is no script, or was one in full already.
  bool send_in_full();

 private:
  std::string bytes_;
  std::size_t keys_at_ = 0;     // where the part begins that both forms share
  std::size_t word_count_ = 0;  //
  const script* known_ = nullptr;
};

/// For what is sent on connecting.
void append_command(std::string& to, texts words);

}  // namespace firstcome::redis
