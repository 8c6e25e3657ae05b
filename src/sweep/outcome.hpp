#pragma once

#include "sim/program.hpp"
#include "support/units.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim::sweep {

/// What became of one configuration.
struct Outcome {
  std::uint64_t configuration = 0;
  std::string hash;  ///< of all that the simulation was given; see fingerprint_of
  std::string error; ///< why there are no figures; empty: there are
  double latency_us = 0;
  std::uint64_t launches = 0;
  Bytes dram_bytes = 0;
  Flops flops = 0;
  std::array<double, sim::kCauseCount> attribution_us{};
  std::vector<double> objectives; ///< by objective of the sweep
  double seconds = 0;             ///< that it took to find out; not part of the results
  bool failed() const { return !error.empty(); }
};

/// Names of an outcome's figures, as objectives use them and as result columns are called:
/// latency_us, launches, dram_bytes, flops, then "<cause>_us".
const std::vector<std::string> &figure_names();
double figure_of(const Outcome &outcome, std::size_t figure);
bool is_count(std::size_t figure); ///< a whole number of things

/// Outcomes as bytes between processes (MessagePack), and back. Throws InternalError on other bytes.
std::string packed(std::span<const Outcome> outcomes);
std::vector<Outcome> unpacked(std::string_view bytes);

/// A name-based UUID (RFC 4122, version 5) of a text: equal texts, equal names, on every machine.
std::string fingerprint_of(std::string_view text);

} // namespace fusesim::sweep
