#pragma once

// `firstcome actions`: what operators did, from the ledger itself.

namespace firstcome::cli {

class program;

void add_actions(program& p);

}  // namespace firstcome::cli
