#include "support/fault_disk.hpp"

#include <algorithm>
#include <cstring>
#include <random>

namespace firstcome::testing {
namespace {

constexpr std::uint64_t sector_size_bytes = 512;

struct change {
  enum { write, truncation } what;
  std::uint64_t at;  // a write's offset, or the size after a truncation
  bytes data;
};

void apply_write(bytes& to, std::uint64_t offset, const char* data, std::size_t size) {
  if (to.size() < offset + size) to.resize(offset + size);
  std::memcpy(to.data() + offset, data, size);
}

void replay(bytes& to, const change& c) {
  if (c.what == change::write) {
    apply_write(to, c.at, c.data.data(), c.data.size());
  } else {
    to.resize(std::min<std::uint64_t>(to.size(), c.at));
  }
}

class dice {
 public:
  explicit dice(std::uint64_t seed) : random_(seed) {
    // A fair coin for each sector would almost never lose all or keep all, so those are drawn too.
    constexpr double chances[] = {0.0, 0.1, 0.5, 0.9, 1.0};
    survives_ = std::bernoulli_distribution(chances[random_() % std::size(chances)]);
  }
  bool survives() { return survives_(random_); }

 private:
  std::mt19937_64 random_;
  std::bernoulli_distribution survives_;
};

void apply_what_survives(bytes& to, const change& c, dice& d) {
  if (c.what == change::truncation) {
    if (d.survives()) replay(to, c);
    return;
  }
  for (std::uint64_t from = 0; from < c.data.size();) {
    const std::uint64_t sector_end = ((c.at + from) / sector_size_bytes + 1) * sector_size_bytes - c.at;
    const std::uint64_t to_end = std::min<std::uint64_t>(sector_end, c.data.size());
    if (d.survives()) apply_write(to, c.at + from, c.data.data() + from, to_end - from);
    from = to_end;
  }
}

}  // namespace

struct fault_disk::file {
  bytes seen;     // by the running machine
  bytes durable;  // as of the last sync
  std::vector<change> unsynced;
  bool name_is_durable = false;
  bool deleted = false;  // and perhaps not durably so
};

fault_disk::fault_disk(const disk_image& image) {
  for (const auto& [name, content] : image) {
    auto f = std::make_shared<file>();
    f->seen = f->durable = content;
    f->name_is_durable = true;
    files_[name] = f;
  }
}

void fault_disk::cut_power_at(std::uint64_t operation) {
  std::lock_guard guard(lock_);
  cut_at_ = operation;
}

void fault_disk::fail_write_at(std::uint64_t operation) {
  std::lock_guard guard(lock_);
  fail_write_at_ = operation;
}

void fault_disk::fail_sync_at(std::uint64_t operation) {
  std::lock_guard guard(lock_);
  fail_sync_at_ = operation;
}

void fault_disk::set_capacity(std::optional<std::uint64_t> bytes_max) {
  std::lock_guard guard(lock_);
  capacity_ = bytes_max;
}

void fault_disk::lie_on_sync(bool lies) {
  std::lock_guard guard(lock_);
  lies_ = lies;
}

std::uint64_t fault_disk::operations() const {
  std::lock_guard guard(lock_);
  return operations_;
}

std::uint64_t fault_disk::bytes_used() const {
  std::lock_guard guard(lock_);
  return used();
}

bool fault_disk::has_power() const {
  std::lock_guard guard(lock_);
  return has_power_;
}

bool fault_disk::has_failed() const {
  std::lock_guard guard(lock_);
  return has_failed_;
}

disk_image fault_disk::surviving(std::uint64_t seed) const {
  std::lock_guard guard(lock_);
  dice d(seed);
  disk_image image;
  for (const auto& [name, f] : files_) {
    const bool name_survives = f->name_is_durable || d.survives();
    const bool deletion_survives = f->deleted && d.survives();
    if (!name_survives || deletion_survives) continue;
    bytes content = f->durable;
    for (const change& c : f->unsynced) apply_what_survives(content, c, d);
    image[name] = std::move(content);
  }
  return image;
}

disk_image fault_disk::as_seen() const {
  std::lock_guard guard(lock_);
  disk_image image;
  for (const auto& [name, f] : files_) {
    if (!f->deleted) image[name] = f->seen;
  }
  return image;
}

std::shared_ptr<fault_disk::file> fault_disk::open(const std::string& name, bool create) {
  std::lock_guard guard(lock_);
  const auto found = files_.find(name);
  if (found != files_.end() && !found->second->deleted) return found->second;
  if (!create || !has_power_) return nullptr;
  auto f = std::make_shared<file>();
  if (found != files_.end()) {  // deleted, perhaps not durably: what was there may come back, unless truncated too
    f->durable = found->second->durable;
    f->name_is_durable = found->second->name_is_durable;
    f->unsynced.push_back({change::truncation, 0, {}});
  }
  files_[name] = f;
  return f;
}

bool fault_disk::exists(const std::string& name) const {
  std::lock_guard guard(lock_);
  const auto found = files_.find(name);
  return found != files_.end() && !found->second->deleted;
}

bool fault_disk::power_fails() {
  if (!has_power_) return true;
  ++operations_;
  if (cut_at_ && operations_ >= *cut_at_) has_power_ = false;
  has_failed_ = has_failed_ || !has_power_;
  return !has_power_;
}

std::uint64_t fault_disk::used() const {
  std::uint64_t total = 0;
  for (const auto& [name, f] : files_) total += f->deleted ? 0 : f->seen.size();
  return total;
}

disk_outcome fault_disk::remove(const std::string& name, bool sync_too) {
  std::lock_guard guard(lock_);
  if (power_fails()) return disk_outcome::failed;
  const auto found = files_.find(name);
  if (found == files_.end()) return disk_outcome::done;
  found->second->deleted = true;
  if (sync_too && !lies_) sync_folder();
  return disk_outcome::done;
}

void fault_disk::sync_folder() {
  std::erase_if(files_, [](const auto& entry) { return entry.second->deleted; });
  for (const auto& [name, f] : files_) f->name_is_durable = true;
}

disk_outcome fault_disk::write(file& f, std::uint64_t offset, const void* data, std::size_t size) {
  std::lock_guard guard(lock_);
  const bool had_power = has_power_;
  const bool cut = power_fails();
  if (cut && !had_power) return disk_outcome::failed;
  if (fail_write_at_ && operations_ >= *fail_write_at_) {
    fail_write_at_.reset();
    has_failed_ = true;
    return disk_outcome::failed;
  }
  std::size_t fits = size;
  const std::uint64_t end = offset + size;
  if (capacity_ && end > f.seen.size()) {
    const std::uint64_t growth = end - f.seen.size();
    const std::uint64_t room = *capacity_ > used() ? *capacity_ - used() : 0;
    if (growth > room) fits -= std::min<std::uint64_t>(size, growth - room);  // a short write, as a real one
  }
  const auto* from = static_cast<const char*>(data);
  if (fits > 0) {
    apply_write(f.seen, offset, from, fits);
    f.unsynced.push_back({change::write, offset, bytes(from, from + fits)});
  }
  if (cut) return disk_outcome::failed;
  return fits == size ? disk_outcome::done : disk_outcome::full;
}

disk_outcome fault_disk::truncate(file& f, std::uint64_t size) {
  std::lock_guard guard(lock_);
  const bool had_power = has_power_;
  const bool cut = power_fails();
  if (cut && !had_power) return disk_outcome::failed;
  change c{change::truncation, size, {}};
  replay(f.seen, c);
  f.unsynced.push_back(std::move(c));
  return cut ? disk_outcome::failed : disk_outcome::done;
}

disk_outcome fault_disk::sync(file& f, bool folder_too) {
  std::lock_guard guard(lock_);
  if (power_fails()) return disk_outcome::failed;
  if (fail_sync_at_ && operations_ >= *fail_sync_at_) {
    fail_sync_at_.reset();
    has_failed_ = true;
    // As Linux does it: the pages are marked clean, so that the next sync succeeds without having written them.
    f.unsynced.clear();
    return disk_outcome::failed;
  }
  if (lies_) return disk_outcome::done;
  for (const change& c : f.unsynced) replay(f.durable, c);
  f.unsynced.clear();
  if (folder_too) sync_folder();
  return disk_outcome::done;
}

std::size_t fault_disk::read(const file& f, std::uint64_t offset, void* to, std::size_t size) const {
  std::lock_guard guard(lock_);
  if (!has_power_ || offset >= f.seen.size()) return 0;
  const std::size_t there = std::min<std::size_t>(size, f.seen.size() - offset);
  std::memcpy(to, f.seen.data() + offset, there);
  return there;
}

std::uint64_t fault_disk::size(const file& f) const {
  std::lock_guard guard(lock_);
  return f.seen.size();
}

}  // namespace firstcome::testing
