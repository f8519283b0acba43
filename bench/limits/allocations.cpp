// Counts what a program allocates, seen from outside: loaded with LD_PRELOAD, it passes every call on to the C library
// and counts it in the file named by FIRSTCOME_ALLOCATIONS (two 64-bit numbers: calls that allocate, bytes asked for),
// where the benchmark reads it while the program runs. `operator new` ends up in malloc and is counted there.

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

// The C library's own names for what is replaced here.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace {

struct counters {
  std::atomic<std::uint64_t> calls;
  std::atomic<std::uint64_t> bytes;
};
counters uncounted;              // what happens before the file is mapped
counters* counted = &uncounted;  // set before main, never again

void count(std::size_t bytes) {
  counted->calls.fetch_add(1, std::memory_order_relaxed);
  counted->bytes.fetch_add(bytes, std::memory_order_relaxed);
}

__attribute__((constructor)) void map_counters() {
  const char* path = std::getenv("FIRSTCOME_ALLOCATIONS");  // NOLINT(concurrency-mt-unsafe): before main
  const int fd = path != nullptr ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (fd < 0 || ftruncate(fd, sizeof(counters)) != 0) return;
  void* at = mmap(nullptr, sizeof(counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at != MAP_FAILED) counted = static_cast<counters*>(at);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  count(size);
  return __libc_malloc(size);
}

void* calloc(std::size_t n, std::size_t size) {
  count(n * size);
  return __libc_calloc(n, size);
}

void* realloc(void* old, std::size_t size) {
  count(size);
  return __libc_realloc(old, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  *out = memalign(alignment, size);
  return *out != nullptr ? 0 : ENOMEM;
}

}  // extern "C"
