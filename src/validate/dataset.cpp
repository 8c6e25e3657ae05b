#include "validate/case.hpp"
#include "validate/kinds.hpp"

#include "support/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace fusesim::validate {

namespace {

/// A kind of file is known by the columns that it must have.
struct Kind {
  std::string_view name, measured;
  std::vector<std::string_view> columns;
  std::unique_ptr<Case> (*read)(const Fields &);
};

std::span<const Kind> kinds() {
  static const std::vector<Kind> all{
      {"networks", "latency_ms", {"model", "gpu", "precision", "runtime", "batch"}, read_network},
      {"operators", "latency_us", {"op", "gpu", "dtype", "timing"}, read_operator},
      {"mapped layers",
       "rtl_cycles",
       {"op", "N", "C", "K", "P", "Q", "R", "S", "stride", "mapping"},
       read_layer},
      {"products", "latency_us", {"device", "m", "n", "k"}, read_device_product},
      {"launches", "value_us", {"quantity", "gpu", "definition"}, read_launch},
  };
  return all;
}

const Kind &kind_of(const CsvTable &table) {
  std::vector<std::string> known;
  for (const auto &kind : kinds()) {
    const auto has = [&](std::string_view column) { return table.column(column).has_value(); };
    if (has(kind.measured) && std::ranges::all_of(kind.columns, has))
      return kind;
    known.push_back(
        fmt::format("{} ({}, {})", kind.name, fmt::join(kind.columns, ", "), kind.measured));
  }
  throw Error(table.file, "is no file of measurements that this tool knows: its columns fit none",
              fmt::format("known are {}", fmt::join(known, "; ")));
}

} // namespace

targets::Precision precision_of(const Fields &fields, std::string_view column) {
  const auto &name = fields.text(column);
  try {
    return targets::precision_from_name(name);
  } catch (const Error &error) {
    fields.fail(column, fmt::format("is an {}", error.what()));
  }
}

Dataset read_dataset(const std::filesystem::path &file) {
  Dataset dataset;
  dataset.table = read_csv(file);
  const auto &kind = kind_of(dataset.table);
  dataset.kind = kind.name;
  dataset.measured = kind.measured;
  if (dataset.table.rows.empty())
    throw Error(dataset.table.file, "has no rows");
  for (std::size_t i = 0; i < dataset.table.rows.size(); ++i) {
    const Fields fields(dataset.table, dataset.table.rows[i]);
    auto one = kind.read(fields);
    if (!one) {
      dataset.left_out.push_back(fields.place());
      continue;
    }
    one->row = i;
    if (one->measured == 0)
      one->measured = fields.positive(kind.measured);
    dataset.cases.push_back(std::move(one));
  }
  if (dataset.cases.empty())
    throw Error(dataset.table.file, "has no row of anything that is simulated here");
  return dataset;
}

} // namespace fusesim::validate
