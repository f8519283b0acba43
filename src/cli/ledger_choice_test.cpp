#include "cli/ledger_choice.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

/// Settings as `firstcome audit` has them.
struct choice {
  bool folder(const runtime::given_flags& flags, const std::map<std::string, std::string>& environment = {}) {
    runtime::config settings("audit");
    settings.add("data-dir", "", runtime::path(folder_, "FOLDER"));
    settings.add("redis", "", runtime::text(redis_, "URL"));
    settings.add("database", "", runtime::text(database_, "URL"));
    const auto variable = [&](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    settings.resolve(flags, variable, {});
    return folder_is_meant(settings);
  }

  std::filesystem::path folder_;
  std::string redis_, database_;
};

TEST(which_ledger, is_the_folder_unless_stores_are_named) {
  EXPECT_TRUE(choice().folder({}));
  EXPECT_TRUE(choice().folder({{"data-dir", "d"}}));
  EXPECT_TRUE(choice().folder({}, {{"FIRSTCOME_DATA_DIR", "d"}}));
  EXPECT_FALSE(choice().folder({{"redis", "r"}}));
  EXPECT_FALSE(choice().folder({}, {{"FIRSTCOME_DATABASE", "m"}}));
}

TEST(which_ledger, is_the_flags_where_the_environment_names_the_other) {
  EXPECT_TRUE(choice().folder({{"data-dir", "d"}}, {{"FIRSTCOME_DATABASE", "m"}, {"FIRSTCOME_REDIS", "r"}}));
  EXPECT_FALSE(choice().folder({{"database", "m"}}, {{"FIRSTCOME_DATA_DIR", "d"}}));
}

TEST(which_ledger, is_the_stores_where_the_environment_names_both) {
  EXPECT_FALSE(choice().folder({}, {{"FIRSTCOME_DATA_DIR", "d"}, {"FIRSTCOME_DATABASE", "m"}}));
}

TEST(which_ledger, is_not_guessed_where_two_flags_name_two) {
  try {
    (void)choice().folder({{"data-dir", "d"}, {"redis", "r"}});
    ADD_FAILURE() << "nothing was refused";
  } catch (const runtime::wrong_usage& e) {
    EXPECT_STREQ(e.what(), "--data-dir and --redis name two ledgers: give one of them");
  }
}

}  // namespace
}  // namespace firstcome::cli
