// The shape rules against PyTorch itself (data/pytorch_shapes.csv, written by
// make_pytorch_shapes.py) and, for sliding windows, against walking the window step by step.
#include "ir/op.hpp"
#include "ir/rules.hpp"
#include "support/error.hpp"
#include "test_paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <limits>
#include <map>
#include <sstream>

using namespace fusesim;
using namespace fusesim::ir;

namespace {

std::vector<std::string> split(const std::string &text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);)
    if (!part.empty() || separator == ';')
      parts.push_back(part);
  return parts;
}

TensorType type_from(const std::string &text) {
  constexpr std::string_view kScalar = "scalar:";
  if (text.starts_with(kScalar))
    return {dtype_from_name(text.substr(kScalar.size())), {}};
  return parse_tensor_type(text);
}

Dims dims_from(const std::string &text) {
  Dims dims;
  for (const auto &part : split(text, 'x'))
    dims.push_back(std::stoll(part));
  return dims;
}

Attributes attributes_from(OpKind kind, const std::string &text) {
  std::map<std::string, std::string> fields;
  for (const auto &field : split(text, ' '))
    fields[field.substr(0, field.find('='))] = field.substr(field.find('=') + 1);
  if (text.empty())
    return {};
  if (fields.contains("axes") || fields.contains("groups"))
    if (!fields.contains("stride"))
      return NormAttrs{fields.contains("axes") ? std::stoll(fields["axes"]) : 1,
                       fields.contains("groups") ? std::stoll(fields["groups"]) : 1};
  if (fields.contains("dims"))
    return AxisAttrs{dims_from(fields["dims"]), fields["keepdim"] == "1"};
  if (class_of(kind) == OpClass::pooling)
    return PoolAttrs{dims_from(fields["kernel"]),      dims_from(fields["stride"]),
                     dims_from(fields["padding"]),     dims_from(fields["dilation"]),
                     dims_from(fields["output_size"]), fields["ceil_mode"] == "1"};
  return ConvAttrs{dims_from(fields["stride"]), dims_from(fields["padding"]),
                   dims_from(fields["dilation"]), dims_from(fields["output_padding"]),
                   std::stoll(fields["groups"])};
}

/// What the rule says, in the words of the table.
std::string inferred(OpKind kind, const std::string &attributes, const std::string &operands) {
  std::vector<TensorType> inputs;
  for (const auto &operand : split(operands, ' '))
    inputs.push_back(type_from(operand));
  try {
    const auto full = rules::canonical(kind, attributes_from(kind, attributes));
    return to_string(info(kind).infer(full, inputs).at(0));
  } catch (const Error &) {
    return "error";
  }
}

TEST(ShapeRules, AgreeWithPyTorchOnPossibleAndImpossibleCases) {
  std::ifstream file(FUSESIM_SOURCE_DIR "/tests/ir/data/pytorch_shapes.csv");
  ASSERT_TRUE(file);
  std::map<std::string, int> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#'))
      continue;
    const auto fields = split(line, ';');
    ASSERT_EQ(fields.size(), 4U) << line;
    const auto kind = op_kind_from_name(fields[0]);
    ASSERT_TRUE(kind) << line;
    EXPECT_EQ(inferred(*kind, fields[1], fields[2]), fields[3]) << line;
    ++cases[fields[0]];
  }
  EXPECT_GE(cases.size(), 25U);
}

/// Number of window positions along one axis, by walking: a window may start where it ends inside
/// the padded input.
std::int64_t walk_conv(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                       std::int64_t pad, std::int64_t dilation) {
  std::int64_t count = 0;
  for (std::int64_t start = -pad; start + dilation * (kernel - 1) < size + pad; start += stride)
    ++count;
  return count;
}

/// The same; with ceil_mode a window may also hang over the right padding by less than a step, as long as it starts
/// inside the input or the left padding.
std::int64_t walk_pool(std::int64_t size, const PoolAttrs &attrs) {
  const auto pad = attrs.padding[0], stride = attrs.stride[0];
  const auto extent = attrs.dilation[0] * (attrs.kernel[0] - 1) + 1;
  std::int64_t count = 0;
  for (std::int64_t start = -pad;; start += stride) {
    const auto overhang = start + extent - (size + pad);
    if (overhang > 0 && !(attrs.ceil_mode && overhang < stride && start < size))
      return count;
    ++count;
  }
}

