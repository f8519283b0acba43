#pragma once

// The pages for people, from memory: the files of web/, which travel inside the binary (src/CMakeLists.txt).
// Thread safety: any thread; nothing changes after construction.

#include <string>
#include <string_view>

#include "api/auth.hpp"
#include "api/routes.hpp"

namespace firstcome::api {

struct page {
  std::string_view content_type;
  std::string_view body;
  std::string_view extra_headers;  // complete lines, each ending in CRLF
};

class pages {
 public:
  /// `users`: whether the event page asks who the user is, or waits for a token.
  explicit pages(user_auth users);

  /// `what` is one of the pages' operations, from `show_index` on; of another there is an empty page.
  page at(operation what) const;

 private:
  std::string event_;  // web/event.html with the node's own settings filled in
  std::string html_headers_;
  std::string console_headers_;
  std::string file_headers_;
};

// The files, as they stand in web/.
extern const std::string_view web_index_html;
extern const std::string_view web_event_html;
extern const std::string_view web_event_js;
extern const std::string_view web_event_texts_js;
extern const std::string_view web_console_html;
extern const std::string_view web_console_js;
extern const std::string_view web_style_css;
extern const std::string_view web_widget_js;

}  // namespace firstcome::api
