#pragma once

#include "report/formats.hpp"
#include "targets/experiment.hpp"

#include <array>
#include <optional>

namespace fusesim::report {

/// What was asked to run, as the user named it; the part of a report that the experiment itself
/// does not know.
struct Workload {
  std::string model;                      ///< zoo name or file, as given
  std::int64_t batch = 1;                 ///< first dim of the first input
  std::optional<std::int64_t> image_size; ///< square image inputs only
  std::vector<std::string> inputs;        ///< "1x3x224x224:f32"
  std::vector<std::string> warnings;      ///< of the importer
};

struct SubgraphReport {
  std::uint32_t id = 0;
  std::string pattern;
  std::vector<std::string> operators; ///< node names
  Flops flops = 0;
  Bytes input_bytes = 0, output_bytes = 0, weight_bytes = 0, internal_bytes = 0;
  double start_us = 0, end_us = 0; ///< of its kernels; equal when it launches nothing
  double busy_us = 0;              ///< summed durations of its kernels
  std::array<double, sim::kCauseCount> attribution_us{}; ///< of its kernels; sums to busy_us
  std::string bound_by; ///< cause of most of its launches' time; "none" when it launches nothing
  std::vector<std::string> notes;
};

/// Everything that is reported of one simulated run. Attribution sums to latency_us (exact in
/// picoseconds).
struct RunReport {
  std::string model, target, runtime, strategy, dtype;
  std::int64_t batch = 1;
  std::optional<std::int64_t> image_size;
  std::vector<std::string> inputs;
  double latency_us = 0;
  std::uint64_t launches = 0;
  Bytes dram_bytes = 0;
  Flops flops = 0;
  std::array<double, sim::kCauseCount> attribution_us{};
  std::vector<SubgraphReport> subgraphs;
  std::vector<std::string> warnings;
};

RunReport report_of(const targets::Experiment &experiment, const Workload &workload);

/// Keys of a run as `simulate` and `compare` give them, attribution as "attribution_us.<cause>".
std::span<const Figure<RunReport>> run_figures();
std::span<const Figure<SubgraphReport>> subgraph_figures();

struct RunText {
  TextStyle style;
  std::size_t top_subgraphs = 10; ///< by time; 0 = all, in order of execution
};
/// Headline, attribution with percentages, subgraphs that take longest.
std::string run_text(const RunReport &report, const RunText &options = {});
Json run_json(const RunReport &report);
/// One line of headline figures, or one line per subgraph.
std::string run_csv(const RunReport &report, bool per_subgraph);

/// Title of a cause for people: "host dispatch".
std::string_view title_of(sim::Cause cause);

} // namespace fusesim::report
