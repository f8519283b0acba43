// Loaded into a node before its own libraries: names that stand in the file FIRSTCOME_TEST_NAMES (a line "name address"
// each) are looked up there, at each look-up anew; all others as ever. It takes no memory and one file for a moment:
// nodes that have run out of memory look names up, too. See faults/moving_addresses.cpp.

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace {

using look_up = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
using buffer = std::array<char, 4096>;

look_up usual() {
  static const auto found = reinterpret_cast<look_up>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return found;
}

/// False: the file cannot be read now.
bool read_names(const char* path, buffer& into, std::string_view& text) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t count = read(file, into.data(), into.size());
  close(file);
  text = std::string_view(into.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
  return count >= 0;
}

/// The address of the name, ended with a zero in its place; null without one.
const char* address_of(std::string_view name, buffer& names, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return nullptr;
    const std::string_view line = text.substr(0, end);
    if (line.size() > name.size() + 1 && line.starts_with(name) && line[name.size()] == ' ') {
      names[static_cast<std::size_t>(line.data() - names.data()) + end] = '\0';
      return line.data() + name.size() + 1;
    }
    text.remove_prefix(end + 1);
  }
  return nullptr;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  const char* const path = getenv("FIRSTCOME_TEST_NAMES");
  if (path == nullptr || node == nullptr || !std::string_view(node).ends_with(".made-up.test"))
    return usual()(node, service, hints, result);
  buffer names;
  std::string_view text;
  if (!read_names(path, names, text)) return EAI_AGAIN;
  const char* const address = address_of(node, names, text);
  return address == nullptr ? EAI_NONAME : usual()(address, service, hints, result);
}
