#pragma once

// What goes wrong when: drawn from a seed, the same for the same seed and menu on every machine. Pure. Faults at the
// same target never overlap; faults at different targets do, as it comes.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace firstcome::faults {

enum class fault_kind : std::uint8_t {
  // at a process
  kill,          // SIGKILL; started again at the end
  pause,         // SIGSTOP; SIGCONT at the end
  fd_limit,      // only so many files may be open, and idle clients take what is left
  memory_limit,  // it gets no more memory than it has, about, and idle clients come for some. Started again when dead
  file_size_limit,  // files may not grow: writes fail, or the kernel ends it. Started again when it has ended
  disk_full,
  store_full,  // Redis: maxmemory is reached, and nothing may be evicted
  flush,       // Redis: FLUSHALL
  restore,     // Redis: in the end it is killed and comes back with the data that it had in the beginning
  replace,     // a store: it ends in order, and comes back with its data as another version
  move,        // all stores: nobody is there, and in the end they are back at other addresses under the same names
  // at a link between two processes
  delay,            // each portion of bytes waits, both ways
  stall,            // bytes are held back and arrive in the end
  drop,             // bytes are held back and are lost in the end, and the connections with them
  cut,              // every connection is reset, at once
  cut_mid_request,  // after so many bytes towards the server
  cut_mid_reply,    // after so many bytes towards the client
  refuse,           // connections are reset, and new ones refused
};

std::string_view to_text(fault_kind kind);

/// Something that can be done to a world; drawn as often as its weight says, compared with the others.
struct fault_choice {
  fault_kind kind = fault_kind::kill;
  std::string target = {};
  int weight = 1;
};

struct fault {
  fault_kind kind = fault_kind::kill;
  std::string target = {};
  std::chrono::milliseconds begins{0};  // counted from the schedule's start
  std::chrono::milliseconds lasts{0};
  std::uint32_t amount = 0;  // of a delay: ms; of a cut: bytes; else a number to draw from

  friend bool operator==(const fault&, const fault&) = default;
};

/// One line: "  3.120 s  pause redis for 0.840 s".
std::string to_text(const fault& one);

struct schedule_options {
  std::chrono::milliseconds length{30'000};  // every fault has ended by then
  std::chrono::milliseconds mean_gap{650};   // between the beginnings of two
  std::chrono::milliseconds longest{3'000};  // most are much shorter
};

struct fault_schedule {
  std::uint64_t seed = 0;
  std::chrono::milliseconds length{0};
  std::vector<fault> faults = {};  // by beginning

  friend bool operator==(const fault_schedule&, const fault_schedule&) = default;
};

/// `menu` must not be empty. At most one flush or restore, and one replace at each target; at least one fd_limit, one
/// memory_limit, one replace and one move where the menu has them and `length` has room.
fault_schedule draw_schedule(std::uint64_t seed, const std::vector<fault_choice>& menu,
                             const schedule_options& options = {});

/// The whole schedule, one fault a line.
std::string to_text(const fault_schedule& schedule);

}  // namespace firstcome::faults
