#include "api/pages.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "api/gzip.hpp"
#include "api/web_files.hpp"

namespace firstcome::api {
namespace {

// A page is asked for again after a minute, and then usually answered 304. Chart.js changes with a release only.
constexpr std::string_view for_a_minute = "Cache-Control: max-age=60\r\n";
constexpr std::string_view for_a_day = "Cache-Control: max-age=86400\r\n";
constexpr std::string_view usual_lines = "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  return "text/javascript; charset=utf-8";
}

/// Nothing inline, nothing from elsewhere. `framed_by`: what may show the page in a frame.
std::string policy(std::string_view framed_by) {
  return "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors " +
         std::string(framed_by) + "\r\n";
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

void fill_in(std::string& text, std::string_view place, std::string_view value) {
  const std::size_t at = text.find(place);
  if (at != std::string::npos) text.replace(at, place.size(), value);
}

std::string tag_of(std::string_view text) {
  constexpr std::size_t digits = 16;
  // Weak: the same page is sent as it is and compressed, which are different bytes.
  return "W/\"" + identity::to_hex(identity::hash_of(text)).substr(0, digits) + '"';
}

page made(std::string_view name, std::string text, std::string_view extra_lines) {
  page p{.content_type = std::string(type_of(name)),
         .body = std::move(text),
         .headers = {},
         .gzipped = {},
         .gzip_headers = {},
         .tag = {}};
  p.gzipped = to_gzip(p.body);
  p.tag = tag_of(p.body);
  p.headers = std::string(extra_lines) + std::string(usual_lines) + "Vary: Accept-Encoding\r\nETag: " + p.tag + "\r\n" +
              std::string(name == "chart.js" ? for_a_day : for_a_minute);
  p.gzip_headers = "Content-Encoding: gzip\r\n" + p.headers;
  return p;
}

bool asks_to_embed(std::string_view query) {
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    if (one.substr(0, one.find('=')) == "embed") return true;
    query.remove_prefix(std::min(query.size(), one.size() + 1));
  }
  return false;
}

/// The file behind a path. Under /web/ there are no pages: each has an address of its own.
std::string_view file_of(operation what, std::string_view path) {
  switch (what) {
    case operation::show_index:
      return "index.html";
    case operation::show_console:
      return "console.html";
    case operation::show_event_page:
      return "event.html";
    default: {
      const std::string_view name = path.substr(path.rfind('/') + 1);
      return name.ends_with(".html") ? std::string_view() : name;
    }
  }
}

}  // namespace

pages::pages(page_settings settings) : settings_(std::move(settings)) {
  if (!settings_.from_disk.empty())
    for (const web_file& f : web_files())
      if (!text_of(f.name))
        throw std::invalid_argument("cannot read " + (settings_.from_disk / f.name).string() +
                                    "; this folder must hold the files of the project's web/");
  if (settings_.from_disk.empty()) scripts();  // now, and not on an event loop
  for (const std::string_view name : {"index.html", "console.html", "event.html"}) {
    html_.emplace(name, std::make_shared<const page>(made(name, *filled(name, false), policy_of(name, false))));
  }
  html_.emplace("event.html?embed", std::make_shared<const page>(made("event.html", *filled("event.html", true),
                                                                      policy_of("event.html", true))));
}

// The same for every node of the process, and tests make many: compressing them takes some hundredths of a second.
const pages::files& pages::scripts() {
  static const files all = [] {
    files made_once;
    for (const web_file& f : web_files())
      if (!f.name.ends_with(".html"))
        made_once.emplace(f.name, std::make_shared<const page>(made(f.name, std::string(f.text), {})));
    return made_once;
  }();
  return all;
}

std::optional<std::string> pages::text_of(std::string_view name) const {
  const auto known = web_files();
  const auto found = std::ranges::find(known, name, &web_file::name);
  if (found == known.end()) return std::nullopt;
  if (settings_.from_disk.empty() || name == "chart.js") return std::string(found->text);
  std::ifstream in(settings_.from_disk / name, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in || text.empty()) return std::nullopt;
  return text;
}

std::optional<std::string> pages::filled(std::string_view name, bool framed) const {
  std::optional<std::string> text = text_of(name);
  if (!text || name != "event.html") return text;
  fill_in(*text, "{{user-auth}}", settings_.users == user_auth::jwt ? "jwt" : "trusted");
  fill_in(*text, "{{allowed-origins}}", framed ? joined(settings_.allowed_origins) : "");
  return text;
}

// The console and the plain event page are never in a frame.
std::string pages::policy_of(std::string_view name, bool framed) const {
  if (!name.ends_with(".html")) return {};
  const std::string origins = joined(settings_.allowed_origins);
  return policy(name == "event.html" && framed && !origins.empty() ? origins : "'none'");
}

std::shared_ptr<const page> pages::find(operation what, std::string_view path, std::string_view query) const {
  const std::string_view name = file_of(what, path);
  const bool framed = name == "event.html" && asks_to_embed(query);
  if (!settings_.from_disk.empty()) return read(name, framed);
  if (!name.ends_with(".html")) {
    const auto found = scripts().find(name);
    return found == scripts().end() ? nullptr : found->second;
  }
  return html_.find(framed ? "event.html?embed" : name)->second;
}

std::shared_ptr<const page> pages::read(std::string_view name, bool framed) const {
  std::optional<std::string> text = filled(name, framed);
  if (!text) return nullptr;
  return std::make_shared<const page>(page{
      .content_type = std::string(type_of(name)),
      .body = *std::move(text),
      .headers = policy_of(name, framed) + std::string(usual_lines) + "Cache-Control: no-store\r\n",
      .gzipped = {},
      .gzip_headers = {},
      .tag = {},
  });
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  if (tag.empty()) return false;
  if (if_none_match == "*") return true;
  const std::string_view opaque = tag.substr(tag.find('"'));
  return if_none_match.find(opaque) != std::string_view::npos;
}

}  // namespace firstcome::api
