#include "runtime/secret.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "support/temporary_directory.hpp"

namespace firstcome::runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void write(const fs::path& file, const std::string& text, fs::perms mode) {
  std::ofstream(file) << text;
  fs::permissions(file, mode);
}

constexpr fs::perms owner_only = fs::perms::owner_read | fs::perms::owner_write;

TEST(admin_token, is_made_once_for_the_owner_only_and_used_again) {
  testing::temporary_directory folder;
  const fs::path file = folder.path() / "admin.token";
  const secret made = read_or_make_token(file);
  EXPECT_THAT(std::string(made.reveal()), MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(fs::status(file).permissions(), owner_only);
  EXPECT_EQ(text_of(file), std::string(made.reveal()) + "\n");
  EXPECT_EQ(read_or_make_token(file).reveal(), made.reveal());
}

TEST(admin_token, differs_from_folder_to_folder) {
  testing::temporary_directory folder;
  EXPECT_NE(read_or_make_token(folder.path() / "a").reveal(), read_or_make_token(folder.path() / "b").reveal());
}

TEST(admin_token, is_refused_when_others_may_read_its_file) {
  testing::temporary_directory folder;
  const fs::path file = folder.path() / "admin.token";
  write(file, "hunter2\n", owner_only | fs::perms::others_read);
  try {
    read_or_make_token(file);
    FAIL() << "a token that everybody can read was taken";
  } catch (const std::runtime_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("chmod 600"));
    EXPECT_THAT(e.what(), ::testing::Not(HasSubstr("hunter")));
  }
}

TEST(admin_token, may_be_read_by_a_group_of_the_process) {
  testing::temporary_directory folder;
  const fs::path file = folder.path() / "admin.token";
  write(file, std::string(32, 't') + "\n", owner_only | fs::perms::group_read | fs::perms::group_write);
  ASSERT_EQ(chown(file.c_str(), static_cast<uid_t>(-1), getegid()), 0);
  EXPECT_EQ(read_or_make_token(file).reveal(), std::string(32, 't'));
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to a group that is not its own";
  ASSERT_EQ(chown(file.c_str(), static_cast<uid_t>(-1), 54321), 0);
  EXPECT_THROW(read_or_make_token(file), std::runtime_error);
}

TEST(admin_token, is_refused_when_it_could_be_guessed) {
  testing::temporary_directory folder;
  const fs::path file = folder.path() / "admin.token";
  write(file, std::string(31, 't') + "\n", owner_only);
  EXPECT_THROW(read_or_make_token(file), std::runtime_error);
  EXPECT_EQ(read_token(file).size(), 31U) << "a client sends what it was given";
}

TEST(admin_token, is_refused_when_the_file_holds_none) {
  testing::temporary_directory folder;
  const fs::path file = folder.path() / "admin.token";
  for (const char* wrong : {"", "\n", "two words\n", "two\nlines\n"}) {
    write(file, wrong, owner_only);
    EXPECT_THROW(read_or_make_token(file), std::runtime_error) << wrong;
  }
}

TEST(admin_token, cannot_be_made_where_there_is_no_folder) {
  testing::temporary_directory folder;
  EXPECT_THROW(read_or_make_token(folder.path() / "none" / "admin.token"), std::runtime_error);
}

TEST(argument_list, loses_the_secrets_and_nothing_else) {
  std::vector<std::string> words{"firstcome", "serve", "--admin-token", "one", "--jwt-secret=two", "--listen", ":1"};
  std::vector<char*> argv;
  argv.reserve(words.size());
  for (auto& w : words) argv.push_back(w.data());
  wipe_arguments(static_cast<int>(argv.size()), argv.data(), {"--admin-token", "--jwt-secret"});
  EXPECT_STREQ(argv[3], "");
  EXPECT_STREQ(argv[4], "--jwt-secret=");
  EXPECT_EQ(words[3], std::string(3, '\0'));
  EXPECT_STREQ(argv[2], "--admin-token");
  EXPECT_STREQ(argv[6], ":1");
}

TEST(argument_list, a_secret_flag_at_the_end_has_nothing_to_wipe) {
  std::string program = "firstcome";
  std::string flag = "--admin-token";
  char* argv[] = {program.data(), flag.data()};
  wipe_arguments(2, argv, {"--admin-token"});
  EXPECT_STREQ(argv[1], "--admin-token");
}

}  // namespace
}  // namespace firstcome::runtime
