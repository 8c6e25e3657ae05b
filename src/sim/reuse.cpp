#include "sim/reuse.hpp"

#include <algorithm>

namespace fusesim::sim {

double reused_share(Bytes working_set, Bytes capacity) {
  if (working_set <= capacity)
    return 1;
  if (capacity == 0)
    return 0;
  constexpr double kBlur = 0.25;
  const double excess = static_cast<double>(working_set) / static_cast<double>(capacity) - 1;
  return std::max(0.0, 1 - excess / kBlur);
}

} // namespace fusesim::sim
