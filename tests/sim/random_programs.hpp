#pragma once

#include "sim/program.hpp"

#include <rapidcheck.h>

namespace fusesim::sim::test {

/// What random topologies and programs may contain.
struct Variety {
  std::uint32_t streams = 2;      ///< at most
  std::uint32_t unit_classes = 2; ///< at most
  std::uint32_t groups = 3;       ///< per stage, at most
  bool caches = true;
  bool single_launch = false;
};

struct Case {
  Topology topology;
  Program program;
};

/// Durations and rates that are not round numbers, so that rounding to picoseconds is exercised.
rc::Gen<Case> random_case(Variety variety = {});

void showValue(const Case &value, std::ostream &os);

} // namespace fusesim::sim::test
