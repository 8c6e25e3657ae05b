#pragma once
// Runs single operators on tensors without elements and records them. Part of module.cpp (see
// libtorch.hpp).

#include "ir/torchscript/aliases.hpp"
#include "ir/torchscript/libtorch.hpp"
#include "ir/torchscript/mapping.hpp"

#include <unordered_set>

namespace fusesim::ir::torchscript {

/// Knows which value of the Program each tensor of the interpreter is, and runs operators:
///  - on meta tensors, as LibTorch does: shapes, strides and views are its own,
///  - where LibTorch has no meta kernel, by the shape rule of the operator table,
///  - where neither knows, on zeros and on ones on the CPU, if that is small and gives the same
///  shapes.
class Recorder {
public:
  explicit Recorder(Program &program) : program_(program), aliases_(program) {}

  at::Tensor input(const std::string &name, const TensorType &type) {
    return adopt(meta_tensor(type), program_.add_input(name, type));
  }

  /// The meta twin of a tensor of the file; one twin however often the tensor is fetched.
  at::Tensor weight(const std::string &name, const at::Tensor &tensor, ValueRole role) {
    if (tensor.is_meta())
      return tensor;
    const auto type = type_of(tensor, name);
    auto &twin = twins_[place_of(tensor)];
    if (twin.defined())
      return twin;
    twin = at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(c10::kMeta));
    originals_[twin.unsafeGetTensorImpl()] = tensor;
    return adopt(twin, program_.add_weight(name, type, role));
  }

  bool has_weight(const at::Tensor &tensor) const { return twins_.contains(place_of(tensor)); }

  Ref value_of(const at::Tensor &tensor) { return aliases_.read(tensor.unsafeGetTensorImpl()); }

  /// Runs the node's operator; its arguments are on the stack, its results afterwards. Throws Error
  /// without a place.
  void run(const jit::Node &node, Stack &stack) {
    const auto *schema = node.maybeSchema();
    if (schema && schema->is_vararg()) // such operators are told how many arguments are theirs
      stack.emplace_back(static_cast<std::int64_t>(node.inputs().size()));
    const bool records = schema && !schema->is_vararg() && !is_container_operator(*schema);
    if (!records)
      return node.getOperation()(stack);
    if (stack.size() != schema->arguments().size())
      throw Error({}, "called with an unexpected number of arguments");
    const auto tensors = tensors_in(stack);
    if (std::ranges::any_of(tensors, is_recorded))
      run_recorded(node, *schema, stack);
    else
      run_concrete(node, *schema, stack);
    hide_meta_device(stack);
  }

private:
  using Place = std::tuple<const void *, std::int64_t, std::vector<std::int64_t>>;

  static Place place_of(const at::Tensor &tensor) {
    return {tensor.storage().unsafeGetStorageImpl(), tensor.storage_offset(), tensor.sizes().vec()};
  }

  at::Tensor adopt(at::Tensor tensor, Ref value) {
    aliases_.own(tensor.unsafeGetTensorImpl(), storage_of(tensor), value);
    alive_.push_back(tensor);
    return tensor;
  }

  static StorageKey storage_of(const at::Tensor &tensor) {
    return tensor.storage().unsafeGetStorageImpl();
  }

  bool knows(const at::Tensor &tensor) const {
    return aliases_.knows(tensor.unsafeGetTensorImpl());
  }

  /// Operators of lists and dicts pass tensors on and compute nothing.
  static bool is_container_operator(const c10::FunctionSchema &schema) {
    return std::ranges::any_of(schema.arguments(), [](const c10::Argument &argument) {
      return argument.type()->hasFreeVariables() || argument.type()->kind() == c10::AnyType::Kind;
    });
  }

  /// The program believes to run on the CPU.
  static void hide_meta_device(Stack &stack) {
    for (auto &value : stack)
      if (value.isDevice() && value.toDevice().is_meta())
        value = IValue(c10::Device(c10::kCPU));
  }

  static void set_device(Stack &stack, const c10::FunctionSchema &schema, c10::Device device,
                         bool also_when_absent) {
    for (std::size_t i = 0; i < stack.size(); ++i)
      if (stack[i].isDevice() ||
          (also_when_absent && stack[i].isNone() && schema.arguments()[i].name() == "device"))
        stack[i] = IValue(device);
  }

  // ---- operators on numbers of the program
  // ------------------------------------------------------------------------

