// firstcome-burst: a crowd fires at one coupon; what happened, and whether the promises held, is judged from outside.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include "burst/admin_client.hpp"
#include "burst/crowd.hpp"
#include "burst/server_process.hpp"
#include "burst/verdict.hpp"
#include "cli/arguments.hpp"

namespace {

using namespace firstcome;

/// A server answers within its request-timeout-ms, 5 s when nobody set it; twice that, as the crowd needs time to read.
constexpr auditor::instant_ns answered_at_the_latest_ns = 10'000'000'000;

struct options {
  burst::crowd_options crowd;
  std::int32_t quantity = 500;
  int connections = 256;
  std::string url;
  std::string token;
  std::string token_file;
  std::int64_t coupon = 0;
  std::string binary = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "firstcome";
};

std::optional<int> read_options(int argc, char** argv, options& o) {
  const firstcome::cli::arguments line(
      "firstcome-burst",
      "A crowd fires at one coupon; the promises are judged from what it sent and heard and the rows in the end.");
  const firstcome::cli::command flags = line.flags();
  flags.add_option("--users", o.crowd.users, "how many people come").with_default().within(1, 1'000'000);
  flags.add_option("--quantity", o.quantity, "of the coupon that is created").with_default();
  flags.add_option("--connections", o.connections, "that they share").with_default().within(1, 20'000);
  flags.add_option("--repeat", o.crowd.repeat, "how often each user asks at once").with_default();
  flags.add_option("--return", o.crowd.returns_percent, "how many of 100 who get one give it back at once, to the pool")
      .with_default()
      .within(0, 100);
  flags.add_option("--seed", o.crowd.seed, "who the users are, out of ten million").with_default();
  flags.add_option("--url", o.url, "a running server; without it one is started in a temporary folder");
  flags.add_option("--token", o.token, "its admin token").or_environment("FIRSTCOME_ADMIN_TOKEN");
  flags.add_option("--token-file", o.token_file, "or the file that holds it");
  flags.add_option("--coupon", o.coupon, "an existing coupon of that server; without it one is created");
  flags.add_option("--binary", o.binary, "the firstcome to start").with_default();
  if (const auto done = line.read(argc, argv)) return done;
  if (o.crowd.returns_percent > 0 && o.coupon != 0) {
    std::fputs(
        "firstcome-burst: --return needs a coupon of its own (one that returns go to the pool of): leave --coupon "
        "out\n",
        stderr);
    return 2;
  }
  if (o.token.empty() && !o.token_file.empty()) std::getline(std::ifstream(o.token_file) >> std::ws, o.token);
  return std::nullopt;
}

void show_progress(double share) {
  if (!isatty(STDOUT_FILENO)) return;
  constexpr int width = 40;
  const int done = static_cast<int>(share * width);
  std::printf("\r  [%s%s] %3.0f %%", std::string(done, '#').c_str(), std::string(width - done, ' ').c_str(),
              share * 100);
  std::fflush(stdout);
}

/// Rows that were there before were asked for before: at the beginning of time.
std::vector<auditor::request> as_history(const auditor::books& before) {
  std::vector<auditor::request> history;
  for (const auto& row : before.rows)
    history.push_back({.user = row.user, .what = auditor::outcome::yes, .sequence = row.sequence});
  return history;
}

/// Of a coupon that others look after too, nobody here knows when they pause it.
auditor::assumptions assumed(bool existing) {
  auditor::assumptions given{.answer_within_ns = answered_at_the_latest_ns,
                             .silences = std::vector<auditor::disturbance>{}};
  if (existing) given.pauses.push_back({.invoked_at = 0});
  return given;
}

/// Each return makes the last sequence that may be given one higher. Which of several that overlap did so first nobody
/// knows; but the k-th cannot have been done before k were asked for, and was when k had been answered.
void add_returns(auditor::assumptions& given, const std::vector<burst::coupon_return>& returns,
                 std::optional<std::int32_t> total) {
  if (returns.empty() || !total) return;
  std::vector<auditor::instant_ns> invoked;
  std::vector<auditor::instant_ns> answered;
  for (const burst::coupon_return& one : returns) {
    invoked.push_back(one.invoked_at);
    answered.push_back(one.answered_at == 0 ? auditor::never : one.answered_at);
  }
  std::sort(invoked.begin(), invoked.end());
  std::sort(answered.begin(), answered.end());
  given.first_total = total;
  for (std::size_t k = 0; k < returns.size(); ++k)
    given.quantity_changes.push_back(
        {.invoked_at = invoked[k], .answered_at = answered[k], .total = *total + static_cast<std::int32_t>(k) + 1});
}

/// The ledger once everything accepted has arrived there: at once when embedded, soon when a queue is between.
auditor::books drained_books(const burst::admin_client& admin, std::int64_t coupon, std::size_t winners) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  auditor::books books = admin.books_of(coupon);
  while (books.rows.size() < winners && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    books = admin.books_of(coupon);
  }
  return books;
}

void print_what_happened(const burst::crowd& crowd, std::size_t rows, double seconds) {
  const burst::tally& heard = crowd.heard();
  const auto line = [](const char* name, std::uint64_t n, const char* remark = "") {
    std::printf("  %-20s %9llu  %s\n", name, static_cast<unsigned long long>(n), remark);
  };
  line("admitted", heard.admitted);
  line("already", heard.already, "(the same coupon again)");
  line("sold out", heard.sold_out);
  if (heard.returned > 0) line("returned", heard.returned, "(their places are free again)");
  if (heard.refused > 0) line("refused", heard.refused, "(not started, ended or paused)");
  line("overloaded", heard.overloaded, "(surely not admitted; asked again)");
  line("unknown", heard.unknown, "(no answer; asked again)");
  if (heard.given_up > 0) line("never resolved", heard.given_up);
  if (heard.strange > 0) line("strange answers", heard.strange);
  line("rows in the ledger", rows);
  const auto ms = [&](double percent) { return static_cast<double>(crowd.latency_ns().percentile(percent)) / 1e6; };
  std::printf("\n  %.0f answers/s in %.2f s   p50 %.2f ms   p99 %.2f ms   max %.2f ms\n\n",
              static_cast<double>(crowd.latency_ns().count()) / seconds, seconds, ms(50), ms(99), ms(100));
}

/// Of a finite coupon, whether more users come than there are left.
bool more_than_left(const auditor::books& before, std::int64_t total, std::uint64_t users) {
  return total > 0 && users > static_cast<std::uint64_t>(total) - std::min<std::uint64_t>(total, before.rows.size());
}

int run(options& o) {
  std::unique_ptr<burst::server_process> own;
  if (o.url.empty()) {
    own = std::make_unique<burst::server_process>(o.binary, o.connections);
    o.url = own->url();
    o.token = own->admin_token();
  }
  const load::endpoint target = load::parse_url(o.url);
  const burst::admin_client admin(o.url, o.token);
  const bool existing = o.coupon != 0;
  o.crowd.coupon = existing ? o.coupon : admin.create_coupon(o.quantity, o.crowd.returns_percent > 0);
  const auditor::books before = existing ? admin.books_of(o.coupon) : auditor::books{};

  std::printf("%llu users, each asking %d time%s, over %d connections, for coupon %lld\n",
              static_cast<unsigned long long>(o.crowd.users), o.crowd.repeat, o.crowd.repeat == 1 ? "" : "s at once",
              o.connections, static_cast<long long>(o.crowd.coupon));
  burst::crowd crowd(target.host, o.crowd, show_progress);
  const load::instant_ns began_at = load::now_ns();
  load::run_closed_loop({.target = target, .connections = o.connections}, crowd);
  const double seconds = static_cast<double>(load::now_ns() - began_at) / 1e9;
  if (isatty(STDOUT_FILENO)) std::printf("\r%60s\r", "");

  const auditor::books books = drained_books(admin, o.crowd.coupon, crowd.winners());
  print_what_happened(crowd, books.rows.size(), seconds);
  std::vector<auditor::request> history = as_history(before);
  history.insert(history.end(), crowd.history().begin(), crowd.history().end());
  auditor::assumptions given = assumed(existing);
  add_returns(given, crowd.returns(), existing ? before.total_quantity : std::optional(o.quantity));
  const std::vector<auditor::broken_promise> broken = auditor::audit(history, books, given);
  const bool more = books.total_quantity && more_than_left(before, *books.total_quantity, o.crowd.users);
  std::fputs(
      burst::verdict(
          broken,
          {.heard = crowd.heard(), .users = o.crowd.users, .repeat = o.crowd.repeat, .more_users_than_left = more})
          .c_str(),
      stdout);
  const bool held = broken.empty();
  const bool resolved = crowd.heard().given_up == 0 && crowd.heard().strange == 0;
  std::puts(held && resolved ? "\nEvery promise that was tried held."
            : held           ? "\nNot every question was answered."
                             : "\nA promise was BROKEN.");
  return held && resolved ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  if (const auto exit_code = read_options(argc, argv, o)) return *exit_code;
  try {
    return run(o);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "\nfirstcome-burst: %s\n", e.what());
    return 1;
  }
}
