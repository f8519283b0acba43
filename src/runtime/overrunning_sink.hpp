#pragma once

// Where the log's lines go: into a descriptor that may stall (a pipe or socket whose reader stopped) without ever
// holding up who writes. A line that does not fit now is lost and counted; the next one that fits is preceded by a line
// that says how many were. A file or terminal takes every line.
// Thread safety: any thread.

#include <spdlog/sinks/base_sink.h>

#include <cstdint>
#include <mutex>

namespace firstcome::runtime::log {

class overrunning_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Does not own the descriptor.
  explicit overrunning_sink(int descriptor) : descriptor_(descriptor) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& event) override;
  void flush_() override {}

 private:
  bool write_whole(std::string_view line);
  void tell_of_lost(const spdlog::details::log_msg& like);

  const int descriptor_;
  std::uint64_t lost_in_a_row_ = 0;
};

/// Of the whole process, since it began.
std::uint64_t lines_lost();

}  // namespace firstcome::runtime::log
