// A connection's bytes into the machine that finds the requests in them. However they are cut on their way, the same
// requests must come out, and no byte may belong to two of them: that is what request smuggling would need.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz/must.hpp"
#include "http/request_framing.hpp"

namespace {

using namespace firstcome;
using outcome = http::request_framing::outcome;

constexpr std::size_t body_max = 64;

struct request_seen {
  std::string path;
  std::string authorization;
  std::string body;
  bool operator==(const request_seen&) const = default;
};

struct all_seen {
  std::vector<request_seen> requests;
  bool refused = false;
  std::string detail;
};

void check_request(const http::request_framing& machine) {
  must(machine.head().path.starts_with('/'));
  must(machine.body().size() <= body_max);
  if (!machine.head().chunked) must(machine.body().size() == machine.head().content_length);
}

bool take_all(http::request_framing& machine, all_seen& seen) {
  for (;;) {
    switch (machine.next()) {
      case outcome::need_more:
        return true;
      case outcome::head:
        machine.allow_body(body_max);
        break;
      case outcome::request:
        check_request(machine);
        seen.requests.push_back(
            {std::string(machine.head().path), std::string(machine.head().authorization), std::string(machine.body())});
        machine.forget_request();
        break;
      case outcome::refused:
        must(http::status_of(machine.why().what) >= 400);
        must(machine.next() == outcome::refused);  // for good
        seen.refused = true;
        seen.detail = machine.why().detail;
        return false;
    }
  }
}

all_seen read_in_pieces(std::string_view bytes, std::size_t piece) {
  http::request_framing machine;
  all_seen seen;
  while (!bytes.empty()) {
    const auto room = machine.room();
    must(!room.empty());
    const std::size_t size = std::min({room.size(), piece, bytes.size()});
    std::memcpy(room.data(), bytes.data(), size);
    machine.received(size);
    bytes.remove_prefix(size);
    if (!take_all(machine, seen)) break;
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const all_seen at_once = read_in_pieces(bytes, size);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100}}) {
    const all_seen cut = read_in_pieces(bytes, piece);
    must(cut.requests == at_once.requests);
    // What cannot become a head any more may be noticed later when it comes in pieces, and never earlier.
    must(at_once.refused || !cut.refused);
    if (cut.refused) must(cut.detail == at_once.detail);
  }
  return 0;
}
