#pragma once

#include "sim/detail/interfaces.hpp"
#include "sim/detail/run_state.hpp"

namespace fusesim::sim::detail {

/// All links of the machine, shared as fluid flows by the steady phases under way. One event per
/// end of a cohort's steady phase; nothing happens in between.
class FluidLinks : public sc_core::sc_module, public LinksIf {
public:
  FluidLinks(const sc_core::sc_module_name &name, RunState &run);

  sc_core::sc_port<DeviceIf> device;

  void begin_steady(FlowClass &flow, Cohort &cohort) override;
  void gather() override;
  void settle() override;

private:
  struct Usage { ///< for the timeline
    double bytes_per_s = 0;
    Picoseconds since = 0;
  };

  void on_end();
  void arm();
  Picoseconds end_of_first(const FlowClass &flow) const;
  Cause limiter_of(const FlowClass &flow) const;
  void record_usage();

  RunState &run_;
  MaxMin max_min_;
  sc_core::sc_event end_;
  std::vector<FlowClass *> active_;
  std::vector<FlowShare *> shares_;
  std::vector<Usage> usage_;
  bool changed_ = false;
};

} // namespace fusesim::sim::detail
