#include "ir/zoo.hpp"

#include "ir/zoo/catalogue.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"

#include <fmt/format.h>

namespace fusesim::ir {

namespace {

using namespace fusesim::ir::models;

const Row &row_named(std::string_view name) {
  const auto index = &zoo_entry(name) - zoo().data();
  return catalogue()[static_cast<std::size_t>(index)];
}

std::int64_t checked_size(const Row &row, const ZooOptions &options) {
  const auto &given = row.build.is_language_model ? options.sequence_length : options.image_size;
  const auto &misplaced =
      row.build.is_language_model ? options.image_size : options.sequence_length;
  const auto *what = row.build.is_language_model ? "sequence length" : "image size";
  if (misplaced)
    throw Error(
        row.name,
        fmt::format("takes no {}", row.build.is_language_model ? "image size" : "sequence length"),
        fmt::format("give its {}", what));
  const auto size = given.value_or(row.default_size);
  const auto &rule = row.sizes;
  if (size < rule.minimum)
    throw Error(row.name, fmt::format("{} {} is too small", what, size),
                fmt::format("at least {}", rule.minimum));
  if (size > rule.maximum)
    throw Error(row.name, fmt::format("{} {} is too large", what, size),
                fmt::format("at most {}", rule.maximum));
  if (const auto excess = size % rule.multiple_of)
    throw Error(row.name,
                fmt::format("{} {} is no multiple of the {} {}", what, size, rule.multiple_name,
                            rule.multiple_of),
                fmt::format("use {} or {}", size - excess, size - excess + rule.multiple_of));
  return size;
}

} // namespace

const ZooEntry &zoo_entry(std::string_view name) {
  std::vector<std::string> known;
  for (const auto &entry : zoo()) {
    if (entry.name == name)
      return entry;
    known.push_back(entry.name);
  }
  throw Error({}, fmt::format("unknown model '{}'", name),
              nearest_names_hint(name, known) +
                  " (a file's name has a '/' or a '.'; fusesim models lists the zoo)");
}

std::span<const ZooEntry> zoo() {
  static const auto entries = [] {
    std::vector<ZooEntry> result;
    for (const auto &row : catalogue())
      result.push_back(
          {row.name, row.family, row.description, row.build.is_language_model, row.default_size});
    return result;
  }();
  return entries;
}

Graph build_zoo_model(std::string_view name, const ZooOptions &options) {
  const auto &row = row_named(name);
  const auto size = checked_size(row, options);
  constexpr std::int64_t kMaxBatch = 1 << 24;
  if (options.batch < 1 || options.batch > kMaxBatch)
    throw Error(row.name, fmt::format("batch {} is impossible", options.batch),
                fmt::format("1 to {}", kMaxBatch));
  Layers net(row.name);
  const auto input = row.build.is_language_model
                         ? net.builder().input("input_ids", {DType::i64, {options.batch, size}})
                         : net.builder().input("x", {DType::f32, {options.batch, 3, size, size}});
  for (const auto output : row.build.run(net, input))
    net.builder().output(output);
  return std::move(net.builder()).build();
}

} // namespace fusesim::ir
