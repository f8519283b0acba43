// `firstcome coupon issues`: the list of winners leaves whole, or with an error.

#include <gmock/gmock.h>
#include <boost/asio.hpp>
#include <boost/json/parse.hpp>

#include <thread>

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class issues_export : public system_test {
 protected:
  finished_child issues(std::vector<std::string> more, std::string url = "") {
    std::vector<std::string> arguments{FIRSTCOME_BINARY, "coupon", "issues"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.insert(arguments.end(), {"--url", url.empty() ? server().url() : url, "--token-file",
                                       (server().data_dir() / "admin.token").string()});
    return run_to_end({.arguments = std::move(arguments), .working_directory = folder_.path()});
  }

  std::int64_t coupon_with(int users) {
    const std::int64_t offer = create_coupon(server(), {.quantity = users});
    http_client client = server().client();
    for (int user = 1; user <= users; ++user) EXPECT_EQ(ask_for_issue(server(), offer, 1000 + user).status, 201);
    return offer;
  }

  static std::vector<std::string> lines_of(const std::string& text, const std::string& end) {
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (auto at = text.find(end); at != std::string::npos; at = text.find(end, from)) {
      lines.push_back(text.substr(from, at - from));
      from = at + end.size();
    }
    EXPECT_EQ(from, text.size()) << "the last line has no end";
    return lines;
  }

  temporary_directory folder_;
};

/// A node that answers one page, says that there is another, and breaks off in the middle of that one.
class node_that_breaks_off {
 public:
  node_that_breaks_off() {
    thread_ = std::thread([this] {
      const std::string page =
          R"({"items":[{"couponId":1,"userId":7,"sequence":1,"status":"issued","dateIssued":"2026-01-01T00:00:00.000Z","dateUsed":null}],"nextCursor":"1"})";
      answer("Content-Length: " + std::to_string(page.size()) + "\r\n\r\n" + page);
      answer("Content-Length: " + std::to_string(page.size()) + "\r\n\r\n" + page.substr(0, 40));
    });
  }
  ~node_that_breaks_off() { thread_.join(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

 private:
  void answer(const std::string& text) {
    boost::asio::ip::tcp::socket client = acceptor_.accept();
    boost::asio::streambuf request;
    boost::asio::read_until(client, request, "\r\n\r\n");
    boost::asio::write(client, boost::asio::buffer("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + text));
  }

  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

TEST_F(issues_export, csv_has_a_header_and_one_line_for_each_in_sequence) {
  const std::int64_t offer = coupon_with(3);
  ASSERT_EQ(server().admin().post(issues_path(offer) + "/1002/use", R"({"orderAmount":30000})").status, 200);
  const finished_child csv = issues({std::to_string(offer), "--csv", "--time-zone", "Asia/Seoul"});
  ASSERT_EQ(csv.status, exited_with(0)) << csv.err;
  const std::vector<std::string> lines = lines_of(csv.out, "\r\n");
  ASSERT_EQ(lines.size(), 4U) << csv.out;
  const std::string id = std::to_string(offer);
  EXPECT_EQ(lines[0], "couponId,sequence,userId,status,dateIssued,dateUsed,dateReturned");
  EXPECT_THAT(lines[1], AllOf(StartsWith(id + ",1,1001,issued,20"), HasSubstr("+09:00,,")));
  EXPECT_THAT(lines[2], StartsWith(id + ",2,1002,used,20"));
  EXPECT_THAT(lines[3], StartsWith(id + ",3,1003,issued,20"));
  EXPECT_THAT(csv.err, HasSubstr("3 issues of coupon " + id));
}

TEST_F(issues_export, all_pages_come_in_every_form) {
  constexpr int users = 1001;  // a page has 1,000
  const std::string offer = std::to_string(coupon_with(users));
  EXPECT_EQ(lines_of(issues({offer, "--csv"}).out, "\r\n").size(), users + 1U);
  const finished_child table = issues({offer});
  EXPECT_EQ(lines_of(table.out, "\n").size(), users + 1U);
  EXPECT_THAT(table.out, HasSubstr("NUMBER"));
  const finished_child as_json = issues({offer, "--json"});
  boost::system::error_code wrong;
  const auto parsed = boost::json::parse(as_json.out, wrong);
  ASSERT_FALSE(wrong) << as_json.out.substr(0, 200);
  EXPECT_EQ(parsed.at("items").as_array().size(), static_cast<std::size_t>(users));
}

TEST_F(issues_export, a_list_that_breaks_off_is_a_failure_and_no_file_has_its_name) {
  const node_that_breaks_off node;
  const auto file = folder_.path() / "winners.csv";
  const finished_child broken = issues({"1", "--csv", "--output", file.string()}, node.url());
  EXPECT_EQ(broken.status, exited_with(1)) << broken.err;
  EXPECT_THAT(broken.err, HasSubstr("the list is not whole, it broke off after 1 issues"));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(issues_export, a_disk_that_is_full_is_a_failure) {
  const std::string offer = std::to_string(coupon_with(1));
  const std::string command = std::string(FIRSTCOME_BINARY) + " coupon issues " + offer + " --csv --url " +
                              server().url() + " --token-file " + (server().data_dir() / "admin.token").string() +
                              " > /dev/full";
  const finished_child full = run_to_end({.arguments = {"/bin/sh", "-c", command}});
  EXPECT_EQ(full.status, exited_with(1)) << full.err;
  EXPECT_THAT(full.err, HasSubstr("cannot be written"));
}

TEST_F(issues_export, a_file_of_output_holds_what_standard_output_would) {
  const std::string offer = std::to_string(coupon_with(2));
  const auto file = folder_.path() / "winners.csv";
  const finished_child written = issues({offer, "--csv", "--output", file.string()});
  EXPECT_EQ(written.status, exited_with(0)) << written.err;
  EXPECT_THAT(written.out, IsEmpty());
  EXPECT_EQ(text_of(file), issues({offer, "--csv"}).out);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1) << "nothing unfinished is left";
}

TEST_F(issues_export, a_coupon_without_issues_is_a_header_and_an_unknown_one_a_failure) {
  const std::string offer = std::to_string(create_coupon(server()));
  EXPECT_EQ(issues({offer, "--csv"}).out, "couponId,sequence,userId,status,dateIssued,dateUsed,dateReturned\r\n");
  const finished_child unknown = issues({"4711", "--csv"});
  EXPECT_EQ(unknown.status, exited_with(1));
  EXPECT_THAT(unknown.out, IsEmpty());
  EXPECT_EQ(issues({offer, "--csv", "--json"}).status, exited_with(2));
}

}  // namespace
}  // namespace firstcome::testing
