#include "ir/zoo/transformer_blocks.hpp"

namespace fusesim::ir::models {

ValueId mlp(Layers &net, const std::string &path, ValueId x, std::int64_t hidden) {
  const auto width = net.dims(x).back();
  x = net.linear(join(path, 0), x, hidden);
  x = net.module(OpKind::gelu, join(path, 1), {x});
  x = net.module(OpKind::dropout, join(path, 2), {x});
  x = net.linear(join(path, 3), x, width);
  return net.module(OpKind::dropout, join(path, 4), {x});
}

ValueId split_heads(Layers &net, const std::string &scope, ValueId x, std::int64_t heads) {
  const auto width = net.dim(x, 2);
  x = net.view(scope, x, {net.dim(x, 0), net.dim(x, 1), heads, width / heads});
  return net.permute(scope, x, {0, 2, 1, 3});
}

ValueId merge_heads(Layers &net, const std::string &scope, ValueId x) {
  x = net.contiguous(scope, net.permute(scope, x, {0, 2, 1, 3}));
  return net.view(scope, x, {net.dim(x, 0), net.dim(x, 1), net.dim(x, 2) * net.dim(x, 3)});
}

} // namespace fusesim::ir::models
