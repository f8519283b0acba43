// `firstcome token create`: a token for somebody who works here, and its table for the file of --tokens.

#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "identity/operator_tokens.hpp"

namespace firstcome::cli {
namespace {

constexpr const char* token_examples = R"(Examples:
  firstcome token create --role till --name till-3

It prints the token, which is kept nowhere and shown only now, and below it the lines for the file that the nodes'
--tokens names. A running node reads that file again within a second, and on SIGHUP.

Roles: till (use, undo of use, look up one record), viewer (reads everything), operator (all of viewer; creates and
changes coupons), admin (everything).)";

int create(const std::string& role_name, const std::string& name) {
  const std::optional<identity::role> role = identity::operators_role_named(role_name);
  if (!role)
    throw runtime::wrong_usage("--role cannot be \"" + role_name + "\": it may be till, viewer, operator or admin");
  if (!identity::is_token_name(name) || name == "admin")
    throw runtime::wrong_usage(
        "--name may be 1 to 64 visible characters of ASCII without quotes and backslashes, and not admin");
  const identity::made_token made = identity::make_operator_token(*role, name);
  std::cout << "The token, shown only now: " << made.token << "\n\nFor the file of --tokens:\n\n" << made.table;
  return 0;
}

}  // namespace

void add_token(program& p) {
  const command app = p.add("token", "tokens for those who work with the nodes");
  app.footer(token_examples);
  app.needs_subcommand();
  const command making = app.subcommand("create", "make one");
  struct wishes {
    std::string role, name;
  };
  auto wanted = std::make_shared<wishes>();
  making.add_option("--role", wanted->role, "what it may do: till, viewer, operator or admin").required();
  making.add_option("--name", wanted->name, "whose it is; it stands in the record of what was done with it").required();
  p.on(making, [wanted] { return create(wanted->role, wanted->name); });
}

}  // namespace firstcome::cli
