#pragma once

// Gets a JSON Web Key Set over HTTPS. It blocks, for `fetch_max` at most, and is for no event loop's
// thread. Thread safety: any thread.

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

namespace firstcome::identity {

inline constexpr std::chrono::milliseconds fetch_max{5000};
inline constexpr std::size_t key_text_max = 1024 * 1024;  // bytes of a key set, or of a file with keys

/// https://…, or http:// to this machine itself (127.0.0.0/8, [::1], localhost): whoever is between a node and its
/// issuer's keys could otherwise sign as the issuer.
bool is_fetchable(const std::string& url);

/// The certificate must be good for the URL's host by the system's authorities, or by SSL_CERT_FILE's. Redirects are
/// not followed. Throws std::runtime_error, saying what went wrong. `stop`: once it is true, the transfer is given up
/// soon.
std::string fetch(const std::string& url, const std::atomic<bool>* stop = nullptr);

}  // namespace firstcome::identity
