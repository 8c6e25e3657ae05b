#include "claims/measurements.hpp"

#include "targets/machine.hpp"
#include "validate/case.hpp"
#include "validate/fields.hpp"

#include <algorithm>

namespace fusesim::claims {

namespace fs = std::filesystem;

namespace {

constexpr double kMicrosecondsPerMillisecond = 1000;

Measurement measurement_of(const validate::Fields &fields) {
  Measurement row;
  row.model = fields.text("model");
  row.machine = fields.text("gpu");
  row.runtime = fields.text("runtime");
  row.dtype = fields.text("precision");
  row.batch = fields.count("batch");
  row.size = fields.count_or("image_size", 0);
  row.latency_us = fields.positive("latency_ms") * kMicrosecondsPerMillisecond;
  row.source = fields.text_or("source", "");
  row.note = fields.text_or("note", "");
  row.channels_last = row.note.find("nhwc") != std::string::npos;
  row.fused_attention =
      row.runtime == "pytorch-eager" && row.source.find("-pt2") != std::string::npos;
  row.place = fields.place();
  return row;
}

} // namespace

Measurements::Measurements(std::span<const fs::path> files) {
  for (const auto &file : files) {
    const auto dataset = validate::read_dataset(file);
    if (dataset.kind != "networks")
      continue;
    for (const auto &one : dataset.cases)
      all_.push_back(measurement_of(validate::Fields(dataset.table, dataset.table.rows[one->row])));
  }
}

std::vector<const Measurement *> Measurements::of(const Experiment &experiment,
                                                  const RunOutcome &run,
                                                  const std::string &own_strategy) const {
  std::vector<const Measurement *> rows;
  if (!run.simulated || !experiment.set.empty() || experiment.strict_f32)
    return rows;
  for (const auto &row : all_) {
    const auto &strategy = row.fused_attention ? "sdpa" : own_strategy;
    if (row.model == run.model && row.machine == run.target && row.runtime == run.runtime &&
        row.dtype == run.dtype && row.batch == run.batch &&
        (row.size == 0 || row.size == run.size) && row.channels_last == experiment.channels_last &&
        strategy == run.strategy)
      rows.push_back(&row);
  }
  return rows;
}

std::vector<fs::path> shipped_measurements() {
  std::vector<fs::path> files;
  const auto folder = targets::config_root().parent_path() / "data" / "measured";
  std::error_code none;
  for (const auto *name : {"gpu_end_to_end.csv", "gpu_held_out.csv"})
    if (fs::is_regular_file(folder / name, none))
      files.push_back(folder / name);
  return files;
}

} // namespace fusesim::claims
