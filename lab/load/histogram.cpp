#include "lab/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace firstcome::load {
namespace {

constexpr int sub_bits = 6;  // 64 buckets for each power of two
constexpr int value_bits_max = 40;
constexpr std::size_t bucket_count = (value_bits_max - sub_bits + 1) << sub_bits;

/// Values below 128 have a bucket each; above, the leading seven bits choose it.
std::size_t bucket_of(std::uint64_t value) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - sub_bits - 1);
  const std::size_t bucket = (static_cast<std::size_t>(shift) << sub_bits) + (value >> shift);
  return std::min(bucket, bucket_count - 1);
}

/// The largest value that falls into the bucket.
std::int64_t top_of(std::size_t bucket) {
  const std::size_t shift = std::max<std::size_t>(1, bucket >> sub_bits) - 1;
  const std::uint64_t leading = bucket - (shift << sub_bits);
  return static_cast<std::int64_t>(((leading + 1) << shift) - 1);
}

}  // namespace

histogram::histogram() : buckets_(bucket_count) {}

void histogram::record(std::int64_t value_ns) {
  value_ns = std::max<std::int64_t>(0, value_ns);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value_ns))];
  ++count_;
  max_ = std::max(max_, value_ns);
}

std::int64_t histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * percent / 100.0));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= std::max<std::uint64_t>(1, wanted)) return std::min(max_, top_of(bucket));
  }
  return max_;
}

}  // namespace firstcome::load