RC_GTEST_PROP(ShapeRules, ConvolutionsHaveOneOutputPerWindowPosition, ()) {
  const auto draw = [](int least, int most) {
    return std::int64_t{*rc::gen::inRange(least, most + 1)};
  };
  const auto size = draw(1, 40), kernel = draw(1, 7), stride = draw(1, 5), pad = draw(0, 6),
             dilation = draw(1, 4);
  const auto expected = walk_conv(size, kernel, stride, pad, dilation);
  const ConvAttrs attrs{{stride}, {pad}, {dilation}, {0}, 1};
  const std::vector<TensorType> inputs{{DType::f32, {1, 1, size}}, {DType::f32, {1, 1, kernel}}};
  if (expected == 0) {
    RC_ASSERT_THROWS_AS(rules::conv1d(attrs, inputs), Error);
  } else {
    RC_ASSERT(rules::conv1d(attrs, inputs)[0].dims == (Dims{1, 1, expected}));
  }
}

RC_GTEST_PROP(ShapeRules, PoolingsHaveOneOutputPerWindowPosition, ()) {
  const auto draw = [](int least, int most) {
    return std::int64_t{*rc::gen::inRange(least, most + 1)};
  };
  PoolAttrs attrs;
  const auto size = draw(1, 40), kernel = draw(1, 7), stride = draw(1, 5),
             pad = draw(0, static_cast<int>(kernel / 2)), dilation = draw(1, 3);
  attrs = {{kernel, kernel},           {stride, stride}, {pad, pad}, {dilation, dilation}, {},
           *rc::gen::arbitrary<bool>()};
  const auto expected = walk_pool(size, attrs);
  const std::vector<TensorType> inputs{{DType::f32, {1, 1, size, size}}};
  if (expected == 0) {
    RC_ASSERT_THROWS_AS(rules::max_pool2d(attrs, inputs), Error);
  } else {
    RC_ASSERT(rules::max_pool2d(attrs, inputs)[0].dims == (Dims{1, 1, expected, expected}));
  }
}

std::string reason(OpKind kind, const Attributes &attributes,
                   const std::vector<TensorType> &inputs) {
  try {
    (void)info(kind).infer(rules::canonical(kind, attributes), inputs);
  } catch (const Error &error) {
    return error.what();
  }
  return "accepted";
}

TensorType f32(Dims dims) { return {DType::f32, std::move(dims)}; }

TEST(ShapeRules, SayWhyAConvolutionIsImpossible) {
  using testing::HasSubstr;
  const auto x = f32({1, 6, 8, 8});
  EXPECT_THAT(reason(OpKind::conv2d, ConvAttrs{}, {x, f32({4, 3, 3, 3})}),
              HasSubstr("input has 6 channels, but the weight takes 3 per group in 1 groups"));
  EXPECT_THAT(reason(OpKind::conv2d, ConvAttrs{.groups = 2}, {x, f32({3, 3, 3, 3})}),
              HasSubstr("3 output channels do not divide into 2 groups"));
  EXPECT_THAT(reason(OpKind::conv2d, ConvAttrs{}, {x, f32({4, 6, 9, 9})}),
              HasSubstr("kernel 9 with dilation 1 is larger than input size 8 with padding 0"));
  EXPECT_THAT(reason(OpKind::conv2d, ConvAttrs{.stride = {0}}, {x, f32({4, 6, 3, 3})}),
              HasSubstr("stride 0 is below 1"));
  EXPECT_THAT(reason(OpKind::conv2d, ConvAttrs{.stride = {1, 1, 1}}, {x, f32({4, 6, 3, 3})}),
              HasSubstr("stride has 3 entries for 2 spatial axes"));
  EXPECT_THAT(reason(OpKind::conv2d, ConvAttrs{}, {x}), HasSubstr("takes x, weight[, bias]"));
  EXPECT_THAT(reason(OpKind::conv2d, ConvAttrs{}, {x, {DType::f16, {4, 6, 3, 3}}}),
              HasSubstr("operands are of types f32 and f16"));
  EXPECT_THAT(reason(OpKind::conv2d, {}, {x, f32({4, 6, 3, 3})}), HasSubstr("attributes"));
}

