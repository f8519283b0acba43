#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "cli/serve.hpp"
#include "http/server.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string p256_public_key = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkMUW30f6DlWEZFrCrBWBGFxFVTuc
DOUKV6i1efiKJjJ+62/L78DRN+e6J1JQDC07oh8oeAKLKi0UlC7otay/9Q==
-----END PUBLIC KEY-----
)";

/// Leaves in `options` what `check` makes of them.
std::string refusal(serve_options& options) {
  try {
    check(options);
  } catch (const runtime::wrong_usage& e) {
    return e.what();
  }
  return "";
}

std::string refusal(serve_options&& options) {
  return refusal(options);
}

serve_options listening_at(const std::string& address) {
  serve_options options;
  options.listen = parse_listen_address(address).value();
  return options;
}

TEST(serve_options, trusted_user_ids_are_for_loopback_unless_told_so) {
  EXPECT_EQ(refusal(listening_at("127.0.0.1:0")), "");
  EXPECT_EQ(refusal(listening_at("[::1]:0")), "");
  EXPECT_THAT(refusal(listening_at("0.0.0.0:0")), AllOf(HasSubstr("--trust-user-ids"), HasSubstr("0.0.0.0:0")));
  EXPECT_THAT(refusal(listening_at(":0")), HasSubstr("--trust-user-ids"));
  auto told = listening_at(":0");
  told.trust_user_ids = true;
  EXPECT_EQ(refusal(told), "");
}

TEST(serve_options, jwt_with_a_shared_secret_needs_one_that_cannot_be_guessed) {
  auto options = listening_at(":0");
  options.user_auth = api::user_auth::jwt;
  EXPECT_THAT(refusal(options), HasSubstr("--jwt-secret"));
  options.jwt_secret = runtime::secret{std::string(31, 's')};
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("--jwt-secret"), HasSubstr("too short"), Not(HasSubstr("sss"))));
  options.jwt_secret = runtime::secret{std::string(32, 's')};
  EXPECT_EQ(refusal(options), "");
  EXPECT_EQ(auth_settings_of(options, runtime::secret{"t"}).tokens.keys.size(), 1U);
}

TEST(serve_options, jwt_with_a_key_pair_needs_the_public_key) {
  testing::temporary_directory folder;
  auto options = listening_at(":0");
  options.user_auth = api::user_auth::jwt;
  options.jwt_algorithm = identity::algorithm::es256;
  EXPECT_THAT(refusal(options), HasSubstr("--jwt-public-key-file"));
  options.jwt_public_key_file = folder.path() / "key.pem";
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("--jwt-public-key-file"), HasSubstr("key.pem"), HasSubstr("read")));
  std::ofstream(options.jwt_public_key_file) << p256_public_key;
  EXPECT_EQ(refusal(options), "");
  EXPECT_EQ(auth_settings_of(options, runtime::secret{"t"}).tokens.keys.keys().at(0).bound_to(),
            identity::algorithm::es256);
}

TEST(serve_options, a_public_key_that_no_token_could_be_checked_with_is_found_before_the_start) {
  testing::temporary_directory folder;
  auto options = listening_at(":0");
  options.user_auth = api::user_auth::jwt;
  options.jwt_algorithm = identity::algorithm::es256;
  options.jwt_public_key_file = folder.path() / "key.pem";
  for (const char* useless : {"", "x", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n"}) {
    std::ofstream(options.jwt_public_key_file) << useless;
    EXPECT_THAT(refusal(options), AllOf(HasSubstr("--jwt-public-key-file"), HasSubstr("key.pem"), HasSubstr("PEM")));
  }
  std::ofstream(options.jwt_public_key_file) << p256_public_key;
  options.jwt_algorithm = identity::algorithm::rs256;
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("--jwt-public-key-file"), HasSubstr("RSA")));
}

TEST(serve_options, a_data_dir_that_is_a_file_is_refused) {
  testing::temporary_directory folder;
  serve_options options;
  options.data_dir = folder.path() / "file";
  std::ofstream(options.data_dir) << "x";
  EXPECT_THAT(refusal(options), HasSubstr("not a folder"));
}

TEST(serve_options, connections_are_bounded_by_the_limit_of_open_files) {
  serve_options options;
  options.max_connections = 2'000'000'000;
  check(options);
  EXPECT_LT(options.max_connections, 2'000'000'000);
  EXPECT_FALSE(options.warnings.empty());
}

TEST(serve_options, the_limit_of_open_files_has_room_for_clients_that_are_turned_away) {
  serve_options options;
  options.max_connections = 2'000'000'000;
  check(options);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_LT(static_cast<rlim_t>(options.max_connections) + http::refused_connections_max, limit.rlim_cur);
}

TEST(serve_options, every_setting_shows_a_name_in_the_environment_and_what_it_does) {
  serve_options options;
  runtime::config settings("serve");
  describe(settings, options);
  ASSERT_FALSE(settings.settings().empty());
  for (const auto& s : settings.settings()) {
    EXPECT_FALSE(s.description.empty()) << s.name;
    EXPECT_FALSE(s.kind.may_be.empty()) << s.name;
    EXPECT_THAT(s.environment, ::testing::StartsWith("FIRSTCOME_"));
  }
}

}  // namespace
}  // namespace firstcome::cli
