#pragma once

#include "report/partition_report.hpp"

namespace fusesim::report {

/// Which operators to draw: `max_nodes` (0: all) from `start`, counted in order of execution.
struct VisualWindow {
  std::uint64_t start = 0, max_nodes = 0;
};

/// Operators on the left, the subgraphs that run them boxed on the right:
///
///   conv1  conv2d      1x64x112x112 ─┐    ┌─ 0 conv2d+batch_norm+relu ──────────┐
///   bn1    batch_norm  1x64x112x112 ─┼──▶ │ 236 MFLOP               61.3 FLOP/B │
///   relu   relu        1x64x112x112 ─┘    │ external 3.85 MB      saved 12.8 MB │
///                                         └─ reads x ─────────── compute-bound ─┘
///
/// style.width columns wide (0: 100; at least 72), boxes coloured by bottleneck. Throws Error when
/// the window starts behind the last operator.
std::string visual_text(const PartitionReport &report, const VisualWindow &window = {},
                        const TextStyle &style = {});

} // namespace fusesim::report
