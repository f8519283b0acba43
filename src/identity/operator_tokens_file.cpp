// read_tokens_file of operator_tokens.hpp: TOML, by a library that takes long to compile.

#include <toml++/toml.h>

#include <set>
#include <stdexcept>

#include "identity/operator_tokens.hpp"

namespace firstcome::identity {
namespace {

[[noreturn]] void refuse(const toml::node& at, const std::string& why) {
  throw std::invalid_argument("line " + std::to_string(at.source().begin.line) + ": " + why);
}

toml::table parse(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& e) {
    throw std::invalid_argument("line " + std::to_string(e.source().begin.line) +
                                ": not TOML: " + std::string(e.description()));
  }
}

std::string text_of(const toml::table& from, std::string_view name) {
  const toml::node* node = from.get(name);
  const auto* text = node == nullptr ? nullptr : node->as_string();
  if (text == nullptr) refuse(from, "a token needs a " + std::string(name) + ", as a text");
  return text->get();
}

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<token_hash> hash_from_hex(std::string_view text) {
  token_hash hash{};
  if (text.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const auto high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    hash[i] = static_cast<unsigned char>(*high << 4 | *low);
  }
  return hash;
}

operator_token token_of(const toml::table& from) {
  for (auto&& [key, node] : from)
    if (key.str() != "name" && key.str() != "role" && key.str() != "sha256")
      refuse(node, "a token has name, role and sha256, and no " + std::string(key.str()));
  const std::string name = text_of(from, "name");
  if (!is_token_name(name) || name == "admin")
    refuse(from, "a token's name may be 1 to 64 visible characters of ASCII, and not admin: that is the node's own");
  const std::optional<role> is = operators_role_named(text_of(from, "role"));
  if (!is) refuse(from, "a token's role may be till, viewer, operator or admin");
  const std::optional<token_hash> hash = hash_from_hex(text_of(from, "sha256"));
  if (!hash) refuse(from, "a token's sha256 may be 64 hexadecimal digits, as firstcome token create prints them");
  return {{name, *is}, *hash};
}

}  // namespace

std::vector<operator_token> read_tokens_file(std::string_view text) {
  const toml::table all = parse(text);
  std::vector<operator_token> tokens;
  std::set<std::string> names;
  for (auto&& [key, node] : all) {
    const toml::array* list = node.as_array();
    if (key.str() != "token" || list == nullptr || !list->is_homogeneous(toml::node_type::table))
      refuse(node, "there may be [[token]] tables only");
    for (const toml::node& each : *list) {
      tokens.push_back(token_of(*each.as_table()));
      if (!names.insert(tokens.back().who.name).second) refuse(each, "two tokens have the same name");
    }
  }
  return tokens;
}

}  // namespace firstcome::identity
