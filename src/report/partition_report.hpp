#pragma once

#include "partition/summary.hpp"
#include "report/formats.hpp"

namespace fusesim::report {

/// A network cut into subgraphs, whatever the accounting. Every view of it starts here: this
/// header's overview, partition_visual, partition_balance, partition_savings, partition_decisions,
/// partition_dot.
struct PartitionReport {
  std::string model; ///< as the user named it
  partition::PartitionSummary summary;
  std::vector<std::string> warnings;
};

/// "resnet50 · attention · modern · physical: 120 operators → 54 launches (2.22×)", a line.
std::string partition_headline(const PartitionReport &report);

/// Summary, patterns, and one row per subgraph.
std::string partition_text(const PartitionReport &report, const TextStyle &style = {});
/// One line per subgraph.
std::string partition_csv(const PartitionReport &report);
/// Keys: model, strategy, vocabulary, accounting, fx_nodes, operators, summary, subgraphs, warnings.
Json partition_json(const PartitionReport &report);

/// One row per partition of the same network: what each strategy makes of it.
std::string strategies_text(std::span<const PartitionReport> reports, const TextStyle &style = {});
std::string strategies_csv(std::span<const PartitionReport> reports);
Json strategies_json(std::span<const PartitionReport> reports);

/// For people: "compute-bound", "compute", and "not in vocabulary".
std::string title_of(partition::Bottleneck bottleneck);
std::string_view short_title_of(partition::Bottleneck bottleneck);
std::string title_of(partition::Refusal refusal);

/// `text` in the colour that a bottleneck has in every view, if `style` has colours.
std::string coloured(std::string_view text, partition::Bottleneck bottleneck,
                     const TextStyle &style);

} // namespace fusesim::report
