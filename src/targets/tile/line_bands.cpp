#include "targets/tile/line_bands.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

void extend(LineRange &range, const LineRange &other) {
  if (range.size() == 0)
    range = other;
  else if (other.size() > 0)
    range = {std::min(range.begin, other.begin), std::max(range.end, other.end)};
}

LineRange even_part(std::uint64_t lines, std::uint64_t index, std::uint64_t count) {
  return {lines * index / count, lines * (index + 1) / count};
}

Band band_of(const Chain &chain, std::uint64_t index, std::uint64_t count) {
  Band band{std::vector<LineRange>(chain.stages.size()),
            std::vector<LineRange>(chain.tensors.size())};
  for (auto s = chain.stages.size(); s-- > 0;) {
    const auto &stage = chain.stages[s];
    auto &made = band.stages[s];
    for (const auto &write : stage.writes) {
      const auto &tensor = chain.tensors[write.tensor];
      extend(made, band.tensors[write.tensor]);
      if (tensor.to_outside || tensor.reads == 0)
        extend(made, even_part(stage.lines->out, index, count));
    }
    for (const auto &write : stage.writes)
      band.tensors[write.tensor] = made;
    for (const auto &read : stage.reads)
      if (read.split)
        extend(band.tensors[read.tensor], read.windowed ? lines_under(*stage.lines, made) : made);
  }
  return band;
}

} // namespace

LineRange lines_under(const StageLines &lines, const LineRange &outputs) {
  if (outputs.size() == 0)
    return {};
  const auto first = outputs.begin * lines.stride;
  const auto last = (outputs.end - 1) * lines.stride + (lines.kernel - 1) * lines.dilation + 1;
  const auto inside = [&](std::uint64_t line) {
    return std::min(lines.in, line - std::min(line, lines.padding));
  };
  return {inside(first), inside(last)};
}

bool can_run_in_bands(const Chain &chain) {
  return chain.keeps_lines &&
         std::all_of(chain.stages.begin(), chain.stages.end(),
                     [](const Stage &stage) { return stage.lines.has_value(); }) &&
         std::all_of(chain.tensors.begin(), chain.tensors.end(), [](const ChainTensor &tensor) {
           return tensor.split ? tensor.lines > 0 : tensor.from_outside;
         });
}

std::vector<Band> bands_of(const Chain &chain, std::uint64_t count) {
  for (const auto &stage : chain.stages)
    for (const auto &write : stage.writes)
      if (chain.tensors[write.tensor].to_outside)
        count = std::min(count, stage.lines->out);
  std::vector<Band> bands;
  for (std::uint64_t index = 0; index < count; ++index)
    bands.push_back(band_of(chain, index, count));
  return bands;
}

} // namespace fusesim::targets::tile
