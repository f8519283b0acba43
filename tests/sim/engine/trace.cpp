#include "sim/engine/trace.hpp"

#include <array>
#include <cstdio>

namespace firstcome::sim {

void trace::add_line(std::string_view who, std::string_view what) {
  std::array<char, 32> time{};
  const auto us = time_.now().count();
  std::snprintf(time.data(), time.size(), "%4lld.%06lld s  ", static_cast<long long>(us / 1'000'000),
                static_cast<long long>(us % 1'000'000));
  std::string line = time.data();
  line += who;
  line.append(who.size() < 11 ? 11 - who.size() : 1, ' ');
  line += what;
  lines_.push_back(std::move(line));
}

}  // namespace firstcome::sim
