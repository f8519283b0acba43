#include "lab/strategies/blocking_issuer.hpp"

#include "issuing/call_list.hpp"
#include "runtime/log.hpp"

namespace firstcome::issuing {
namespace {

void answer(issue_call& call, const result<issue_decision>& said) {
  call.answer = said;
  call_list one;
  one.push_back(call);
  deliver(std::move(one), call.origin_loop);
}

/// overloaded: the database took the whole transaction back, or was not asked (it was too late, or the node stops).
/// unavailable: unknown.
errc meaning_of(std::exception_ptr why) {
  try {
    std::rethrow_exception(why);
  } catch (const runtime::deadline_passed&) {
    return errc::overloaded;
  } catch (const runtime::executor_closed&) {
    return errc::overloaded;
  } catch (const sql::mysql_error& e) {
    runtime::log::warn("the database refused", {{"reason", e.what()}});
    return e.failure() == sql::mysql_failure::connection_lost ? errc::unavailable : errc::overloaded;
  } catch (const sql::mysql_connect_error& e) {
    runtime::log::warn("no connection to the database", {{"reason", e.what()}});
    return errc::overloaded;
  } catch (const std::exception& e) {
    runtime::log::warn("a strategy failed", {{"reason", e.what()}});
    return errc::unavailable;
  }
}

}  // namespace

bool blocking_issuer::issue(issue_call& call) {
  const auto work = [&call](thread_resources& with) { answer(call, with.how->issue(call.coupon, call.user)); };
  const auto failed = [&call](std::exception_ptr why) { answer(call, make_error_code(meaning_of(why))); };
  if (threads_.run(work, failed, call.deadline)) return false;
  call.answer = make_error_code(errc::overloaded);
  return true;
}

}  // namespace firstcome::issuing
