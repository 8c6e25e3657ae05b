// How tensors lie in memory: what elementwise operators hand on, and what is copied because of it.
#include "targets/gpu/lowering.hpp"

#include "ir/passes.hpp"
#include "ir/zoo.hpp"
#include "targets/gpu_net.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

using namespace fusesim;
using namespace fusesim::targets;
using namespace fusesim::targets::gpu;
using namespace fusesim::targets::test;
using ir::OpKind;
using ir::ValueId;
using ::testing::ElementsAre;

namespace {

// ---- strides --------------------------------------------------------------------------------------

ValueId permuted(Net &net, const char *name, ValueId x, ir::Dims dims) {
  return net.builder.add_typed(OpKind::permute, name, {x}, {{net.dtype, std::move(dims)}}).at(0);
}

Runtime striding_runtime() {
  auto runtime = free_runtime();
  runtime.keeps_strides = true;
  return runtime;
}

/// 2 images' 16 patches of 8 channels, as tokens that lie channel by channel, plus their positions.
ValueId patches(Net &net) {
  const auto tokens = permuted(net, "tokens", net.input("patches", {2, 8, 16}), {2, 16, 8});
  return net.builder.add(OpKind::add, "positioned", {tokens, net.weight("positions", {1, 16, 8})});
}
double port_bytes(const sim::TaskGroup &group) { return work(group, SmEngine::port); }

// 2·16·8 f16 = 512 B to load and to store; each element from a line of 128 B.
TEST(Strides, NormsCopyWhatLiesTransposedAndSumsLoadEachElementFromItsOwnLine) {
  Net net;
  const auto stream = patches(net);
  const auto normed = net.layer_norm("norm", stream);
  const auto graph = net.done({net.builder.add(OpKind::add, "sum", {stream, normed})});
  const auto lowered = unfused(graph, striding_runtime());
  EXPECT_THAT(names(lowered), ElementsAre("positioned", "norm.contiguous", "norm", "sum"));
  const auto groups = groups_of(lowered.program);
  EXPECT_DOUBLE_EQ(port_bytes(groups[0]), 512 + 256 + 512);
  EXPECT_EQ(moved(groups[1], kRead), 512U);
  EXPECT_EQ(moved(groups[1], kWrite), 512U);
  EXPECT_DOUBLE_EQ(port_bytes(groups[1]), 512 + 512 + 256 * 128);
  EXPECT_DOUBLE_EQ(port_bytes(groups[3]), 512 + 512 + 512 + 256 * 128);
  EXPECT_THAT(names(unfused(graph, free_runtime())), ElementsAre("positioned", "norm", "sum"));
}

// The sum lies as its first operand does: by rows, so that the next norm reads it as it is.
TEST(Strides, TheFirstOperandOfASumDecides) {
  Net net;
  const auto stream = patches(net);
  const auto sum = net.builder.add(OpKind::add, "sum", {net.layer_norm("norm", stream), stream});
  const auto graph = net.done({net.layer_norm("next", sum)});
  const auto lowered = unfused(graph, striding_runtime());
  EXPECT_THAT(names(lowered), ElementsAre("positioned", "norm.contiguous", "norm", "sum", "next"));
}

// A concat writes rows: what follows reads them as they are. A linear copies, as at::matmul folds its operand's rows.
TEST(Strides, EndAtAConcatAndAreCopiedForALinear) {
  Net net;
  const auto stream = patches(net);
  const auto token = net.weight("token", {2, 1, 8});
  const auto with_token =
      net.builder.add(OpKind::concat, "concat", {token, stream}, ir::AxisAttrs{{1}, false});
  const auto graph =
      net.done({net.layer_norm("norm", with_token), net.linear("linear", stream, 4)});
  EXPECT_THAT(names(unfused(graph, striding_runtime())),
              ::testing::UnorderedElementsAre("positioned", "concat", "norm", "linear.contiguous",
                                              "linear"));
}

// 2 of 16 tokens of 8 channels are picked from each of 2 images.
TEST(Strides, AnIndexLoadsOnlyWhatItPicks) {
  Net net;
  const auto picked =
      net.builder.add_typed(OpKind::index, "pick", {patches(net)}, {{net.dtype, {2, 2, 8}}}).at(0);
  const auto groups = groups_of(unfused(net.done({picked}), striding_runtime()).program);
  const double rows = static_cast<double>(moved(groups[1], kRead) + moved(groups[1], kWrite));
  EXPECT_DOUBLE_EQ(port_bytes(groups[1]), rows + 2 * 2 * 8 * 128);
}

// A convolution in channels-last wrote each patch's channels side by side: its tokens lie by rows.
TEST(Strides, OfPatchesInChannelsLastLieByRows) {
  for (const auto layout : {Runtime::Layout::contiguous, Runtime::Layout::channels_last}) {
    auto runtime = striding_runtime();
    runtime.layout = layout;
    Net net;
    const auto map = net.builder.add(
        OpKind::conv2d, "conv",
        {net.input("image", {2, 8, 4, 4}), net.weight("filter", {8, 8, 1, 1})}, ir::ConvAttrs{});
    const auto rows =
        net.builder.add_typed(OpKind::view, "flat", {map}, {{net.dtype, {2, 8, 16}}}).at(0);
    const auto graph =
        net.done({net.layer_norm("norm", permuted(net, "tokens", rows, {2, 16, 8}))});
    EXPECT_EQ(std::ranges::count(names(unfused(graph, runtime)), "norm.contiguous"),
              layout == Runtime::Layout::contiguous ? 1 : 0);
  }
}

std::ptrdiff_t copies_for_norms(const char *model) {
  auto runtime = striding_runtime();
  runtime.layout = Runtime::Layout::contiguous;
  const auto graph =
      ir::decompose_attention(ir::build_zoo_model(model, {}), ir::InProjection::packed);
  return std::ranges::count_if(names(unfused(graph, runtime)), [](const std::string &name) {
    return name.find("ln_") != std::string::npos && name.ends_with(".contiguous");
  });
}

// timm adds what attention made to its tokens, which the patches' convolution laid out: two norms in each of 12 blocks copy.
// A class token ahead of them is a concat, which writes rows.
TEST(Strides, OfAVisionTransformerLastWhereNoClassTokenIsPutAhead) {
  EXPECT_EQ(copies_for_norms("vit_b_16_gap"), 24);
  EXPECT_EQ(copies_for_norms("vit_b_16"), 0);
}

// ---- copies of permuted operands ----------------------------------------------------------------

/// q·kᵀ of 4 heads of 8 elements over 16 positions, as views of what the projections wrote.
ir::Graph scores() {
  Net net;
  const auto q = permuted(net, "q_heads", net.input("q", {2, 16, 4, 8}), {2, 4, 16, 8});
  const auto k = permuted(net, "k_heads", net.input("k", {2, 16, 4, 8}), {2, 4, 8, 16});
  return net.done({net.builder.add(OpKind::matmul, "scores", {q, k})});
}

// 2·16·4·8 f16 = 2,048 B, copied for each of the two.
TEST(PermutedOperands, AreCopiedAheadOfABatchedProduct) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  const auto graph = scores();
  const auto lowered = unfused(graph, runtime);
  EXPECT_THAT(names(lowered), ElementsAre("scores.contiguous", "scores.contiguous", "scores"));
  const auto groups = groups_of(lowered.program);
  for (const auto i : {0U, 1U}) {
    EXPECT_EQ(moved(groups[i], kRead), 2'048U);
    EXPECT_EQ(moved(groups[i], kWrite), 2'048U);
  }
  EXPECT_EQ(groups[0].accesses[0].tensor, value(graph, "q"));
  EXPECT_EQ(groups[1].accesses[0].tensor, value(graph, "k"));
  for (const auto &access : groups[2].accesses)
    EXPECT_TRUE(access.kind == kWrite || access.tensor >= graph.values().size());
  EXPECT_THAT(names(unfused(graph, free_runtime())), ElementsAre("scores"));
}

// Keys are transposed on the way, an element from a line of 128 B each; queries keep their rows.
TEST(PermutedOperands, WhoseLastDimMovedAreLoadedAnElementALine) {
  auto runtime = striding_runtime();
  runtime.copies_permuted_operands = true;
  const auto groups = groups_of(unfused(scores(), runtime).program);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_DOUBLE_EQ(port_bytes(groups[0]), 2'048 + 2'048);
  EXPECT_DOUBLE_EQ(port_bytes(groups[1]), 2'048 + 2'048 + 1'024 * 128);
}

// As many positions as heads: the shape does not change, and rows of 8 elements can only stay where they are.
TEST(PermutedOperands, WhoseHeadsAndPositionsAreAsManyKeepTheirRows) {
  auto runtime = striding_runtime();
  runtime.copies_permuted_operands = true;
  Net net;
  const auto heads = permuted(net, "heads", net.input("q", {2, 4, 4, 8}), {2, 4, 4, 8});
  const auto graph =
      net.done({net.builder.add(OpKind::matmul, "product", {heads, net.input("k", {2, 4, 8, 4})})});
  EXPECT_DOUBLE_EQ(port_bytes(groups_of(unfused(graph, runtime).program)[0]), 512 + 512);
}

// Queries and keys side by side in one tensor: 2,048 B are copied of each, and the product reads both copies.
TEST(PermutedOperands, OfOnePackedProjectionAreReadFromTheirOwnCopies) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  Net net;
  const auto packed = net.input("qk", {2, 16, 8, 8});
  const ir::TensorType half{net.dtype, {2, 16, 4, 8}};
  const auto parts = net.builder.add_typed(OpKind::split, "split", {packed}, {half, half},
                                           ir::AxisAttrs{{2}, false});
  const auto q = permuted(net, "q_heads", parts[0], {2, 4, 16, 8});
  const auto k = permuted(net, "k_heads", parts[1], {2, 4, 8, 16});
  const auto graph = net.done({net.builder.add(OpKind::matmul, "scores", {q, k})});
  const auto groups = groups_of(unfused(graph, runtime).program);
  ASSERT_EQ(groups.size(), 3U);
  std::vector<sim::TensorId> read;
  for (const auto &access : groups[2].accesses) {
    if (access.kind != kRead)
      continue;
    EXPECT_EQ(access.bytes, 2'048U);
    read.push_back(access.tensor);
  }
  EXPECT_THAT(read, ::testing::UnorderedElementsAre(groups[0].accesses.back().tensor,
                                                    groups[1].accesses.back().tensor));
}

// 2·16·8·8 f16 = 4,096 B read as queries, and again, permuted, as keys: the product reads the one in place, the other's
// copy.
TEST(PermutedOperands, LeaveAnOperandInTheSameTensorWhereItIs) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  Net net;
  const auto x = net.input("x", {2, 16, 8, 8});
  const auto keys = permuted(net, "keys", x, {2, 16, 8, 8});
  const auto graph = net.done({net.builder.add(OpKind::matmul, "scores", {x, keys})});
  const auto groups = groups_of(unfused(graph, runtime).program);
  ASSERT_EQ(groups.size(), 2U);
  std::vector<sim::TensorId> read;
  for (const auto &access : groups[1].accesses) {
    if (access.kind != kRead)
      continue;
    EXPECT_EQ(access.bytes, 4'096U);
    EXPECT_GE(access.front_bytes, access.bytes);
    read.push_back(access.tensor);
  }
  EXPECT_THAT(read, ::testing::UnorderedElementsAre(x, groups[0].accesses.back().tensor));
}

TEST(PermutedOperands, OfOneTensorMultipliedWithItselfAreReadWhole) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  Net net;
  const auto x = permuted(net, "heads", net.input("x", {2, 8, 16, 16}), {2, 16, 8, 16});
  const auto y = permuted(net, "square", x, {2, 16, 16, 8});
  const auto graph = net.done({net.builder.add(OpKind::matmul, "scores", {x, y})});
  const auto groups = groups_of(unfused(graph, runtime).program);
  for (const auto &access : groups.back().accesses)
    if (access.kind == kRead) {
      EXPECT_EQ(access.bytes, 8'192U);
      EXPECT_GE(access.front_bytes, access.bytes);
    }
}

TEST(PermutedOperands, AreThoseOfFourDimensionsThatAView) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  Net plain; // as they lie in memory
  const auto product = plain.done(
      {plain.builder.add(OpKind::matmul, "scores",
                         {plain.input("q", {2, 4, 16, 8}), plain.input("k", {2, 4, 8, 16})})});
  EXPECT_THAT(names(unfused(product, runtime)), ElementsAre("scores"));
  Net flat; // bmm takes a transposed operand as it is
  const auto k = permuted(flat, "k_t", flat.input("k", {8, 16, 8}), {8, 8, 16});
  const auto bmm =
      flat.done({flat.builder.add(OpKind::matmul, "scores", {flat.input("q", {8, 16, 8}), k})});
  EXPECT_THAT(names(unfused(bmm, runtime)), ElementsAre("scores"));
}

} // namespace
