// When a reshape is a view: PyTorch's stride rules. Expected values are those of torch.Tensor.view,
// which raises where no view exists, and of .stride().
#include "ir/zoo/layout.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

using namespace fusesim::ir;
using models::Layout;

namespace {

/// Offset in storage of the n-th element in row-major order of the dims.
std::int64_t offset_of(const Layout &layout, std::int64_t n) {
  std::int64_t offset = 0;
  for (std::size_t i = layout.dims.size(); i-- > 0;) {
    offset += n % layout.dims[i] * layout.strides[i];
    n /= layout.dims[i];
  }
  return offset;
}

std::int64_t elements(const Dims &dims) {
  return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>{});
}

} // namespace

TEST(Layout, ContiguousTensorsTakeAnyShape) {
  const auto layout = Layout::contiguous({2, 3, 4});
  EXPECT_EQ(layout.strides, (Dims{12, 4, 1}));
  const auto view = layout.viewed_as({4, 1, 6});
  ASSERT_TRUE(view);
  EXPECT_EQ(view->strides[0], 6);
  EXPECT_EQ(view->strides[2], 1);
}

TEST(Layout, PermutedDimsDoNotMerge) {
  // torch.empty(2, 3, 4).permute(0, 2, 1).view(2, 12) raises; 4 = 2×2 splits where it is.
  const Dims order{0, 2, 1};
  const auto layout = Layout::contiguous({2, 3, 4}).permuted(order);
  EXPECT_EQ(layout.strides, (Dims{12, 1, 4}));
  EXPECT_FALSE(layout.is_contiguous());
  EXPECT_FALSE(layout.viewed_as({2, 12}));
  const auto split = layout.viewed_as({2, 2, 2, 3});
  ASSERT_TRUE(split);
  EXPECT_EQ(split->strides, (Dims{12, 2, 1, 4}));
}

TEST(Layout, ExtentsOfOneNeverMatter) {
  const Dims order{0, 3, 1, 2};
  const auto layout = Layout::contiguous({5, 7, 7, 1}).permuted(order); // 5×1×7×7
  EXPECT_TRUE(layout.is_contiguous());
  EXPECT_TRUE(layout.viewed_as({5, 49}));
}

TEST(Layout, SlicesKeepTheirStrides) {
  const auto rows = Layout::contiguous({6, 4}).sliced(0, 1, 6, 2);
  EXPECT_EQ(rows.dims, (Dims{3, 4}));
  EXPECT_EQ(rows.strides, (Dims{8, 1}));
  EXPECT_FALSE(rows.viewed_as({12}));
  EXPECT_TRUE(rows.viewed_as({3, 2, 2}));
  EXPECT_EQ(Layout::contiguous({6, 4}).selected(0).strides, (Dims{1}));
}

RC_GTEST_PROP(Layout, AViewReadsTheSameElementsInTheSameOrder, ()) {
  const auto extent = rc::gen::inRange<std::int64_t>(1, 4);
  const auto dims = *rc::gen::container<Dims>(4, extent);
  const auto order = *rc::gen::elementOf(std::vector<Dims>{
      {0, 1, 2, 3}, {0, 2, 1, 3}, {3, 2, 1, 0}, {0, 1, 3, 2}, {2, 3, 0, 1}, {1, 0, 2, 3}});
  const auto layout = Layout::contiguous(dims).permuted(order);
  // Regroup: merge a random run of neighbours.
  const auto first = *rc::gen::inRange<std::size_t>(0, 3);
  Dims target = layout.dims;
  target[first] *= target[first + 1];
  target.erase(target.begin() + static_cast<std::ptrdiff_t>(first) + 1);
  const auto view = layout.viewed_as(target);
  const auto n = elements(dims);
  if (view) {
    for (std::int64_t i = 0; i < n; ++i)
      RC_ASSERT(offset_of(*view, i) == offset_of(layout, i));
    return;
  }
  // No view: stepping evenly through the merged dim must be impossible.
  const auto inner = layout.strides[first + 1], count = layout.dims[first + 1];
  RC_ASSERT(count > 1 && layout.dims[first] > 1);
  RC_ASSERT(layout.strides[first] != inner * count);
}
