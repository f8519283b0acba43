#pragma once

// What every node that serves HTTP to users can be told: where to listen, how much to take on, who may do what, and
// where the log goes. `serve` and `api` add their own to it.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/application.hpp"
#include "api/auth.hpp"
#include "cli/listen_address.hpp"
#include "identity/key_sources.hpp"
#include "runtime/config.hpp"
#include "runtime/log.hpp"
#include "runtime/secret.hpp"

namespace firstcome::cli {

struct http_options {
  endpoint listen{boost::asio::ip::address_v4::loopback(), 8080};
  std::filesystem::path port_file;  // empty: none is written

  int threads = 1;  // event loops
  int max_connections = 20000;
  int max_waiting = 16384;
  std::chrono::milliseconds request_timeout{5000};
  std::chrono::milliseconds idle_timeout{75000};
  int max_header_bytes = 8 * 1024;
  std::vector<std::string> allowed_origins;
  bool ids_as_text = false;
  std::filesystem::path web_dir;  // empty: the pages are those of the program
  bool rehearsal = false;         // a made-up crowd may be sent at a coupon of its own
  std::chrono::milliseconds drain_timeout{10000};

  api::user_auth user_auth = api::user_auth::trusted;
  bool trust_user_ids = false;
  std::optional<identity::algorithm> jwt_algorithm;  // nothing: what each key is for
  runtime::secret jwt_secret;                        // text, or base64:…
  std::filesystem::path jwt_public_key_file;         // one PEM or several
  std::filesystem::path jwt_jwks_file;
  std::string jwt_jwks_url;
  identity::token_rules jwt_rules;
  identity::user_token_settings tokens;  // what `check` made of these, for jwt; without the keys of the URL
  runtime::secret admin_token;
  std::filesystem::path tokens_file;  // empty: the first admin works alone

  runtime::log::options log;
  bool access_log = false;

  std::vector<std::string> warnings;  // for the log, once it runs
};

void describe_network(runtime::config& settings, http_options& options);
void describe_access(runtime::config& settings, http_options& options, const std::string& admin_token_help);
/// Where the log goes and what it says; without the access log.
void describe_log(runtime::config& settings, runtime::log::options& options);
void describe_access_log(runtime::config& settings, http_options& options);

/// What needs more than one setting to be checked, and what the machine allows (it raises the limit of open files, and
/// lowers max_connections to what fits, with a warning). Reads the key for users' tokens, and tries it. Throws
/// `wrong_usage`.
void check_http(http_options& options);

/// How the API looks from outside, by checked `options`.
api::wire_settings wire_settings_of(const http_options& options);
/// Where the keys for users' tokens come from.
identity::key_origins key_origins_of(const http_options& options);
/// Who works here; `admin_token` is the one that was given or kept in the data folder. Reads the tokens file.
std::shared_ptr<identity::operator_tokens> operators_of(const http_options& options,
                                                        const runtime::secret& admin_token);
/// What the API needs to know of checked `options`.
api::auth_settings auth_settings_of(const http_options& options,
                                    std::shared_ptr<const identity::operator_tokens> operators);
api::auth_settings auth_settings_of(const http_options& options, const runtime::secret& admin_token);

}  // namespace firstcome::cli
