#include "ir/tensor.hpp"
#include "small_graphs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

using namespace fusesim;
using namespace fusesim::ir;
using test::error_of;
using testing::HasSubstr;

TEST(TensorType, CountsElementsAndBytes) {
  EXPECT_EQ(TensorType{}.elements(), 1U); // a scalar
  EXPECT_EQ((TensorType{DType::f16, {2, 3, 4}}.bytes()), 48U);
  EXPECT_EQ((TensorType{DType::i64, {5}}.bytes()), 40U);
  EXPECT_EQ((TensorType{DType::boolean, {5}}.bytes()), 5U);
  EXPECT_EQ((TensorType{DType::tf32, {5}}.bytes()), 20U);
}

TEST(TensorType, RefusesCountsBeyond64BitsAndNegativeSizes) {
  const std::int64_t big = std::int64_t{1} << 32;
  EXPECT_THAT(error_of([&] {
                (void)TensorType{DType::f32, {big, big}}.elements();
              }),
              HasSubstr("elements of 4294967296x4294967296"));
  EXPECT_THAT(error_of([&] {
                (void)TensorType{DType::f64, {big, big / 4}}.bytes();
              }),
              HasSubstr("does not fit in 64 bits"));
  EXPECT_THAT(error_of([] {
                (void)TensorType{DType::f32, {2, -1}}.elements();
              }),
              HasSubstr("negative"));
}

TEST(TensorType, ParsesWhatItPrints) {
  EXPECT_EQ(parse_tensor_type("1x3x224x224"), (TensorType{DType::f32, {1, 3, 224, 224}}));
  EXPECT_EQ(parse_tensor_type("1x17:i64"), (TensorType{DType::i64, {1, 17}}));
  EXPECT_EQ(to_string(TensorType{DType::f32, {1, 3, 224, 224}}), "1x3x224x224:f32");
  EXPECT_EQ(to_string(TensorType{DType::boolean, {}}), "scalar:bool");
}

RC_GTEST_PROP(TensorType, ParsingUndoesPrinting, ()) {
  const auto dims = *rc::gen::container<Dims>(*rc::gen::inRange<std::size_t>(1, 6),
                                              rc::gen::inRange<std::int64_t>(1, 1000));
  const TensorType type{*rc::gen::element(DType::f32, DType::tf32, DType::f16, DType::bf16,
                                          DType::f64, DType::i8, DType::u8, DType::i16, DType::i32,
                                          DType::i64, DType::boolean),
                        dims};
  RC_ASSERT(parse_tensor_type(to_string(type)) == type);
}

TEST(TensorType, RefusesMalformedTextNamingTheFault) {
  for (const std::string text : {"", "x", "1x", "x3", "1xx3", "1x-3", "1x0", "1x3.5", "1X3", " 1x3",
                                 "1x3 ", "0x10", "1,3", "1x3x"})
    EXPECT_THAT(error_of([&] { (void)parse_tensor_type(text); }),
                testing::StartsWith("shape '" + text + "': "))
        << text;
  EXPECT_THAT(error_of([] { (void)parse_tensor_type("1x99999999999999999999"); }),
              HasSubstr("too large"));
  EXPECT_THAT(error_of([] { (void)parse_tensor_type("9999999999x9999999999"); }),
              HasSubstr("does not fit in 64 bits"));
  EXPECT_THAT(error_of([] { (void)parse_tensor_type("1x3:f23"); }),
              HasSubstr("unknown element type 'f23'; did you mean 'f32'"));
  EXPECT_THAT(error_of([] { (void)parse_tensor_type("1x3:"); }), HasSubstr("unknown element type"));
}
