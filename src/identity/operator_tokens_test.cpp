#include "identity/operator_tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "identity/token_watch.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::identity {
namespace {

using firstcome::testing::eventually;
using firstcome::testing::temporary_directory;
using ::testing::HasSubstr;

std::string hash_text(std::string_view token) {
  return to_hex(hash_of(token));
}

std::string why_not(std::string_view text) {
  try {
    read_tokens_file(text);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

TEST(operator_tokens, that_are_made_are_found_with_their_name_and_role) {
  temporary_directory folder;
  const auto file = folder.path() / "tokens.toml";
  const made_token till = make_operator_token(role::till, "till-3"), chief = make_operator_token(role::admin, "ann");
  std::ofstream(file) << till.table << "\n" << chief.table;
  const operator_tokens tokens("the first admin", file);
  EXPECT_EQ(tokens.find(hash_of(till.token))->name, "till-3");
  EXPECT_EQ(tokens.find(hash_of(till.token))->is, role::till);
  EXPECT_EQ(tokens.find(hash_of(chief.token))->is, role::admin);
  EXPECT_EQ(tokens.find(hash_of("the first admin"))->name, "admin");
  EXPECT_EQ(tokens.find(hash_of(hash_text(till.token))), std::nullopt) << "the hash is no token";
  EXPECT_NE(make_operator_token(role::till, "x").token, make_operator_token(role::till, "x").token);
}

TEST(tokens_file, says_what_is_wrong_and_where) {
  const std::string hash = "sha256 = \"" + hash_text("x") + "\"\n";
  EXPECT_EQ(why_not(""), "");
  EXPECT_EQ(why_not("[[token]]\nname = \"a\"\nrole = \"till\"\n" + hash), "");
  EXPECT_THAT(why_not("[[token\n"), HasSubstr("TOML"));
  EXPECT_THAT(why_not("[token]\nname = \"a\"\n"), HasSubstr("[[token]]"));
  EXPECT_THAT(why_not("[[tokens]]\nname = \"a\"\n"), HasSubstr("[[token]]"));
  EXPECT_THAT(why_not("[[token]]\nrole = \"till\"\n" + hash), HasSubstr("name"));
  EXPECT_THAT(why_not("[[token]]\nname = \"a\"\nrole = \"user\"\n" + hash), HasSubstr("till, viewer"));
  EXPECT_THAT(why_not("[[token]]\nname = \"admin\"\nrole = \"till\"\n" + hash), HasSubstr("admin"));
  EXPECT_THAT(why_not("[[token]]\nname = \"a b\"\nrole = \"till\"\n" + hash), HasSubstr("visible"));
  EXPECT_THAT(why_not("[[token]]\nname = \"a\"\nrole = \"till\"\nsha256 = \"beef\"\n"), HasSubstr("64"));
  EXPECT_THAT(why_not("[[token]]\nname = \"a\"\nrole = \"till\"\ntoken = \"x\"\n" + hash), HasSubstr("line 4"));
  const std::string same = "[[token]]\nname = \"a\"\nrole = \"till\"\n" + hash;
  EXPECT_THAT(why_not(same + same), HasSubstr("same name"));
}

TEST(operator_tokens, stay_as_they_were_when_the_file_cannot_be_used) {
  temporary_directory folder;
  const auto file = folder.path() / "tokens.toml";
  EXPECT_THROW(operator_tokens("the first admin", file), std::invalid_argument);
  const made_token till = make_operator_token(role::till, "till-3");
  std::ofstream(file) << till.table;
  operator_tokens tokens("the first admin", file);
  std::ofstream(file) << "broken";
  EXPECT_TRUE(tokens.has_changed());
  EXPECT_THROW(tokens.read_again(), std::invalid_argument);
  EXPECT_TRUE(tokens.find(hash_of(till.token)));
  EXPECT_FALSE(tokens.has_changed()) << "it is not tried again until it changes again";
}

TEST(token_watch, sees_a_token_come_and_go) {
  temporary_directory folder;
  const auto file = folder.path() / "tokens.toml";
  std::ofstream(file) << "";
  const auto tokens = std::make_shared<operator_tokens>("the first admin", file);
  token_watch watch(tokens, std::chrono::milliseconds(10));
  const made_token till = make_operator_token(role::till, "till-3");
  const auto known = [&] { return tokens->find(hash_of(till.token)).has_value(); };
  EXPECT_FALSE(known());
  std::ofstream(file) << till.table;
  EXPECT_TRUE(eventually(known));
  std::ofstream(file) << "# nobody\n";
  EXPECT_TRUE(eventually([&] { return !known(); }));
}

TEST(token_watch, reads_when_it_is_asked) {
  temporary_directory folder;
  const auto file = folder.path() / "tokens.toml";
  std::ofstream(file) << "";
  const auto tokens = std::make_shared<operator_tokens>("the first admin", file);
  token_watch watch(tokens, std::chrono::hours(1));
  const made_token till = make_operator_token(role::till, "till-3");
  std::ofstream(file) << till.table;
  watch.read_again();
  EXPECT_TRUE(eventually([&] { return tokens->find(hash_of(till.token)).has_value(); }));
}

}  // namespace
}  // namespace firstcome::identity
