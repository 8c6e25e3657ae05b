// Work of operators. MACs are those of the dense formula: padding counts, and what a mask hides
// counts too.
#include "ir/detail/attention.hpp"
#include "ir/detail/rule_helpers.hpp"
#include "ir/rules.hpp"

#include <initializer_list>
#include <numeric>

namespace fusesim::ir::rules {

namespace {

std::uint64_t product(std::initializer_list<std::uint64_t> factors) {
  std::uint64_t result = 1;
  for (const auto factor : factors)
    result = checked_mul(result, factor, "work");
  return result;
}

std::uint64_t total(std::initializer_list<std::uint64_t> terms) {
  std::uint64_t result = 0;
  for (const auto term : terms)
    result = checked_add(result, term, "work");
  return result;
}

std::uint64_t size(std::int64_t dim) { return static_cast<std::uint64_t>(dim); }

/// Elements of dims from `first` on.
std::uint64_t elements_from(const TensorType &type, std::size_t first) {
  std::uint64_t count = 1;
  for (std::size_t i = first; i < type.dims.size(); ++i)
    count = checked_mul(count, size(type.dims[i]), "work");
  return count;
}

/// A bias costs one addition per output.
std::uint64_t bias_ops(Inputs inputs, Outputs outputs) {
  return inputs.size() == 3 ? outputs[0].elements() : 0;
}

/// Score and apply products of attention, N·heads·L·S·(d + dv), with scale, mask and softmax on
/// each score.
Work attention_core(std::uint64_t scores, std::uint64_t q_head, std::uint64_t v_head,
                    std::uint64_t masks) {
  const std::uint64_t per_score = 1 + masks + ops::kSoftmax; // scale, add masks, softmax
  return {product({scores, q_head + v_head}), product({scores, per_score})};
}

/// Input elements that adaptive pooling reads along one axis, over all its outputs. Output i covers
/// floor(i·in/out) .. ceil((i+1)·in/out) (ATen/native/AdaptivePooling.h): neighbours share an
/// element wherever their border i·in/out is no whole number, which it is for gcd(in, out) - 1 of
/// the out - 1 inner borders.
std::uint64_t adaptive_taps(std::uint64_t in, std::uint64_t out) {
  return in + out - std::gcd(in, out);
}

std::uint64_t adaptive_reads(Inputs inputs, Outputs outputs) {
  const auto &in = inputs[0], &out = outputs[0];
  std::uint64_t reads = product({adaptive_taps(size(last(in, 0)), size(last(out, 0))),
                                 adaptive_taps(size(last(in, 1)), size(last(out, 1)))});
  for (std::size_t i = 0; i + 2 < in.dims.size(); ++i)
    reads = product({reads, size(in.dims[i])});
  return reads;
}

std::uint64_t window_reads(const Attributes &attributes, Outputs outputs) {
  const auto &kernel = attributes_as<PoolAttrs>(attributes).kernel;
  return product({outputs[0].elements(), size(kernel[0]), size(kernel[1])});
}

} // namespace

Work elementwise_work(Inputs inputs, Outputs outputs, std::uint64_t per_input,
                      std::uint64_t per_output) {
  return {0, total({product({per_input, inputs[0].elements()}),
                    product({per_output, outputs[0].elements()})})};
}

// outputs·(Cin/groups)·kernel: every dim of the weight after its first.
Work conv(const Attributes &, Inputs inputs, Outputs outputs) {
  return {product({outputs[0].elements(), elements_from(inputs[1], 1)}), bias_ops(inputs, outputs)};
}

// Each input element is scattered to (Cout/groups)·kernel outputs.
Work conv_transpose(const Attributes &, Inputs inputs, Outputs outputs) {
  return {product({inputs[0].elements(), elements_from(inputs[1], 1)}), bias_ops(inputs, outputs)};
}

Work linear_work(const Attributes &, Inputs inputs, Outputs outputs) {
  return {product({outputs[0].elements(), size(last(inputs[1], 0))}), bias_ops(inputs, outputs)};
}

Work matmul_work(const Attributes &, Inputs inputs, Outputs outputs) {
  return {product({outputs[0].elements(), size(last(inputs[0], 0))}), 0};
}

Work multi_head_attention_work(const Attributes &attributes, Inputs inputs, Outputs) {
  const auto &attrs = attributes_as<AttentionAttrs>(attributes);
  const auto layout = attention_layout(attrs, inputs.size());
  const auto sizes = attention_sizes(inputs);
  const auto batch = size(sizes.batch), queries = size(sizes.queries), keys = size(sizes.keys);
  const auto embedding = size(sizes.embedding), heads = size(attrs.num_heads);
  // Rows of E that the projections produce: q and the output from queries, k and v from keys.
  const auto projected =
      product({batch, total({product({2, queries}), product({2, keys})}), embedding});
  const auto head = embedding / heads;
  const auto core = attention_core(product({batch, heads, queries, keys}), head, head,
                                   (layout.mask ? 1U : 0U) + (attrs.causal ? 1U : 0U));
  return {total({product({projected, embedding}), core.macs}),
          total({attrs.has_bias ? projected : 0, core.vector_ops})};
}

Work scaled_dot_product_attention_work(const Attributes &attributes, Inputs inputs, Outputs) {
  const auto &attrs = attributes_as<AttentionAttrs>(attributes);
  const auto &q = inputs[0], &v = inputs[2];
  const auto rows = q.elements() / size(last(q, 0)); // N·heads·L
  return attention_core(product({rows, size(last(v, 1))}), size(last(q, 0)), size(last(v, 0)),
                        (inputs.size() == 4 ? 1U : 0U) + (attrs.causal ? 1U : 0U));
}

// One comparison per tap.
Work max_pool(const Attributes &attributes, Inputs, Outputs outputs) {
  return {0, window_reads(attributes, outputs)};
}

// One addition per tap, then times 1/window.
Work avg_pool(const Attributes &attributes, Inputs, Outputs outputs) {
  return {0, total({window_reads(attributes, outputs), outputs[0].elements()})};
}

Work adaptive_avg_pool(const Attributes &, Inputs inputs, Outputs outputs) {
  return {0, total({adaptive_reads(inputs, outputs), outputs[0].elements()})};
}

Work adaptive_max_pool(const Attributes &, Inputs inputs, Outputs outputs) {
  return {0, adaptive_reads(inputs, outputs)};
}

// x/(k + alpha/n·Σ x²)^beta over n neighbouring channels: n fma, fma, pow, divide.
Work local_response_norm(const Attributes &attributes, Inputs, Outputs outputs) {
  const auto &kernel = attributes_as<PoolAttrs>(attributes).kernel;
  if (kernel.size() != 1 || kernel[0] < 1)
    fail("local_response_norm takes its number of channels as a kernel of one size");
  const auto per_element = total({size(kernel[0]), 1 + ops::kPow + ops::kDivide});
  return {0, product({outputs[0].elements(), per_element})};
}

} // namespace fusesim::ir::rules
