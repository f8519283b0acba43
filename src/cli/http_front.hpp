#pragma once

// What every node that serves HTTP makes of its http_options.

#include <memory>
#include <vector>

#include "cli/http_options.hpp"
#include "http/event_loop.hpp"
#include "http/loop_connections.hpp"
#include "http/server.hpp"
#include "identity/key_watch.hpp"
#include "identity/token_watch.hpp"

namespace firstcome::cli {

http::connection_limits limits_of(const http_options& options);
std::vector<std::unique_ptr<http::event_loop>> make_loops(int count);

/// Throws with what can be done about it.
void listen_at(http::server& server, const endpoint& at);

/// How users' tokens are verified, and who exchanges the keys; both null where users are trusted.
struct user_verification {
  std::shared_ptr<identity::user_tokens> tokens;
  std::shared_ptr<identity::key_watch> keys;  // null where they never change
  api::auth_settings with(api::auth_settings settings) const;
};
/// Asks the URL with keys, if there is one; throws std::runtime_error when it cannot be had after some tries.
user_verification verification_of(const http_options& options);

/// Watches the operators' tokens of `auth`; nothing when they come from no file.
std::unique_ptr<identity::token_watch> watch_tokens(const std::shared_ptr<identity::operator_tokens>& operators);

}  // namespace firstcome::cli
