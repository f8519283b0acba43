#pragma once

// Talks to a running node, for the sub-commands, the lab and the burst. One request at a time, one connection each;
// blocks until the answer is there, at most `answer_max` with whatever is sent again. Whatever is not a 2xx answer
// becomes a `node_refused` whose text is a sentence for the operator. Thread safety: the const functions from any
// thread.

#include <boost/json/value.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

#include "runtime/deadline.hpp"
#include "runtime/secret.hpp"

namespace firstcome::api {

class node_refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nothing was heard, or that nothing is known: it may be done or not.
class node_unclear : public node_refused {
 public:
  using node_refused::node_refused;
};

struct node_url {
  std::string base;  // to which a target is appended
  std::string text;  // as it was given

  /// `http://HOST[:PORT][/]`, or https:// of the gateway before the node. Throws `runtime::wrong_usage`.
  static node_url parse(const std::string& text);
};

class node_client {
 public:
  explicit node_client(node_url url, std::chrono::milliseconds answer_max = std::chrono::seconds{10})
      : url_(std::move(url)), answer_max_(answer_max) {}

  /// Admin calls carry it. `origin` says where it came from, for the operator whose token is not taken.
  void use_token(runtime::secret token, std::string origin) {
    token_ = std::move(token);
    token_origin_ = std::move(origin);
  }

  boost::json::value get(const std::string& target) const;
  boost::json::value post(const std::string& target, const boost::json::value& body) const;
  /// A POST that makes something, once, however often it has to be sent: it carries an Idempotency-Key, and is sent
  /// again with the same one when no answer came or the node asks for patience, as long as there is time.
  boost::json::value create(const std::string& target, const boost::json::value& body) const;
  boost::json::value remove(const std::string& target) const;
  boost::json::value patch(const std::string& target, const boost::json::value& body) const;

 private:
  runtime::deadline in_time() const { return runtime::deadline::after(answer_max_); }
  boost::json::value call(const char* method, const std::string& target, std::string body, runtime::deadline until,
                          const std::string& idempotency_key = {}) const;

  node_url url_;
  std::chrono::milliseconds answer_max_;
  runtime::secret token_;
  std::string token_origin_;  // empty: there is none
};

}  // namespace firstcome::api
