#include "random_graph.hpp"

#include "ir/cost.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <set>

using namespace fusesim;

RC_GTEST_PROP(RandomGraph, HasAtMostTheNodesAskedForAndAResult, ()) {
  const int most = *rc::gen::inRange(1, 60);
  const auto graph = *test::arbitrary_graph(most);
  RC_ASSERT(!graph.nodes().empty());
  RC_ASSERT(static_cast<int>(graph.nodes().size()) <= most);
  RC_ASSERT(!graph.outputs().empty());
  for (const auto id : graph.outputs())
    RC_ASSERT(graph.value(id).role == ir::ValueRole::intermediate);
}

// Otherwise properties would hold for want of anything to hold for.
TEST(RandomGraph, CoversForksJoinsAndEveryClassOfOperator) {
  std::set<ir::OpClass> classes;
  std::size_t forks = 0, joins = 0, several_outputs = 0;
  rc::Random random(1);
  for (int i = 0; i < 100; ++i) {
    const auto graph = test::arbitrary_graph(60)(random.split(), 60).value();
    for (const auto &node : graph.nodes()) {
      classes.insert(ir::class_of(node.kind));
      joins += node.kind == ir::OpKind::add && node.inputs[0] != node.inputs[1];
    }
    for (const auto &value : graph.values())
      forks += value.role == ir::ValueRole::intermediate && value.consumers.size() > 1;
    several_outputs += graph.outputs().size() > 1;
  }
  EXPECT_EQ(classes.size(), 10U);
  EXPECT_GT(forks, 100U);
  EXPECT_GT(joins, 50U);
  EXPECT_GT(several_outputs, 10U);
}
