#pragma once

// Work on another thread as a coroutine: it is begun with a function to call, once and from any thread, when it is
// done; the coroutine goes on, on its own executor, with what that was called with.

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>

#include "issuing/coupon_service.hpp"

namespace firstcome::issuing {

template <class T>
using completion = std::function<void(result<T>)>;

template <class T>
async_result_of<T> async_from_callback(std::function<void(completion<T>)> begin) {
  namespace asio = boost::asio;
  const auto start = [](auto handler, std::function<void(completion<T>)> work) {
    auto executor = asio::get_associated_executor(handler);
    // A handler may only be moved; std::function wants to copy. Shared, it can be both.
    auto shared = std::make_shared<std::decay_t<decltype(handler)>>(std::move(handler));
    work([executor, shared](result<T> r) {
      asio::post(executor, [shared, r = std::move(r)]() mutable { std::move (*shared)(std::move(r)); });
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(result<T>)>(start, asio::use_awaitable,
                                                                              std::move(begin));
}

}  // namespace firstcome::issuing
