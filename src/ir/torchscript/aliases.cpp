#include "ir/torchscript/aliases.hpp"

namespace fusesim::ir::torchscript {

void Aliases::own(TensorKey tensor, StorageKey storage, Ref value) {
  auto &memory = storages_[storage];
  memory.owner = tensor;
  tensors_[tensor] = {.storage = storage, .value = value, .version = memory.version};
}

void Aliases::look_at(TensorKey tensor, TensorKey base, Ref value, OpKind kind) {
  const auto storage = tensors_.at(base).storage;
  // One part of a split is a slice when it has to be taken again.
  tensors_[tensor] = {.storage = storage,
                      .value = value,
                      .version = storages_.at(storage).version,
                      .base = base,
                      .kind = kind == OpKind::split ? OpKind::slice : kind};
}

Ref Aliases::read(TensorKey key) {
  auto &tensor = tensors_.at(key);
  const auto version = storages_.at(tensor.storage).version;
  if (tensor.base && tensor.version != version) {
    const auto type = program_.type(tensor.value);
    tensor.value = program_.add(tensor.kind, {read(tensor.base)}, {type}).front();
    tensor.version = version;
  }
  return tensor.value;
}

/// Value of the memory `whole` after its part was overwritten.
Ref Aliases::merged(Ref whole, Ref part) {
  const auto type = program_.type(whole);
  const auto &patch = program_.type(part);
  if (patch == type)
    return part;
  const auto kind = patch.elements() == type.elements() ? OpKind::view : OpKind::overlay;
  return kind == OpKind::view ? program_.add(kind, {part}, {type}).front()
                              : program_.add(kind, {whole, part}, {type}).front();
}

void Aliases::write(TensorKey key, Ref value) {
  auto &tensor = tensors_.at(key);
  auto &storage = storages_.at(tensor.storage);
  ++storage.version;
  tensor.value = value;
  tensor.version = storage.version;
  if (!tensor.base)
    return;
  auto &owner = tensors_.at(storage.owner);
  owner.value = merged(owner.value, value);
  owner.version = storage.version;
}

void Aliases::reshape(TensorKey key, Ref value) { tensors_.at(key).value = value; }

} // namespace fusesim::ir::torchscript
