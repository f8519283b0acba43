#include "support/fault_locks.hpp"

#include <algorithm>

namespace firstcome::testing {

int fault_vfs::lock_table::lock(const std::string& file, lock_owner who, int level) {
  std::lock_guard guard(guard_);
  auto& levels = files_[file].levels;
  for (const auto& [other, held] : levels) {
    if (other == who) continue;
    const bool collides = level == SQLITE_LOCK_SHARED     ? held >= SQLITE_LOCK_PENDING
                          : level == SQLITE_LOCK_RESERVED ? held >= SQLITE_LOCK_RESERVED
                                                          : held >= SQLITE_LOCK_SHARED;
    if (collides) return SQLITE_BUSY;
  }
  levels[who] = std::max(levels[who], level);
  return SQLITE_OK;
}

void fault_vfs::lock_table::unlock(const std::string& file, lock_owner who, int level) {
  std::lock_guard guard(guard_);
  auto& levels = files_[file].levels;
  if (level == SQLITE_LOCK_NONE) {
    levels.erase(who);
  } else {
    levels[who] = std::min(levels[who], level);
  }
}

bool fault_vfs::lock_table::is_reserved(const std::string& file) {
  std::lock_guard guard(guard_);
  const auto& levels = files_[file].levels;
  return std::any_of(levels.begin(), levels.end(), [](const auto& l) { return l.second >= SQLITE_LOCK_RESERVED; });
}

int fault_vfs::lock_table::shared_lock(const std::string& file, lock_owner who, int first, int count, int flags) {
  std::lock_guard guard(guard_);
  auto& slots = files_[file].slots;
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (int i = first; i < first + count; ++i) {
      slots[i].shared.erase(who);
      if (slots[i].exclusive == who) slots[i].exclusive = nullptr;
    }
    return SQLITE_OK;
  }
  for (int i = first; i < first + count; ++i) {
    const slot& s = slots[i];
    const bool others_share = s.shared.size() > s.shared.count(who);
    if ((s.exclusive != nullptr && s.exclusive != who) || (exclusive && others_share)) return SQLITE_BUSY;
  }
  for (int i = first; i < first + count; ++i) {
    if (exclusive) {
      slots[i].exclusive = who;
    } else {
      slots[i].shared.insert(who);
    }
  }
  return SQLITE_OK;
}

void* fault_vfs::lock_table::shared_region(const std::string& file, int region, int size_bytes, bool extend) {
  std::lock_guard guard(guard_);
  auto& regions = files_[file].regions;
  const auto wanted = static_cast<std::size_t>(region) + 1;
  if (regions.size() < wanted && !extend) return nullptr;
  while (regions.size() < wanted) regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size_bytes)));
  return regions[wanted - 1].get();
}

void fault_vfs::lock_table::forget_shared(const std::string& file, lock_owner who) {
  shared_lock(file, who, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK);
}

}  // namespace firstcome::testing
