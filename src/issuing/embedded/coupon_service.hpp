#pragma once

// The embedded shape's operators' work and look-ups. Changes run on the writer thread between two batches; a single
// coupon and a single record come from memory, which is the committed ledger; lists come from the ledger, on a small
// pool of readers, so that the event loop never waits for a disk.

#include <functional>
#include <string>

#include "issuing/coupon_service.hpp"
#include "issuing/embedded/writer.hpp"
#include "runtime/blocking_executor.hpp"

namespace firstcome::issuing {

class embedded_coupon_service final : public coupon_service {
 public:
  using reader_source = std::function<std::unique_ptr<ledger::reader>()>;

  /// `on_broken`: the ledger broke under a reader. Called on a reader's thread, perhaps on several; as for the writer,
  /// this has to end the process.
  embedded_coupon_service(gate::gate_table& gates, embedded_writer& writer, reader_source open_reader,
                          std::function<void(const std::string& what)> on_broken);

  async_result_of<coupon> create(coupon_draft draft, actor by, std::optional<idempotency_key> key,
                                 runtime::deadline until) override;
  async_result_of<coupon> change(coupon_id id, coupon_change change, actor by, runtime::deadline until) override;
  async_result_of<issue_record> take_step(coupon_id coupon, user_id user, issue_step step, actor by,
                                          runtime::deadline until) override;

  async_result_of<coupon> show(coupon_id id, runtime::deadline until) override;
  async_result_of<issue_record> find(coupon_id coupon, user_id user, runtime::deadline until) override;

  async_result_of<coupon_page> coupons(std::optional<coupon_id> after, int limit, runtime::deadline until) override;
  async_result_of<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit,
                                                      runtime::deadline until) override;
  async_result_of<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after, int limit,
                                                  runtime::deadline until) override;

  async_result_of<operator_action_page> actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                                int limit, runtime::deadline until) override;
  async_result_of<coupon_backlog> backlog(coupon_id id, runtime::deadline until) override;
  async_result_of<dead_letter_page> dead_letters(std::optional<coupon_id> coupon, std::optional<std::int64_t> after,
                                                 int limit, runtime::deadline until) override;
  timestamp now() const override { return writer_.clock().now(); }

 private:
  template <class T>
  async_result_of<T> on_writer(std::function<result<T>(ledger::writer&, gate::gate_table&)> work,
                               runtime::deadline until);
  template <class T>
  async_result_of<T> on_reader(std::function<result<T>(ledger::reader&)> work, runtime::deadline until);

  errc meaning_of(std::exception_ptr why) const;

  gate::gate_table& gates_;
  embedded_writer& writer_;
  const std::function<void(const std::string&)> on_broken_;
  runtime::blocking_executor<ledger::reader> readers_;
};
}  // namespace firstcome::issuing
