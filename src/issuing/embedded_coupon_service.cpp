#include "issuing/embedded_coupon_service.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/spdlog.h>

namespace firstcome::issuing {

namespace asio = boost::asio;

namespace {

constexpr std::size_t reader_threads = 2;
constexpr int reads_waiting_max = 1024;

// An asynchronous operation's handler may only be moved; std::function wants to copy. Shared, it can be both.
template <class Handler, class T>
auto completion_of(Handler&& handler) {
  auto executor = asio::get_associated_executor(handler);
  auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
  return [executor, shared](result<T> r) {
    asio::post(executor, [shared, r = std::move(r)]() mutable { std::move (*shared)(std::move(r)); });
  };
}

result<coupon> apply_change(coupon_id id, const coupon_change& change, timestamp now, ledger::writer& ledger,
                            gate::gate_table& gates) {
  gate::gate* gate = gates.find(id);
  if (gate == nullptr) return errc::coupon_not_found;
  const coupon before = gate->coupon();
  if (change.empty()) return before;
  coupon changed = with_change(before, change);
  if (why_invalid(changed)) return errc::invalid_coupon;
  if (changed.total_quantity && *changed.total_quantity < before.issued_quantity) return errc::quantity_below_issued;
  changed.config_version = before.config_version + 1;
  result<coupon> stored = ledger.store(changed, now);
  if (stored) gate->configure(*stored);
  return stored;
}

result<issue_record> apply_use(coupon_id id, user_id user, std::int32_t order_amount, timestamp now,
                               ledger::writer& ledger, gate::gate_table& gates) {
  gate::gate* gate = gates.find(id);
  if (gate == nullptr) return errc::coupon_not_found;
  const std::optional<issue_record> record = gate->find(user);
  if (!record) return errc::issue_not_found;
  if (record->date_used) return errc::already_used;
  if (order_amount < gate->coupon().min_available_amount) return errc::below_minimum;
  result<issue_record> used = ledger.set_used(id, user, now);
  if (used) gate->set_used(user, used->date_used.value());
  return used;
}

}  // namespace

embedded_coupon_service::embedded_coupon_service(gate::gate_table& gates, embedded_writer& writer,
                                                 reader_source open_reader,
                                                 std::function<void(const std::string&)> on_broken)
    : gates_(gates),
      writer_(writer),
      open_reader_(std::move(open_reader)),
      on_broken_(std::move(on_broken)),
      pool_(reader_threads) {}

embedded_coupon_service::~embedded_coupon_service() {
  pool_.join();
}

template <class T>
async_result_of<T> embedded_coupon_service::on_writer(
    std::function<result<T>(ledger::writer&, gate::gate_table&)> work) {
  const auto begin = [this](auto handler, auto what) {
    auto complete = completion_of<decltype(handler), T>(std::move(handler));
    const auto on_thread = [complete, what](ledger::writer& ledger, gate::gate_table& gates) {
      complete(what(ledger, gates));
    };
    if (!writer_.run(on_thread)) complete(errc::overloaded);
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(result<T>)>(begin, asio::use_awaitable,
                                                                              std::move(work));
}

/// A reader for the length of one look-up: a connection that failed is not put back.
class embedded_coupon_service::borrowed_reader {
 public:
  explicit borrowed_reader(embedded_coupon_service& from) : from_(from) {
    std::unique_lock locked(from_.lock_);
    if (!from_.idle_readers_.empty()) {
      reader_ = std::move(from_.idle_readers_.back());
      from_.idle_readers_.pop_back();
    }
    locked.unlock();
    if (!reader_) reader_ = from_.open_reader_();
  }

  ledger::reader& operator*() { return *reader_; }

  void give_back() {
    std::unique_lock locked(from_.lock_);
    from_.idle_readers_.push_back(std::move(reader_));
  }

 private:
  embedded_coupon_service& from_;
  std::unique_ptr<ledger::reader> reader_;
};

template <class T>
async_result_of<T> embedded_coupon_service::on_reader(std::function<result<T>(ledger::reader&)> work) {
  const auto begin = [this](auto handler, auto what) {
    auto complete = completion_of<decltype(handler), T>(std::move(handler));
    if (++reads_waiting_ > reads_waiting_max) {
      --reads_waiting_;
      complete(errc::overloaded);
      return;
    }
    asio::post(pool_, [this, complete, what] {
      result<T> read = errc::unavailable;
      try {
        borrowed_reader reader(*this);
        read = what(*reader);
        reader.give_back();
      } catch (const ledger::ledger_broken& broken) {
        on_broken_(broken.what());
      } catch (const std::exception& failed) {
        spdlog::error("reading the ledger failed: {}", failed.what());
      }
      --reads_waiting_;
      complete(std::move(read));
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(result<T>)>(begin, asio::use_awaitable,
                                                                              std::move(work));
}

async_result_of<coupon> embedded_coupon_service::create(coupon_draft draft) {
  const auto work = [draft = std::move(draft), at = now()](ledger::writer& ledger,
                                                           gate::gate_table& gates) -> result<coupon> {
    if (why_invalid(draft)) return errc::invalid_coupon;
    result<coupon> created = ledger.create(draft, at);
    if (created) gates.add(*created);
    return created;
  };
  return on_writer<coupon>(work);
}

async_result_of<coupon> embedded_coupon_service::change(coupon_id id, coupon_change change) {
  const auto work = [id, change = std::move(change), at = now()](ledger::writer& ledger, gate::gate_table& gates) {
    return apply_change(id, change, at, ledger, gates);
  };
  return on_writer<coupon>(work);
}

async_result_of<issue_record> embedded_coupon_service::use(coupon_id coupon, user_id user, std::int32_t order_amount) {
  const auto work = [=, at = now()](ledger::writer& ledger, gate::gate_table& gates) {
    return apply_use(coupon, user, order_amount, at, ledger, gates);
  };
  return on_writer<issue_record>(work);
}

async_result_of<coupon> embedded_coupon_service::show(coupon_id id) {
  const gate::gate* gate = gates_.find(id);
  if (gate == nullptr) co_return errc::coupon_not_found;
  co_return gate->coupon();
}

async_result_of<issue_record> embedded_coupon_service::find(coupon_id coupon, user_id user) {
  const gate::gate* gate = gates_.find(coupon);
  if (gate == nullptr) co_return errc::coupon_not_found;
  const std::optional<issue_record> record = gate->find(user);
  if (!record) co_return errc::issue_not_found;
  co_return *record;
}

async_result_of<coupon_page> embedded_coupon_service::coupons(std::optional<coupon_id> after, int limit) {
  const auto work = [=](ledger::reader& ledger) { return ledger.coupons(after, limit); };
  return on_reader<coupon_page>(work);
}

async_result_of<coupon_issue_page> embedded_coupon_service::issues_of_coupon(coupon_id id, sequence_number after,
                                                                             int limit) {
  if (gates_.find(id) == nullptr) co_return errc::coupon_not_found;
  const auto work = [=](ledger::reader& ledger) { return ledger.issues_of_coupon(id, after, limit); };
  async_result_of<coupon_issue_page> page = on_reader<coupon_issue_page>(work);
  co_return co_await std::move(page);
}

async_result_of<user_issue_page> embedded_coupon_service::issues_of_user(user_id user,
                                                                         std::optional<user_issue_position> after,
                                                                         int limit) {
  const auto work = [=](ledger::reader& ledger) { return ledger.issues_of_user(user, after, limit); };
  return on_reader<user_issue_page>(work);
}

}  // namespace firstcome::issuing
