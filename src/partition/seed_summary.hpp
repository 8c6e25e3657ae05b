#pragma once

#include "partition/seed.hpp"
#include "partition/summary.hpp"

namespace fusesim::partition::seed {

/// Chains of a torch.fx graph in `seed` figures. `subgraphs` come from `nodes` by `strategy` with
/// the pairs of `vocabulary`. Operators are the graph's modules and functions; every subgraph counts
/// as a launch, and an operator run alone moves what its subgraph counts inside once more, as the
/// published tables have it.
PartitionSummary summarise(std::string network, std::string strategy, std::span<const Node> nodes,
                           std::span<const Subgraph> subgraphs, const Vocabulary &vocabulary);

/// Cuts an exported torch.fx graph by "unfused" or one of the strategies of seed::strategy, with the
/// pairs of a vocabulary ("v1", "v2", "v3"), and says what comes of it. Throws Error with the
/// nearest names.
PartitionSummary summarise(std::string network, std::span<const Node> nodes,
                           std::string_view strategy, std::string_view vocabulary);

/// What a torch type is to fusion, by its name: pooling, view, bookkeeping, …
Role role_of(std::string_view type);

} // namespace fusesim::partition::seed
