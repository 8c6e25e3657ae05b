#include "ir/zoo/layout.hpp"

#include "support/error.hpp"
#include "support/units.hpp"

namespace fusesim::ir::models {

Layout Layout::contiguous(Dims dims) {
  Dims strides(dims.size());
  std::int64_t stride = 1;
  for (std::size_t i = dims.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= dims[i];
  }
  return {std::move(dims), std::move(strides)};
}

bool Layout::is_contiguous() const {
  std::int64_t expected = 1;
  for (std::size_t i = dims.size(); i-- > 0;) {
    if (dims[i] != 1 && strides[i] != expected)
      return false;
    expected *= dims[i];
  }
  return true;
}

Layout Layout::permuted(std::span<const std::int64_t> order) const {
  Layout result;
  for (const auto from : order) {
    result.dims.push_back(dims.at(static_cast<std::size_t>(from)));
    result.strides.push_back(strides.at(static_cast<std::size_t>(from)));
  }
  return result;
}

Layout Layout::sliced(std::size_t dim, std::int64_t begin, std::int64_t end,
                      std::int64_t step) const {
  Layout result = *this;
  result.dims.at(dim) = (end - begin + step - 1) / step;
  result.strides.at(dim) *= step;
  return result;
}

Layout Layout::selected(std::size_t dim) const {
  Layout result = *this;
  result.dims.erase(result.dims.begin() + static_cast<std::ptrdiff_t>(dim));
  result.strides.erase(result.strides.begin() + static_cast<std::ptrdiff_t>(dim));
  return result;
}

namespace {

/// Neighbouring dims that together step through memory evenly, so that they may be regrouped
/// freely.
struct Run {
  std::int64_t elements, stride;
};

std::vector<Run> runs_of(const Layout &layout) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < layout.dims.size(); ++i) {
    if (layout.dims[i] == 1)
      continue;
    if (!runs.empty() && runs.back().stride == layout.strides[i] * layout.dims[i])
      runs.back() = {runs.back().elements * layout.dims[i], layout.strides[i]};
    else
      runs.push_back({layout.dims[i], layout.strides[i]});
  }
  return runs;
}

} // namespace

// A view exists exactly when the new extents, read from the left, fill one run after the other
// without crossing a border between two runs.
std::optional<Layout> Layout::viewed_as(const Dims &new_dims) const {
  Layout result{new_dims, Dims(new_dims.size(), 1)};
  std::size_t next = 0;
  for (const auto &run : runs_of(*this)) {
    const auto first = next;
    std::int64_t filled = 1;
    while (filled < run.elements && next < new_dims.size())
      filled *= new_dims[next++];
    if (filled != run.elements)
      return std::nullopt;
    std::int64_t stride = run.stride;
    for (std::size_t i = next; i-- > first;) {
      result.strides[i] = stride;
      stride *= new_dims[i];
    }
  }
  for (; next < new_dims.size(); ++next)
    if (new_dims[next] != 1)
      return std::nullopt;
  return result;
}

} // namespace fusesim::ir::models
