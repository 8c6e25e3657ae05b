#pragma once

#include "sim/program.hpp"
#include "support/csv.hpp"
#include "validate/bench.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

/// Measurements, and how to predict them.
///
///   CSV ──read_dataset──> Case per row ──predict(Bench)──> Prediction ──summarise──> Summary
namespace fusesim::validate {

/// What rows are grouped by.
struct Labels {
  std::string model;   ///< network, or operator
  std::string machine; ///< a shipped config's name
  std::string runtime; ///< a shipped config's name; how an operator was timed
  std::string dtype;
  std::int64_t batch = 1;
};

struct Prediction {
  double value = 0; ///< in the unit of the measurement
  /// What the simulated time went into, as fractions that sum to 1; all 0 where the prediction is no simulated run.
  std::array<double, sim::kCauseCount> shares{};
};

/// One measured row.
class Case {
public:
  virtual ~Case() = default;
  /// Throws Error naming the row: unknown model, machine or runtime, a machine that lacks the type.
  virtual Prediction predict(Bench &bench) const = 0;

  std::size_t row = 0; ///< index into Dataset::table.rows
  Labels labels;
  double measured = 0;
  /// Equal for rows that measured the same work on the same machine under different runtimes; empty: not to be paired.
  std::string pairing;
};

struct Dataset {
  CsvTable table;
  std::string kind;     ///< "networks", "operators", "mapped layers", "products"
  std::string measured; ///< the column with the measured figure; its unit is in its name
  std::vector<std::unique_ptr<Case>> cases;
  std::vector<std::string> left_out; ///< "file:line" of rows of things that are not simulated here
};

/// Reads a file of measurements; which kind it is its columns say. Throws Error: as read_csv; columns of no known kind;
/// a field that is missing, no number, or out of range.
Dataset read_dataset(const std::filesystem::path &file);

} // namespace fusesim::validate
