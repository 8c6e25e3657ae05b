#pragma once

#include "support/units.hpp"

namespace fusesim::sim {

/// Share of `working_set` that a cache of `capacity` bytes still holds when it is gone through again in the same order.
/// Evicting what was used least recently, a cache too small by little has lost everything by then; what runs in parallel
/// is out of step, which blurs that over a quarter of the capacity. data/measured gpu_operators: LayerNorm of PyTorch, which
/// reads 16 rows per SM twice, runs at 0.85 of an A100's bandwidth while these are up to 18 MB, as if it read them once, and
/// at 0.61 from 25 MB on, as if twice; on a V100 up to 5 MB and from 8 MB on.
double reused_share(Bytes working_set, Bytes capacity);

} // namespace fusesim::sim
