#include "http/event_loop.hpp"

#include <boost/asio/post.hpp>

namespace firstcome::http {

void event_loop::deliver(issuing::call_list&& answered) {
  boost::asio::post(context_, [calls = std::move(answered)]() mutable {
    while (!calls.empty()) {
      issuing::issue_call& call = calls.front();
      calls.pop_front();
      call.on_answer();
    }
  });
}

}  // namespace firstcome::http
