#include "targets/tile/given_mappings.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"
#include "targets/tile/nest_search.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <vector>

namespace fusesim::targets::tile {

namespace {

constexpr auto *kFileHint =
    "lines of 'operator: \"loop nest\"', operators as in simulate --explain";

YAML::Node load(const std::filesystem::path &file) {
  std::ifstream stream(file);
  if (!stream || std::filesystem::is_directory(file))
    throw Error(file.string(), "is no file that can be read", kFileHint);
  try {
    return YAML::Load(stream);
  } catch (const YAML::Exception &broken) {
    throw Error(fmt::format("{}:{}", file.string(), broken.mark.line + 1),
                fmt::format("broken YAML: {}", broken.msg), kFileHint);
  }
}

void check_room(const NestTiling &tiling, const Contraction &contraction, const Figures &figures,
                const std::string &place) {
  const auto footprint = footprint_of(nest_problem(contraction), tiling);
  const auto room = room_of(figures);
  const auto check = [&](const char *what, Bytes has, Bytes most, const char *store) {
    if (has > most)
      throw Error(place, fmt::format("{} of one tile take {} bytes", what, has),
                  fmt::format("at most {}, half of the {}: the next tile's come in meanwhile", most,
                              store));
  };
  check("operands", footprint.operands, room.operands, "scratchpad");
  check("partial sums", footprint.partial_sums, room.partial_sums, "accumulators");
}

} // namespace

GivenMappings::GivenMappings(const std::filesystem::path &file) {
  const auto root = load(file);
  if (!root.IsMap())
    throw Error(file.string(), "is not a map", kFileHint);
  for (const auto &line : root) {
    const auto place = fmt::format("{}:{}", file.string(), line.first.Mark().line + 1);
    if (!line.first.IsScalar() || !line.second.IsScalar())
      throw Error(place, "is not an operator and its loop nest", kFileHint);
    const auto name = line.first.Scalar();
    if (by_operator_.contains(name))
      throw Error(place, fmt::format("operator '{}' is given twice", name));
    by_operator_[name] = {parse_loop_nest(line.second.Scalar(), place), place};
  }
}

void GivenMappings::take(Chain &chain, const Figures &figures) {
  for (auto &stage : chain.stages) {
    const auto found = by_operator_.find(stage.name);
    if (found == by_operator_.end() || !stage.contraction)
      continue;
    auto &given = found->second;
    if (figures.handover != TileMachine::Handover::tile)
      throw Error(given.place, "the machine runs no loop nests",
                  "one with handover: tile does, such as gemmini-16x16");
    check_loop_nest(given.nest, nest_problem(*stage.contraction).extents, figures.array.rows,
                    figures.array.cols, fmt::format("{}: {}", given.place, stage.name));
    stage.given = tiling_of(given.nest);
    check_room(*stage.given, *stage.contraction, figures,
               fmt::format("{}: {}", given.place, stage.name));
    given.taken = true;
    chain.row_units = 1;
    chain.keeps_lines = false;
  }
}

void GivenMappings::check_all_taken(const std::set<std::string> &known) const {
  for (const auto &[name, given] : by_operator_)
    if (!given.taken)
      throw Error(given.place, fmt::format("no product or convolution '{}' runs here", name),
                  nearest_names_hint(name, std::vector<std::string>(known.begin(), known.end())));
}

} // namespace fusesim::targets::tile
