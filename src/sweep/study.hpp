#pragma once

#include "sweep/results_reader.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fusesim::sweep {

/// Finished results of a sweep in memory, for looking at.
struct Study {
  struct Dimension {
    std::string name, role, unit, meaning; ///< role: "name", "size" or "field"
    bool numeric = false, tied = false;
    bool whole = false;              ///< all its numbers are
    bool drawn = false;              ///< crossed or drawn by the sweep, not fixed or tied
    std::vector<std::string> labels; ///< distinct values, in rising order
    std::vector<double> numbers;     ///< the same as numbers; empty when not numeric
    bool varies() const { return labels.size() > 1; }
    /// Varies by itself, and is no name of something: what a sensitivity can be of.
    bool is_field() const { return varies() && !tied && role != "name"; }
  };
  struct Objective {
    std::string name, value; ///< value: its formula
    bool maximise = false;
  };
  struct Row {
    std::uint64_t number = 0;
    std::vector<std::uint32_t> at;  ///< by dimension: position in its labels
    std::vector<double> objectives; ///< by objective
    double latency_us = 0;
  };
  struct Failure {
    std::string error;
    std::uint64_t count = 0, example = 0; ///< example: a configuration
  };

  std::string name, description, sampling, tool_version, file;
  std::uint64_t configurations = 0, points = 0, failed = 0;
  std::vector<Dimension> dimensions;
  std::vector<Objective> objectives; ///< latency and DRAM bytes when the sweep names none
  std::vector<Row> rows;             ///< that have figures, by number
  std::vector<Failure> failures;     ///< by error, most frequent first

  const std::string &label(const Row &row, std::size_t dimension) const {
    return dimensions[dimension].labels[row.at[dimension]];
  }
  double number(const Row &row, std::size_t dimension) const {
    return dimensions[dimension].numbers[row.at[dimension]];
  }
  /// Positions of dimensions by what they are.
  std::vector<std::size_t> names() const;             ///< model, target, runtime, dtype, strategy
  std::vector<std::size_t> sizes() const;             ///< batch, image_size, sequence_length
  std::vector<std::size_t> fields() const;            ///< of those is_field()
  std::size_t dimension(std::string_view name) const; ///< InternalError when there is none
};

Study read_study(const ResultsReader &results);

/// Rows with equal coordinates in some dimensions, in order of first appearance.
struct RowGroup {
  std::vector<std::uint32_t> at; ///< by dimension given
  std::vector<const Study::Row *> rows;
};
std::vector<RowGroup> grouped(const Study &study, std::span<const std::size_t> dimensions);

} // namespace fusesim::sweep
