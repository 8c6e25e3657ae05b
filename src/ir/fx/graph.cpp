// From an FxProgram to a Graph:
//
//   FxNode ─> ATen call ─> steps ─> Program (as TorchScript's importer fills it) ─> Graph
//            aten_name.cpp  steps.cpp, torchscript/mapping.cpp
//
// A node of torch.fx becomes the IR nodes of its steps; the one that gives its result keeps its
// name. Views and writes in place are followed as in TorchScript (aliases.hpp).
#include "ir/fx/detail.hpp"

#include "ir/rules.hpp"
#include "ir/torchscript/aliases.hpp"
#include "ir/torchscript/mapping.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace fusesim::ir {

namespace {

using namespace torchscript;

/// A tensor of the program, wherever it is passed on to; its address is its identity.
struct Tensor {
  char unused = 0;
};
using Tensors = std::vector<const Tensor *>;

bool is_same_memory(OpKind kind) {
  return class_of(kind) == OpClass::view || class_of(kind) == OpClass::identity;
}

std::vector<const FxTensor *> tensors_in(const FxResult &result) {
  if (const auto *tensor = result.tensor())
    return {tensor};
  std::vector<const FxTensor *> all;
  if (const auto *list = std::get_if<std::vector<FxResult>>(&result.value))
    for (const auto &element : *list)
      std::ranges::copy(tensors_in(element), std::back_inserter(all));
  return all;
}

/// A tuple's element is the tensors in it: where they begin among those of the tuple, and how many.
struct Span {
  std::size_t begin = 0, count = 0;
};
std::optional<Span> element_span(const FxResult &tuple, std::int64_t index) {
  const auto *list = std::get_if<std::vector<FxResult>>(&tuple.value);
  if (!list)
    return std::nullopt;
  const auto position = static_cast<std::size_t>(wrapped_dim(index, list->size()));
  if (position >= list->size())
    return std::nullopt;
  Span span;
  for (std::size_t i = 0; i < position; ++i)
    span.begin += tensors_in((*list)[i]).size();
  span.count = tensors_in((*list)[position]).size();
  return span;
}

class Importer {
public:
  explicit Importer(const FxProgram &source) : source_(source), program_(Program::Names::sites) {
    weights_.resize(source.weights.size());
    results_.resize(source.nodes.size());
    operands_ = {[this](NodeId id) { return operands_of(results_[id]); },
                 [this](std::size_t weight) { return operand_of(*weight_tensor(weight)); }};
  }

  ImportResult run() && {
    mark_replaced_bodies();
    for (NodeId id = 0; id < source_.nodes.size(); ++id)
      if (!is_replaced_[id])
        import_node(id);
    for (std::size_t weight = 0; weight < weights_.size(); ++weight)
      if (source_.weights[weight].role == ValueRole::parameter)
        (void)weight_tensor(weight); // heads used in training only
    auto graph = program_.build(source_.name, outputs_);
    auto warnings = Program::warnings(graph);
    return {std::move(graph), std::move(warnings)};
  }

private:
  /// What a call's body returns; null when it has none, or an operator of its own here.
  static const FxArgument *result_of_body(const FxNode &node) {
    const bool is_used = node.body_result && !node.target.ends_with(".stochastic_depth");
    return is_used ? &*node.body_result : nullptr;
  }

  /// Bodies of calls that have an operator of their own here.
  void mark_replaced_bodies() {
    is_replaced_.assign(source_.nodes.size(), false);
    for (NodeId id = 0; id < source_.nodes.size(); ++id)
      if (!result_of_body(source_.nodes[id]))
        for (NodeId inner = source_.nodes[id].body_begin; inner < id; ++inner)
          is_replaced_[inner] = true;
  }

  // ---- tensors

  const Tensor *new_tensor() { return &tensors_.emplace_back(); }

  const Tensor *weight_tensor(std::size_t index) {
    auto &tensor = weights_[index];
    if (!tensor) {
      tensor = new_tensor();
      const auto &weight = source_.weights[index];
      aliases_.own(tensor, tensor, program_.add_weight(weight.name, weight.type, weight.role));
    }
    return tensor;
  }

