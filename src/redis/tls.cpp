#include "redis/tls.hpp"

#include <hiredis/hiredis.h>

#include "domain/error.hpp"

#if defined(FIRSTCOME_REDIS_TLS)
#include <arpa/inet.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>
#endif

namespace firstcome::redis {

#if defined(FIRSTCOME_REDIS_TLS)

namespace {

/// Trusts what the machine trusts. Made once: reading the authorities takes milliseconds.
SSL_CTX* trust() {
  static const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> made = [] {
    SSL_CTX* const fresh = SSL_CTX_new(TLS_client_method());
    if (fresh != nullptr) {
      SSL_CTX_set_min_proto_version(fresh, TLS1_2_VERSION);
      SSL_CTX_set_verify(fresh, SSL_VERIFY_PEER, nullptr);
      SSL_CTX_set_default_verify_paths(fresh);
    }
    return std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>(fresh, SSL_CTX_free);
  }();
  return made.get();
}

/// hiredis itself looks at the chain only, not at whose certificate it is.
bool expect_host(SSL* tls, const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored;
  const bool number =
      inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 || inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
  if (number) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
  return SSL_set_tlsext_host_name(tls, host.c_str()) == 1 && SSL_set1_host(tls, host.c_str()) == 1;
}

}  // namespace

void start_tls(redisContext& under, const node_address& node) {
  SSL* const tls = trust() == nullptr ? nullptr : SSL_new(trust());
  if (tls == nullptr || !expect_host(tls, node.host)) {
    SSL_free(tls);
    throw store_unavailable("TLS to Redis at " + to_string(node) + " cannot be set up");
  }
  if (redisInitiateSSL(&under, tls) == REDIS_OK) return;  // `tls` is freed with the connection
  SSL_free(tls);
  throw store_unavailable("no TLS with Redis at " + to_string(node) + ": " + std::string(under.errstr));
}

#else

void start_tls(redisContext&, const node_address& node) {
  throw store_unavailable("Redis at " + to_string(node) + " cannot be reached: hiredis is too old for TLS");
}

#endif

}  // namespace firstcome::redis
