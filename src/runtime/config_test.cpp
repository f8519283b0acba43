#include "runtime/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "runtime/config_kinds.hpp"

namespace firstcome::runtime {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

enum class flavour { plain, spicy };

struct config_test : ::testing::Test {
  config_test() {
    settings.add("port", "a port", whole_number(port, 1, 65535));
    settings.add("flavour", "a taste", choice(taste, {{"plain", flavour::plain}, {"spicy", flavour::spicy}}));
    settings.add("loud", "noise", on_off(loud));
    settings.add("admin-token", "for operators", secret_text(token));
  }

  void resolve(const given_flags& flags, const std::map<std::string, std::string>& environment, std::string_view toml) {
    const std::array tables{std::string("serve"), std::string("audit")};
    auto lookup = [&](const std::string& name) -> std::optional<std::string> {
      auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    settings.resolve(flags, lookup, config_file::parse(toml, "test.toml", tables));
  }

  std::string refusal(const given_flags& flags, const std::map<std::string, std::string>& environment,
                      std::string_view toml) {
    try {
      resolve(flags, environment, toml);
    } catch (const wrong_usage& e) {
      return e.what();
    }
    return "";
  }

  int port = 80;
  flavour taste = flavour::plain;
  bool loud = false;
  secret token;
  config settings{"serve"};
};

TEST_F(config_test, the_default_holds_when_nothing_is_given) {
  resolve({}, {}, "");
  EXPECT_EQ(port, 80);
}

TEST_F(config_test, the_file_goes_before_the_default) {
  resolve({}, {}, "[serve]\nport = 1\nflavour = 'spicy'\nloud = true\n");
  EXPECT_EQ(port, 1);
  EXPECT_EQ(taste, flavour::spicy);
  EXPECT_TRUE(loud);
}

TEST_F(config_test, the_environment_goes_before_the_file) {
  resolve({}, {{"FIRSTCOME_PORT", "2"}}, "[serve]\nport = 1\n");
  EXPECT_EQ(port, 2);
}

TEST_F(config_test, the_flag_goes_before_the_environment) {
  resolve({{"port", "3"}}, {{"FIRSTCOME_PORT", "2"}}, "[serve]\nport = 1\n");
  EXPECT_EQ(port, 3);
}

TEST_F(config_test, a_switch_in_the_environment_can_turn_off_what_the_file_turned_on) {
  resolve({}, {{"FIRSTCOME_LOUD", "false"}}, "[serve]\nloud = true\n");
  EXPECT_FALSE(loud);
}

TEST_F(config_test, a_wrong_flag_is_refused_with_what_it_was_and_what_it_may_be) {
  EXPECT_THAT(refusal({{"port", "65536"}}, {}, ""), AllOf(HasSubstr("--port"), HasSubstr("command line"),
                                                          HasSubstr("\"65536\""), HasSubstr("from 1 to 65535")));
}

TEST_F(config_test, a_wrong_variable_is_refused_by_its_name) {
  EXPECT_THAT(refusal({}, {{"FIRSTCOME_FLAVOUR", "sour"}}, ""),
              AllOf(HasSubstr("FIRSTCOME_FLAVOUR"), HasSubstr("\"sour\""), HasSubstr("plain, spicy")));
}

TEST_F(config_test, a_wrong_value_in_the_file_is_refused_with_its_line) {
  EXPECT_THAT(refusal({}, {}, "[serve]\n\nport = 'many'\n"),
              AllOf(HasSubstr("test.toml, line 3"), HasSubstr("\"many\"")));
}

TEST_F(config_test, a_wrong_value_that_is_overridden_does_no_harm) {
  resolve({{"port", "3"}}, {}, "[serve]\nport = 'many'\n");
  EXPECT_EQ(port, 3);
}

TEST_F(config_test, an_unknown_key_is_refused_with_its_line_and_the_known_ones) {
  EXPECT_THAT(
      refusal({}, {}, "[serve]\nport = 1\nprot = 2\n"),
      AllOf(HasSubstr("test.toml, line 3"), HasSubstr("\"prot\"; did you mean port?"), HasSubstr("port, flavour")));
}

TEST_F(config_test, an_unknown_table_and_a_key_outside_of_tables_are_refused) {
  EXPECT_THAT(refusal({}, {}, "[server]\nport = 1\n"), AllOf(HasSubstr("line 1"), HasSubstr("[serve]")));
  EXPECT_THAT(refusal({}, {}, "port = 1\n"), HasSubstr("\"port\" is not a table"));
}

TEST_F(config_test, another_sub_commands_table_is_not_ours_to_judge) {
  resolve({}, {}, "[audit]\nanything = 1\n");
  EXPECT_EQ(port, 80);
}

TEST_F(config_test, a_file_that_is_not_toml_is_refused_with_its_line) {
  EXPECT_THAT(refusal({}, {}, "[serve]\nport = \n"), HasSubstr("test.toml, line 2"));
  EXPECT_THAT(refusal({}, {}, "[serve]\nport = 1.5\n"), HasSubstr("whole number"));
}

TEST_F(config_test, a_secret_in_a_flag_is_taken_with_a_warning_that_does_not_show_it) {
  resolve({{"admin-token", "hunter2"}}, {}, "");
  EXPECT_EQ(token.reveal(), "hunter2");
  ASSERT_EQ(settings.warnings().size(), 1U);
  EXPECT_THAT(settings.warnings()[0], AllOf(HasSubstr("FIRSTCOME_ADMIN_TOKEN"), Not(HasSubstr("hunter2"))));
}

TEST_F(config_test, a_secret_in_the_environment_needs_no_warning) {
  resolve({}, {{"FIRSTCOME_ADMIN_TOKEN", "hunter2"}}, "");
  EXPECT_EQ(token.reveal(), "hunter2");
  EXPECT_TRUE(settings.warnings().empty());
}

TEST_F(config_test, a_wrong_secret_is_refused_without_being_shown) {
  EXPECT_THAT(refusal({}, {{"FIRSTCOME_ADMIN_TOKEN", "hunter two"}}, ""),
              AllOf(HasSubstr("--admin-token"), Not(HasSubstr("hunter"))));
}

TEST(whole_number, is_digits_and_nothing_else) {
  for (const char* wrong : {"", " 1", "1 ", "+1", "0x1", "1e3", "1.0", "99999999999999999999"})
    EXPECT_FALSE(read_whole_number(wrong, 0, 100)) << wrong;
  EXPECT_EQ(read_whole_number("100", 0, 100), 100);
}

}  // namespace
}  // namespace firstcome::runtime
