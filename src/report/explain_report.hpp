#pragma once

#include "report/formats.hpp"
#include "targets/experiment.hpp"

namespace fusesim::report {

/// How every stage of every subgraph runs on a tile machine: mapping, tiles, buffers against their
/// capacity, DRAM bytes against the compulsory ones of the subgraph, array utilisation, bound.
struct StageReport {
  targets::ExplainedStage stage;
  std::string pattern;
  Bytes subgraph_dram_bytes = 0;
};

std::vector<StageReport> explain(const targets::Experiment &experiment);
std::span<const Figure<StageReport>> stage_figures();
/// Two tables: what runs where, and what it takes. A remark instead for a machine that has no mappings to show.
std::string explain_text(std::span<const StageReport> stages, const TextStyle &style);

} // namespace fusesim::report
