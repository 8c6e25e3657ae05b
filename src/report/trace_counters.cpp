#include "report/trace_counters.hpp"

namespace fusesim::report {

using sim::Span;

TraceCounters::TraceCounters(const sim::Topology &topology, std::uint32_t links,
                             std::uint32_t first_unit) {
  for (const auto &link : topology.links)
    links_.push_back({.curve = {.process = links, .name = link.name, .unit = "GB/s"}});
  for (const auto &unit : topology.unit_classes) {
    units_.push_back({.busy = {.process = first_unit, .name = "busy", .unit = unit.name + "s"},
                      .resident = {.process = first_unit, .name = "resident", .unit = "tasks"},
                      .tasks = std::vector<std::uint64_t>(unit.count)});
    ++first_unit;
  }
}

void TraceCounters::count(const Span &span, bool begins) {
  if (span.lane == Span::Lane::link)
    count_link(span, begins);
  else if (span.lane == Span::Lane::unit)
    count_units(span, begins);
}

void TraceCounters::count_link(const Span &span, bool begins) {
  Bandwidth &link = links_[span.lane_class];
  link.spans += begins ? 1 : -std::uint64_t{1};
  // Nothing active is exactly zero, whatever rounding the sums left.
  const double amount = span.value / 1e9;
  link.curve.value = link.spans == 0 ? 0 : link.curve.value + (begins ? amount : -amount);
}

void TraceCounters::count_units(const Span &span, bool begins) {
  Occupancy &units = units_[span.lane_class];
  for (std::uint32_t i = span.first; i <= span.last; ++i) {
    const bool was_busy = units.tasks[i] > 0;
    units.tasks[i] += begins ? span.tasks : -std::uint64_t{span.tasks};
    units.busy.value += static_cast<double>(units.tasks[i] > 0) - static_cast<double>(was_busy);
  }
  const double tasks = static_cast<double>(span.last - span.first + 1) * span.tasks;
  units.resident.value += begins ? tasks : -tasks;
}

void TraceCounters::write(TraceEvents &events, Nanoseconds time) {
  const auto write = [&](Curve &curve) {
    if (curve.written == curve.value)
      return;
    curve.written = curve.value;
    events.counter(curve.process, time, curve.name, curve.unit, curve.value);
  };
  for (Bandwidth &link : links_)
    write(link.curve);
  for (Occupancy &units : units_) {
    write(units.busy);
    write(units.resident);
  }
}

} // namespace fusesim::report
