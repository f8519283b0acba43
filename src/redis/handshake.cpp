#include "redis/handshake.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "redis/command.hpp"
#include "redis/error_reply.hpp"

namespace firstcome::redis {
namespace {

struct requirement {
  std::string_view setting;
  std::string_view wanted;
  std::string_view good_enough;  // another value that will do; may be empty
  durability from_here_on;       // required by this and by everything stronger
};

constexpr std::array requirements{
    // An evicted user would be let in a second time, so this one is asked for even by `none`.
    requirement{"maxmemory-policy", "noeviction", "", durability::none},
    requirement{"appendonly", "yes", "", durability::everysec},
    requirement{"appendfsync", "everysec", "always", durability::everysec},
    requirement{"no-appendfsync-on-rewrite", "no", "", durability::everysec},
    requirement{"appendfsync", "always", "", durability::always},
};

bool applies(const requirement& one, durability wanted) {
  if (wanted == durability::assumed) return false;
  if (one.setting == "appendfsync") return one.from_here_on == wanted;
  return wanted <= one.from_here_on;  // the enumeration goes from strong to weak
}

/// Of scripts as ours are: a shebang with flags (Redis 7.0), INFO from inside.
constexpr std::string_view trial_script =
    "#!lua flags=no-writes\nreturn string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')";
constexpr int oldest_major_version = 7;

/// What stands behind "name:" on a line of its own.
std::string_view field_of(std::string_view info, std::string_view name) {
  const std::size_t at = info.find("\n" + std::string(name) + ":");
  if (at == std::string_view::npos) return {};
  const std::string_view from = info.substr(at + name.size() + 2);
  return from.substr(0, from.find_first_of("\r\n"));
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

}  // namespace

handshake::handshake(const address& at, durability wanted) : at_(at), wanted_(wanted) {
  if (!at.user.empty() || !at.password.empty()) steps_.push_back({step::log_in});
  if (at.database != 0) steps_.push_back({step::select});
  steps_.push_back({step::version});
  if (!at.cluster) steps_.push_back({step::role});  // in a cluster a replica answers MOVED by itself
  for (const requirement& each : requirements)
    if (applies(each, wanted)) steps_.push_back({step::config, std::string(each.setting)});
  steps_.push_back({step::ping});  // refused while Redis loads its data, unlike the others
  steps_.push_back({step::script});
}

std::string handshake::bytes(std::size_t n) const {
  const entry& asked = steps_.at(n);
  const std::string database = std::to_string(at_.database);
  std::vector<std::string_view> words;
  switch (asked.what) {
    case step::log_in:
      words = {"AUTH"};
      if (!at_.user.empty()) words.push_back(at_.user);
      words.push_back(at_.password.reveal());
      break;
    case step::select:
      words = {"SELECT", database};
      break;
    case step::role:
      words = {"ROLE"};
      break;
    case step::config:
      words = {"CONFIG", "GET", asked.setting};
      break;
    case step::version:
      words = {"INFO", "server"};
      break;
    case step::ping:
      words = {"PING"};
      break;
    case step::script:
      words = {"EVAL", trial_script, "0"};
      break;
  }
  std::string bytes;
  append_command(bytes, words);
  return bytes;
}

std::optional<handshake::refusal> handshake::check(std::size_t n, reply_view answer) const {
  const entry& asked = steps_.at(n);
  if (answer.is_error()) return check_error(asked, answer.text());
  if (asked.what == step::config) return check_setting(asked.setting, answer);
  if (asked.what == step::version) return check_version(answer.text());
  if (asked.what == step::role && answer.size() > 0 && answer[0].text() != "master")
    return refusal{fault::not_now, "is a " + (answer[0].text() == "slave" ? "replica" : std::string(answer[0].text())) +
                                       ", and only a master can be written to"};
  return std::nullopt;
}

namespace {

/// Refused for good, or just now: while a script runs too long, a replica has lost its master, a cluster fails over.
handshake::refusal check_script_error(std::string_view error) {
  const std::string said = " (it said: " + std::string(error) + ")";
  const bool forbidden = error.starts_with("NOPERM") || error.find("can't run this command") != std::string_view::npos;
  if (forbidden || error.starts_with("ERR unknown command"))
    return {handshake::fault::misconfigured,
            "does not let this user run scripts" + said +
                ". Allow them, and what they call: ACL SETUSER … +@scripting +@read +@write +@stream +info +publish"};
  return {handshake::fault::not_now, "cannot run a script now" + said};
}

}  // namespace

/// Everybody who is compatible says which version of Redis he is compatible with.
std::optional<handshake::refusal> handshake::check_version(std::string_view info) const {
  const std::string_view version = field_of(info, "redis_version");
  int major = 0;
  const auto [end, wrong] = std::from_chars(version.data(), version.data() + version.size(), major);
  if (wrong != std::errc() || major >= oldest_major_version) return std::nullopt;  // the trial of a script tells
  return refusal{fault::misconfigured, "is version " + std::string(version) +
                                           ", and firstcome needs 7.0 or later (or Valkey): its scripts do not run "
                                           "there. Upgrade it"};
}

std::optional<handshake::refusal> handshake::check_error(const entry& asked, std::string_view error) const {
  const std::string said = " (it said: " + std::string(error) + ")";
  if (kind_of(error) == error_kind::loading || error.starts_with("ERR max number of clients"))
    return refusal{fault::not_now, "is not ready" + said};
  if (error.starts_with("NOAUTH"))
    return refusal{fault::misconfigured, "wants a password: give one in the Redis URL, as :password@"};
  switch (asked.what) {
    case step::log_in:
      return refusal{fault::misconfigured, "does not accept the user or password of the Redis URL" + said};
    case step::select:
      return refusal{fault::misconfigured, "does not have that database" + said};
    case step::role:
      return std::nullopt;  // not everybody may ask; a write to a replica is refused anyway
    case step::ping:
      return refusal{fault::not_now, "is not ready" + said};
    case step::version:
      return refusal{fault::misconfigured,
                     "does not say its version" + said +
                         ". Allow INFO to this user (ACL SETUSER … +info), the scripts need it too"};
    case step::script:
      return check_script_error(error);
    case step::config:
      break;
  }
  return refusal{fault::misconfigured, "does not tell how durable it is: CONFIG GET is refused" + said +
                                           ". Allow it to this user, or, if you know that it is durable enough, set "
                                           "the durability to 'assumed'"};
}

std::optional<handshake::refusal> handshake::check_setting(const std::string& setting, reply_view answer) const {
  const std::string_view value = answer.size() == 2 ? answer[1].text() : std::string_view();
  const auto required = std::find_if(requirements.begin(), requirements.end(), [&](const requirement& each) {
    return each.setting == setting && applies(each, wanted_);
  });
  if (value == required->wanted || (!value.empty() && value == required->good_enough)) return std::nullopt;
  const std::string wanted(required->wanted);
  std::string sentence = "would lose what it answered: its setting " + setting + " is " + quoted(value) +
                         " and must be " + quoted(required->wanted);
  // CONFIG SET writes the file anew from memory: of a Redis that came up empty by mistake, over all that it had.
  if (setting == "appendonly")
    sentence +=
        ". Restart it with appendonly yes (in redis.conf, or --appendonly yes), on the data that it is to have;"
        " do not set it while it runs, which would write over a file that is there";
  else
    sentence += ". Change it (CONFIG SET " + setting + " " + wanted + ", and in redis.conf)";
  if (required->from_here_on != durability::none) sentence += ", or ask for a weaker durability by name";
  return refusal{fault::not_durable_enough, std::move(sentence)};
}

void throw_refusal(const node_address& node, const handshake::refusal& why) {
  const std::string sentence = "Redis at " + to_string(node) + " " + why.sentence;
  switch (why.kind) {
    case handshake::fault::not_now:
      throw store_unavailable(sentence);
    case handshake::fault::misconfigured:
      throw misconfigured(sentence);
    case handshake::fault::not_durable_enough:
      throw not_durable_enough(sentence);
  }
  throw store_unavailable(sentence);
}

}  // namespace firstcome::redis
