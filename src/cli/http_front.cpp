#include "cli/http_front.hpp"

#include <boost/asio/error.hpp>

#include <stdexcept>

#include <stdexcept>
#include <thread>

#include "runtime/log.hpp"

namespace firstcome::cli {
namespace {

constexpr int tries_at_start = 3;
constexpr std::chrono::milliseconds between_tries{1000};

// An issuer that is just being restarted is waited for. Without keys nobody could be let in: better not to start.
void read_patiently(identity::key_sources& sources) {
  for (int left = tries_at_start; left > 0; --left) {
    try {
      return sources.read();
    } catch (const std::invalid_argument& why) {
      if (left == 1) throw std::runtime_error(why.what());
      runtime::log::warn(std::string(why.what()) + "; trying again");
      std::this_thread::sleep_for(between_tries);
    }
  }
}

}  // namespace

http::connection_limits limits_of(const http_options& options) {
  return {.request_timeout = options.request_timeout,
          .idle_timeout = options.idle_timeout,
          .connections_max = static_cast<std::size_t>(options.max_connections),
          .head_max = static_cast<std::size_t>(options.max_header_bytes),
          .access_log = options.access_log};
}

std::vector<std::unique_ptr<http::event_loop>> make_loops(int count) {
  std::vector<std::unique_ptr<http::event_loop>> loops;
  for (int n = 0; n < count; ++n) loops.push_back(std::make_unique<http::event_loop>());
  return loops;
}

void listen_at(http::server& server, const endpoint& at) try {
  server.listen(usable_here(at));
} catch (const boost::system::system_error& failed) {
  const std::string sentence = "cannot listen on " + to_string(at) + ": ";
  if (failed.code() == boost::asio::error::address_in_use)
    throw std::runtime_error(sentence +
                             "another program listens there. Stop that one first, or choose another port with "
                             "--listen (port 0 takes a free one)");
  if (failed.code() == boost::asio::error::access_denied)
    throw std::runtime_error(sentence +
                             "permission denied. Ports below 1024 need the right CAP_NET_BIND_SERVICE; choose "
                             "another with --listen");
  if (failed.code() == boost::system::errc::address_not_available)
    throw std::runtime_error(sentence +
                             "this machine has no such address. Choose one of its own with --listen, or "
                             ":PORT for all of them");
  throw;
}

user_verification verification_of(const http_options& options) {
  if (options.user_auth != api::user_auth::jwt) return {};
  identity::key_sources sources(key_origins_of(options));
  read_patiently(sources);
  user_verification made;
  made.tokens = std::make_shared<identity::user_tokens>(
      identity::user_token_settings{.rules = options.jwt_rules, .keys = sources.keys()});
  if (sources.origins().can_change()) {
    const identity::key_watch::pace pace{.waiting_max = static_cast<std::size_t>(options.max_waiting)};
    made.keys = std::make_shared<identity::key_watch>(made.tokens, std::move(sources), pace);
  }
  return made;
}

api::auth_settings user_verification::with(api::auth_settings settings) const {
  settings.verify_by = tokens;
  settings.key_watch = keys;
  return settings;
}

std::unique_ptr<identity::token_watch> watch_tokens(const std::shared_ptr<identity::operator_tokens>& operators) {
  return operators->file().empty() ? nullptr : std::make_unique<identity::token_watch>(operators);
}

}  // namespace firstcome::cli
