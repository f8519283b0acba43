#pragma once

// TLS under a connection to Redis, where hiredis has it (1.0 and newer, built with FIRSTCOME_REDIS_TLS). The server's
// certificate must be signed by an authority that OpenSSL trusts by default (SSL_CERT_FILE and SSL_CERT_DIR name
// others) and must name the host of the URL.

#include "redis/address.hpp"

struct redisContext;

namespace firstcome::redis {

/// Throws `store_unavailable` when it cannot be set up or, on a blocking connection, when the server is not to be
/// trusted. Where hiredis is too old it is never called: `parse_address` refuses the URL.
void start_tls(redisContext& under, const node_address& node);

}  // namespace firstcome::redis
