#include "ir/op.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace fusesim::ir;

TEST(OperatorTable, FindsEveryKindByItsUniqueName) {
  std::set<std::string_view> names;
  for (const auto &op : op_table()) {
    EXPECT_TRUE(names.insert(op.name).second) << op.name;
    EXPECT_EQ(op_kind_from_name(op.name), op.kind);
    EXPECT_EQ(&info(op.kind), &op);
  }
  EXPECT_EQ(op_kind_from_name("convolution"), std::nullopt);
}

TEST(OperatorTable, GivesWorkToEverythingThatComputesAndToNothingElse) {
  for (const auto &op : op_table()) {
    const bool computes = op.op_class == OpClass::contraction ||
                          op.op_class == OpClass::elementwise ||
                          op.op_class == OpClass::normalisation ||
                          op.op_class == OpClass::reduction || op.op_class == OpClass::pooling;
    EXPECT_EQ(op.work != nullptr, computes) << op.name;
  }
}

TEST(OperatorTable, CallsViewsIdentitiesAndBookkeepingFree) {
  for (const auto kind :
       {OpKind::view, OpKind::permute, OpKind::expand, OpKind::slice, OpKind::split,
        OpKind::dropout, OpKind::stochastic_depth, OpKind::identity, OpKind::bookkeeping})
    EXPECT_TRUE(is_free(kind)) << name_of(kind);
  for (const auto kind : {OpKind::copy, OpKind::concat, OpKind::opaque, OpKind::relu, OpKind::fill})
    EXPECT_FALSE(is_free(kind)) << name_of(kind);
}

TEST(OperatorTable, NamesClasses) {
  std::set<std::string_view> names;
  for (const auto &op : op_table())
    names.insert(name_of(op.op_class));
  EXPECT_EQ(names.size(), 10U);
  EXPECT_EQ(name_of(class_of(OpKind::conv2d)), "contraction");
}
