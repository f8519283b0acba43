#pragma once

// The pages for people: the files of web/, which travel inside the binary, with the headers that go with them. All of
// it is made at start, compressed too; a request costs a look into a table.
// Thread safety: any thread; nothing changes after construction.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/auth.hpp"
#include "api/routes.hpp"

namespace firstcome::api {

/// One file as it is sent. The headers are complete lines, each ending in CRLF.
struct page {
  std::string content_type;
  std::string body;
  std::string headers;
  std::string gzipped;  // empty: it is sent as it is only
  std::string gzip_headers;
  std::string tag;  // as in ETag; empty: none
};

struct page_settings {
  user_auth users = user_auth::trusted;
  std::vector<std::string> allowed_origins = {};  // who may show the event page in a frame, and hand it a token
  /// Not empty: the files are read from this folder at each request, for who works on them. Blocks the event loop.
  std::filesystem::path from_disk = {};
};

class pages {
 public:
  /// Throws std::invalid_argument when the folder lacks a file.
  explicit pages(page_settings settings);

  /// `what`: one of the pages' operations, from `show_index` on. Null when there is no such file.
  std::shared_ptr<const page> find(operation what, std::string_view path, std::string_view query) const;

 private:
  using files = std::map<std::string, std::shared_ptr<const page>, std::less<>>;

  static const files& scripts();
  std::optional<std::string> text_of(std::string_view name) const;
  std::optional<std::string> filled(std::string_view name, bool framed) const;
  std::string policy_of(std::string_view name, bool framed) const;
  std::shared_ptr<const page> read(std::string_view name, bool framed) const;

  page_settings settings_;
  files html_;  // they depend on the settings; `event.html?embed` is one of them
};

/// Whether the `If-None-Match` of a request names the tag: a list, or `*`; a W/ in front does not count.
bool names_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace firstcome::api
