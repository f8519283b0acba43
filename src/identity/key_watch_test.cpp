#include "identity/key_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "identity/base64.hpp"
#include "identity/jwks_fetch.hpp"
#include "support/eventually.hpp"
#include "support/key_server.hpp"
#include "support/temporary_directory.hpp"
#include "support/token_signer.hpp"

namespace firstcome::identity {
namespace {

using namespace std::chrono_literals;
using firstcome::testing::eventually;
using firstcome::testing::key_server;
using firstcome::testing::patience;
using ::testing::HasSubstr;
using asked = key_watch::asked;

/// A set with keys of these names. Which key it is does not matter here, but that there are as many.
std::string set_of(const std::vector<std::string>& ids) {
  std::string keys;
  for (const std::string& id : ids) {
    const std::string x = encode_base64url(std::string(31, 'x') + id.substr(0, 1));
    keys += (keys.empty() ? "" : ",") + (R"({"kty":"OKP","crv":"Ed25519","kid":")" + id + R"(","x":")" + x + "\"}");
  }
  return R"({"keys":[)" + keys + "]}";
}

class keys_that_are_read_again : public ::testing::Test {
 protected:
  void start(key_origins from, key_watch::options options = slow()) {
    key_sources sources(std::move(from));
    sources.read();
    tokens_ = std::make_shared<user_tokens>(user_token_settings{.rules = {}, .keys = sources.keys()});
    watch_.emplace(tokens_, std::move(sources), options);
  }
  /// Nothing happens but what the test asks for.
  static key_watch::options slow() { return {.look_at_files_every = 1h, .fetch_every = 1h, .fetch_again_after = 1h}; }

  bool knows(const std::string& id) const { return !tokens_->keys()->why_none(algorithm::eddsa, id); }
  bool soon_knows(const std::string& id) const {
    return eventually([&] { return knows(id); });
  }
  /// Waits until that was tried.
  asked ask() {
    std::promise<void> done;
    auto soon = done.get_future();
    const asked how = watch_->read_for_unknown_key([&] { done.set_value(); });
    EXPECT_TRUE(how != asked::will_be_read || soon.wait_for(patience) == std::future_status::ready);
    return how;
  }

  const firstcome::testing::temporary_directory folder_;
  key_server issuer_{set_of({"a"})};
  std::shared_ptr<user_tokens> tokens_;
  std::optional<key_watch> watch_;
};

TEST_F(keys_that_are_read_again, are_there_when_a_token_names_a_new_one) {
  start({.jwks_url = issuer_.url()});
  EXPECT_TRUE(knows("a"));
  issuer_.say(set_of({"a", "b"}));
  EXPECT_FALSE(knows("b"));
  EXPECT_EQ(ask(), asked::will_be_read);
  EXPECT_TRUE(knows("b"));
}

TEST_F(keys_that_are_read_again, are_not_asked_for_again_at_once_whoever_makes_up_names) {
  start({.jwks_url = issuer_.url()});
  EXPECT_EQ(ask(), asked::will_be_read);
  EXPECT_EQ(issuer_.asked(), 2);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(), asked::not_now);
  EXPECT_EQ(issuer_.asked(), 2);
}

TEST_F(keys_that_are_read_again, are_waited_for_together) {
  key_watch::options options = slow();
  options.waiting_max = 2;
  start({.jwks_url = issuer_.url()}, options);
  issuer_.be_silent();
  std::atomic<int> went_on{0};
  const auto then = [&] { ++went_on; };
  EXPECT_EQ(watch_->read_for_unknown_key(then), asked::will_be_read);
  EXPECT_EQ(watch_->read_for_unknown_key(then), asked::will_be_read);
  EXPECT_EQ(watch_->read_for_unknown_key(then), asked::too_many_wait);
  issuer_.say(set_of({"b"}));
  EXPECT_TRUE(eventually([&] { return went_on == 2; }));
  EXPECT_TRUE(knows("b"));
  EXPECT_FALSE(knows("a")) << "it is not among them any more";
}

