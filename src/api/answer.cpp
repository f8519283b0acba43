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

void name_store(answer& a, std::string_view store) {
  constexpr std::string_view member = R"("detail":")";
  const std::size_t detail = a.body.find(member);
  if (a.status != 503 || detail == std::string::npos) return;
  const std::size_t begin = detail + member.size();
  const bool said = a.body.compare(begin, some_store_is_away.size(), some_store_is_away) == 0;
  a.body.replace(begin, said ? some_store_is_away.size() : 0, std::string(store) + " does not answer. ");
}

}  // namespace firstcome::api
