#include "load/process_memory.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

namespace firstcome::load {

std::int64_t resident_bytes_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoll(line.substr(6)) * 1024;
  return 0;
}

memory_watch::memory_watch(pid_t pid)
    : thread_([this, pid] {
        while (!stopping_) {
          readings_.push_back({now_ns(), resident_bytes_of(pid)});
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
      }) {}

void memory_watch::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

std::int64_t memory_watch::most_between(instant_ns begin, instant_ns end) const {
  std::int64_t most = 0;
  for (const reading& one : readings_)
    if (one.at >= begin && one.at <= end) most = std::max(most, one.bytes);
  return most;
}

}  // namespace firstcome::load
