#include "api/answer.hpp"

namespace firstcome::api {

std::string_view usual_headers_of(problem_code code) {
  const int status = describe(code).status;
  if (status == 401) return "WWW-Authenticate: Bearer\r\n";
  if (status == 503) return jittered_retry_after();
  return {};
}

answer to_answer(const problem& p) {
  return {.status = describe(p.code).status,
          .content_type = problem_content_type,
          .body = body_of(p),
          .extra_headers = std::string(usual_headers_of(p.code))};
}

}  // namespace firstcome::api
