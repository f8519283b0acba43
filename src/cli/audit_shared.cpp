#include "cli/audit_shared.hpp"

#include <boost/json.hpp>

#include <unistd.h>

#include <iostream>

#include "cli/audit_report.hpp"
#include "cli/ledger_mark.hpp"
#include "coordination/shared_audit.hpp"
#include "runtime/clock.hpp"

namespace firstcome::cli {
namespace {

namespace json = boost::json;

struct audited {
  coordination::audit_findings findings;
  std::vector<std::string> repaired;
};

class shared_books {
 public:
  explicit shared_books(const store_options& stores)
      : gate_(make_gate(stores)),
        ledger_(make_ledger(stores)),
        time_(clock_),
        recovery_(*gate_, *ledger_, time_),
        audit_(*gate_, *ledger_, time_, recovery_) {}

  std::vector<coupon_id> coupons() { return ledger_->coupons_ending_after({}); }

  audited look_at(coupon_id coupon, bool repair) {
    if (repair) {
      const result<coordination::repair_report> report = audit_.repair(coupon);
      if (!report) give_up(coupon, report.error());
      return {report->after, report->done};
    }
    const result<coordination::audit_findings> findings = audit_.audit(coupon);
    if (!findings) give_up(coupon, findings.error());
    return {*findings, {}};
  }

 private:
  [[noreturn]] static void give_up(coupon_id coupon, const boost::system::error_code& why) {
    throw std::runtime_error("coupon " + std::to_string(raw(coupon)) + " could not be read in one piece (" +
                             why.message() + "): its gate or ledger changed again and again; try later");
  }

  runtime::machine_clock clock_;
  std::unique_ptr<gate::shared_gate> gate_;
  std::unique_ptr<ledger::shared_ledger> ledger_;
  coordination::machine_sleeping_clock time_;
  coordination::recovery recovery_;
  coordination::shared_audit audit_;
};

void print_json(const std::vector<audited>& all, bool agree) {
  json::array coupons;
  for (const audited& one : all)
    coupons.push_back(json::object{{"couponId", raw(one.findings.coupon)},
                                   {"agrees", one.findings.agree()},
                                   {"rows", one.findings.rows},
                                   {"deadLetters", one.findings.dead_letters},
                                   {"givenUp", one.findings.given_up},
                                   {"inGate", one.findings.in_gate},
                                   {"inQueue", one.findings.in_queue},
                                   {"differences", list_of(one.findings.differences)},
                                   {"notes", list_of(one.findings.notes)},
                                   {"repaired", list_of(one.repaired)}});
  std::cout << json::serialize(json::object{{"agrees", agree}, {"coupons", std::move(coupons)}}) << "\n";
}

void print_text(const std::vector<audited>& all, bool agree, bool repair) {
  std::size_t rows = 0, waiting = 0, dead = 0, given_up = 0;
  for (const audited& one : all) {
    for (const std::string& sentence : one.repaired) std::cout << "repaired: " << sentence << "\n";
    for (const std::string& sentence : one.findings.differences) std::cout << "differs: " << sentence << "\n";
    for (const std::string& sentence : one.findings.notes) std::cout << "note: " << sentence << "\n";
    rows += one.findings.rows;
    waiting += one.findings.in_queue;
    dead += one.findings.dead_letters;
    given_up += one.findings.given_up;
  }
  std::cout << "coupons checked: " << all.size() << ", issues: " << rows << ", on their way: " << waiting
            << ", open dead letters: " << dead << (given_up > 0 ? ", places given up: " + std::to_string(given_up) : "")
            << ". " << (agree ? "The books agree.\n" : "The books differ.\n");
  if (!agree && !repair) std::cout << "What can be mended without issuing one too many: firstcome audit --repair\n";
}

void show_progress(std::size_t done, std::size_t all) {
  if (isatty(STDERR_FILENO))
    std::cerr << "\r\033[K" << (done < all ? std::to_string(done) + " of " + std::to_string(all) + " coupons" : "")
              << std::flush;
}

}  // namespace

int audit_shared(const store_options& stores, bool repair, bool as_json) {
  refuse_a_strangers_redis(stores);
  shared_books books(stores);
  const std::vector<coupon_id> coupons = books.coupons();
  std::vector<audited> all;
  bool agree = true;
  for (const coupon_id coupon : coupons) {
    show_progress(all.size(), coupons.size());
    all.push_back(books.look_at(coupon, repair));
    agree = agree && all.back().findings.agree();
  }
  show_progress(all.size(), coupons.size());
  as_json ? print_json(all, agree) : print_text(all, agree, repair);
  return agree ? exit_agree : exit_differ;
}

}  // namespace firstcome::cli
