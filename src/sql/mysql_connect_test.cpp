// Every way in which a connection can fail, against a real server: which failure it is said to be, and what to do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio.hpp>

#include <thread>

#include "sql/mysql.hpp"
#include "support/certificates.hpp"
#include "support/cutting_proxy.hpp"
#include "support/mariadb_server.hpp"

namespace firstcome::sql {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using testing::mariadb_server;
using ::testing::Not;
using testing::shared_mariadb;
using namespace std::chrono_literals;

struct refusal {
  connect_failure failure = connect_failure::other;
  std::string what = "it connected";
  bool may_pass = false;
};

refusal refusal_of(const std::string& url) {
  try {
    mysql_connection(parse_mysql_address(url), {.connect = 1s, .reply = 2s});
  } catch (const mysql_connect_error& e) {
    return {e.failure(), e.what(), e.may_pass()};
  }
  return {};
}

class mysql_connect_test : public ::testing::Test {
 protected:
  static void make_user(mariadb_server& server, const std::string& who) {
    server.execute("CREATE USER " + who);
    server.execute("GRANT ALL ON *.* TO " + who.substr(0, who.find(' ')));
  }
};

TEST_F(mysql_connect_test, a_good_url_connects_with_utf8_utc_and_strictness) {
  mysql_connection db(parse_mysql_address(shared_mariadb().url(shared_mariadb().make_database())));
  EXPECT_TRUE(db.is_mariadb());
  EXPECT_TRUE(db.alive());
  EXPECT_EQ(db.value("SELECT @@character_set_connection"), "utf8mb4");
  EXPECT_EQ(db.value("SELECT @@time_zone"), "+00:00");
  EXPECT_EQ(db.value("SELECT @@tx_isolation"), "READ-COMMITTED");
  EXPECT_THAT(db.value("SELECT @@sql_mode").value(), HasSubstr("STRICT_ALL_TABLES"));
  EXPECT_EQ(db.value("SELECT @@idle_transaction_timeout"), "5");
  EXPECT_EQ(db.value("SELECT " + db.quoted("it's a \\ \"쿠폰\"")), "it's a \\ \"쿠폰\"");
}

TEST_F(mysql_connect_test, a_socket_connects_too) {
  const auto& server = shared_mariadb();
  mysql_connection db(parse_mysql_address("mysql://root@/mysql?socket=" + server.socket()));
  EXPECT_TRUE(db.alive());
}

TEST_F(mysql_connect_test, nobody_listens) {
  mariadb_server server;
  const std::string url = server.url("mysql");
  server.kill_hard();
  const refusal r = refusal_of(url);
  EXPECT_EQ(r.failure, connect_failure::refused);
  EXPECT_TRUE(r.may_pass);
  EXPECT_THAT(r.what, AllOf(HasSubstr("root@127.0.0.1:"), HasSubstr("refused"), HasSubstr("Is the server running")));
  const refusal by_socket = refusal_of("mysql://root@/mysql?socket=/nowhere/socket");
  EXPECT_EQ(by_socket.failure, connect_failure::refused);
  EXPECT_THAT(by_socket.what, HasSubstr("/nowhere/socket"));
}

TEST_F(mysql_connect_test, a_server_that_hangs_is_given_up_in_time) {
  mariadb_server server;
  server.pause();
  const auto start = std::chrono::steady_clock::now();
  const refusal r = refusal_of(server.url("mysql"));
  server.resume();
  EXPECT_EQ(r.failure, connect_failure::no_answer) << r.what;
  EXPECT_TRUE(r.may_pass);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(mysql_connect_test, the_host_is_unknown) {
  const refusal r = refusal_of("mysql://root@no-such-host.invalid/mysql");
  EXPECT_EQ(r.failure, connect_failure::unknown_host) << r.what;
  EXPECT_THAT(r.what, AllOf(HasSubstr("no-such-host.invalid"), HasSubstr("DNS")));
}

TEST_F(mysql_connect_test, the_password_is_wrong_or_missing_and_is_not_shown) {
  mariadb_server& server = shared_mariadb();
  make_user(server, "shop@'%' IDENTIFIED BY 'sesame'");
  EXPECT_EQ(refusal_of(server.url("mysql", "shop", "sesame")).what, "it connected");
  const refusal wrong = refusal_of(server.url("mysql", "shop", "s3cret"));
  EXPECT_EQ(wrong.failure, connect_failure::access_denied);
  EXPECT_FALSE(wrong.may_pass);
  EXPECT_THAT(wrong.what, AllOf(HasSubstr("\"shop\""), HasSubstr("password is wrong"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(refusal_of(server.url("mysql", "shop")).what, HasSubstr("none was given"));
  EXPECT_EQ(refusal_of(server.url("mysql", "nobody", "x")).failure, connect_failure::access_denied);
}

TEST_F(mysql_connect_test, the_database_is_unknown_or_not_ours) {
  mariadb_server& server = shared_mariadb();
  const refusal unknown = refusal_of(server.url("nowhere"));
  EXPECT_EQ(unknown.failure, connect_failure::unknown_database) << unknown.what;
  EXPECT_THAT(unknown.what, HasSubstr("CREATE DATABASE nowhere"));
  server.execute("CREATE USER guest@'%' IDENTIFIED BY 'x'");
  const refusal not_ours = refusal_of(server.url("mysql", "guest", "x"));
  EXPECT_EQ(not_ours.failure, connect_failure::no_rights) << not_ours.what;
  EXPECT_THAT(not_ours.what, HasSubstr("GRANT ALL ON mysql.*"));
}

TEST_F(mysql_connect_test, a_way_to_authenticate_that_would_show_the_password_is_not_followed) {
  mariadb_server server({"--plugin-load-add=auth_pam"});
  server.execute("CREATE USER open@'%' IDENTIFIED VIA pam");
  const refusal r = refusal_of(server.url("mysql", "open", "s3cret"));
  EXPECT_EQ(r.failure, connect_failure::no_method) << r.what;
  EXPECT_THAT(r.what, HasSubstr("no way to authenticate in common"));
}

TEST_F(mysql_connect_test, too_many_connections_may_pass) {
  mariadb_server server({"--max-connections=10", "--extra-max-connections=1"});
  std::vector<mysql_connection> held;
  refusal r;
  for (int i = 0; i < 20 && r.failure == connect_failure::other; ++i) {
    try {
      held.emplace_back(parse_mysql_address(server.url("mysql")));
    } catch (const mysql_connect_error& e) {
      r = {e.failure(), e.what(), e.may_pass()};
    }
  }
  EXPECT_EQ(r.failure, connect_failure::too_many) << r.what;
  EXPECT_TRUE(r.may_pass);
}

/// Greets whoever comes first, and no more.
class greeter {
 public:
  explicit greeter(std::string greeting) : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    thread_ = std::thread([this, greeting = std::move(greeting)] {
      boost::system::error_code ignored;
      auto client = acceptor_.accept();
      write(client, boost::asio::buffer(greeting), ignored);
    });
  }
  ~greeter() { thread_.join(); }
  std::string url() const {
    return "mysql://root@127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/x";
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

TEST_F(mysql_connect_test, something_else_listens_there) {
  const greeter mail("220 mail.example ready\r\n");
  const refusal r = refusal_of(mail.url());
  EXPECT_NE(r.what, "it connected");
  EXPECT_THAT(r.what, HasSubstr("no connection to the database server")) << r.what;
}

// TLS

TEST_F(mysql_connect_test, without_tls_on_the_server_prefer_goes_on_and_require_does_not) {
  mariadb_server server({"--skip-ssl"});  // from 11.4 on it makes a certificate for itself
  const std::string url = server.url("mysql");
  EXPECT_FALSE(mysql_connection(parse_mysql_address(url + "?tls=prefer")).encrypted());
  EXPECT_FALSE(mysql_connection(parse_mysql_address(url + "?tls=off")).encrypted());
  for (const char* mode : {"require", "verify"}) {
    const refusal r = refusal_of(url + "?tls=" + mode);
    EXPECT_EQ(r.failure, connect_failure::no_tls) << r.what;
    EXPECT_THAT(r.what, AllOf(HasSubstr("offers no TLS"), HasSubstr(std::string("tls=") + mode)));
  }
}

TEST_F(mysql_connect_test, with_tls_on_the_server_each_mode_does_what_it_says) {
  const testing::certificates made("127.0.0.1");
  mariadb_server server({"--ssl-cert=" + made.cert(), "--ssl-key=" + made.key()});
  const std::string url = server.url("mysql");
  EXPECT_FALSE(mysql_connection(parse_mysql_address(url + "?tls=off")).encrypted());
  EXPECT_TRUE(mysql_connection(parse_mysql_address(url)).encrypted());
  EXPECT_TRUE(mysql_connection(parse_mysql_address(url + "?tls=require")).encrypted());
  EXPECT_TRUE(mysql_connection(parse_mysql_address(url + "?tls=verify&ca=" + made.ca())).encrypted());
  const refusal unknown_authority = refusal_of(url + "?tls=verify");
  EXPECT_EQ(unknown_authority.failure, connect_failure::tls_failed) << unknown_authority.what;
  EXPECT_THAT(unknown_authority.what, HasSubstr("ca= must name the authority"));
  const testing::certificates others("127.0.0.1");
  EXPECT_EQ(refusal_of(url + "?tls=verify&ca=" + others.ca()).failure, connect_failure::tls_failed);
  const refusal no_file = refusal_of(url + "?tls=verify&ca=/nowhere.pem");
  EXPECT_EQ(no_file.failure, connect_failure::tls_failed);
  EXPECT_THAT(no_file.what, HasSubstr("/nowhere.pem of the option ca cannot be read"));
}

TEST_F(mysql_connect_test, a_certificate_for_another_host_is_refused) {
  const testing::certificates made("db.example");
  mariadb_server server({"--ssl-cert=" + made.cert(), "--ssl-key=" + made.key(), "--bind-address=127.0.0.1,127.0.0.2"});
  // Not 127.0.0.1: Connector/C 3.4 takes that for this machine, and any name for right there.
  const std::string elsewhere = "mysql://root@127.0.0.2:" + std::to_string(server.port()) + "/mysql";
  EXPECT_EQ(refusal_of(elsewhere + "?tls=verify&ca=" + made.ca()).failure, connect_failure::tls_failed);
}

TEST_F(mysql_connect_test, a_connection_that_breaks_in_the_handshake_may_pass) {
  const testing::certificates made("127.0.0.1");
  mariadb_server server({"--ssl-cert=" + made.cert(), "--ssl-key=" + made.key()});
  testing::cutting_proxy proxy(server.port());
  proxy.cut_before("\x16\x03\x01");  // TLS' first message
  const refusal r = refusal_of("mysql://root@127.0.0.1:" + std::to_string(proxy.port()) + "/mysql?tls=require");
  EXPECT_EQ(r.failure, connect_failure::no_answer) << r.what;
  EXPECT_TRUE(r.may_pass) << r.what;
}

TEST_F(mysql_connect_test, a_server_or_user_that_wants_tls_says_so) {
  const testing::certificates made("127.0.0.1");
  mariadb_server server({"--ssl-cert=" + made.cert(), "--ssl-key=" + made.key(), "--require-secure-transport=ON"});
  const refusal r = refusal_of(server.url("mysql") + "?tls=off");
  // MariaDB before 11.4 does not tell this from a wrong password; later ones and MySQL do.
  EXPECT_THAT(r.failure, AnyOf(connect_failure::access_denied, connect_failure::tls_required)) << r.what;
  EXPECT_THAT(r.what, AnyOf(HasSubstr("or it may only come encrypted (tls=require)"),
                            HasSubstr("it takes encrypted connections only: use tls=require")));
  make_user(server, "closed@'%' IDENTIFIED BY 'x' REQUIRE SSL");
  EXPECT_EQ(refusal_of(server.url("mysql", "closed", "x")).what, "it connected");
}

}  // namespace
}  // namespace firstcome::sql