  /// Without a recorded tensor among the arguments. A result without dims is a number of the
  /// program and is really computed; a tensor is something that the model makes while it runs (a
  /// mask, positions).
  void run_concrete(const jit::Node &node, const c10::FunctionSchema &schema, Stack &stack) {
    set_device(stack, schema, c10::kCPU, false);
    const Stack arguments = stack;
    if (schema.argumentIndexWithName("device")) {
      set_device(stack, schema, c10::kMeta, true);
      try {
        node.getOperation()(stack);
        if (std::ranges::any_of(tensors_in(stack), [](const auto &t) { return t.dim() > 0; }))
          return record(node, schema, arguments, stack);
      } catch (const c10::NotImplementedError &) { // no meta kernel: compute it
      }
      stack = arguments;
    }
    node.getOperation()(stack);
    for (auto &value : stack)
      value = map_tensors(value, [](const at::Tensor &tensor) {
        return tensor.dim() > 0 && !tensor.is_meta() ? meta_tensor(type_of(tensor)) : tensor;
      });
    record(node, schema, arguments, stack);
  }

  // ---- operators on tensors of the program
  // ------------------------------------------------------------------------

  void run_recorded(const jit::Node &node, const c10::FunctionSchema &schema, Stack &stack) {
    if (keep_number(schema, stack))
      return;
    if (reads_elements(schema))
      use_original(stack);
    set_device(stack, schema, c10::kMeta, false);
    const Stack arguments = stack;
    const std::string name =
        schema.operator_name().name + "." + schema.operator_name().overload_name;
    if (!without_meta_kernel_.contains(name)) {
      try {
        node.getOperation()(stack);
        return record(node, schema, arguments, stack);
      } catch (const c10::NotImplementedError &) {
        without_meta_kernel_.insert(name);
      }
    }
    const auto call = call_of(schema, arguments);
    auto steps = translate(call);
    const auto types = infer_results(steps);
    stack = types.empty() ? dry_run(node, arguments) : results_of(schema, arguments, types);
    record(node, schema, arguments, stack);
  }

  /// `number.type_as(tensor)` takes the number to where the tensor is; on the meta device its value
  /// would be lost.
  bool keep_number(const c10::FunctionSchema &schema, Stack &stack) {
    const bool converts = schema.name() == "aten::type_as" || schema.name() == "aten::to";
    if (!converts || stack.size() < 2 || !stack[0].isTensor() || is_recorded(stack[0].toTensor()) ||
        !stack[1].isTensor())
      return false;
    stack = {stack[0].toTensor().to(stack[1].toTensor().scalar_type())};
    return true;
  }

  static bool reads_elements(const c10::FunctionSchema &schema) {
    static const std::unordered_set<std::string> kReaders{
        "aten::item",         "aten::Int",
        "aten::Float",        "aten::Bool",
        "aten::equal",        "aten::is_nonzero",
        "aten::IntImplicit",  "aten::FloatImplicit",
        "aten::allclose",     "prim::tolist",
        "aten::__contains__", "aten::ScalarImplicit",
        "aten::Complex",      "aten::ComplexImplicit"};
    return kReaders.contains(schema.name());
  }

  [[noreturn]] static void fail_data_dependent(std::string_view what) {
    throw Error({},
                fmt::format("{} depends on the contents of a tensor computed at run time", what),
                "fusesim knows shapes only; trace the module with an example input "
                "(tools/export_torchscript.py), or make the decision outside of forward");
  }

  /// Elements of a weight as the file holds it are known.
  void use_original(Stack &stack) {
    for (auto &value : stack)
      value = map_tensors(value, [&](const at::Tensor &tensor) {
        if (!is_recorded(tensor))
          return tensor;
        const auto original = originals_.find(tensor.unsafeGetTensorImpl());
        if (original == originals_.end() || program_.is_computed(value_of(tensor)))
          fail_data_dependent("control flow or a size");
        return original->second;
      });
  }

  /// Results of the types that the operator table inferred.
  static Stack results_of(const c10::FunctionSchema &schema, const Stack &arguments,
                          const std::vector<TensorType> &types) {
    const auto &first = schema.arguments().front();
    const bool in_place = first.alias_info() && first.alias_info()->isWrite();
    Stack results;
    for (std::size_t i = 0; i < schema.returns().size(); ++i)
      if (i == 0 && in_place)
        results.push_back(arguments[0]);
      else
        results.emplace_back(i < types.size() ? meta_tensor(types[i]) : at::Tensor());
    return results;
  }

