#pragma once

// A host name of the test's own, with the addresses that the test gives it, in that order: for everybody in this
// process who looks names up (hiredis, libmariadb, Asio), since all of them call `getaddrinfo`. Other names are looked
// up as ever. Thread safety: any thread.

#include <string>
#include <vector>

namespace firstcome::testing {

class made_up_name {
 public:
  /// Numeric addresses; none: the name is not known.
  explicit made_up_name(std::vector<std::string> addresses);
  ~made_up_name();
  made_up_name(const made_up_name&) = delete;
  made_up_name& operator=(const made_up_name&) = delete;

  const std::string& text() const { return name_; }
  void now_has(std::vector<std::string> addresses);
  /// How often it was looked up.
  int lookups() const;

 private:
  std::string name_;
};

}  // namespace firstcome::testing
