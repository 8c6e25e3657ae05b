#pragma once
// Walks the graphs of a TorchScript module node by node. Part of module.cpp (see libtorch.hpp).

#include "ir/torchscript/recorder.hpp"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>

namespace fusesim::ir::torchscript {

/// Runs methods as LibTorch's own interpreter would, control flow included, and hands every
/// operator to the Recorder. Calls of modules' methods are not inlined, so the module path of an
/// operator is always known.
class Interpreter {
public:
  Interpreter(Program &program, Recorder &recorder, const jit::Module &module)
      : program_(program), recorder_(recorder) {
    for (const auto &named : module.named_modules())
      paths_.try_emplace(named.value._ivalue().get(), named.name);
    // A frozen module keeps its weights as literals of the program.
    literal_role_ = module.parameters().size() == 0 ? ValueRole::parameter : ValueRole::constant;
  }

  IValue run_method(const c10::intrusive_ptr<c10::ivalue::Object> &self, const std::string &method,
                    std::vector<IValue> arguments) {
    const auto path = paths_.find(self.get());
    const bool enters = path != paths_.end() && path->second != program_.module_path();
    if (enters)
      program_.enter(path->second);
    arguments.insert(arguments.begin(), IValue(self));
    auto result = run_function(self->type()->getMethod(method), std::move(arguments));
    if (enters)
      program_.leave();
    return result;
  }

  /// The module path and source line that went wrong, for errors.
  std::string where(const jit::Node &node) const {
    const auto &path = program_.module_path();
    const auto line = source_line(node);
    if (line.empty())
      return path.empty() ? "forward" : path;
    return path.empty() ? line : fmt::format("{} ({})", path, line);
  }

private:
  using Values = std::unordered_map<const jit::Value *, IValue>;

  IValue run_function(jit::Function &function, std::vector<IValue> arguments) {
    auto *graph_function = jit::tryToGraphFunction(function);
    if (!graph_function) {
      Stack stack = std::move(arguments);
      function.run(stack);
      return stack.empty() ? IValue() : stack.back();
    }
    const auto graph = graph_function->graph();
    auto results = run_graph(*graph, std::move(arguments));
    return results.empty() ? IValue() : std::move(results.front());
  }

  std::vector<IValue> run_graph(jit::Graph &graph, std::vector<IValue> arguments) {
    if (arguments.size() != graph.inputs().size())
      throw Error(program_.module_path(), fmt::format("a function takes {} arguments, {} given",
                                                      graph.inputs().size(), arguments.size()));
    Values values;
    for (std::size_t i = 0; i < arguments.size(); ++i)
      values[graph.inputs()[i]] = std::move(arguments[i]);
    return run_block(*graph.block(), values);
  }

  std::vector<IValue> run_block(const jit::Block &block, Values &values) {
    for (const auto *node : block.nodes())
      run_node(*node, values);
    return gather(block.outputs(), values);
  }

  static std::vector<IValue> gather(at::ArrayRef<const jit::Value *> names, const Values &values) {
    std::vector<IValue> gathered;
    for (const auto *name : names)
      gathered.push_back(values.at(name));
    return gathered;
  }
  static std::vector<IValue> gather(at::ArrayRef<jit::Value *> names, const Values &values) {
    return gather(at::ArrayRef<const jit::Value *>(names.data(), names.size()), values);
  }

  static void assign(at::ArrayRef<const jit::Value *> names, std::vector<IValue> results,
                     Values &values) {
    if (results.size() != names.size())
      throw InternalError("a TorchScript node gave an unexpected number of results");
    for (std::size_t i = 0; i < results.size(); ++i)
      values[names[i]] = std::move(results[i]);
  }

  void run_node(const jit::Node &node, Values &values) {
    namespace prim = c10::prim;
    switch (node.kind()) {
    case prim::If: {
      const bool taken = values.at(node.input()).toBool();
      return assign(node.outputs(), run_block(*node.blocks()[taken ? 0 : 1], values), values);
    }
    case prim::Loop:
      return run_loop(node, values);
    case prim::RaiseException:
      throw Error(where(node), "the module raises: " + text_of(values.at(node.input(0))));
    case prim::Print: // the program's own output concerns nobody here
    case c10::aten::warn:
      return;
    default: {
      auto arguments = arguments_of(node, values);
      assign(node.outputs(), results_of(node, std::move(arguments)), values);
    }
    }
  }