  /// Shapes from a real run on zeros. A run on ones must give the same, or the shapes depend on the
  /// contents.
  static Stack dry_run(const jit::Node &node, const Stack &arguments) {
    constexpr std::int64_t kMostElements = 1 << 26;
    std::int64_t elements = 0;
    for (const auto &tensor : tensors_in(arguments))
      elements += tensor.numel();
    if (elements > kMostElements)
      throw Error({}, "LibTorch cannot say its output shape without computing it",
                  "use a smaller batch or image size");
    const auto zeros = run_on_constant(node, arguments, 0);
    if (!zeros)
      throw Error({}, "LibTorch can neither run it nor say its output shape");
    const auto ones = run_on_constant(node, arguments, 1); // fails where 1 is no valid index
    const auto shapes = [](const Stack &stack) {
      std::vector<TensorType> types;
      for (const auto &tensor : tensors_in(stack))
        types.push_back(type_of(tensor));
      return types;
    };
    if (ones && shapes(*ones) != shapes(*zeros))
      fail_data_dependent("its output shape");
    return *zeros;
  }

  /// Empty when the operator refuses. Results are meta tensors again; what was written in place is
  /// the argument.
  static std::optional<Stack> run_on_constant(const jit::Node &node, const Stack &arguments,
                                              int constant) {
    std::unordered_map<const void *, at::Tensor> stand_ins, argument_of;
    Stack stack;
    for (const auto &value : arguments)
      stack.push_back(map_tensors(value, [&](const at::Tensor &tensor) {
        if (!is_recorded(tensor))
          return tensor;
        auto &stand_in = stand_ins[tensor.unsafeGetTensorImpl()];
        if (!stand_in.defined())
          stand_in = at::full(tensor.sizes(), constant, tensor.options().device(c10::kCPU));
        argument_of[stand_in.unsafeGetTensorImpl()] = tensor;
        return stand_in;
      }));
    for (auto &value : stack)
      if (value.isDevice())
        value = IValue(c10::Device(c10::kCPU));
    try {
      node.getOperation()(stack);
    } catch (const std::exception &) {
      return std::nullopt;
    }
    for (auto &value : stack) {
      if (value.isScalar() || value.isString())
        fail_data_dependent("its result");
      value = map_tensors(value, [&](const at::Tensor &tensor) {
        const auto argument = argument_of.find(tensor.unsafeGetTensorImpl());
        return argument != argument_of.end() ? argument->second : meta_tensor(type_of(tensor));
      });
    }
    return stack;
  }

  // ---- recording
  // --------------------------------------------------------------------------------------------------

  struct Output {
    at::Tensor tensor;
    at::Tensor base;      ///< argument whose memory it looks at
    bool written = false; ///< is an argument that the call wrote to
  };

  static bool is_written(const c10::Argument &argument) {
    return argument.alias_info() && argument.alias_info()->isWrite();
  }

  std::vector<Output> outputs_of(const c10::FunctionSchema &schema, const Stack &arguments,
                                 const Stack &stack) const {
    std::vector<Output> outputs;
    for (const auto &tensor : tensors_in(stack)) {
      if (!is_recorded(tensor))
        continue;
      Output output{.tensor = tensor, .base = {}};
      for (std::size_t i = 0; i < arguments.size(); ++i)
        for_each_tensor(arguments[i], [&](const at::Tensor &argument) {
          if (!is_recorded(argument))
            return;
          if (argument.is_same(tensor) && is_written(schema.arguments()[i]))
            output.written = true;
          if (!output.base.defined() && storage_of(argument) == storage_of(tensor))
            output.base = argument;
        });
      outputs.push_back(std::move(output));
    }
    return outputs;
  }

  /// Eval-mode dropout returns its very argument. As a value of its own it can be told from it.
  static void separate_from_arguments(Stack &stack, std::vector<Output> &outputs) {
    for (auto &output : outputs) {
      if (output.written || !output.base.defined() || !output.base.is_same(output.tensor))
        continue;
      const auto alias = at::alias(output.tensor);
      for (auto &value : stack)
        value = map_tensors(value, [&](const at::Tensor &tensor) {
          return tensor.is_same(output.tensor) ? alias : tensor;
        });
      output.tensor = alias;
    }
  }

