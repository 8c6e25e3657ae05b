#pragma once

#include "sim/detail/unit_set.hpp"
#include "sim/run.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fusesim::sim::detail {

/// Collects spans, if asked to. Spans of no length are left out.
class Timeline {
public:
  Timeline(bool enabled, std::vector<Span> &spans) : enabled_(enabled), spans_(spans) {}

  bool enabled() const { return enabled_; }
  void host(LaunchId launch, std::string_view label, Picoseconds start, Picoseconds end);
  void stream(std::uint32_t stream, LaunchId launch, std::string_view label, Picoseconds start,
              Picoseconds end);
  struct Tasks {
    UnitClassId unit_class = 0;
    std::span<const UnitRange> units;
    LaunchId launch = 0;
    std::uint32_t per_unit = 0;
    std::string_view label;
  };
  void units(const Tasks &tasks, Picoseconds start, Picoseconds end);
  void link(LinkId link, double bytes_per_s, Picoseconds start, Picoseconds end);
  /// Time comes in order and without gaps; neighbours of one cause become one span.
  void cause(Cause cause, Picoseconds start, Picoseconds end);

private:
  void add(Span span);

  bool enabled_;
  std::vector<Span> &spans_;
  std::size_t last_cause_ = SIZE_MAX; ///< index of the latest span of a cause
};

} // namespace fusesim::sim::detail
