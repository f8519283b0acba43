#pragma once

// Which pages of other origins may use the API from a browser (the Fetch standard's CORS), and the header lines that
// tell the browser so. Made once; the lines that it hands out live as long as it does.
// Thread safety: any thread; nothing changes after construction.

#include <string>
#include <string_view>
#include <vector>

namespace firstcome::api {

/// `https://shop.example`, `http://localhost:3000`, or `*`: what a browser sends as Origin, to the letter.
bool is_origin(std::string_view text);

class cors {
 public:
  /// Every one must be an origin (see above); none: browsers of other origins are told nothing.
  explicit cors(const std::vector<std::string>& origins = {});

  /// Header lines for every answer to a request with this Origin (empty: it had none).
  std::string_view lines_for(std::string_view origin) const;
  bool allows(std::string_view origin) const;

 private:
  struct known_origin {
    std::string origin;
    std::string lines;
  };
  const known_origin* find(std::string_view origin) const;

  std::vector<known_origin> known_;
  bool any_ = false;
};

/// What a preflight is told beside `lines_for`. `methods`: those of the path, as in Allow.
std::string preflight_lines(std::string_view methods);

}  // namespace firstcome::api
