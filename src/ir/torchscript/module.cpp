// The TorchScript importer module, libfusesim_torchscript.so: the one translation unit with
// LibTorch's headers.
//
//   load on the CPU ─> Interpreter walks forward ─> Recorder runs operators without data ─> Program
//   ─> ir::Graph
//
// A separate, dynamically loaded module because LibTorch takes 0.3–0.5 s of start-up of whatever is
// linked with it.

#include "ir/importer.hpp"
#include "ir/torchscript/interpreter.hpp"

#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

namespace fusesim::ir::torchscript {

namespace {

/// LibTorch prints its warnings to stderr by default.
class SilentWarnings : public c10::WarningHandler {
public:
  void process(const c10::SourceLocation &, const std::string &, const bool) override {}
};

jit::Module load(const std::filesystem::path &file) {
  try {
    auto module = jit::load(file.string(), c10::kCPU);
    module.eval();
    return module;
  } catch (const std::exception &error) {
    const auto message = one_line(error);
    if (message.find("constants.pkl") != std::string::npos)
      throw Error(file.string(), "holds no TorchScript module, only tensors or pickled objects",
                  "torch.save does not save the program; export it with "
                  "tools/export_torchscript.py or torch.jit.save");
    constexpr std::string_view kUnknown = "Unknown builtin op: ";
    if (const auto at = message.find(kUnknown); at != std::string::npos) {
      const auto name = message.substr(at + kUnknown.size());
      throw Error(file.string(),
                  fmt::format("uses the operator {}, which LibTorch " TORCH_VERSION
                              " does not have",
                              name.substr(0, name.find_first_of(". "))),
                  "operators of extension libraries cannot be imported; export the module without");
    }
    throw Error(file.string(), "cannot read as TorchScript: " + message,
                "fusesim was built with LibTorch " TORCH_VERSION);
  }
}

bool is_tensor(const c10::Argument &argument) {
  const auto &type = *argument.type();
  if (const auto *optional = type.castRaw<c10::OptionalType>())
    return optional->getElementType()->kind() == c10::TensorType::Kind;
  return type.kind() == c10::TensorType::Kind;
}

struct Signature {
  std::vector<std::string> tensors; ///< names of forward's tensor arguments
  std::size_t required = 0;         ///< the first so many have no default
};

Signature signature_of(const std::vector<c10::Argument> &arguments, const std::string &place) {
  Signature signature;
  for (const auto &argument : arguments) {
    if (is_tensor(argument)) {
      signature.tensors.push_back(argument.name());
      if (!argument.default_value())
        signature.required = signature.tensors.size();
    } else if (!argument.default_value()) {
      throw Error(place,
                  fmt::format("forward needs '{}' of type {}, and only tensors can be given",
                              argument.name(), argument.type()->repr_str()),
                  "give it a default, or export a module whose forward takes tensors");
    }
  }
  return signature;
}

void check_count(const Signature &signature, std::size_t given, const std::string &place) {
  if (given >= signature.required && given <= signature.tensors.size())
    return;
  const bool too_few = given < signature.required;
  const auto count = too_few ? signature.required : signature.tensors.size();
  std::string names;
  for (std::size_t i = 0; i < count; ++i)
    names += (i ? ", " : "") + signature.tensors[i];
  throw Error(place,
              fmt::format("forward {} {} tensor input{} ({}), {} given",
                          too_few ? "needs" : "takes", count, count == 1 ? "" : "s", names, given),
              too_few ? fmt::format("add --input for {}", signature.tensors[given])
                      : "leave out the last --input");
}

std::vector<IValue> bind_arguments(const c10::FunctionSchema &schema, Recorder &recorder,
                                   const std::vector<TensorType> &inputs,
                                   const std::string &place) {
  const std::vector<c10::Argument> arguments(schema.arguments().begin() + 1,
                                             schema.arguments().end()); // without self
  check_count(signature_of(arguments, place), inputs.size(), place);
  std::vector<IValue> values;
  std::size_t next = 0;
  for (const auto &argument : arguments)
    if (is_tensor(argument) && next < inputs.size()) {
      values.emplace_back(recorder.input(argument.name(), inputs[next]));
      ++next;
    } else {
      values.push_back(*argument.default_value());
    }
  return values;
}

std::vector<Ref> outputs_of(const IValue &result, Recorder &recorder, const std::string &place) {
  std::vector<Ref> outputs;
  for_each_tensor(result, [&](const at::Tensor &tensor) {
    if (is_recorded(tensor))
      outputs.push_back(recorder.value_of(tensor));
  });
  if (outputs.empty())
    throw Error(place, "forward returns no tensor that it computed",
                "tensors, and tuples, lists and dicts of them, are");
  return outputs;
}

ImportResult import(const std::filesystem::path &file, const std::vector<TensorType> &inputs) {
  SilentWarnings silent;
  const c10::Warning::WarningHandlerGuard no_warnings(&silent);
  const at::NoGradGuard no_grad;
  const auto module = load(file);
  const auto forward = module.find_method("forward");
  if (!forward)
    throw Error(file.string(), "the module has no forward method");

  Program program;
  Recorder recorder(program);
  Interpreter interpreter(program, recorder, module);
  const auto &schema = forward->function().getSchema();
  auto arguments = bind_arguments(schema, recorder, inputs, file.string());
  const auto result = interpreter.run_method(module._ivalue(), "forward", std::move(arguments));
  const auto outputs = outputs_of(result, recorder, file.string());
  for (const auto &parameter : module.named_parameters())
    if (!recorder.has_weight(parameter.value)) // heads used in training only
      (void)recorder.weight(parameter.name, parameter.value, ValueRole::parameter);

  auto graph = program.build(file.stem().string(), outputs);
  auto warnings = Program::warnings(graph);
  return {std::move(graph), std::move(warnings)};
}

} // namespace

} // namespace fusesim::ir::torchscript

/// The module's one exported symbol.
extern "C" __attribute__((visibility("default"))) fusesim::ir::ImportResult
fusesim_import_torchscript(const std::filesystem::path &file,
                           const std::vector<fusesim::ir::TensorType> &inputs) {
  try {
    return fusesim::ir::torchscript::import(file, inputs);
  } catch (const fusesim::Error &) {
    throw;
  } catch (const fusesim::InternalError &) {
    throw;
  } catch (const std::exception &error) {
    throw fusesim::Error(file.string(),
                         "cannot import: " + fusesim::ir::torchscript::one_line(error));
  }
}

static_assert(
    std::is_same_v<decltype(fusesim_import_torchscript), fusesim::ir::TorchScriptImportFunction>);
