#pragma once

#include "ir/importer.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// torch.fx graphs as tools/export_fx.py writes them (docs/fx-format.md).
namespace fusesim::ir {

// ---- the file's content: what torch.fx says, checked --------------------------------------------

/// Another node as an argument.
struct FxReference {
  NodeId node = kNoNode;
  bool operator==(const FxReference &) const = default;
};

/// An argument. `monostate` is None, and things without bearing on shapes and cost (devices, memory
/// formats). Tuples, lists, slices and dicts are lists of what they hold.
struct FxArgument {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, FxReference,
               std::vector<FxArgument>>
      value;
};

/// A tensor that a node returns.
struct FxTensor {
  TensorType type;
  NodeId view_of = kNoNode; ///< the argument whose memory it looks at
};

/// What a node returns: a tensor, a number of the program, nothing, or a tuple.
struct FxResult {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, FxTensor,
               std::vector<FxResult>>
      value;

  const FxTensor *tensor() const { return std::get_if<FxTensor>(&value); }
};

/// A tensor that is part of the model.
struct FxWeight {
  std::string name; ///< path in the model: `layer1.0.conv1.weight`
  TensorType type;
  ValueRole role = ValueRole::parameter;
};

/// A leaf module that nodes call.
struct FxModule {
  std::string path;                                         ///< `layer1.0.conv1`
  std::string type;                                         ///< name of its class: `Conv2d`
  std::vector<std::pair<std::string, std::size_t>> weights; ///< `weight`, index of the FxWeight
  std::vector<std::pair<std::string, FxArgument>> config;   ///< `stride`, (2, 2)
};

enum class FxOp : std::uint8_t {
  placeholder,
  get_attr,
  call_function,
  call_method,
  call_module,
  output,
};

struct FxNode {
  std::string name; ///< as in torch.fx: `layer1_0_conv1`
  FxOp op = FxOp::call_function;
  std::string
      target; ///< path of a module or tensor, qualified name of a function, name of a method
  std::vector<FxArgument> args;
  std::vector<std::pair<std::string, FxArgument>> kwargs;
  FxResult result;
  std::vector<NodeId> inputs; ///< the nodes among its arguments, each once, in order
  std::vector<NodeId> writes; ///< those of them whose tensors it overwrites
  std::size_t index = 0;      ///< call_module: of the FxModule; get_attr: of the FxWeight

  bool is_inner = false; ///< belongs to the body of a later node: no node of the torch.fx graph
  /// What a composite call does inside: nodes [body_begin, this node), and its result in their
  /// terms.
  NodeId body_begin = 0;
  std::optional<FxArgument> body_result; ///< empty when the file does not say
};

/// One exported model. Every reference is to an earlier node, every name is unique.
struct FxProgram {
  std::string file; ///< that it was read from, for errors
  std::string name;
  std::vector<FxNode> nodes; ///< in order of execution; a body stands right before its call
  std::vector<FxWeight> weights;
  std::vector<FxModule> modules;

  std::size_t node_count() const; ///< as torch.fx counts: without bodies
};

/// The type of a node as a person calls it: the class of a module (`Conv2d`), the name of a function
/// or method (`add`, `flatten`), else its operation (`placeholder`).
std::string type_name(const FxProgram &program, const FxNode &node);

/// Reads and checks a file. Throws Error: missing, not JSON, truncated, another format or version,
/// a node that reads one that is not before it, a name used twice, sizes that are not positive,
/// counts that are not true.
FxProgram read_fx(const std::filesystem::path &file);

// ---- the graph ----------------------------------------------------------------------------------

/// The IR of a program. Nodes keep their names; a composite call is taken apart into
/// `<call>.<inner>`; numbers of the program and assertions are no nodes. Throws Error naming the
/// file and the node whose shapes do not fit.
ImportResult graph_of(const FxProgram &program);

ImportResult import_fx(const std::filesystem::path &file);

/// Whether a file's name says that it is an FX export: `.json`, `.json.gz`.
bool is_fx_file(const std::filesystem::path &file);

} // namespace fusesim::ir
