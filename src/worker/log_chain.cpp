#include "worker/log_chain.hpp"

namespace firstcome::worker {

bool chains(std::span<const queue::log_entry> entries, sequence_number after) {
  sequence_number undecoded = 0;  // entries since the last one that could be decoded
  for (const queue::log_entry& entry : entries) {
    if (!entry.what) {
      ++undecoded;
      continue;
    }
    const sequence_number between = entry.what->first - after - 1;
    if (undecoded == 0 ? between != 0 : between < undecoded) return false;
    undecoded = 0;
    after = entry.what->last();
  }
  return true;
}

}  // namespace firstcome::worker
