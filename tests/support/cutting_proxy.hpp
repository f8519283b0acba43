#pragma once

// Stands between a client and a server on 127.0.0.1 and breaks the connection at a word of the client's: before the
// server gets it, or after it got it and before the client hears the answer.

#include <boost/asio.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace firstcome::testing {

class cutting_proxy {
 public:
  explicit cutting_proxy(std::uint16_t server_port);
  ~cutting_proxy();

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// Once: the next time that the client sends something with `word` in it. New connections are let through again.
  void cut_before(const std::string& word) { arm(word, true); }
  void cut_after(const std::string& word) { arm(word, false); }

 private:
  using tcp = boost::asio::ip::tcp;
  struct pair;
  enum class cut { none, before, after };

  void arm(const std::string& word, bool before);
  void accept();
  cut decide(std::string_view sent);

  boost::asio::io_context io_;
  tcp::endpoint server_;
  tcp::acceptor acceptor_;
  std::mutex armed_;
  std::string word_;
  bool before_ = false;
  std::thread thread_;
};

}  // namespace firstcome::testing
