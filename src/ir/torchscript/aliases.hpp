#pragma once

#include "ir/torchscript/program.hpp"

#include <unordered_map>

namespace fusesim::ir::torchscript {

using TensorKey = const void *;  ///< identity of a tensor of the interpreter
using StorageKey = const void *; ///< identity of the memory that it looks at

/// Which value of the program a tensor holds at the moment. Tensors can be written in place and can
/// look at one another's memory, values cannot: a write gives its tensor a new value, and whoever
/// looks at the same memory reads that from then on.
///
///   mask = zeros(…)        mask: v0
///   part = mask[a:b]       part: v1 = slice v0
///   part.fill_(3)          part: v2 = fill;  mask: v3 = overlay v0, v2
///   other_view.read()      v4 = slice v3, though it was taken when mask was v0
class Aliases {
public:
  explicit Aliases(Program &program) : program_(program) {}

  bool knows(TensorKey tensor) const { return tensors_.contains(tensor); }

  /// A tensor with memory of its own.
  void own(TensorKey tensor, StorageKey storage, Ref value);
  /// A tensor that a view operator of kind `kind` made of `base`.
  void look_at(TensorKey tensor, TensorKey base, Ref value, OpKind kind);

  Ref read(TensorKey tensor);
  /// The tensor's elements were overwritten by `value`.
  void write(TensorKey tensor, Ref value);
  /// The tensor has another shape now (`unsqueeze_`), its memory is unchanged.
  void reshape(TensorKey tensor, Ref value);

private:
  struct Tensor {
    StorageKey storage = nullptr;
    Ref value = 0;
    std::uint64_t version = 0; ///< of the storage, when `value` was taken
    TensorKey base = nullptr;  ///< null: owns the storage
    OpKind kind = OpKind::view;
  };
  struct Storage {
    TensorKey owner = nullptr;
    std::uint64_t version = 0;
  };
  Ref merged(Ref whole, Ref part);

  Program &program_;
  std::unordered_map<TensorKey, Tensor> tensors_;
  std::unordered_map<StorageKey, Storage> storages_;
};

} // namespace fusesim::ir::torchscript
