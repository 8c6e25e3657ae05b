#pragma once

#include "cli/model_options.hpp"
#include "partition/summary.hpp"

#include <functional>
#include <string>
#include <vector>

namespace fusesim::cli {

/// One way to cut a network. Empty names mean the source's own choice.
struct Cut {
  std::string strategy, vocabulary;
};

/// A network that can be cut in several ways, in the figures of one accounting.
struct PartitionSource {
  Cut standard;          ///< what is cut when nothing is asked for
  std::vector<Cut> cuts; ///< all that --compare sets side by side
  std::function<partition::PartitionSummary(const Cut &)> run;
  std::vector<std::string> warnings; ///< of the importer
};

/// What belongs to an accounting ("physical" or "seed"); checked before any model is loaded.
/// Throws Error with the nearest names when `cut` names a strategy or vocabulary that it lacks.
void check_cut(const std::string &accounting, const Cut &cut);

/// Loads `model` for an accounting. Throws Error: what load_model() throws; `seed` counts nodes of
/// torch.fx, so it takes their exports only, at the sizes and types that they have.
PartitionSource load_partition_source(const std::string &accounting, const std::string &model,
                                      const ModelOptions &sizes);

} // namespace fusesim::cli
