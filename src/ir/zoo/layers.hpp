#pragma once

#include "ir/graph.hpp"
#include "ir/zoo/layout.hpp"

#include <string>
#include <unordered_map>

namespace fusesim::ir::models {

/// Height and width; one number means both.
struct Extent2d {
  std::int64_t height, width;
  constexpr Extent2d(std::int64_t both) : height(both), width(both) {}
  constexpr Extent2d(std::int64_t rows, std::int64_t columns) : height(rows), width(columns) {}
};

/// The input channels are those of the tensor it is applied to.
struct Conv {
  std::int64_t out_channels = 0;
  Extent2d kernel = 1;
  std::int64_t stride = 1;
  Extent2d padding = 0;
  std::int64_t groups = 1;
  bool bias = false;
};

/// Whether the last, incomplete window of a pooling counts (`ceil_mode`).
enum class Rounding : std::uint8_t { down, up };

/// GraphBuilder with the vocabulary of torch.nn: a layer makes its own parameters (`<path>.weight`,
/// …) and its node is named by its module path. Calls must come in the order in which forward()
/// executes them.
class Layers {
public:
  explicit Layers(std::string model) : builder_(std::move(model)) {}

  GraphBuilder &builder() { return builder_; }
  const Dims &dims(ValueId x) const { return builder_.type(x).dims; }
  std::int64_t dim(ValueId x, std::size_t index) const { return dims(x).at(index); }

  // ---- modules: `path` is the module's path
  ValueId conv2d(const std::string &path, ValueId x, const Conv &conv);
  ValueId batch_norm(const std::string &path, ValueId x);
  ValueId layer_norm(const std::string &path, ValueId x); ///< over the last dim
  ValueId linear(const std::string &path, ValueId x, std::int64_t out_features, bool bias = true);
  ValueId embedding(const std::string &path, ValueId indices, std::int64_t rows,
                    std::int64_t columns);
  ValueId max_pool2d(const std::string &path, ValueId x, std::int64_t kernel, std::int64_t stride,
                     std::int64_t padding = 0, Rounding rounding = Rounding::down);
  ValueId avg_pool2d(const std::string &path, ValueId x, std::int64_t kernel, std::int64_t stride,
                     std::int64_t padding = 0);
  ValueId adaptive_avg_pool2d(const std::string &path, ValueId x, std::int64_t output_size);
  /// Self-attention of torch.nn.MultiheadAttention, batch first, packed input projection, with
  /// biases.
  ValueId multi_head_attention(const std::string &path, ValueId x, std::int64_t heads);
  /// A module without parameters (activation, dropout).
  ValueId module(OpKind kind, const std::string &path, std::vector<ValueId> inputs);

  // ---- functions called inside the module `scope`: the node is `<scope>.<operator>`
  ValueId call(OpKind kind, const std::string &scope, std::vector<ValueId> inputs,
               Attributes attributes = {});
  ValueId call_typed(OpKind kind, const std::string &scope, std::vector<ValueId> inputs,
                     TensorType output, Attributes attributes = {});
  ValueId concat(const std::string &scope, std::vector<ValueId> inputs, std::int64_t dim);
  ValueId softmax(const std::string &scope, ValueId x); ///< over the last dim

  // ---- views, and the reshapes that may need a copy
  ValueId view(const std::string &scope, ValueId x, const Dims &dims); ///< the layout must allow it
  ValueId permute(const std::string &scope, ValueId x, Dims order);
  ValueId slice(const std::string &scope, ValueId x, std::size_t dim, std::int64_t begin,
                std::int64_t end, std::int64_t step = 1);
  ValueId select(const std::string &scope, ValueId x, std::size_t dim);
  ValueId expand(const std::string &scope, ValueId x, Dims dims);
  ValueId reshape(const std::string &scope, ValueId x,
                  Dims dims); ///< view where strides allow it, else copy
  /// The same as the one operator of the module `path` that does work, and named by it.
  ValueId reshape_module(const std::string &path, ValueId x, Dims dims);
  ValueId contiguous(const std::string &scope, ValueId x); ///< nothing, or a copy
  ValueId flatten(const std::string &scope, ValueId x);    ///< all dims but the first
  /// Equal parts along `dim`.
  std::vector<ValueId> split(const std::string &scope, ValueId x, std::size_t dim,
                             std::int64_t parts);

private:
  ValueId parameter(const std::string &path, const char *name, Dims dims);
  ValueId add_view(OpKind kind, const std::string &scope, ValueId x, Layout layout);
  Layout layout_of(ValueId x) const;

  GraphBuilder builder_;
  /// Layouts of views. What is missing here is contiguous: operators that write a tensor are taken
  /// to write it so; where PyTorch keeps a permuted layout instead (elementwise operators), no zoo
  /// model reshapes the result.
  std::unordered_map<ValueId, Layout> layouts_;
};

/// `<scope>.<name>`; `name` alone at top level.
std::string join(const std::string &scope, const std::string &name);
std::string join(const std::string &scope, std::int64_t index);

} // namespace fusesim::ir::models