  Operand operand_of(const Tensor &tensor) {
    const auto ref = aliases_.read(&tensor);
    Operand operand{.ref = ref, .type = program_.type(ref), .transpose_of = {}};
    if (const auto matrix = program_.transposed_matrix(ref))
      operand.transpose_of = {*matrix, program_.type(*matrix)};
    return operand;
  }

  std::vector<Operand> operands_of(const Tensors &tensors) {
    std::vector<Operand> operands;
    for (const auto *tensor : tensors)
      operands.push_back(operand_of(*tensor));
    return operands;
  }

  Tensors gathered(const FxArgument &argument) const {
    if (const auto *reference = std::get_if<FxReference>(&argument.value))
      return results_[reference->node];
    Tensors all;
    if (const auto *list = std::get_if<std::vector<FxArgument>>(&argument.value))
      for (const auto &element : *list)
        std::ranges::copy(gathered(element), std::back_inserter(all));
    return all;
  }

  Tensors gathered(const std::vector<FxArgument> &arguments) const {
    Tensors all;
    for (const auto &argument : arguments)
      std::ranges::copy(gathered(argument), std::back_inserter(all));
    return all;
  }

  // ---- nodes

  void import_node(NodeId id) {
    const auto &node = source_.nodes[id];
    program_.enter(node.name);
    try {
      results_[id] = node.op == FxOp::output ? output(node) : result_of(node);
    } catch (const Error &error) {
      throw Error(fmt::format("node '{}'", node.name), error.what());
    } catch (const std::exception &) { // a rule looked for an argument that is not there
      throw Error(fmt::format("node '{}'", node.name),
                  fmt::format("arguments are missing for '{}'", node.target));
    }
    program_.leave();
  }

  Tensors output(const FxNode &node) {
    for (const auto *tensor : gathered(node.args))
      outputs_.push_back(aliases_.read(tensor));
    if (outputs_.empty())
      throw Error({}, "returns no tensor");
    return {};
  }

  Tensors result_of(const FxNode &node) {
    if (node.op == FxOp::get_attr)
      return {weight_tensor(node.index)};
    if (node.op == FxOp::placeholder)
      return input(node);
    const auto expected = tensors_in(node.result);
    if (expected.empty() && node.writes.empty())
      return {}; // sizes, assertions, arithmetic on numbers
    if (const auto *result = result_of_body(node))
      return passed_on(gathered(*result), expected);
    if (fx::is_tuple_call(node))
      return passed_on(gathered(node.args), expected);
    if (const auto element = tuple_element(node))
      return passed_on(*element, expected);
    return call(node, expected);
  }

  Tensors input(const FxNode &node) {
    const auto *tensor = node.result.tensor();
    if (!tensor)
      return {};
    const auto *made = new_tensor();
    aliases_.own(made, made, program_.add_input(node.name, tensor->type));
    return {made};
  }

  std::optional<Tensors> tuple_element(const FxNode &node) const {
    if (node.target != "operator.getitem" || node.args.size() != 2)
      return std::nullopt;
    const auto *tuple = std::get_if<FxReference>(&node.args[0].value);
    const auto *index = std::get_if<std::int64_t>(&node.args[1].value);
    if (!tuple || !index)
      return std::nullopt;
    const auto span = element_span(source_.nodes[tuple->node].result, *index);
    const auto &whole = results_[tuple->node];
    if (!span || span->begin + span->count > whole.size())
      return std::nullopt;
    const auto begin = whole.begin() + static_cast<std::ptrdiff_t>(span->begin);
    return Tensors(begin, begin + static_cast<std::ptrdiff_t>(span->count));
  }

  /// Tensors that were there before, checked against what the file says of the node.
  Tensors passed_on(Tensors tensors, const std::vector<const FxTensor *> &expected) {
    if (tensors.size() != expected.size())
      throw Error({}, fmt::format("is said to return {} tensors, returns {}", expected.size(),
                                  tensors.size()));
    for (std::size_t i = 0; i < tensors.size(); ++i)
      if (const auto &type = program_.type(aliases_.read(tensors[i])); type != expected[i]->type)
        throw Error({}, fmt::format("is said to return {}, returns {}",
                                    to_string(expected[i]->type), to_string(type)));
    return tensors;
  }

