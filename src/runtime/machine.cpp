#include "runtime/machine.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace firstcome::runtime {

int usable_cpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return std::max(1, CPU_COUNT(&allowed));
}

void name_this_thread(const char* name) {
  pthread_setname_np(pthread_self(), name);
}

int raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) throw std::runtime_error("cannot read the limit of open files");
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  constexpr rlim_t most = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(limit.rlim_cur, most));
}

void keep_new_files_private() {
  umask(S_IRWXG | S_IRWXO);
}

}  // namespace firstcome::runtime
