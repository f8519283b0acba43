#pragma once

// A Lua script: its text, and the SHA-1 by which Redis knows it once it has seen it. The cache is empty after a
// restart, a fail-over or SCRIPT FLUSH; NOSCRIPT comes before execution, so sending the text then is safe.

#include <string>
#include <string_view>

namespace firstcome::redis {

class script {
 public:
  explicit script(std::string_view text);  // `text` lives for ever: it is embedded in the program

  std::string_view text() const { return text_; }
  std::string_view sha() const { return sha_; }  // 40 hexadecimal digits

 private:
  std::string_view text_;
  std::string sha_;
};

}  // namespace firstcome::redis
