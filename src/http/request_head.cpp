#include "http/request_head.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <string_view>

namespace firstcome::http {

namespace {

namespace beast = boost::beast;
using beast::string_view;
using boost::system::error_code;

std::string_view plain(string_view text) {
  return {text.data(), text.size()};
}

// RFC 3986: reg-name, IPv4 or a bracketed literal, and a port. Enough to refuse what can only confuse a proxy.
bool possible_host(std::string_view host) {
  constexpr std::string_view punctuation = "-._~!$&'()*+,;=%:[]";
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           punctuation.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Beast's parser with callbacks that note the few fields of interest instead of storing all of them.
class head_parser final : public beast::http::basic_parser<true> {
 public:
  head_parser(std::string_view received, request_head& head, std::size_t size_max) : received_(received), head_(head) {
    header_limit(static_cast<std::uint32_t>(size_max));
    body_limit(boost::none);
    eager(false);
  }

  /// Of a head that Beast has read or given up: what is wrong with it. An outcome of `complete`: nothing.
  head_reading check(error_code ec) const {
    using beast::http::error;
    // What of these Beast sees first, it refuses before the field is counted here.
    const int encodings = encodings_ + (ec == error::bad_transfer_encoding ? 1 : 0);
    const int lengths = content_lengths_ + (ec == error::bad_content_length ? 1 : 0);
    if (encodings > 0 && lengths > 0)
      return {head_outcome::malformed, 0, "A request has a Transfer-Encoding or a Content-Length, and never both."};
    if (encodings_ > 1) return {head_outcome::malformed, 0, "Transfer-Encoding may be there once, as chunked."};
    if (content_lengths_ > 1 || ec == error::multiple_content_length)
      return {head_outcome::malformed, 0, "Content-Length may be there once."};
    if (hosts_ > 1) return {head_outcome::malformed, 0, "Host may be there once."};
    if (ec) return {head_outcome::malformed, 0, wrong_.empty() ? describe(ec) : wrong_};
    if (http_1_1_ && hosts_ == 0) return {head_outcome::malformed, 0, "HTTP/1.1 wants a Host."};
    if (encodings_ == 1 && (!chunked_ || !http_1_1_)) return check_encoding();
    return {head_outcome::complete, 0, {}};
  }

  bool chunked() const { return chunked_; }

 private:
  // A list that names chunked among others is a doubt about the framing; a length instead of any other coding is not.
  head_reading check_encoding() const {
    if (chunked_)
      return {head_outcome::length_required, 0, "HTTP/1.0 has no chunks; send a Content-Length, or HTTP/1.1."};
    if (names_chunked_)
      return {head_outcome::malformed, 0,
              "Transfer-Encoding may be chunked and nothing else; or send a Content-Length."};
    return {head_outcome::length_required, 0, "No Transfer-Encoding but chunked is read; send a Content-Length."};
  }

  static std::string_view describe(error_code ec) {
    using beast::http::error;
    if (ec == error::bad_method) return "The method cannot be understood.";
    if (ec == error::bad_target) return "The target must be a path, or http:// with a host and a path.";
    if (ec == error::bad_version) return "The version must be HTTP/1.1 or HTTP/1.0.";
    if (ec == error::bad_line_ending) return "Every line of the head must end in CRLF.";
    if (ec == error::bad_field) return "The name of a header field cannot be understood.";
    if (ec == error::bad_value) return "The value of a header field cannot be understood.";
    if (ec == error::bad_obs_fold) return "A header field must stand on one line.";
    if (ec == error::bad_content_length) return "Content-Length must be one whole number, in digits.";
    if (ec == error::bad_transfer_encoding) return "Transfer-Encoding may be there once, as chunked.";
    return "The head of the request cannot be understood.";
  }

  void on_request_impl(beast::http::verb method, string_view, string_view target, int version,
                       error_code& ec) override {
    head_.method = method;
    http_1_1_ = version == 11;
    head_.http_1_0 = version == 10;
    if (!read_target(plain(target))) ec = beast::http::error::bad_target;
  }

  bool read_target(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {  // the absolute form, which servers must accept
      if (!target.starts_with(scheme)) continue;
      target.remove_prefix(scheme.size());
      const std::size_t slash = target.find_first_of("/?");
      if (slash == std::string_view::npos || target[slash] == '?') return false;
      target.remove_prefix(slash);
    }
    if (!target.starts_with('/')) return false;
    const std::size_t question = target.find('?');
    head_.path = target.substr(0, question);
    head_.query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
    return true;
  }

  void on_field_impl(beast::http::field name, string_view raw_name, string_view raw_value, error_code& ec) override {
    using beast::http::field;
    const std::string_view value = plain(raw_value);
    if (folded(plain(raw_name), value)) ec = beast::http::error::bad_obs_fold;
    switch (name) {
      case field::host:
        ++hosts_;
        if (!possible_host(value)) ec = wrong("Host must be a name or an address, and may have a port.");
        break;
      case field::content_length:
        ++content_lengths_;
        if (!all_digits(value)) ec = beast::http::error::bad_content_length;
        break;
      case field::transfer_encoding:
        ++encodings_;
        chunked_ = beast::iequals(raw_value, "chunked");
        names_chunked_ = names_chunked(value);
        break;
      case field::content_type:
        if (!head_.content_type.empty()) ec = wrong("Content-Type may be there once.");
        head_.content_type = value;
        break;
      case field::authorization:
        if (!head_.authorization.empty()) ec = wrong("Authorization may be there once.");
        head_.authorization = value;
        break;
      case field::origin:
        if (!head_.origin.empty()) ec = wrong("Origin may be there once.");
        head_.origin = value;
        break;
      case field::access_control_request_method:
        head_.asked_method = value;
        break;
      case field::accept_encoding:
        head_.accepts_gzip = head_.accepts_gzip || names_gzip(value);
        break;
      case field::if_none_match:
        head_.if_none_match = value;
        break;
      case field::expect:
        head_.expects_continue = beast::iequals(raw_value, "100-continue");
        break;
      case field::unknown:  // Beast knows no name for it
        if (!beast::iequals(raw_name, "idempotency-key")) break;
        if (head_.idempotency_key) ec = wrong("Idempotency-Key may be there once.");
        head_.idempotency_key = value;
        break;
      default:
        break;
    }
  }

  error_code wrong(std::string_view what) {
    wrong_ = what;
    return beast::http::error::bad_value;
  }

  // `gzip`, but not where it is refused by `;q=0`.
  static bool names_gzip(std::string_view codings) {
    const std::size_t at = codings.find("gzip");
    if (at == std::string_view::npos) return false;
    const std::string_view rest = codings.substr(at + 4, codings.find(',', at) - (at + 4));
    const std::size_t weight = rest.find("q=");
    return weight == std::string_view::npos || rest.find_first_of("123456789", weight) != std::string_view::npos;
  }

  static bool names_chunked(std::string_view codings) {
    constexpr std::string_view word = "chunked";
    return std::search(codings.begin(), codings.end(), word.begin(), word.end(),
                       [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; }) != codings.end();
  }

  // Beast joins folded lines in a buffer of its own, which is gone when the head is read; but it finds a value that
  // begins on the second line in place.
  bool folded(std::string_view name, std::string_view value) const {
    if (value.empty()) return false;
    if (value.data() < received_.data() || value.data() >= received_.data() + received_.size()) return true;
    const char* name_end = name.data() + name.size();
    return std::find(name_end, value.data(), '\n') != value.data();
  }

  void on_header_impl(error_code&) override {}
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }

  const std::string_view received_;
  request_head& head_;
  int hosts_ = 0;
  int content_lengths_ = 0;
  int encodings_ = 0;
  bool chunked_ = false;
  bool names_chunked_ = false;
  bool http_1_1_ = false;
  std::string_view wrong_;  // what a callback found, in more words than Beast's error has
};

}  // namespace

head_reading read_request_head(std::string_view received, request_head& head, std::size_t size_max) {
  head = {};
  const std::string_view within_limit = received.substr(0, size_max);
  if (within_limit.empty()) return {head_outcome::need_more, 0, {}};

  head_parser parser(within_limit, head, size_max);
  error_code ec;
  const std::size_t size = parser.put(boost::asio::buffer(within_limit), ec);
  if (ec == beast::http::error::need_more || (!ec && !parser.is_header_done()))
    return {received.size() < size_max ? head_outcome::need_more : head_outcome::too_large, 0, {}};
  if (ec == beast::http::error::header_limit) return {head_outcome::too_large, 0, {}};
  if (const head_reading checked = parser.check(ec); checked.outcome != head_outcome::complete) return checked;

  head.chunked = parser.chunked();
  head.content_length = head.chunked ? 0 : parser.content_length().value_or(0);
  head.keep_alive = parser.keep_alive();
  return {head_outcome::complete, size, {}};
}

}  // namespace firstcome::http
