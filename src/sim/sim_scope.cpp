#include "sim/detail/sim_scope.hpp"

// libsystemc brings a main() that calls sc_main(). Programs here have their own main(), but the
// shared library still wants the symbol.
int sc_main(int, char *[]) { return 0; }

namespace fusesim::sim::detail {

SimScope::SimScope() {
  sc_core::sc_get_curr_simcontext(); // creates the initial context if nobody has
  previous_current_ = sc_core::sc_curr_simcontext;
  previous_default_ = sc_core::sc_default_global_context;
  own_ = new sc_core::sc_simcontext;
  sc_core::sc_curr_simcontext = own_;
  sc_core::sc_default_global_context = own_;
  // Libraries never print: notes and warnings of the kernel stay silent, errors are thrown.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
}

SimScope::~SimScope() {
  delete own_;
  sc_core::sc_curr_simcontext = previous_current_;
  sc_core::sc_default_global_context = previous_default_;
}

} // namespace fusesim::sim::detail
