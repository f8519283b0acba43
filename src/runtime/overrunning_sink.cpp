#include "runtime/overrunning_sink.hpp"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace firstcome::runtime::log {
namespace {

std::atomic<std::uint64_t> lost{0};

// A pipe says that it can be written when this much fits: then a write of that size does not wait.
constexpr std::size_t part_max = PIPE_BUF;

bool takes_more(int descriptor) {
  pollfd one{.fd = descriptor, .events = POLLOUT, .revents = 0};
  return ::poll(&one, 1, 0) > 0 && (one.revents & POLLOUT) != 0;
}

}  // namespace

std::uint64_t lines_lost() {
  return lost.load(std::memory_order_relaxed);
}

void overrunning_sink::sink_it_(const spdlog::details::log_msg& event) {
  if (lost_in_a_row_ > 0 && takes_more(descriptor_)) tell_of_lost(event);
  spdlog::memory_buf_t line;
  formatter_->format(event, line);
  if (lost_in_a_row_ == 0 && write_whole({line.data(), line.size()})) return;
  ++lost_in_a_row_;
  lost.fetch_add(1, std::memory_order_relaxed);
}

// A line longer than a part may break off in the middle: then it is lost too, and its rest is not waited for.
bool overrunning_sink::write_whole(std::string_view line) {
  while (!line.empty()) {
    if (!takes_more(descriptor_)) return false;
    const ssize_t size = ::write(descriptor_, line.data(), std::min(line.size(), part_max));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    line.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void overrunning_sink::tell_of_lost(const spdlog::details::log_msg& like) {
  const std::string text =
      std::to_string(lost_in_a_row_) + " lines of the log were lost: their reader did not take them";
  spdlog::details::log_msg message(like.logger_name, spdlog::level::warn, text);
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  if (write_whole({line.data(), line.size()})) lost_in_a_row_ = 0;
}

}  // namespace firstcome::runtime::log
