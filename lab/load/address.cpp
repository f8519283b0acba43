#include "lab/load/address.hpp"

#include <netdb.h>

#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace firstcome::load {

endpoint parse_url(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme))
    throw std::invalid_argument("the crowd speaks http:// to the nodes themselves: " + std::string(url) + " is none");
  std::string_view authority = url.substr(scheme.size());
  authority = authority.substr(0, authority.find('/'));
  const std::size_t colon = authority.rfind(':');
  endpoint target{.host = std::string(authority.substr(0, colon)), .port = 80};
  if (colon == authority.npos) return target;
  const std::string_view digits = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), target.port);
  if (error != std::errc{} || end != digits.data() + digits.size() || target.host.empty())
    throw std::invalid_argument("not an http:// address: " + std::string(url));
  return target;
}

address resolve(const endpoint& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &found);
      error != 0)
    throw std::runtime_error("cannot resolve " + target.host + ": " + gai_strerror(error));
  address resolved;
  std::memcpy(&resolved.storage, found->ai_addr, found->ai_addrlen);
  resolved.length = found->ai_addrlen;
  freeaddrinfo(found);
  return resolved;
}

}  // namespace firstcome::load
