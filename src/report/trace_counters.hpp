#pragma once

#include "report/trace_events.hpp"
#include "sim/run.hpp"

#include <optional>
#include <vector>

namespace fusesim::report {

/// What a trace shows as curves: GB/s of each link, and of each unit class how many units are busy and how many tasks
/// they host. Told of begins and ends of spans, in order of time.
class TraceCounters {
public:
  /// Processes that the curves belong to: `links` that of links, unit class i that of `first_unit` + i.
  TraceCounters(const sim::Topology &topology, std::uint32_t links, std::uint32_t first_unit);

  void span_begins(const sim::Span &span) { count(span, true); }
  void span_ends(const sim::Span &span) { count(span, false); }
  /// Writes the curves that have another value than when last written. One call for each instant.
  void write(TraceEvents &events, Nanoseconds time);

private:
  struct Curve {
    std::uint32_t process = 0;
    std::string name, unit;
    double value = 0;
    std::optional<double> written = {};
  };
  struct Bandwidth {
    Curve curve;
    std::uint64_t spans = 0;
  };
  struct Occupancy {
    Curve busy, resident;
    std::vector<std::uint64_t> tasks; ///< by unit
  };
  void count(const sim::Span &span, bool begins);
  void count_link(const sim::Span &span, bool begins);
  void count_units(const sim::Span &span, bool begins);

  std::vector<Bandwidth> links_;
  std::vector<Occupancy> units_;
};

} // namespace fusesim::report
