#include "cli/http_front.hpp"

#include <boost/asio/error.hpp>

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

event_loops make_loops(int count) {
  event_loops loops;
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
    const identity::key_watch::options watch{.waiting_max = static_cast<std::size_t>(options.max_waiting)};
    made.keys = std::make_shared<identity::key_watch>(made.tokens, std::move(sources), watch);
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

token_sources::token_sources(const http_options& options, const runtime::secret& admin_token)
    : operators_(operators_of(options, admin_token)),
      users_(verification_of(options)),
      watch_(watch_tokens(operators_)) {}

api::auth_settings token_sources::settings_of(const http_options& options) const {
  return users_.with(auth_settings_of(options, operators_));
}

bool token_sources::read_again() {
  if (watch_) watch_->read_again();
  if (users_.keys) users_.keys->read_again();
  return watch_ || users_.keys;
}

const event_loops& make_event_loops(runtime::component_list& parts, int count) {
  return parts.make("event loops", [count] { return std::make_unique<event_loops>(make_loops(count)); });
}

http::server& make_server(runtime::component_list& parts, const event_loops& loops, http::application& application,
                          const http::connection_limits& limits, const runtime::clock& clock, const endpoint& at) {
  http::server& server = parts.make("HTTP server", [&] {
    auto made = std::make_unique<http::server>(loops, application, limits, clock);
    listen_at(*made, at);
    return made;
  });
  const auto give_up = [&server] {
    server.drain();  // a node that was not asked to leave would otherwise wait for new clients for ever
    server.abort();
  };
  parts.with({.start = [&server] { server.start(); },
              .refuse = [&server] { server.drain(); },
              .quiet = [&server] { return server.connections() == 0; },
              .give_up = give_up});
  return server;
}

void start_event_loops(runtime::component_list& parts, const event_loops& loops) {
  const auto start = [&loops] {
    for (const auto& loop : loops) loop->start();
  };
  const auto stop = [&loops] {
    for (const auto& loop : loops) loop->finish();
  };
  parts.add("threads of the event loops", {.start = start, .stop = stop});
}

}  // namespace firstcome::cli
