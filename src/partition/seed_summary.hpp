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

/// What a torch type is to fusion, by its name: pooling, view, bookkeeping, …
Role role_of(std::string_view type);

} // namespace fusesim::partition::seed
