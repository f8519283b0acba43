#include "cli/listen_address.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "cli/port_file.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::cli {
namespace {

std::string read(const std::string& text) {
  auto parsed = parse_listen_address(text);
  return parsed ? to_string(*parsed) : "refused";
}

TEST(listen_address, takes_ipv4_and_bracketed_ipv6) {
  EXPECT_EQ(read("127.0.0.1:8080"), "127.0.0.1:8080");
  EXPECT_EQ(read("0.0.0.0:0"), "0.0.0.0:0");
  EXPECT_EQ(read("[::1]:65535"), "[::1]:65535");
  EXPECT_EQ(read("localhost:80"), "127.0.0.1:80");
}

TEST(listen_address, a_port_alone_means_every_address) {
  EXPECT_EQ(read(":8080"), "[::]:8080");
  EXPECT_TRUE(usable_here(*parse_listen_address(":8080")).address().is_unspecified());
}

TEST(listen_address, refuses_what_is_no_address_with_a_port) {
  for (const char* wrong :
       {"", ":", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1: 1", "127.0.0.1:80x",
        "::1:80", "[::1]", "[::1:80", "[]:80", "[127.0.0.1]:80", "example.org:80", "300.0.0.1:80"})
    EXPECT_EQ(read(wrong), "refused") << wrong;
}

TEST(port_file, holds_an_address_that_can_be_connected_to) {
  testing::temporary_directory folder;
  const auto file = folder.path() / "port";
  for (auto [listening, written] : {std::pair{"[::]:81", "127.0.0.1:81"}, {"[::1]:82", "[::1]:82"}}) {
    write_port_file(file, *parse_listen_address(listening));
    std::string line;
    std::getline(std::ifstream(file), line);
    EXPECT_EQ(line, written);
  }
}

}  // namespace
}  // namespace firstcome::cli
