#include "cli/http_front.hpp"

namespace firstcome::cli {

http::connection_limits limits_of(const http_options& options) {
  return {.request_timeout = options.request_timeout,
          .idle_timeout = options.idle_timeout,
          .connections_max = static_cast<std::size_t>(options.max_connections),
          .head_max = static_cast<std::size_t>(options.max_header_bytes),
          .access_log = options.access_log};
}

std::vector<std::unique_ptr<http::event_loop>> make_loops(int count) {
  std::vector<std::unique_ptr<http::event_loop>> loops;
  for (int n = 0; n < count; ++n) loops.push_back(std::make_unique<http::event_loop>());
  return loops;
}

std::unique_ptr<identity::token_watch> watch_tokens(const std::shared_ptr<identity::operator_tokens>& operators) {
  return operators->file().empty() ? nullptr : std::make_unique<identity::token_watch>(operators);
}

}  // namespace firstcome::cli
