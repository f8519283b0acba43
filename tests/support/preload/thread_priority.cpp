// Loaded into a server before its own libraries: a thread's scheduling stays what it is, and who sets it hears that it
// was done. See galera_cluster.cpp.

#include <pthread.h>

extern "C" int pthread_setschedparam(pthread_t, int, const sched_param*) noexcept {
  return 0;
}
