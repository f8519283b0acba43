#pragma once

// The application as the connections see it: finds the route, checks who asks and what was sent, and hands over to the
// handlers. It knows the shape it serves only through `issuer` and `coupon_service`.
// Thread safety: every function from any event loop's thread. Owns nothing of `dependencies`, which must outlive it.

#include <atomic>

#include "api/auth.hpp"
#include "api/backlog_watch.hpp"
#include "api/cors.hpp"
#include "api/held_answers.hpp"
#include "api/issue_handlers.hpp"
#include "api/issue_rates.hpp"
#include "api/joint_lists.hpp"
#include "api/live_board.hpp"
#include "api/pages.hpp"
#include "api/proofs.hpp"
#include "api/rehearsals.hpp"
#include "api/routes.hpp"
#include "api/unknown_keys.hpp"
#include "http/exchange.hpp"
#include "issuing/coupon_service.hpp"
#include "issuing/issuer.hpp"
#include "runtime/clock.hpp"
#include "runtime/metrics.hpp"

namespace firstcome::api {

struct dependencies {
  issuing::issuer& issuer;
  issuing::coupon_service& coupons;
  runtime::metrics& metrics;  // made with `route_names()`
  const runtime::clock& clock;
  const std::atomic<bool>& ready;  // what /readyz says: false while starting and while draining
  /// The name of a store that does not answer, or null; itself empty where there are no stores.
  absence away = {};
};

/// How the API looks from outside.
struct wire_settings {
  std::vector<std::string> allowed_origins = {};  // of browsers' pages, see cors.hpp
  bool ids_as_text = false;                       // in answers; requests may have either
  std::filesystem::path web_dir = {};             // see page_settings::from_disk
  bool rehearsal = false;                         // admins may have a made-up crowd sent
};

class application final : public http::application,
                          private proofs::receiver,
                          private unknown_keys::receiver,
                          private held_answers::receiver {
 public:
  /// Throws std::invalid_argument when the settings cannot work, naming what is wrong.
  application(const dependencies& needs, const auth_settings& auth, const wire_settings& wire = {});

  reception receive(const http::request_head& head) const override;
  void handle(http::exchange& x) override;
  error_answer answer_to(const http::refusal& what) const override;

  /// The node stops: whoever still waits for a signature to be checked is told so. Any thread.
  void close() {
    refuse();
    proofs_.close();
    unknown_keys_.close();
  }
  /// The node is about to stop: a made-up crowd leaves. Any thread.
  void refuse() {
    if (rehearsals_) rehearsals_->close();
  }
  /// True when nothing runs that no connection waits for: the made-up crowd of a rehearsal has left.
  bool quiet() const { return !rehearsals_ || rehearsals_->quiet(); }

 private:
  void preflight(routed_exchange to) const;
  enum class keys : bool { may_be_old, were_just_read };
  void serve(routed_exchange to, const route_match& found, keys how);
  void serve_known(routed_exchange to, const route_match& found, const caller& who);
  void prove(routed_exchange to, const route_match& found, identity::token_claim claim);
  void on_held(routed_exchange to, const route_match& found) override;
  void on_keys_read(routed_exchange to, const route_match& found) override;
  void on_proof(const unproven& request, user_id claimed, identity::checked outcome) override;
  void tell_stats(routed_exchange to, const caller& who);
  void begin_rehearsal(routed_exchange to, const caller& who);
  void show_page(routed_exchange to, operation what) const;
  void dispatch(routed_exchange to, const route_match& found, const caller& who);
  void refuse_token(routed_exchange to, identity::refusal why);
  void note_refusal(routed_exchange to, identity::refusal why);

  dependencies needs_;
  auth auth_;
  const identity::refusal_words refusal_words_;
  issue_handlers issues_;
  const cors cors_;
  const std::string openapi_;
  live_board live_;
  joint_lists lists_;
  backlog_watch backlogs_;
  issue_rates rates_;
  pages pages_;
  std::optional<rehearsals> rehearsals_;
  held_answers sold_out_;
  // Last: their threads end before what they use.
  proofs proofs_;
  unknown_keys unknown_keys_;
};

}  // namespace firstcome::api
