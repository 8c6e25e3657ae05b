#pragma once

#include "ir/tensor.hpp"

#include <optional>
#include <span>

namespace fusesim::ir::models {

/// Extents and strides (in elements) of a tensor, as PyTorch keeps them: what decides whether a
/// reshape is a view.
struct Layout {
  Dims dims, strides;

  static Layout contiguous(Dims dims);
  bool is_contiguous() const; ///< strides of extents 1 do not matter

  Layout permuted(std::span<const std::int64_t> order) const;
  /// Elements begin, begin+step, … below `end` of one dim.
  Layout sliced(std::size_t dim, std::int64_t begin, std::int64_t end, std::int64_t step) const;
  Layout selected(std::size_t dim) const; ///< one index of `dim`, which disappears
  /// The same storage under other extents, or nothing when only a copy can have them.
  std::optional<Layout> viewed_as(const Dims &new_dims) const;
};

} // namespace fusesim::ir::models
