#include "sim/detail/timeline.hpp"

namespace fusesim::sim::detail {

void Timeline::add(Span span) {
  if (enabled_ && span.end > span.start)
    spans_.push_back(std::move(span));
}

void Timeline::host(LaunchId launch, std::string_view label, Picoseconds start, Picoseconds end) {
  if (enabled_)
    add({.lane = Span::Lane::host,
         .launch = launch,
         .start = start,
         .end = end,
         .label = std::string(label)});
}

void Timeline::stream(std::uint32_t stream, LaunchId launch, std::string_view label,
                      Picoseconds start, Picoseconds end) {
  if (enabled_)
    add({.lane = Span::Lane::stream,
         .lane_class = stream,
         .launch = launch,
         .start = start,
         .end = end,
         .label = std::string(label)});
}

void Timeline::units(const Tasks &tasks, Picoseconds start, Picoseconds end) {
  if (!enabled_)
    return;
  for (const UnitRange &range : tasks.units)
    add({.lane = Span::Lane::unit,
         .lane_class = tasks.unit_class,
         .first = range.first,
         .last = range.last,
         .launch = tasks.launch,
         .tasks = tasks.per_unit,
         .start = start,
         .end = end,
         .label = std::string(tasks.label)});
}

void Timeline::link(LinkId link, double bytes_per_s, Picoseconds start, Picoseconds end) {
  if (enabled_ && bytes_per_s > 0)
    add({.lane = Span::Lane::link,
         .lane_class = link,
         .start = start,
         .end = end,
         .label = {},
         .value = bytes_per_s});
}

void Timeline::cause(Cause cause, Picoseconds start, Picoseconds end) {
  if (!enabled_ || end == start)
    return;
  const auto lane_class = static_cast<std::uint32_t>(cause);
  if (last_cause_ < spans_.size() && spans_[last_cause_].lane_class == lane_class) {
    spans_[last_cause_].end = end;
    return;
  }
  last_cause_ = spans_.size();
  add({.lane = Span::Lane::cause,
       .lane_class = lane_class,
       .start = start,
       .end = end,
       .label = {}});
}

} // namespace fusesim::sim::detail
