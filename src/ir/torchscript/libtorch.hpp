#pragma once
// LibTorch's values and errors as fusesim sees them. Included by module.cpp alone: LibTorch's
// headers cost some ten seconds for every translation unit that reads them.

#include "ir/torchscript/call.hpp"
#include "support/error.hpp"

#include <torch/script.h>

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace fusesim::ir::torchscript {

namespace jit = torch::jit;
using c10::IValue;
using jit::Stack;

/// LibTorch's messages have several lines and a stack trace; the first two or three lines say it
/// all.
inline std::string one_line(const std::exception &error) {
  const auto *c10_error = dynamic_cast<const c10::Error *>(&error);
  std::istringstream lines(c10_error ? c10_error->what_without_backtrace() : error.what());
  constexpr std::size_t kLongest = 300;
  std::string text;
  for (std::string line; std::getline(lines, line) && text.size() < kLongest;) {
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string::npos)
      continue;
    if (!text.empty())
      text += ' ';
    text += line.substr(first);
  }
  if (text.size() > kLongest)
    text = text.substr(0, kLongest) + "…";
  return text;
}

inline DType dtype_of(c10::ScalarType type, std::string_view place) {
  switch (type) {
  case c10::kFloat:
    return DType::f32;
  case c10::kDouble:
    return DType::f64;
  case c10::kHalf:
    return DType::f16;
  case c10::kBFloat16:
    return DType::bf16;
  case c10::kChar:
    return DType::i8;
  case c10::kByte:
    return DType::u8;
  case c10::kShort:
    return DType::i16;
  case c10::kInt:
    return DType::i32;
  case c10::kLong:
    return DType::i64;
  case c10::kBool:
    return DType::boolean;
  default:
    throw Error(place, fmt::format("tensors of element type {} are not supported", toString(type)),
                "real, integer and boolean types are");
  }
}

inline c10::ScalarType scalar_type_of(DType dtype) {
  switch (dtype) {
  case DType::f32:
  case DType::tf32: // stored as f32
    return c10::kFloat;
  case DType::f64:
    return c10::kDouble;
  case DType::f16:
    return c10::kHalf;
  case DType::bf16:
    return c10::kBFloat16;
  case DType::qi8: // stored as i8
  case DType::i8:
    return c10::kChar;
  case DType::u8:
    return c10::kByte;
  case DType::i16:
    return c10::kShort;
  case DType::i32:
    return c10::kInt;
  case DType::i64:
    return c10::kLong;
  case DType::boolean:
    return c10::kBool;
  }
  throw InternalError("unknown dtype");
}

inline TensorType type_of(const at::Tensor &tensor, std::string_view place = {}) {
  return {dtype_of(tensor.scalar_type(), place), tensor.sizes().vec()};
}

inline at::Tensor meta_tensor(const TensorType &type) {
  return at::empty(type.dims,
                   at::TensorOptions().dtype(scalar_type_of(type.dtype)).device(c10::kMeta));
}

/// A tensor of the recorded program: it has a shape and no elements. Every other tensor is a number
/// of the program itself (sizes that a trace computes with) and lives on the CPU.
inline bool is_recorded(const at::Tensor &tensor) { return tensor.defined() && tensor.is_meta(); }

/// The value with every tensor in it, also in lists, tuples and dicts, replaced by
/// `replace(tensor)`.
template <typename Replace> IValue map_tensors(const IValue &value, const Replace &replace) {
  if (value.isTensor())
    return value.toTensor().defined() ? IValue(replace(value.toTensor())) : value;
  if (value.isTuple()) {
    std::vector<IValue> elements;
    for (const auto &element : value.toTupleRef().elements())
      elements.push_back(map_tensors(element, replace));
    return c10::ivalue::Tuple::create(std::move(elements));
  }
  if (value.isList() && !value.isIntList() && !value.isDoubleList() && !value.isBoolList()) {
    const auto list = value.toList();
    c10::impl::GenericList mapped(list.elementType());
    for (const IValue &element : list)
      mapped.push_back(map_tensors(element, replace));
    return mapped;
  }
  if (value.isGenericDict()) {
    const auto dict = value.toGenericDict();
    c10::impl::GenericDict mapped(dict.keyType(), dict.valueType());
    for (const auto &entry : dict)
      mapped.insert(entry.key(), map_tensors(entry.value(), replace));
    return mapped;
  }
  return value;
}

template <typename Visit> void for_each_tensor(const IValue &value, const Visit &visit) {
  map_tensors(value, [&](const at::Tensor &tensor) {
    visit(tensor);
    return tensor;
  });
}

inline std::vector<at::Tensor> tensors_in(at::ArrayRef<IValue> values) {
  std::vector<at::Tensor> found;
  for (const auto &value : values)
    for_each_tensor(value, [&](const at::Tensor &tensor) { found.push_back(tensor); });
  return found;
}

/// `resnet.py:92` of the Python source that a node came from, as far as the file recorded it.
inline std::string source_line(const jit::Node &node) {
  auto range = node.sourceRange();
  if (const auto original = range.findSourceRangeThatGenerated())
    range = *original;
  const auto place = range.file_line_col();
  return place ? fmt::format("{}:{}", std::get<0>(*place), std::get<1>(*place)) : std::string();
}

} // namespace fusesim::ir::torchscript