TEST(ShapeRules, SurviveAbsurdAttributes) {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  const auto x = f32({1, 1, 8, 8}), weight = f32({1, 1, 3, 3});
  EXPECT_THAT(reason(OpKind::conv2d, ConvAttrs{.dilation = {huge}}, {x, weight}),
              testing::HasSubstr("is larger than input"));
  EXPECT_THAT(reason(OpKind::conv2d, ConvAttrs{.padding = {huge}}, {x, weight}),
              testing::HasSubstr("does not fit in 64 bits"));
  EXPECT_THAT(reason(OpKind::conv_transpose2d, ConvAttrs{.stride = {huge}}, {x, weight}),
              testing::HasSubstr("does not fit in 64 bits"));
  EXPECT_THAT(reason(OpKind::max_pool2d, PoolAttrs{.kernel = {huge}}, {x}),
              testing::HasSubstr("too large"));
}

TEST(ShapeRules, GiveAttentionTheShapeOfItsQuery) {
  // query N×L×E, key and value N×S×E, packed 3E×E projection (torch.nn.MultiheadAttention,
  // batch_first).
  const AttentionAttrs attrs{.num_heads = 4, .causal = false, .has_bias = true};
  std::vector<TensorType> inputs{f32({2, 5, 8}), f32({2, 7, 8}), f32({2, 7, 8}), f32({24, 8}),
                                 f32({24}),      f32({8, 8}),    f32({8})};
  EXPECT_EQ(info(OpKind::multi_head_attention).infer(attrs, inputs).at(0), f32({2, 5, 8}));
  for (const Dims &mask : {Dims{5, 7}, Dims{8, 5, 7}, Dims{2, 1, 1, 7}}) {
    inputs.resize(7);
    inputs.push_back(f32(mask));
    EXPECT_EQ(reason(OpKind::multi_head_attention, attrs, inputs), "accepted") << to_string(mask);
  }
  inputs.back() = f32({7, 5});
  EXPECT_THAT(reason(OpKind::multi_head_attention, attrs, inputs),
              testing::HasSubstr("mask 7x5 does not broadcast to scores 2x4x5x7"));
  inputs.pop_back();
  EXPECT_THAT(reason(OpKind::multi_head_attention, AttentionAttrs{.num_heads = 3}, inputs),
              testing::HasSubstr("embedding 8 does not divide into 3 heads"));
  inputs[3] = f32({16, 8});
  EXPECT_THAT(reason(OpKind::multi_head_attention, attrs, inputs),
              testing::HasSubstr("in_proj_weight is 16x8, not 24x8"));
  inputs.pop_back();
  EXPECT_THAT(reason(OpKind::multi_head_attention, attrs, inputs), testing::HasSubstr("6 inputs"));
}

TEST(ShapeRules, GiveScaledDotProductAttentionTheWidthOfItsValues) {
  const AttentionAttrs attrs;
  const auto q = f32({2, 4, 5, 8}), k = f32({2, 4, 7, 8}), v = f32({2, 4, 7, 6});
  EXPECT_EQ(info(OpKind::scaled_dot_product_attention).infer(attrs, {{q, k, v}}).at(0),
            f32({2, 4, 5, 6}));
  EXPECT_THAT(reason(OpKind::scaled_dot_product_attention, attrs, {q, v, k}),
              testing::HasSubstr("head sizes of q 2x4x5x8 and k 2x4x7x6 differ"));
}

TEST(ShapeRules, CheckPerChannelOperandsOfNormalisations) {
  const auto c = f32({6});
  const auto x = f32({2, 6, 4, 4});
  EXPECT_EQ(reason(OpKind::batch_norm, {}, {x, c, c, c, c}), "accepted");
  EXPECT_EQ(reason(OpKind::batch_norm, {}, {x, c, c}), "accepted"); // without weight and bias
  EXPECT_THAT(reason(OpKind::batch_norm, {}, {x, c}), testing::HasSubstr("come in pairs"));
  EXPECT_THAT(reason(OpKind::batch_norm, {}, {x, c, c, c, f32({4})}),
              testing::HasSubstr("a per-channel operand is 4, not 6"));
  EXPECT_EQ(reason(OpKind::rms_norm, NormAttrs{2, 1}, {x, f32({4, 4})}), "accepted");
}

} // namespace
