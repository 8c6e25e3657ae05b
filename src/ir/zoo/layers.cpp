#include "ir/zoo/layers.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

namespace fusesim::ir::models {

std::string join(const std::string &scope, const std::string &name) {
  return scope.empty() ? name : scope + "." + name;
}

std::string join(const std::string &scope, std::int64_t index) {
  return join(scope, std::to_string(index));
}

ValueId Layers::parameter(const std::string &path, const char *name, Dims dims) {
  return builder_.weight(join(path, name), {DType::f32, std::move(dims)});
}

ValueId Layers::conv2d(const std::string &path, ValueId x, const Conv &conv) {
  std::vector<ValueId> inputs{x, parameter(path, "weight",
                                           {conv.out_channels, dim(x, 1) / conv.groups,
                                            conv.kernel.height, conv.kernel.width})};
  if (conv.bias)
    inputs.push_back(parameter(path, "bias", {conv.out_channels}));
  const ConvAttrs attributes{.stride = {conv.stride, conv.stride},
                             .padding = {conv.padding.height, conv.padding.width},
                             .dilation = {1, 1},
                             .output_padding = {0, 0},
                             .groups = conv.groups};
  return builder_.add(OpKind::conv2d, path, std::move(inputs), attributes);
}

ValueId Layers::batch_norm(const std::string &path, ValueId x) {
  const Dims channels{dim(x, 1)};
  const TensorType statistics{DType::f32, channels};
  const auto weight = parameter(path, "weight", channels);
  const auto bias = parameter(path, "bias", channels);
  const auto mean = builder_.weight(join(path, "running_mean"), statistics, ValueRole::buffer);
  const auto variance = builder_.weight(join(path, "running_var"), statistics, ValueRole::buffer);
  return builder_.add(OpKind::batch_norm, path, {x, weight, bias, mean, variance});
}

ValueId Layers::layer_norm(const std::string &path, ValueId x) {
  const Dims features{dims(x).back()};
  const auto weight = parameter(path, "weight", features);
  const auto bias = parameter(path, "bias", features);
  return builder_.add(OpKind::layer_norm, path, {x, weight, bias}, NormAttrs{.axes = 1});
}

ValueId Layers::linear(const std::string &path, ValueId x, std::int64_t out_features, bool bias) {
  std::vector<ValueId> inputs{x, parameter(path, "weight", {out_features, dims(x).back()})};
  if (bias)
    inputs.push_back(parameter(path, "bias", {out_features}));
  return builder_.add(OpKind::linear, path, std::move(inputs));
}

ValueId Layers::embedding(const std::string &path, ValueId indices, std::int64_t rows,
                          std::int64_t columns) {
  return builder_.add(OpKind::embedding, path,
                      {parameter(path, "weight", {rows, columns}), indices});
}

namespace {

PoolAttrs square_window(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  PoolAttrs window;
  window.kernel = {kernel, kernel};
  window.stride = {stride, stride};
  window.padding = {padding, padding};
  window.dilation = {1, 1};
  return window;
}

} // namespace

ValueId Layers::max_pool2d(const std::string &path, ValueId x, std::int64_t kernel,
                           std::int64_t stride, std::int64_t padding, Rounding rounding) {
  auto window = square_window(kernel, stride, padding);
  window.ceil_mode = rounding == Rounding::up;
  return builder_.add(OpKind::max_pool2d, path, {x}, std::move(window));
}

ValueId Layers::avg_pool2d(const std::string &path, ValueId x, std::int64_t kernel,
                           std::int64_t stride, std::int64_t padding) {
  return builder_.add(OpKind::avg_pool2d, path, {x}, square_window(kernel, stride, padding));
}

ValueId Layers::adaptive_avg_pool2d(const std::string &path, ValueId x, std::int64_t output_size) {
  PoolAttrs pool;
  pool.output_size = {output_size, output_size};
  return builder_.add(OpKind::adaptive_avg_pool2d, path, {x}, std::move(pool));
}

ValueId Layers::multi_head_attention(const std::string &path, ValueId x, std::int64_t heads) {
  const auto width = dims(x).back();
  const auto in_weight = parameter(path, "in_proj_weight", {3 * width, width});
  const auto in_bias = parameter(path, "in_proj_bias", {3 * width});
  const auto out_weight = parameter(path, "out_proj.weight", {width, width});
  const auto out_bias = parameter(path, "out_proj.bias", {width});
  return builder_.add(OpKind::multi_head_attention, path,
                      {x, x, x, in_weight, in_bias, out_weight, out_bias},
                      AttentionAttrs{.num_heads = heads});
}

ValueId Layers::module(OpKind kind, const std::string &path, std::vector<ValueId> inputs) {
  return builder_.add(kind, path, std::move(inputs));
}

ValueId Layers::call(OpKind kind, const std::string &scope, std::vector<ValueId> inputs,
                     Attributes attributes) {
  return builder_.add(kind, join(scope, std::string(name_of(kind))), std::move(inputs),
                      std::move(attributes));
}

ValueId Layers::call_typed(OpKind kind, const std::string &scope, std::vector<ValueId> inputs,
                           TensorType output, Attributes attributes) {
  return builder_
      .add_typed(kind, join(scope, std::string(name_of(kind))), std::move(inputs),
                 {std::move(output)}, std::move(attributes))
      .front();
}

ValueId Layers::concat(const std::string &scope, std::vector<ValueId> inputs, std::int64_t dim) {
  return call(OpKind::concat, scope, std::move(inputs), AxisAttrs{.dims = {dim}});
}

ValueId Layers::softmax(const std::string &scope, ValueId x) {
  return call(OpKind::softmax, scope, {x},
              AxisAttrs{.dims = {static_cast<std::int64_t>(dims(x).size()) - 1}});
}

Layout Layers::layout_of(ValueId x) const {
  const auto found = layouts_.find(x);
  return found == layouts_.end() ? Layout::contiguous(dims(x)) : found->second;
}

ValueId Layers::add_view(OpKind kind, const std::string &scope, ValueId x, Layout layout) {
  const auto result = call_typed(kind, scope, {x}, {builder_.type(x).dtype, layout.dims});
  layouts_.emplace(result, std::move(layout));
  return result;
}

ValueId Layers::view(const std::string &scope, ValueId x, const Dims &dims) {
  auto layout = layout_of(x).viewed_as(dims);
  if (!layout)
    throw InternalError(fmt::format("zoo: {}: {} has no view {}", scope, to_string(this->dims(x)),
                                    to_string(dims)));
  return add_view(OpKind::view, scope, x, std::move(*layout));
}

ValueId Layers::permute(const std::string &scope, ValueId x, Dims order) {
  return add_view(OpKind::permute, scope, x, layout_of(x).permuted(order));
}

ValueId Layers::slice(const std::string &scope, ValueId x, std::size_t dim, std::int64_t begin,
                      std::int64_t end, std::int64_t step) {
  return add_view(OpKind::slice, scope, x, layout_of(x).sliced(dim, begin, end, step));
}

ValueId Layers::select(const std::string &scope, ValueId x, std::size_t dim) {
  return add_view(OpKind::slice, scope, x, layout_of(x).selected(dim));
}

ValueId Layers::expand(const std::string &scope, ValueId x, Dims dims) {
  return call_typed(OpKind::expand, scope, {x}, {builder_.type(x).dtype, std::move(dims)});
}

ValueId Layers::reshape(const std::string &scope, ValueId x, Dims dims) {
  if (auto layout = layout_of(x).viewed_as(dims))
    return add_view(OpKind::view, scope, x, std::move(*layout));
  return call_typed(OpKind::copy, scope, {x}, {builder_.type(x).dtype, std::move(dims)});
}

ValueId Layers::reshape_module(const std::string &path, ValueId x, Dims dims) {
  if (layout_of(x).viewed_as(dims))
    return view(path, x, dims);
  return builder_
      .add_typed(OpKind::copy, path, {x}, {TensorType{builder_.type(x).dtype, std::move(dims)}})
      .front();
}

ValueId Layers::contiguous(const std::string &scope, ValueId x) {
  return layout_of(x).is_contiguous() ? x : call_typed(OpKind::copy, scope, {x}, builder_.type(x));
}

ValueId Layers::flatten(const std::string &scope, ValueId x) {
  std::int64_t rest = 1;
  for (std::size_t i = 1; i < dims(x).size(); ++i)
    rest *= dim(x, i);
  return reshape(scope, x, {dim(x, 0), rest});
}

std::vector<ValueId> Layers::split(const std::string &scope, ValueId x, std::size_t dim,
                                   std::int64_t parts) {
  const auto extent = dims(x).at(dim);
  const auto layout = layout_of(x).sliced(dim, 0, extent / parts, 1);
  const TensorType part{builder_.type(x).dtype, layout.dims};
  const auto results = builder_.add_typed(OpKind::split, join(scope, "split"), {x},
                                          std::vector(static_cast<std::size_t>(parts), part),
                                          AxisAttrs{.dims = {static_cast<std::int64_t>(dim)}});
  for (const auto result : results)
    layouts_.emplace(result, layout);
  return results;
}

} // namespace fusesim::ir::models
