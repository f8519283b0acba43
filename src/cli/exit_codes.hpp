#pragma once

// What every sub-command ends with; scripts count on it. DESIGN's contract names them.

namespace firstcome::cli {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_wrong_usage = 2;

}  // namespace firstcome::cli
