#include "cli/http_options.hpp"

#include <algorithm>

#include "http/server.hpp"
#include "identity/jwks_fetch.hpp"
#include "runtime/config_kinds.hpp"
#include "runtime/machine.hpp"

namespace firstcome::cli {
namespace {

using namespace firstcome::runtime;
using api::user_auth;

// Descriptors that are not connections: the ledger and its readers, event loops, listeners, the log, some room.
constexpr int descriptors_reserved = 128;
constexpr std::size_t admin_token_size_min = 32;  // of characters: the node makes 64
constexpr int checker_threads_max = 4;            // each checks 20,000 signatures a second and more
constexpr int connections_advised = 10'000;       // with the default, fewer are worth a warning

void refuse_without_keys(const http_options& o, const identity::key_origins& from) {
  const bool by_secret = o.jwt_algorithm == identity::algorithm::hs256;
  const bool by_key = from.can_change();
  if (by_secret && o.jwt_secret.empty())
    throw wrong_usage("--user-auth jwt with --jwt-algorithm HS256 needs --jwt-secret (better: FIRSTCOME_JWT_SECRET)");
  if (by_secret && by_key)
    throw wrong_usage(
        "--jwt-algorithm HS256 is for --jwt-secret only: leave out --jwt-public-key-file, --jwt-jwks-file and "
        "--jwt-jwks-url, or --jwt-algorithm");
  if (o.jwt_algorithm && !by_secret && !by_key)
    throw wrong_usage("--user-auth jwt with --jwt-algorithm " + std::string(name_of(*o.jwt_algorithm)) +
                      " needs --jwt-public-key-file, --jwt-jwks-file or --jwt-jwks-url");
  if (o.jwt_algorithm && !by_secret && !o.jwt_secret.empty())
    throw wrong_usage("--jwt-secret is for HS256, and --jwt-algorithm is " + std::string(name_of(*o.jwt_algorithm)) +
                      ": leave out one of them");
  if (!from.any())
    throw wrong_usage(
        "--user-auth jwt needs a key to check tokens with: --jwt-jwks-url, --jwt-jwks-file, --jwt-public-key-file, or "
        "--jwt-secret (better: FIRSTCOME_JWT_SECRET)");
  if (!from.jwks_url.empty() && !identity::is_fetchable(from.jwks_url))
    throw wrong_usage("--jwt-jwks-url cannot be " + from.jwks_url +
                      ": it may be an https:// URL, or http:// to this machine itself (127.0.0.1, [::1], localhost), "
                      "because whoever is in between could exchange the keys");
}

/// What is here already; what the URL says is asked for when the node starts.
identity::user_token_settings token_settings_of(const http_options& o) {
  identity::key_sources sources(key_origins_of(o));
  refuse_without_keys(o, sources.origins());
  try {
    sources.read(identity::key_sources::which::all_but_url);
  } catch (const std::invalid_argument& why) {
    throw wrong_usage(why.what());
  }
  return {.rules = o.jwt_rules, .keys = sources.keys()};
}

value_kind origins(std::vector<std::string>& into) {
  value_kind kind = text_list(into, "ORIGIN");
  kind.take = [&into, take = kind.take](const std::string& text) {
    return take(text) && std::all_of(into.begin(), into.end(), [](const auto& one) { return api::is_origin(one); });
  };
  kind.may_be =
      "an origin as browsers send it, like https://shop.example or http://localhost:3000 (no path, no slash at "
      "the end), or *";
  return kind;
}

void check_origins(const http_options& o) {
  const bool any = std::find(o.allowed_origins.begin(), o.allowed_origins.end(), "*") != o.allowed_origins.end();
  if (any && o.user_auth == user_auth::trusted)
    throw wrong_usage(
        "--allow-origin * with --user-auth trusted would let every page issue coupons in any user's name. "
        "Name the origins, or use --user-auth jwt");
}

// Somebody else's identity provider signs for many services: without an audience, a token for any of them is good here.
void warn_of_foreign_audiences(http_options& o) {
  const bool by_key = key_origins_of(o).can_change();
  if (!by_key || !o.jwt_rules.audiences.empty() || o.listen.address().is_loopback()) return;
  o.warnings.push_back(
      "no --jwt-audience is set: every token that the same issuer signed for any other service is "
      "accepted here");
}

void check_operators(const http_options& o) {
  if (!o.admin_token.empty() && o.admin_token.size() < admin_token_size_min)
    throw wrong_usage(
        "--admin-token (FIRSTCOME_ADMIN_TOKEN) is too short and could be guessed: it may have 32 "
        "characters or more, as openssl rand -hex 32 makes them");
  if (o.tokens_file.empty()) return;
  try {
    identity::operator_tokens("only to try the file", o.tokens_file);
  } catch (const std::invalid_argument& why) {
    throw wrong_usage("--tokens: " + std::string(why.what()));
  }
}

void check_web_dir(const http_options& o) {
  if (o.web_dir.empty()) return;
  if (!o.listen.address().is_loopback())
    throw wrong_usage(
        "--web-dir is for who works on the pages, and reads files at each request: use it with --listen 127.0.0.1:…");
  try {
    api::pages({.from_disk = o.web_dir});
  } catch (const std::invalid_argument& why) {
    throw wrong_usage("--web-dir: " + std::string(why.what()));
  }
}

void check_user_auth(http_options& o) {
  if (o.user_auth == user_auth::trusted) {
    if (o.listen.address().is_loopback() || o.trust_user_ids) return;
    throw wrong_usage("--listen " + to_string(o.listen) + " can be reached by others, and --user-auth is trusted: " +
                      "whoever reaches it can issue coupons in any user's name. Give --trust-user-ids if a gateway " +
                      "in front has checked the user ids, or use --user-auth jwt, or listen on 127.0.0.1");
  }
  o.tokens = token_settings_of(o);
  warn_of_foreign_audiences(o);
}

void fit_connections(http_options& o) {
  const int fits = raise_open_files_limit() - descriptors_reserved - static_cast<int>(http::refused_connections_max);
  if (fits < 1) throw wrong_usage("the limit of open files (ulimit -n) is too low: it may be 512 or more");
  if (o.max_connections <= fits) return;
  const bool asked_for = o.max_connections != http_options{}.max_connections;
  if (asked_for || fits < connections_advised)
    o.warnings.push_back("max-connections " + std::to_string(o.max_connections) + " is " + std::to_string(fits) +
                         " now, to fit the limit of open files: see ulimit -n");
  o.max_connections = fits;
}

}  // namespace

void describe_network(config& settings, http_options& o) {
  settings.group("Network");
  settings.add("listen", "where to listen; port 0 takes a free one", listen_kind(o.listen));
  settings.add("port-file", "once listening, the address and port are written here, as one line ADDRESS:PORT",
               path(o.port_file, "PATH"));
  settings.add("max-connections",
               "connections at a time; the longest idle give way to new ones, and where none is idle new ones are "
               "answered 503 and "
               "closed",
               whole_number(o.max_connections, 1, 1'000'000));
  settings.add("request-timeout-ms", "from a request's first byte to its answer",
               milliseconds(o.request_timeout, 10, 600'000));
  settings.add("max-header-bytes", "of a request's line and header; tokens with many roles in them are long",
               whole_number(o.max_header_bytes, 1024, 64 * 1024));
  settings.add("idle-timeout-ms", "a connection without a request is closed after this; longer than the balancer's own",
               milliseconds(o.idle_timeout, 10, 86'400'000));
  settings.add("drain-timeout-ms", "after SIGTERM, how long answers in flight may take",
               milliseconds(o.drain_timeout, 0, 600'000));
  settings.add("allow-origin",
               "pages of this origin may use the API from a browser, like https://shop.example; may be repeated; * for "
               "all of them, with user-auth jwt only",
               origins(o.allowed_origins));
  settings.add("ids", "how answers write ids: as numbers, or as decimal text for clients that cannot hold 2^53 + 1",
               choice(o.ids_as_text, {{"number", false}, {"string", true}}));
  settings.add("web-dir",
               "for who works on the pages: they are read from this folder at each request, and not from the program; "
               "on this machine only",
               path(o.web_dir, "FOLDER"));
  settings.add(
      "rehearsal",
      "admins may have a made-up crowd sent at a coupon that is made for it (POST /v1/rehearsals, and a button "
      "on the console); for the days before an event",
      on_off(o.rehearsal));
}

namespace {

void describe_user_tokens(config& settings, http_options& o) {
  using enum identity::algorithm;
  using chosen = std::optional<identity::algorithm>;
  settings.add("jwt-algorithm",
               "how users' tokens are signed, and no other way; auto: HS256 with the secret, and with each key what it "
               "says or what is usual for it (RSA: RS256)",
               choice(o.jwt_algorithm, {{"auto", chosen{}},
                                        {"HS256", chosen{hs256}},
                                        {"RS256", chosen{rs256}},
                                        {"PS256", chosen{ps256}},
                                        {"ES256", chosen{es256}},
                                        {"EdDSA", chosen{eddsa}}}));
  settings.add("jwt-secret", "for HS256: what their issuer signs with, at least 32 bytes, as text or as base64:…",
               secret_text(o.jwt_secret));
  settings.add("jwt-public-key-file", "the issuer's public key in PEM; several, while it changes its key",
               path(o.jwt_public_key_file, "PATH"));
  settings.add("jwt-jwks-file", "the issuer's keys as a JSON Web Key Set; a token's kid chooses among them",
               path(o.jwt_jwks_file, "PATH"));
  settings.add("jwt-jwks-url",
               "where the issuer publishes such a set, https://…; read at start, every ten minutes, for a kid that is "
               "new (at most once in ten seconds), and on SIGHUP",
               text(o.jwt_jwks_url, "URL"));
  settings.add("jwt-issuer", "what a token's iss must be", text(o.jwt_rules.issuer, "TEXT"));
  settings.add("jwt-audience", "what a token's aud must be, or name; repeat it for several, one of them is enough",
               text_list(o.jwt_rules.audiences, "TEXT"));
  settings.add("jwt-user-claim", "the claim that names the user: a whole number, or its decimal text",
               text(o.jwt_rules.user_claim, "NAME"));
  settings.add("jwt-leeway-ms", "by how much the issuer's clock may differ from ours, for exp and nbf",
               milliseconds(o.jwt_rules.leeway, 0, 300'000));
  settings.add("jwt-allow-no-exp", "takes tokens without exp, which never expire", on_off(o.jwt_rules.allow_no_expiry));
}

}  // namespace

void describe_access(config& settings, http_options& o, const std::string& admin_token_help) {
  settings.group("Who may do what");
  settings.add("user-auth",
               "trusted: the request names its user (a gateway has checked it); jwt: a bearer token does, by its sub",
               choice(o.user_auth, {{"trusted", user_auth::trusted}, {"jwt", user_auth::jwt}}));
  settings.add("trust-user-ids", "needed with trusted when listening beyond this machine", on_off(o.trust_user_ids));
  describe_user_tokens(settings, o);
  settings.add("admin-token", admin_token_help, secret_text(o.admin_token));
  settings.add("tokens",
               "who else works here: [[token]] tables, made by firstcome token create; read again when it changes",
               path(o.tokens_file, "FILE"));
}

void describe_log(config& settings, log::options& o) {
  settings.group("Log (standard error)");
  using namespace spdlog::level;
  settings.add("log-level", "the least grave that is written",
               choice(o.lowest, {{"trace", trace},
                                 {"debug", spdlog::level::debug},
                                 {"info", spdlog::level::info},
                                 {"warn", spdlog::level::warn},
                                 {"error", err},
                                 {"off", off}}));
  settings.add("log-format", "auto: text on a terminal, JSON lines otherwise",
               choice(o.format, {{"auto", log::line_format::automatic},
                                 {"text", log::line_format::text},
                                 {"json", log::line_format::json}}));
}

void describe_access_log(config& settings, http_options& o) {
  settings.add("access-log", "one line a request", on_off(o.access_log));
}

api::wire_settings wire_settings_of(const http_options& o) {
  return {.allowed_origins = o.allowed_origins,
          .ids_as_text = o.ids_as_text,
          .web_dir = o.web_dir,
          .rehearsal = o.rehearsal};
}

identity::key_origins key_origins_of(const http_options& o) {
  return {.secret = o.jwt_secret,
          .pem_file = o.jwt_public_key_file,
          .jwks_file = o.jwt_jwks_file,
          .jwks_url = o.jwt_jwks_url,
          .only = o.jwt_algorithm};
}

std::shared_ptr<identity::operator_tokens> operators_of(const http_options& o, const secret& admin_token) {
  return std::make_shared<identity::operator_tokens>(admin_token.reveal(), o.tokens_file);
}

api::auth_settings auth_settings_of(const http_options& o, std::shared_ptr<const identity::operator_tokens> operators) {
  const auto waiting_max = static_cast<std::size_t>(o.max_waiting);
  return {.admin_token = {},
          .users = o.user_auth,
          .tokens = o.tokens,
          .operators = std::move(operators),
          .checking = {.threads = static_cast<std::size_t>(std::clamp(usable_cpus() - 1, 1, checker_threads_max)),
                       .waiting_max = waiting_max,
                       .suspects_max = std::max<std::size_t>(waiting_max / 16, 1)}};
}

api::auth_settings auth_settings_of(const http_options& o, const secret& admin_token) {
  return auth_settings_of(o, operators_of(o, admin_token));
}

void check_http(http_options& o) {
  o.listen = usable_here(o.listen);
  check_user_auth(o);
  check_origins(o);
  check_operators(o);
  check_web_dir(o);
  fit_connections(o);
}

}  // namespace firstcome::cli