  void record(const jit::Node &node, const c10::FunctionSchema &schema, const Stack &arguments,
              Stack &stack) {
    auto outputs = outputs_of(schema, arguments, stack);
    if (outputs.empty())
      return;
    const auto call = call_of(schema, arguments);
    auto steps = translate(call);
    const bool passes_on = std::ranges::all_of(
        outputs, [&](const Output &o) { return knows(o.tensor) && !o.written; });
    if (passes_on && steps.back().kind != OpKind::dropout)
      return; // contiguous() of what is contiguous
    separate_from_arguments(stack, outputs);

    std::vector<Result> results;
    for (const auto &output : outputs)
      results.push_back({type_of(output.tensor), output.base.defined()});
    settle(call, steps, results);
    add(steps, outputs, node.kind().toQualString());
  }

  void add(const std::vector<Step> &steps, const std::vector<Output> &outputs,
           const std::string &foreign_name) {
    std::vector<Ref> first_outputs;
    for (const auto &step : steps) {
      std::vector<Ref> inputs;
      for (const auto &input : step.inputs)
        if (const auto *operand = std::get_if<Operand>(&input))
          inputs.push_back(operand->ref);
        else
          inputs.push_back(first_outputs[std::get<FromStep>(input).step]);
      // Only what delivers a result of the operator is named after it.
      const auto refs = program_.add(step.kind, std::move(inputs), step.types, step.attributes,
                                     step.results.empty() ? std::string() : foreign_name,
                                     step.only_if_used);
      first_outputs.push_back(refs.at(0));
      for (std::size_t i = 0; i < step.results.size(); ++i)
        bind(outputs[step.results[i]], refs[i], step.kind);
    }
  }

  void bind(const Output &output, Ref value, OpKind kind) {
    const auto *key = output.tensor.unsafeGetTensorImpl();
    const bool same_memory = class_of(kind) == OpClass::view || class_of(kind) == OpClass::identity;
    if (output.written)
      return same_memory ? aliases_.reshape(key, value) : aliases_.write(key, value);
    alive_.push_back(output.tensor);
    if (output.base.defined())
      aliases_.look_at(key, output.base.unsafeGetTensorImpl(), value,
                       same_memory ? kind : OpKind::view);
    else
      aliases_.own(key, storage_of(output.tensor), value);
  }

  // ---- arguments
  // --------------------------------------------------------------------------------------------------

  Operand operand_of(const at::Tensor &tensor) {
    const auto ref = value_of(tensor);
    Operand operand{.ref = ref, .type = program_.type(ref), .transpose_of = {}};
    if (const auto matrix = program_.transposed_matrix(ref))
      operand.transpose_of = {*matrix, program_.type(*matrix)};
    return operand;
  }

  Argument argument_of(const IValue &value) {
    if (value.isTensor())
      return is_recorded(value.toTensor()) ? Argument(operand_of(value.toTensor())) : Argument();
    if (value.isBool())
      return value.toBool();
    if (value.isInt())
      return value.toInt();
    if (value.isDouble())
      return value.toDouble();
    if (value.isString())
      return value.toStringRef();
    if (value.isIntList())
      return value.toIntVector();
    if (value.isDoubleList())
      return value.toDoubleVector();
    if (!value.isList())
      return {};
    std::vector<Operand> operands;
    for_each_tensor(value, [&](const at::Tensor &tensor) {
      if (is_recorded(tensor))
        operands.push_back(operand_of(tensor));
    });
    return operands;
  }

  Call call_of(const c10::FunctionSchema &schema, const Stack &arguments) {
    Call call{.name = schema.name(), .overload = schema.overload_name(), .arguments = {}};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const auto &argument = schema.arguments()[i];
      const bool is_out = is_written(argument) && argument.kwarg_only(); // out=: written, not read
      call.in_place = call.in_place || is_written(argument);
      call.arguments.emplace_back(argument.name(), is_out ? Argument() : argument_of(arguments[i]));
    }
    if (call.in_place && call.name.ends_with('_') && !call.name.ends_with("__"))
      call.name.pop_back();
    return call;
  }

  Program &program_;
  Aliases aliases_;
  std::vector<at::Tensor>
      alive_; ///< keeps the addresses that Aliases knows tensors by from being used again
  std::map<Place, at::Tensor> twins_;
  std::unordered_map<const void *, at::Tensor> originals_; ///< of twins
  std::unordered_set<std::string> without_meta_kernel_;
};

} // namespace fusesim::ir::torchscript
