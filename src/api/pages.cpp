#include "api/pages.hpp"

#include <stdexcept>

namespace firstcome::api {
namespace {

constexpr std::string_view html = "text/html; charset=utf-8";
constexpr std::string_view script = "text/javascript; charset=utf-8";
constexpr std::string_view style = "text/css; charset=utf-8";

/// Nothing inline, nothing from elsewhere. `embedded_by`: what may show the page in a frame.
std::string headers_of_html(std::string_view embedded_by) {
  return "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors " +
         std::string(embedded_by) +
         "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCache-Control: max-age=60\r\n";
}

std::string with_setting(std::string_view text, std::string_view name, std::string_view value) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) throw std::logic_error("web/event.html lacks the place of " + std::string(name));
  std::string filled(text);
  return filled.replace(at, name.size(), value);
}

}  // namespace

pages::pages(user_auth users)
    : event_(with_setting(web_event_html, "{{user-auth}}", users == user_auth::jwt ? "jwt" : "trusted")),
      html_headers_(headers_of_html("'self'")),
      console_headers_(headers_of_html("'none'")),
      file_headers_(
          "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCache-Control: max-age=60\r\n") {}

page pages::at(operation what) const {
  switch (what) {
    case operation::show_index:
      return {html, web_index_html, console_headers_};
    case operation::show_event_page:
      return {html, event_, html_headers_};
    case operation::show_console:
      return {html, web_console_html, console_headers_};
    case operation::send_event_script:
      return {script, web_event_js, file_headers_};
    case operation::send_event_texts:
      return {script, web_event_texts_js, file_headers_};
    case operation::send_console_script:
      return {script, web_console_js, file_headers_};
    case operation::send_style:
      return {style, web_style_css, file_headers_};
    case operation::send_widget:
      return {script, web_widget_js, file_headers_};
    default:
      return {};
  }
}

}  // namespace firstcome::api
