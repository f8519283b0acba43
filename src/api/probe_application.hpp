#pragma once

// What a node without users answers: /healthz, /readyz and /metrics, and nothing else. Thread safety: as application.

#include <atomic>
#include <functional>
#include <string>

#include "http/exchange.hpp"

namespace firstcome::api {

class probe_application final : public http::application {
 public:
  /// `away`: the name of a store that does not answer, while it is not ready; itself null where there is none.
  /// `metrics`: Prometheus' text, made when it is asked for.
  probe_application(const std::atomic<bool>& ready, const std::atomic<const char*>& away,
                    std::function<std::string()> metrics)
      : ready_(ready), away_(away), metrics_(std::move(metrics)) {}

  reception receive(const http::request_head&) const override { return {.body_max = 0, .from_reserve = true}; }
  void handle(http::exchange& x) override;
  error_answer answer_to(const http::refusal& what) const override;

 private:
  const std::atomic<bool>& ready_;
  const std::atomic<const char*>& away_;
  const std::function<std::string()> metrics_;
};

}  // namespace firstcome::api
