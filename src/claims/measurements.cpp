#include "claims/measurements.hpp"

#include "targets/machine.hpp"
#include "validate/case.hpp"
#include "validate/fields.hpp"
#include "validate/kinds.hpp"
#include "validate/launches.hpp"

#include <algorithm>
#include <set>

namespace fusesim::claims {

namespace fs = std::filesystem;

namespace {

constexpr double kMicrosecondsPerMillisecond = 1000;
/// Empty kernels from which on an interval is that of a stream kept busy.
constexpr std::int64_t kMany = 100;

Measurement measurement_of(const validate::Fields &fields) {
  Measurement row;
  row.model = fields.text("model");
  row.machine = fields.text("gpu");
  row.runtime = fields.text("runtime");
  row.dtype = name_of(validate::precision_of(fields, "precision"));
  row.batch = fields.count("batch");
  row.size = fields.count_or("image_size", 0);
  row.us = fields.positive("latency_ms") * kMicrosecondsPerMillisecond;
  row.source = fields.text_or("source", "");
  row.note = fields.text_or("note", "");
  row.channels_last = row.note.find("nhwc") != std::string::npos;
  row.copies_linear_bias = row.note.find("bias copied") != std::string::npos;
  row.fused_attention =
      row.runtime == "pytorch-eager" && row.source.find("-pt2") != std::string::npos;
  row.place = fields.place();
  return row;
}

/// A row of launch_overhead.csv; nothing where it is neither of empty kernels nor of one inference.
std::optional<Measurement> measurement_of_launches(const validate::Fields &fields) {
  Measurement row;
  row.place = fields.place();
  row.note = fields.text_or("definition", "");
  if (const auto launch = validate::launch_row(fields)) {
    using validate::LaunchProtocol;
    row.machine = launch->machine;
    row.runtime = launch->runtime;
    row.figure = launch->protocol == LaunchProtocol::synchronised   ? "latency_us"
                 : launch->protocol == LaunchProtocol::back_to_back ? "launch_interval_us"
                                                                    : "device_us";
    row.empty_kernels = launch->kernels;
    row.any_number_of_them = launch->protocol == LaunchProtocol::back_to_back;
    row.us = launch->us;
    return row;
  }
  if (const auto total = validate::network_total(fields)) {
    row.model = total->model;
    row.machine = total->machine;
    row.runtime = total->runtime;
    row.dtype = total->dtype;
    row.batch = total->batch;
    row.us = total->us;
    return row;
  }
  return std::nullopt;
}

} // namespace

Measurements::Measurements(std::span<const fs::path> files) {
  for (const auto &file : files) {
    const auto dataset = validate::read_dataset(file);
    if (dataset.kind == "networks")
      for (const auto &one : dataset.cases)
        all_.push_back(
            measurement_of(validate::Fields(dataset.table, dataset.table.rows[one->row])));
    if (dataset.kind == "launches")
      add_launches(dataset.table);
  }
}

void Measurements::add_launches(const CsvTable &table) {
  std::string source;
  for (const auto &csv_row : table.rows) {
    const validate::Fields fields(table, csv_row);
    if (const auto said = fields.text_or("source", ""); said != "idem") // as the row above
      source = said;
    if (auto row = measurement_of_launches(fields)) {
      row->source = source;
      all_.push_back(std::move(*row));
    }
  }
}

std::vector<const Measurement *> Measurements::of(const Experiment &experiment,
                                                  const RunOutcome &run,
                                                  const std::string &own_strategy,
                                                  const std::string &figure) const {
  std::vector<const Measurement *> rows;
  if (!run.simulated || !experiment.set.empty() || experiment.strict_f32)
    return rows;
  const auto kernels = experiment.empty_kernels.value_or(0);
  for (const auto &row : all_) {
    if (row.machine != run.target || row.runtime != run.runtime || row.figure != figure)
      continue;
    const auto &strategy = row.fused_attention ? "sdpa" : own_strategy;
    const bool same_kernels =
        row.empty_kernels == kernels || (row.any_number_of_them && kernels >= kMany);
    const bool same_network =
        row.model == run.model && row.dtype == run.dtype && row.batch == run.batch &&
        (row.size == 0 || row.size == run.size) && row.channels_last == experiment.channels_last &&
        row.copies_linear_bias <= experiment.copies_linear_bias && strategy == run.strategy;
    if (same_kernels && (kernels > 0 || same_network))
      rows.push_back(&row);
  }
  return rows;
}

std::vector<std::int64_t> Measurements::batches_of(const std::string &model,
                                                   const std::string &machine) const {
  std::set<std::int64_t> batches;
  for (const auto &row : all_)
    if (row.empty_kernels == 0 && row.model == model && row.machine == machine)
      batches.insert(row.batch);
  return {batches.begin(), batches.end()};
}

std::vector<fs::path> shipped_measurements() {
  std::vector<fs::path> files;
  const auto folder = targets::config_root().parent_path() / "data" / "measured";
  std::error_code none;
  for (const auto *name : {"gpu_end_to_end.csv", "gpu_held_out.csv", "launch_overhead.csv"})
    if (fs::is_regular_file(folder / name, none))
      files.push_back(folder / name);
  return files;
}

} // namespace fusesim::claims
