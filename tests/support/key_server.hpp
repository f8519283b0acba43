#pragma once

// An issuer's web server on loopback, as far as a node needs it: whatever is asked for, the answer is the present text.
// Thread safety: any thread.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace firstcome::testing {

class key_server {
 public:
  explicit key_server(std::string text);
  ~key_server();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/keys"; }
  int asked() const { return asked_; }

  void say(std::string text, int status = 200);
  /// Takes connections, and answers nothing until it is told what to say.
  void be_silent();

 private:
  void run();
  std::string answer() const;

  int fd_;
  std::uint16_t port_;
  mutable std::mutex lock_;  // guards the three
  std::string text_;
  int status_ = 200;
  bool silent_ = false;
  std::atomic<int> asked_{0};
  std::atomic<bool> ended_{false};
  std::thread thread_;  // last
};

}  // namespace firstcome::testing
