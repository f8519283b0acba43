#include "api/probe_application.hpp"

#include "api/answer.hpp"

namespace firstcome::api {

namespace {

constexpr std::string_view prometheus_text = "text/plain; version=0.0.4; charset=utf-8";

void respond(http::exchange& x, const answer& a) {
  x.respond(a.status, a.content_type, a.body, a.extra_headers);
}

}  // namespace

void probe_application::handle(http::exchange& x) {
  const http::request& request = x.request();
  const bool reads = request.method == http::method::get || request.method == http::method::head;
  if (request.path == "/healthz" || request.path == "/readyz" || request.path == "/metrics") {
    if (!reads) {
      answer a = to_answer({problem_code::method_not_allowed, {}});
      a.extra_headers = "Allow: GET, HEAD\r\n";
      return respond(x, a);
    }
    if (request.path == "/healthz") return x.respond(200, json_content_type, R"({"status":"ok"})");
    if (request.path == "/metrics") return x.respond(200, prometheus_text, metrics_());
    if (ready_) return x.respond(200, json_content_type, R"({"status":"ready"})");
    const char* const away = away_;
    const std::string why = away != nullptr ? std::string(away) + " does not answer, or not as it should."
                                            : "The node is starting, stopping, or cannot reach a store.";
    return respond(x, to_answer({problem_code::unavailable, why}));
  }
  respond(x, to_answer({problem_code::not_found, {}}));
}

http::application::error_answer probe_application::answer_to(const http::refusal& what) const {
  answer a = to_answer({code_of(what.what), std::string(what.detail)});
  return {a.content_type, std::move(a.body), std::move(a.extra_headers)};
}

}  // namespace firstcome::api
