// The three published vocabularies, row by row as their rules state them (data/seed). Types are
// torch classes; the functions `add` and `mul` are the only ones in pairs.
#include "partition/seed_type.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace fusesim::partition::seed {
namespace {

using enum Type;

struct TypeName {
  std::string_view name;
  Type type;
};
constexpr TypeName kTypeNames[] = {
    {"Conv2d", conv2d},
    {"BatchNorm1d", batch_norm1d},
    {"BatchNorm2d", batch_norm2d},
    {"ReLU", relu},
    {"ReLU6", relu6},
    {"SiLU", silu},
    {"Swish", swish},
    {"Sigmoid", sigmoid},
    {"Hardswish", hardswish},
    {"GELU", gelu},
    {"Linear", linear},
    {"Dropout", dropout},
    {"AdaptiveAvgPool2d", adaptive_avg_pool2d},
    {"LayerNorm", layer_norm},
    {"MultiheadAttention", multihead_attention},
    {"StochasticDepth", stochastic_depth},
    {"add", add},
    {"mul", mul},
    {"matmul", matmul},
    {"softmax", softmax},
    {"linear", linear_function},
};

using Set = LabelSet;

// Convolutional networks without SiLU: EfficientNet-B0 falls into 200 subgraphs.
constexpr PairRow kV1[] = {
    {"conv", Set{conv2d}, Set{batch_norm2d, relu, relu6}},
    {"norm", Set{batch_norm2d}, Set{relu, relu6, hardswish}},
    {"linear", Set{linear}, Set{batch_norm1d, relu, gelu, dropout}},
    {"add", Set{add}, Set{relu, relu6}},
    {"dropout", Set{relu, gelu}, Set{dropout}},
};

// With SiLU and the pairs of squeeze-and-excitation, but a mul that has two producers joins
// nothing: 87.
constexpr PairRow kV2[] = {
    {"conv", Set{conv2d}, Set{batch_norm2d, relu, relu6, silu, swish, sigmoid}},
    {"norm", Set{batch_norm2d}, Set{relu, relu6, silu, swish, hardswish}},
    {"linear", Set{linear}, Set{batch_norm1d, relu, gelu, silu, dropout}},
    {"add", Set{add}, Set{relu, relu6, silu}},
    {"dropout", Set{relu, gelu, silu}, Set{dropout}},
    {"se_squeeze", Set{adaptive_avg_pool2d}, Set{conv2d}},
    {"se_excite", Set{silu}, Set{conv2d}},
    {"se_scale", Set{sigmoid}, Set{mul}},
};

// The published tables: the mul joins (EfficientNet-B0: 71), and pairs of transformers.
constexpr PairRow kV3[] = {
    {"conv", Set{conv2d}, Set{batch_norm2d, relu, relu6, silu, swish, sigmoid}},
    {"norm", Set{batch_norm2d}, Set{relu, relu6, silu, swish, hardswish}},
    {"linear", Set{linear}, Set{batch_norm1d, relu, gelu, silu, dropout}},
    {"add", Set{add}, Set{relu, relu6, silu}},
    {"dropout", Set{relu, gelu, silu}, Set{dropout}},
    {"se_squeeze", Set{adaptive_avg_pool2d}, Set{conv2d}},
    {"se_excite", Set{silu}, Set{conv2d}},
    {"se_scale", Set{sigmoid}, Set{mul}, kJoins},
    {"layer_norm", Set{layer_norm}, Set{multihead_attention, linear}},
    {"attention", Set{multihead_attention}, Set{dropout}},
    {"mlp", Set{gelu}, Set{linear}},
    {"residual", Set{dropout, stochastic_depth}, Set{add}},
};

constexpr Vocabulary kVocabularies[] = {
    {"v1", "published: convolutional networks, ReLU family", kV1},
    {"v2", "published: with SiLU and squeeze-and-excitation pairs, without their final product",
     kV2},
    {"v3", "published: with the final product of squeeze-and-excitation and transformer pairs",
     kV3},
};

} // namespace

Type type_from_name(std::string_view name) {
  const auto found = std::ranges::find(kTypeNames, name, &TypeName::name);
  return found == std::end(kTypeNames) ? other : found->type;
}

const Vocabulary &vocabulary(std::string_view name) {
  const auto found = std::ranges::find(kVocabularies, name, &Vocabulary::name);
  if (found != std::end(kVocabularies))
    return *found;
  std::vector<std::string> known;
  for (const Vocabulary &candidate : kVocabularies)
    known.emplace_back(candidate.name);
  throw Error("vocabulary", fmt::format("'{}' is unknown", name), nearest_names_hint(name, known));
}

} // namespace fusesim::partition::seed
