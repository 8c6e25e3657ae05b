#pragma once

#include "claims/outcome.hpp"
#include "support/csv.hpp"

#include <filesystem>
#include <span>

namespace fusesim::claims {

/// One measured figure: a latency of a whole network, or of empty kernels what its row says.
struct Measurement {
  std::string model, machine, runtime, dtype;
  std::int64_t batch = 1, size = 0; ///< size 0: the model's own
  bool channels_last = false, copies_linear_bias = false;
  bool fused_attention =
      false; ///< measured with attention as one operator (see validate/network_case.cpp)
  std::string figure = "latency_us";
  std::int64_t empty_kernels = 0;  ///< in place of a network
  bool any_number_of_them = false; ///< many, one after the other: so many or more
  double us = 0;
  std::string source, note;
  std::string place; ///< "file:line"
};

/// Measured figures, to be found by what was run.
class Measurements {
public:
  Measurements() = default;
  /// Throws Error as validate::read_dataset does. Files of networks and of launches count; others are passed over.
  explicit Measurements(std::span<const std::filesystem::path> files);

  /// Rows of what a run simulates: same model, machine, runtime, type, batch and size, with the strategy that the runtime
  /// has of its own and nothing set otherwise; of empty kernels the same number.
  std::vector<const Measurement *> of(const Experiment &experiment, const RunOutcome &run,
                                      const std::string &own_strategy,
                                      const std::string &figure) const;

  /// The batches of all rows of a model on a machine, each once, from small to large.
  std::vector<std::int64_t> batches_of(const std::string &model, const std::string &machine) const;

private:
  void add_launches(const CsvTable &table);

  std::vector<Measurement> all_;
};

/// The files of networks and of launches in data/measured beside the shipped configs; none when there is no such folder.
std::vector<std::filesystem::path> shipped_measurements();

} // namespace fusesim::claims
