#include "redis/command.hpp"

#include <array>
#include <charconv>

namespace firstcome::redis {
namespace {

void append_line(std::string& to, char kind, std::size_t number) {
  std::array<char, 24> digits;
  const char* const end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  to += kind;
  to.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
  to += "\r\n";
}

void append_word(std::string& to, std::string_view word) {
  append_line(to, '$', word.size());
  to += word;
  to += "\r\n";
}

}  // namespace

void append_command(std::string& to, texts words) {
  append_line(to, '*', words.size());
  for (const std::string_view word : words) append_word(to, word);
}

void command::fill(texts words) {
  known_ = nullptr;
  bytes_.clear();
  append_command(bytes_, words);
}

void command::fill(const script& what, texts keys, texts args) {
  known_ = &what;
  word_count_ = 3 + keys.size() + args.size();
  bytes_.clear();
  append_line(bytes_, '*', word_count_);
  append_word(bytes_, "EVALSHA");
  append_word(bytes_, what.sha());
  keys_at_ = bytes_.size();
  std::array<char, 24> digits;
  const char* const end = std::to_chars(digits.begin(), digits.end(), keys.size()).ptr;
  append_word(bytes_, {digits.data(), static_cast<std::size_t>(end - digits.data())});
  for (const std::string_view key : keys) append_word(bytes_, key);
  for (const std::string_view arg : args) append_word(bytes_, arg);
}

bool command::send_in_full() {
  if (known_ == nullptr) return false;
  std::string whole;
  append_line(whole, '*', word_count_);
  append_word(whole, "EVAL");
  append_word(whole, known_->text());
  whole.append(bytes_, keys_at_);
  bytes_ = std::move(whole);
  known_ = nullptr;
  return true;
}

}  // namespace firstcome::redis