  static std::string text_of(const IValue &message) {
    return message.isString() ? message.toStringRef() : std::string("(no message)");
  }

  static std::vector<IValue> arguments_of(const jit::Node &node, const Values &values) {
    std::vector<IValue> arguments;
    for (const auto *input : node.inputs()) {
      const auto found = values.find(input);
      // Constants of function type have no value; CallFunction knows its function from the type.
      arguments.push_back(found == values.end() ? IValue() : found->second);
    }
    return arguments;
  }

  void run_loop(const jit::Node &node, Values &values) {
    const auto &body = *node.blocks()[0];
    auto carried = gather(node.inputs().slice(2), values);
    const auto most = values.at(node.input(0)).toInt();
    bool goes_on = values.at(node.input(1)).toBool();
    for (std::int64_t trip = 0; trip < most && goes_on; ++trip) {
      values[body.inputs()[0]] = trip;
      for (std::size_t i = 0; i < carried.size(); ++i)
        values[body.inputs()[i + 1]] = std::move(carried[i]);
      auto results = run_block(body, values);
      goes_on = results[0].toBool();
      carried.assign(results.begin() + 1, results.end());
    }
    assign(node.outputs(), std::move(carried), values);
  }

  /// Nodes that are steps of an interpreter and no operators.
  std::vector<IValue> results_of(const jit::Node &node, std::vector<IValue> arguments) {
    namespace prim = c10::prim;
    namespace attr = c10::attr;
    switch (node.kind()) {
    case prim::Constant:
      return {constant(node)};
    case prim::GetAttr:
      return {attribute(*arguments[0].toObject(), node.s(attr::name))};
    case prim::SetAttr:
      arguments[0].toObject()->setAttr(node.s(attr::name), arguments[1]);
      return {};
    case prim::CallMethod: {
      const auto self = arguments[0].toObject();
      arguments.erase(arguments.begin());
      return {run_method(self, node.s(attr::name), std::move(arguments))};
    }
    case prim::CallFunction: {
      const auto function = node.input(0)->type()->expect<c10::FunctionType>()->function();
      arguments.erase(arguments.begin());
      return {run_function(*function, std::move(arguments))};
    }
    case prim::Enter:
      return {run_method(arguments[0].toObject(), "__enter__", {})};
    case prim::Exit: {
      const auto context = arguments[0].toObject();
      arguments.erase(arguments.begin());
      return {run_method(context, "__exit__", std::move(arguments))};
    }
    case prim::fork: // in turn instead of in parallel
      return {run_graph(*node.g(attr::Subgraph), std::move(arguments))[0]};
    case c10::aten::wait:
    case prim::unchecked_cast:
      return {arguments[0]};
    case prim::Uninitialized:
      return {IValue::uninitialized()};
    default:
      return construct_or_run(node, std::move(arguments));
    }
  }

  std::vector<IValue> construct_or_run(const jit::Node &node, std::vector<IValue> arguments) {
    namespace prim = c10::prim;
    namespace attr = c10::attr;
    switch (node.kind()) {
    case prim::ListConstruct:
      return {list_of(*node.output()->type()->expect<c10::ListType>(), arguments)};
    case prim::DictConstruct:
      return {dict_of(*node.output()->type()->expect<c10::DictType>(), arguments)};
    case prim::TupleConstruct:
      return {tuple_of(node.output()->type()->expect<c10::TupleType>(), std::move(arguments))};
    case prim::TupleUnpack:
      return arguments[0].toTupleRef().elements().vec();
    case prim::ListUnpack:
      return unpacked_list(node, arguments[0]);
    case prim::TupleSlice: {
      const auto elements = arguments[0].toTupleRef().elements().vec();
      return {c10::ivalue::Tuple::create(std::vector<IValue>(
          elements.begin() + node.i(attr::beg), elements.begin() + node.i(attr::end)))};
    }
    case prim::CreateObject: {
      const auto type = node.output()->type()->expect<c10::ClassType>();
      return {c10::ivalue::Object::create(c10::StrongTypePtr(type->compilation_unit(), type),
                                          type->numAttributes())};
    }
    case prim::isinstance:
      return {std::ranges::any_of(node.tys(attr::types), [&](const c10::TypePtr &type) {
        return arguments[0].type()->isSubtypeOf(*type);
      })};
    default:
      run_operator(node, arguments);
      return arguments;
    }
  }

