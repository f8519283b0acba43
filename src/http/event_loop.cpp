#include "http/event_loop.hpp"

#include <boost/asio/post.hpp>

namespace firstcome::http {

void event_loop::deliver(runtime::completion_list&& answered) {
  boost::asio::post(context_, [all = std::move(answered)]() mutable { runtime::complete_all(all); });
}

}  // namespace firstcome::http
