#pragma once

// Latencies by the million in constant memory: 64 buckets for each power of two, so a value read back is at most 1.6 %
// off, at every size (the idea of HdrHistogram). Nanoseconds in, nanoseconds out. Not thread safe.

#include <cstdint>
#include <vector>

namespace firstcome::load {

class histogram {
 public:
  histogram();

  /// Negative values count as 0; values past the range (18 minutes) count in the last bucket.
  void record(std::int64_t value_ns);

  std::uint64_t count() const { return count_; }
  std::int64_t max() const { return max_; }
  /// The value that `percent` of the recorded ones do not exceed; 0 when there are none.
  std::int64_t percentile(double percent) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace firstcome::load
