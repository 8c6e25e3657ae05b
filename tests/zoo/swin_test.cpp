// Windows, padding and shifting at sizes that do not divide evenly.
#include "zoo/zoo_testing.hpp"

using namespace fusesim::ir;

TEST(ZooSwin, PadsMapsToWholeWindowsAndCutsThePaddingOff) {
  // Image 160: maps 40, 20, 10, 5, padded to multiples of 7: 42, 21, 14, 7.
  const auto graph = build("swin_t", 160, 2);
  EXPECT_EQ(shape_of(graph, "features.1.0.attn.pad"), (Dims{2, 42, 42, 96}));
  EXPECT_EQ(shape_of(graph, "features.3.0.attn.pad"), (Dims{2, 21, 21, 192}));
  EXPECT_EQ(shape_of(graph, "features.5.0.attn.pad"), (Dims{2, 14, 14, 384}));
  EXPECT_EQ(shape_of(graph, "features.7.0.attn.pad"), (Dims{2, 7, 7, 768}));
  EXPECT_EQ(shape_of(graph, "features.1.0.attn.qkv"), (Dims{2 * 36, 49, 3 * 96}));
  EXPECT_EQ(shape_of(graph, "features.1.0.add"), (Dims{2, 40, 40, 96}));
}

TEST(ZooSwin, PadsOddMapsBeforeMergingPatches) {
  // Image 100: 25 → padded 26 → 13 → padded 14 → 7 → padded 8 → 4.
  const auto graph = build("swin_t", 100);
  EXPECT_EQ(shape_of(graph, "features.2.pad"), (Dims{1, 26, 26, 96}));
  EXPECT_EQ(shape_of(graph, "features.4.pad"), (Dims{1, 14, 14, 192}));
  EXPECT_EQ(shape_of(graph, "features.6.pad"), (Dims{1, 8, 8, 384}));
  EXPECT_EQ(shape_of(graph, "features.6.reduction"), (Dims{1, 4, 4, 768}));
}

TEST(ZooSwin, ShiftsOnlyWhereThereIsMoreThanOneWindow) {
  // Image 224: maps 56, 28, 14 hold several 7×7 windows, the last one exactly one. Every other
  // block of the first three stages (1 + 1 + 3) rolls forth and back.
  EXPECT_EQ(count(build("swin_t", 224), OpKind::roll), 2 * 5);
  // Image 112: maps 28, 14, 7, 3; the third stage has one window as well.
  EXPECT_EQ(count(build("swin_t", 112), OpKind::roll), 2 * 2);
  // Image 28: 7, 4, 2, 1; nothing is shifted.
  EXPECT_EQ(count(build("swin_t", 28), OpKind::roll), 0);
}

TEST(ZooSwin, CopiesExactlyWhereMemoryOrderForcesIt) {
  // Block without shift at 224: position bias, window partition, head merge, window reversal copy;
  // the cut of no padding does not. One window (last stage): partition and reversal are views as
  // well.
  const auto graph = build("swin_t", 224);
  const auto copies_in = [&](std::string_view block) {
    return std::ranges::count_if(graph.nodes(), [&](const Node &node) {
      return node.kind == OpKind::copy && node.name.starts_with(block);
    });
  };
  EXPECT_EQ(copies_in("features.1.0."), 4);
  EXPECT_EQ(copies_in("features.1.1."), 5); // and the regions of the shift mask, cut into windows
  EXPECT_EQ(copies_in("features.7.0."), 2);
}
