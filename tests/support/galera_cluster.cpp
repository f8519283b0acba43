#include "support/galera_cluster.hpp"

#include <unistd.h>

#include <stdexcept>
#include <string>

#include "lab/process/free_port.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

constexpr unsigned nobody = 65534;
constexpr const char* provider = "/usr/lib/galera/libgalera_smm.so";

std::string local(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

}  // namespace

galera_cluster::galera_cluster() {
  if (access(provider, R_OK) != 0)
    throw std::runtime_error("Galera is not installed (Debian's packages galera-4 and rsync have it)");
  for (addresses& of_node : at_) of_node = {lab::free_port(), lab::free_port(), lab::free_port()};
  nodes_[0] = std::make_unique<mariadb_server>(settings_of(0, ""));
  await_ready(0);
  nodes_[1] = std::make_unique<mariadb_server>(settings_of(1, local(at_[0].group)));
  await_ready(1);
}

mariadb_server::start_settings galera_cluster::settings_of(std::size_t n, const std::string& peers) const {
  const addresses& here = at_[n];
  mariadb_server::start_settings how;
  how.arguments = {
      "--binlog-format=ROW",
      "--innodb-autoinc-lock-mode=2",
      "--wsrep-on=ON",
      std::string("--wsrep-provider=") + provider,
      "--wsrep-cluster-name=test",
      "--wsrep-cluster-address=gcomm://" + peers,
      "--wsrep-node-name=node" + std::to_string(n + 1),
      "--wsrep-node-address=" + local(here.group),
      "--wsrep-sst-method=rsync",
      "--wsrep-sst-receive-address=" + local(here.transfer),
      "--wsrep-provider-options=gmcast.listen_addr=tcp://" + local(here.group) +
          ";ist.recv_addr=" + local(here.increment) + ";gcache.size=16M;pc.weight=" + std::to_string(size - n) +
          ";evs.suspect_timeout=PT2S;evs.inactive_timeout=PT5S;evs.keepalive_period=PT0.5S"
          ";evs.inactive_check_period=PT0.5S",
  };
  // Galera sets its threads to the scheduling that they have, and ends where a machine forbids even that (virtual
  // ones).
  how.environment = {{"LD_PRELOAD", FIRSTCOME_THREAD_PRIORITY_SHIM}};
  if (geteuid() == 0) how.user = nobody;  // the state transfer gives up its rights, and could not read what is root's
  return how;
}

bool galera_cluster::ready(std::size_t n) {
  try {
    const auto rows = node(n).rows("SHOW STATUS LIKE 'wsrep_ready'");
    return !rows.empty() && rows.front().at(1) == "ON";
  } catch (const std::runtime_error&) {
    return false;
  }
}

void galera_cluster::await_ready(std::size_t n) {
  if (!eventually([&] { return ready(n); }))
    throw std::runtime_error("node " + std::to_string(n + 1) + " does not join:\n" + node(n).log());
}

void galera_cluster::start_second() {
  node(1).start();
  await_ready(1);
}

}  // namespace firstcome::testing
