#pragma once

#include "claims/outcome.hpp"

#include <filesystem>
#include <span>

namespace fusesim::claims {

/// One measured latency of a whole network.
struct Measurement {
  std::string model, machine, runtime, dtype;
  std::int64_t batch = 1, size = 0; ///< size 0: the model's own
  bool channels_last = false;
  bool fused_attention =
      false; ///< measured with attention as one operator (see validate/network_case.cpp)
  double latency_us = 0;
  std::string source, note;
  std::string place; ///< "file:line"
};

/// Measured latencies, to be found by what was run.
class Measurements {
public:
  Measurements() = default;
  /// Throws Error as validate::read_dataset does; files of something else than networks are passed over.
  explicit Measurements(std::span<const std::filesystem::path> files);

  /// Rows of what a run simulates: same model, machine, runtime, type, batch and size, with the strategy that the runtime
  /// has of its own and nothing set otherwise.
  std::vector<const Measurement *> of(const Experiment &experiment, const RunOutcome &run,
                                      const std::string &own_strategy) const;

private:
  std::vector<Measurement> all_;
};

/// The CSV files of data/measured beside the shipped configs; none when there is no such folder.
std::vector<std::filesystem::path> shipped_measurements();

} // namespace fusesim::claims
