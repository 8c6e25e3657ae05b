#pragma once

#include "targets/experiment.hpp"

namespace fusesim::targets {

/// The bounds of a roofline plot as kernels are timed: efficiencies and sustained clocks applied.
struct Roof {
  std::string name;
  double per_second = 0; ///< FLOPs or bytes
};
struct Roofline {
  std::vector<Roof> compute;   ///< units that multiply in this program, FLOP/s of the whole machine
  std::vector<Roof> bandwidth; ///< DRAM first, then what caches in front of it give, bytes/s
};
/// Of the machine that `experiment` was lowered to.
Roofline roofline_of(const Machine &machine, const Experiment &experiment);

} // namespace fusesim::targets