  static IValue list_of(const c10::ListType &type, const std::vector<IValue> &elements) {
    c10::impl::GenericList list(type.getElementType());
    for (const auto &element : elements)
      list.push_back(element);
    return list;
  }

  static IValue dict_of(const c10::DictType &type, const std::vector<IValue> &keys_and_values) {
    c10::impl::GenericDict dict(type.getKeyType(), type.getValueType());
    for (std::size_t i = 0; i + 1 < keys_and_values.size(); i += 2)
      dict.insert_or_assign(keys_and_values[i], keys_and_values[i + 1]);
    return dict;
  }

  static IValue tuple_of(const c10::TupleTypePtr &type, std::vector<IValue> elements) {
    return type->name() ? c10::ivalue::Tuple::createNamed(std::move(elements), type)
                        : c10::ivalue::Tuple::create(std::move(elements));
  }

  std::vector<IValue> unpacked_list(const jit::Node &node, const IValue &list) const {
    const auto elements = list.toListRef().vec();
    if (elements.size() != node.outputs().size())
      throw Error(where(node), fmt::format("a list of {} is taken apart into {}", elements.size(),
                                           node.outputs().size()));
    return elements;
  }

  void run_operator(const jit::Node &node, Stack &stack) {
    const std::string name = node.kind().toQualString();
    if (!node.maybeOperator())
      throw Error(where(node), fmt::format("{} cannot be interpreted", name));
    try {
      recorder_.run(node, stack);
    } catch (const Error &error) {
      throw Error(where(node), fmt::format("{}: {}", name, error.what()));
    } catch (const InternalError &) {
      throw;
    } catch (const std::exception &error) {
      throw Error(where(node), fmt::format("{}: {}", name, one_line(error)),
                  "check --input: the shapes do not fit this module");
    }
  }

  IValue constant(const jit::Node &node) {
    const auto value = jit::toIValue(node.output());
    if (!value)
      return {}; // a function
    return map_tensors(*value, [&](const at::Tensor &tensor) {
      if (tensor.dim() == 0)
        return tensor; // a number
      const bool trained = c10::isFloatingType(tensor.scalar_type());
      return recorder_.weight(joined_path("constant"), tensor,
                              trained ? literal_role_ : ValueRole::constant);
    });
  }

  IValue attribute(const c10::ivalue::Object &object, const std::string &name) {
    const auto slot = object.type()->findAttributeSlot(name);
    if (!slot)
      throw Error(program_.module_path(), fmt::format("has no attribute '{}'", name));
    const auto path = paths_.find(&object);
    const auto full_name =
        path == paths_.end() || path->second.empty() ? name : path->second + "." + name;
    const auto role = object.type()->is_parameter(*slot) ? ValueRole::parameter
                      : object.type()->is_buffer(*slot)  ? ValueRole::buffer
                                                         : ValueRole::constant;
    const auto &value = object.getSlot(*slot);
    if (value.isObject() || value.isModule())
      return value;
    bool holds_weights = false;
    for_each_tensor(value, [&](const at::Tensor &tensor) {
      holds_weights = holds_weights || !tensor.is_meta();
    });
    if (!holds_weights)
      return value;
    return map_tensors(
        value, [&](const at::Tensor &tensor) { return recorder_.weight(full_name, tensor, role); });
  }

  std::string joined_path(std::string_view name) const {
    const auto &path = program_.module_path();
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
  }

  Program &program_;
  Recorder &recorder_;
  std::unordered_map<const c10::ivalue::Object *, std::string> paths_;
  ValueRole literal_role_ = ValueRole::constant;
};

} // namespace fusesim::ir::torchscript
