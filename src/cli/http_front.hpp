#pragma once

// What every node that serves HTTP makes of its http_options, and the parts of which its front consists.

#include <memory>
#include <vector>

#include "cli/http_options.hpp"
#include "http/event_loop.hpp"
#include "http/loop_connections.hpp"
#include "http/server.hpp"
#include "identity/key_watch.hpp"
#include "identity/token_watch.hpp"
#include "runtime/component_list.hpp"

namespace firstcome::cli {

http::connection_limits limits_of(const http_options& options);

using event_loops = std::vector<std::unique_ptr<http::event_loop>>;
event_loops make_loops(int count);

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

/// The tokens of operators and of users, and who reads them again.
class token_sources {
 public:
  /// Throws as `verification_of`, and for a file with tokens that is none.
  token_sources(const http_options& options, const runtime::secret& admin_token);
  api::auth_settings settings_of(const http_options& options) const;
  /// False: nothing can change.
  bool read_again();

 private:
  const std::shared_ptr<identity::operator_tokens> operators_;
  const user_verification users_;
  const std::unique_ptr<identity::token_watch> watch_;
};

/// The first of a front's parts, without threads yet.
const event_loops& make_event_loops(runtime::component_list& parts, int count);
/// Bound to `at`. It is quiet when it has no clients. Throws as `listen_at`.
http::server& make_server(runtime::component_list& parts, const event_loops& loops, http::application& application,
                          const http::connection_limits& limits, const runtime::clock& clock, const endpoint& at);
/// The loops' threads: after everything that lives on them, for they end first.
void start_event_loops(runtime::component_list& parts, const event_loops& loops);

}  // namespace firstcome::cli
