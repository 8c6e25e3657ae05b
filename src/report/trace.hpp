#pragma once

#include "sim/run.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The timeline of a run as Chrome trace events (chrome://tracing, ui.perfetto.dev):
///
///   process "host"        one lane: dispatch, launch calls, synchronisation
///   process "streams"     one lane per stream: launches
///   process "<unit class> ×N"   one lane per unit, up to TraceOptions::max_units; the units beyond
///   it are one counter
///                         "resident tasks on units K–N"
///   process "links"       one counter per link: bytes/s in use
///
/// Spans are complete events ("X"), so begin and end always match; events stand in order of time.
/// Spans that overlap on a lane (tasks that share a unit) get lanes side by side, since viewers
/// draw only nested ones. Format: "Trace Event Format", Google, 2016.
namespace fusesim::report {

struct TraceOptions {
  std::uint32_t max_units = 64; ///< lanes per unit class
  /// Facts about the run ("model": "resnet50"), kept in the trace's otherData.
  std::vector<std::pair<std::string, std::string>> facts;
};

using TextSink = std::function<void(std::string_view)>;

/// Streams the trace to `sink`, a few events at a time. `run` must have been made with
/// RunOptions::timeline.
void write_trace(const sim::Topology &topology, const sim::Program &program,
                 const sim::RunResult &run, const TraceOptions &options, const TextSink &sink);

} // namespace fusesim::report