  // ---- calls

  bool writes_result(const FxNode &node, const FxTensor &result) const {
    return result.view_of != kNoNode && std::ranges::count(node.writes, result.view_of) > 0 &&
           results_[result.view_of].size() == 1;
  }

  Tensors call(const FxNode &node, const std::vector<const FxTensor *> &expected) {
    const auto name = fx::aten_name(source_, node);
    auto call = name ? fx::aten_call(source_, node, *name, operands_)
                     : fx::opaque_call(source_, node, operands_);
    call.in_place = !expected.empty() && writes_result(node, *expected.front());
    auto steps = fx::steps_of(call);
    std::vector<Result> results;
    for (const auto *tensor : expected)
      results.push_back({tensor->type, tensor->view_of != kNoNode});
    std::vector<OpKind> kinds;
    for (const auto &step : steps)
      kinds.push_back(step.kind);
    settle(call, steps, results);
    for (std::size_t i = 0; i < kinds.size(); ++i)
      if (kinds[i] != OpKind::opaque && steps[i].kind == OpKind::opaque)
        explain_refusal(kinds[i], translated(call)[i], steps);
    return add(node, expected, steps, call.name);
  }

  static std::vector<Step> translated(const Call &call) { return fx::steps_of(call); }

  /// The table refuses these operands. PyTorch computed the shapes, so the file is not what was
  /// exported.
  [[noreturn]] static void explain_refusal(OpKind kind, const Step &step,
                                           const std::vector<Step> &steps) {
    const auto types = input_types(steps, step);
    if (info(kind).infer)
      (void)info(kind).infer(rules::canonical(kind, step.attributes), types);
    else
      rules::check_given(kind, types, step.types);
    throw Error({}, fmt::format("the operands of {} do not fit together", name_of(kind)));
  }

  Tensors add(const FxNode &node, const std::vector<const FxTensor *> &expected,
              const std::vector<Step> &steps, const std::string &foreign_name) {
    Tensors made(expected.size(), nullptr);
    std::vector<Ref> first_outputs;
    for (const auto &step : steps) {
      std::vector<Ref> inputs;
      for (const auto &input : step.inputs)
        if (const auto *operand = std::get_if<Operand>(&input))
          inputs.push_back(operand->ref);
        else
          inputs.push_back(first_outputs[std::get<FromStep>(input).step]);
      const auto refs = program_.add(step.kind, std::move(inputs), step.types, step.attributes,
                                     foreign_name, step.only_if_used);
      first_outputs.push_back(refs.at(0));
      for (std::size_t i = 0; i < step.results.size(); ++i)
        made[step.results[i]] = bind(node, *expected[step.results[i]], refs[i], step.kind);
    }
    return made;
  }

  const Tensor *bind(const FxNode &node, const FxTensor &result, Ref value, OpKind kind) {
    if (writes_result(node, result)) {
      const auto *written = results_[result.view_of].front();
      is_same_memory(kind) ? aliases_.reshape(written, value) : aliases_.write(written, value);
      return written;
    }
    const auto *tensor = new_tensor();
    if (result.view_of != kNoNode && results_[result.view_of].size() == 1)
      aliases_.look_at(tensor, results_[result.view_of].front(), value,
                       is_same_memory(kind) ? kind : OpKind::view);
    else
      aliases_.own(tensor, tensor, value);
    return tensor;
  }

  const FxProgram &source_;
  Program program_;
  Aliases aliases_{program_};
  fx::OperandSource operands_;
  std::deque<Tensor> tensors_;
  Tensors weights_;              ///< null until used
  std::vector<Tensors> results_; ///< per node of the source
  std::vector<bool> is_replaced_;
  std::vector<Ref> outputs_;
};

} // namespace

ImportResult graph_of(const FxProgram &program) {
  try {
    return Importer(program).run();
  } catch (const Error &error) {
    if (program.file.empty())
      throw;
    throw Error(program.file, error.what());
  }
}

ImportResult import_fx(const std::filesystem::path &file) { return graph_of(read_fx(file)); }

} // namespace fusesim::ir
