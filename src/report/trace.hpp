#pragma once

#include "report/run_report.hpp"
#include "sim/run.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The timeline of a run as Chrome trace events (ui.perfetto.dev, chrome://tracing):
///
///   process "host"        one lane: dispatch, launch calls, synchronisation; where it is empty, the host waits
///   process "latency"     one lane: the cause that each instant is charged to
///   process "streams"     one lane per stream: kernels, with their subgraph, FLOPs, bytes and what bounds them;
///                         an arrow leads from the launch call to the kernel
///   process "links"       one curve per link: GB/s in use
///   process "<unit class> ×N"   curves of busy units and resident tasks; one lane per unit, up to
///                         TraceOptions::max_units
///
/// Slices are complete events ("X"), so begin and end always match; events stand in order of time. Spans that overlap
/// on a lane (tasks that share a unit) get lanes side by side, since viewers draw only nested ones.
/// Format: "Trace Event Format", Google, 2016, as Perfetto's importer reads it; tools/check_trace.py has its rules.
namespace fusesim::report {

struct TraceOptions {
  std::uint32_t max_units = 64;            ///< lanes per unit class …
  std::uint64_t max_unit_slices = 200'000; ///< … fewer where all lanes of a class would hold more
  /// Facts about the run ("model": "resnet50"), kept in the trace's otherData.
  std::vector<std::pair<std::string, std::string>> facts;
  /// By Launch::tag: what a kernel's slice says about its subgraph. May be empty.
  std::span<const SubgraphReport> subgraphs = {};
};

using TextSink = std::function<void(std::string_view)>;

/// Streams the trace to `sink`, a few events at a time. `run` must have been made with
/// RunOptions::timeline.
void write_trace(const sim::Topology &topology, const sim::Program &program,
                 const sim::RunResult &run, const TraceOptions &options, const TextSink &sink);

} // namespace fusesim::report