TEST_F(keys_that_are_read_again, stay_while_new_ones_cannot_be_had) {
  key_watch::options options = slow();
  options.read_for_unknown_keys_every = 0ms;
  start({.jwks_url = issuer_.url()}, options);
  for (const auto& [text, status] :
       {std::pair(std::string("away"), 503), std::pair(std::string("no keys"), 200),
        std::pair(std::string(R"({"keys":[]})"), 200), std::pair(std::string(key_text_max + 1, ' '), 200)}) {
    issuer_.say(text, status);
    EXPECT_EQ(ask(), asked::will_be_read);
    EXPECT_TRUE(knows("a")) << status;
  }
  issuer_.say(set_of({"b"}));
  EXPECT_EQ(ask(), asked::will_be_read);
  EXPECT_TRUE(knows("b"));
}

TEST_F(keys_that_are_read_again, come_from_the_url_now_and_then_and_when_asked) {
  key_watch::options options = slow();
  options.look_at_files_every = 5ms;
  options.fetch_every = 10ms;
  start({.jwks_url = issuer_.url()}, options);
  issuer_.say(set_of({"b"}));
  EXPECT_TRUE(soon_knows("b"));
  start({.jwks_url = issuer_.url()});
  issuer_.say(set_of({"c"}));
  watch_->read_again();
  EXPECT_TRUE(soon_knows("c"));
}

TEST_F(keys_that_are_read_again, come_from_a_file_that_changes) {
  const std::filesystem::path file = folder_.path() / "keys.json";
  std::ofstream(file) << set_of({"a"});
  key_watch::options options = slow();
  options.look_at_files_every = 5ms;
  start({.jwks_file = file}, options);
  std::ofstream(file) << "half a fi";
  std::ofstream(folder_.path() / "next.json") << set_of({"a", "b"});
  std::filesystem::rename(folder_.path() / "next.json", file);
  EXPECT_TRUE(soon_knows("b"));
  EXPECT_TRUE(knows("a"));
}

TEST_F(keys_that_are_read_again, do_not_hold_up_the_end_of_the_node) {
  start({.jwks_url = issuer_.url()});
  issuer_.be_silent();
  std::atomic<int> went_on{0};
  EXPECT_EQ(watch_->read_for_unknown_key([&] { ++went_on; }), asked::will_be_read);
  EXPECT_TRUE(eventually([&] { return issuer_.asked() == 2; }));
  watch_->close();
  EXPECT_EQ(went_on, 1);
  EXPECT_EQ(watch_->read_for_unknown_key([&] { ++went_on; }), asked::too_many_wait) << "nobody knows any more";
}

TEST(urls_with_keys, are_https_or_of_this_machine) {
  for (const char* good : {"https://id.example/keys", "https://10.0.0.1:8443/realms/x/protocol/openid-connect/certs",
                           "http://127.0.0.1:9000/keys", "http://[::1]:9000/keys", "http://localhost/keys"})
    EXPECT_TRUE(is_fetchable(good)) << good;
  for (const char* bad : {"http://id.example/keys", "http://127.0.0.1.id.example/", "http://127.evil/",
                          "ftp://127.0.0.1/", "file:///etc/passwd", "id.example/keys", "", "https://",
                          "https://user:pass@id.example/keys", "http://localhost.evil/", "http://10.0.0.1/"})
    EXPECT_FALSE(is_fetchable(bad)) << bad;
}

TEST(urls_with_keys, are_not_followed_to_elsewhere) {
  key_server issuer("moved");
  issuer.say("moved", 302);
  try {
    fetch(issuer.url());
    ADD_FAILURE();
  } catch (const std::runtime_error& why) {
    EXPECT_THAT(why.what(), HasSubstr("302"));
  }
}

}  // namespace
}  // namespace firstcome::identity
