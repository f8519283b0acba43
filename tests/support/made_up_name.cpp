#include "support/made_up_name.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <map>
#include <mutex>

namespace firstcome::testing {
namespace {

struct entry {
  std::vector<std::string> addresses;
  int lookups = 0;
};

std::mutex& lock() {
  static std::mutex one;
  return one;
}

std::map<std::string, entry, std::less<>>& names() {
  static std::map<std::string, entry, std::less<>> all;
  return all;
}

using look_up = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

look_up usual() {
  static const auto found = reinterpret_cast<look_up>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return found;
}

/// One list of what each address by itself resolves to; `freeaddrinfo` frees it link by link.
int all_of(const std::vector<std::string>& addresses, const char* service, const addrinfo* hints, addrinfo** result) {
  addrinfo** end = result;
  *result = nullptr;
  for (const std::string& address : addresses) {
    if (usual()(address.c_str(), service, hints, end) != 0) continue;  // of a family that was not asked for
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return *result == nullptr ? EAI_NONAME : 0;
}

}  // namespace

made_up_name::made_up_name(std::vector<std::string> addresses) {
  static int made = 0;
  const std::lock_guard locked(lock());
  name_ = "store-" + std::to_string(++made) + ".made-up.test";
  names()[name_].addresses = std::move(addresses);
}

made_up_name::~made_up_name() {
  const std::lock_guard locked(lock());
  names().erase(name_);
}

void made_up_name::now_has(std::vector<std::string> addresses) {
  const std::lock_guard locked(lock());
  names()[name_].addresses = std::move(addresses);
}

int made_up_name::lookups() const {
  const std::lock_guard locked(lock());
  return names()[name_].lookups;
}

}  // namespace firstcome::testing

/// Stands before the C library's, for the libraries as well.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  using namespace firstcome::testing;
  std::unique_lock locked(lock());
  const auto found = node == nullptr ? names().end() : names().find(std::string_view(node));
  if (found == names().end()) {
    locked.unlock();
    return usual()(node, service, hints, result);
  }
  ++found->second.lookups;
  const std::vector<std::string> addresses = found->second.addresses;
  locked.unlock();
  return all_of(addresses, service, hints, result);
}
