#pragma once

#include <systemc>

namespace fusesim::sim::detail {

/// One SystemC simulation context for one run. SystemC keeps "the" context in two global pointers;
/// this scope puts a fresh one there and restores the old ones at its end, so a process can
/// simulate thousands of programs one after the other. Modules must be destroyed before the scope.
/// The context that existed before is never deleted: static objects of the SystemC library read it
/// when the process exits.
class SimScope {
public:
  SimScope();
  ~SimScope();
  SimScope(const SimScope &) = delete;
  SimScope &operator=(const SimScope &) = delete;

private:
  sc_core::sc_simcontext *previous_current_;
  sc_core::sc_simcontext *previous_default_;
  sc_core::sc_simcontext *own_;
};

} // namespace fusesim::sim::detail
