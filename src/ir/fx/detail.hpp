#pragma once

#include "ir/fx/fx_import.hpp"
#include "ir/torchscript/call.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <optional>
#include <string>

/// Parts of the FX importer. Internal to src/ir/fx.
namespace fusesim::ir::fx {

/// The file's text, decompressed when it is a gzip file. Throws Error: missing, empty, truncated,
/// damaged, beyond kMaxText.
std::string read_text(const std::filesystem::path &file);
inline constexpr std::size_t kMaxText = std::size_t{1} << 30;

using Json = nlohmann::ordered_json; // arguments by name keep their order
inline constexpr std::string_view kExportAgain = "export it again with tools/export_fx.py";

/// The text's value, in time linear in its length. Throws Error with `place` and line: no JSON,
/// truncated, a key twice in one object, nested deeper than kMaxDepth.
Json parse_json(const std::string &text, const std::string &place);
inline constexpr std::size_t kMaxDepth = 64; ///< bodies in bodies included; bounds recursion

/// Whether a call returns its tensors without a tensor operator: takes a tuple apart or makes one.
bool is_tuple_call(const FxNode &node);

/// Where a call's tensors come from.
struct OperandSource {
  std::function<std::vector<torchscript::Operand>(NodeId)> of_node; ///< all that it returns
  std::function<torchscript::Operand(std::size_t)> of_weight;       ///< by index
};

/// The ATen operator that a node stands for; empty when the tables do not know it.
std::optional<std::string> aten_name(const FxProgram &program, const FxNode &node);

/// The call with named arguments, for nodes with an ATen name.
torchscript::Call aten_call(const FxProgram &program, const FxNode &node, const std::string &name,
                            const OperandSource &operands);

/// A call that no table knows: all its tensors are read.
torchscript::Call opaque_call(const FxProgram &program, const FxNode &node,
                              const OperandSource &operands);

/// The IR nodes that a call becomes. Throws Error without a place.
std::vector<torchscript::Step> steps_of(const torchscript::Call &call);

} // namespace fusesim::ir::fx
