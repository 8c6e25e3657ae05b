// The file's JSON as an FxProgram, every promise of the format checked.
#include "ir/fx/detail.hpp"

#include "ir/detail/verify.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

namespace fusesim::ir {

namespace {

using fx::Json;
using fx::kExportAgain;

constexpr std::string_view kFormat = "fusesim-fx";
constexpr std::int64_t kVersion = 1;

constexpr std::array<std::pair<std::string_view, FxOp>, 6> kOps{{
    {"placeholder", FxOp::placeholder},
    {"get_attr", FxOp::get_attr},
    {"call_function", FxOp::call_function},
    {"call_method", FxOp::call_method},
    {"call_module", FxOp::call_module},
    {"output", FxOp::output},
}};

std::string_view kind_of(const Json &json) { return json.is_null() ? "null" : json.type_name(); }

[[noreturn]] void fail(std::string_view place, std::string_view key, std::string_view expected,
                       const Json &found) {
  throw Error(place, fmt::format("'{}' must be {}, is {}", key, expected, kind_of(found)));
}

const Json &member(const Json &object, const char *key, const std::string &place) {
  if (!object.is_object())
    throw Error(place, fmt::format("must be an object, is {}", kind_of(object)));
  const auto found = object.find(key);
  if (found == object.end())
    throw Error(place, fmt::format("has no '{}'", key), kExportAgain);
  return *found;
}

const std::string &text_member(const Json &object, const char *key, const std::string &place) {
  const auto &json = member(object, key, place);
  if (!json.is_string())
    fail(place, key, "a text", json);
  return json.get_ref<const std::string &>();
}

const Json &array_member(const Json &object, const char *key, const std::string &place) {
  const auto &json = member(object, key, place);
  if (!json.is_array())
    fail(place, key, "a list", json);
  return json;
}

const Json &object_member(const Json &object, const char *key, const std::string &place) {
  const auto &json = member(object, key, place);
  if (!json.is_object())
    fail(place, key, "an object", json);
  return json;
}

std::int64_t integer_of(const Json &json, std::string_view key, const std::string &place) {
  constexpr double kBeyond = 0x1p63; // the parser makes floating point of longer integers
  if (json.is_number_integer() &&
      !(json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX))
    return json.get<std::int64_t>();
  if (!json.is_number())
    fail(place, key, "a whole number", json);
  const bool too_large = std::abs(json.get<double>()) >= kBeyond;
  throw Error(place, too_large
                         ? fmt::format("'{}' is {}, too large for 64 bits", key, json.dump())
                         : fmt::format("'{}' must be a whole number, is {}", key, json.dump()));
}

/// A number, text or nothing, as the value of a `Holder`.
template <typename Holder> Holder read_scalar(const Json &json, const std::string &place) {
  if (json.is_boolean())
    return {json.get<bool>()};
  if (json.is_number_integer())
    return {integer_of(json, "a number", place)};
  if (json.is_number())
    return {json.get<double>()};
  if (json.is_string())
    return {json.get<std::string>()};
  return {};
}

// ---- JSON value to program ----------------------------------------------------------------------

class Reader {
public:
  explicit Reader(std::string place) : file_(std::move(place)) {}

  FxProgram read(const Json &document) && {
    check_header(document);
    program_.file = file_;
    program_.name = text_member(document, "name", file_);
    for (const auto &[name, json] : object_member(document, "tensors", file_).items())
      read_weight(name, json);
    for (const auto &[path, json] : object_member(document, "modules", file_).items())
      read_module(path, json);
    read_nodes(document);
    return std::move(program_);
  }

private:
  std::string at(std::string_view kind, std::string_view name) const {
    return fmt::format("{}: {} '{}'", file_, kind, name);
  }

  void check_header(const Json &document) const {
    if (!document.is_object() || !document.contains("format") || document["format"] != kFormat)
      throw Error(file_, fmt::format("is no exported graph (its 'format' is not '{}')", kFormat),
                  "write it with tools/export_fx.py");
    const auto version = integer_of(member(document, "version", file_), "version", file_);
    if (version != kVersion)
      throw Error(file_, fmt::format("is of version {}, this fusesim reads {}", version, kVersion),
                  kExportAgain);
  }

  TensorType read_type(const Json &json, const std::string &place,
                       bool may_be_empty = false) const {
    TensorType type;
    try {
      type.dtype = dtype_from_name(text_member(json, "dtype", place));
    } catch (const Error &error) {
      throw Error(place, error.what());
    }
    for (const auto &dim : array_member(json, "shape", place))
      type.dims.push_back(integer_of(dim, "shape", place));
    const bool is_empty = std::ranges::count(type.dims, 0) > 0 && std::ranges::min(type.dims) == 0;
    if (!may_be_empty || !is_empty)
      verify_type(place, type);
    return type;
  }

  void read_weight(const std::string &name, const Json &json) {
    static constexpr std::array<std::pair<std::string_view, ValueRole>, 3> kRoles{
        {{"parameter", ValueRole::parameter},
         {"buffer", ValueRole::buffer},
         {"constant", ValueRole::constant}}};
    const auto place = at("tensor", name);
    const auto &role = text_member(json, "role", place);
    const auto found =
        std::ranges::find(kRoles, role, [](const auto &entry) { return entry.first; });
    if (found == kRoles.end())
      throw Error(place, fmt::format("role '{}' is unknown", role), "parameter, buffer, constant");
    weight_ids_.emplace(name, program_.weights.size());
    program_.weights.push_back({name, read_type(json, place), found->second});
  }

  std::size_t weight_id(const std::string &name, const std::string &place) const {
    const auto found = weight_ids_.find(name);
    if (found == weight_ids_.end())
      throw Error(place, fmt::format("'{}' is not among the file's tensors", name));
    return found->second;
  }

  void read_module(const std::string &path, const Json &json) {
    const auto place = at("module", path);
    FxModule module{
        .path = path, .type = text_member(json, "type", place), .weights = {}, .config = {}};
    for (const auto &[name, tensor] : object_member(json, "tensors", place).items()) {
      if (!tensor.is_string())
        fail(place, name, "the name of a tensor", tensor);
      module.weights.emplace_back(name, weight_id(tensor.get<std::string>(), place));
    }
    for (const auto &[name, value] : object_member(json, "config", place).items())
      module.config.emplace_back(name, read_argument(value, place));
    module_ids_.emplace(path, program_.modules.size());
    program_.modules.push_back(std::move(module));
  }

  // ---- arguments and results

  NodeId node_id(const std::string &name, const std::string &place) const {
    const auto found = node_ids_.find(name);
    if (found != node_ids_.end())
      return found->second;
    throw Error(place, fmt::format("reads '{}', which no node before it is called", name),
                listed_names_.contains(name) ? "nodes stand in order of execution; this is a cycle"
                                             : "");
  }

  FxArgument read_list(const Json &list, const std::string &place) const {
    std::vector<FxArgument> elements;
    for (const auto &element : list)
      elements.push_back(read_argument(element, place));
    return {std::move(elements)};
  }

  FxArgument read_argument(const Json &json, const std::string &place) const {
    if (json.is_array())
      return read_list(json, place);
    if (!json.is_object())
      return read_scalar<FxArgument>(json, place);
    if (json.size() != 1)
      throw Error(place, "an argument is an object of several members", "{\"node\": NAME}");
    const auto member = json.begin();
    const auto &key = member.key();
    const Json &value = member.value();
    if (key == "node") {
      if (!value.is_string())
        fail(place, key, "the name of a node", value);
      return {FxReference{node_id(value.get_ref<const std::string &>(), place)}};
    }
    if (key == "slice" || key == "dict")
      return read_list(value, place);
    if (key == "float" || key == "dtype" || key == "object" || key == "ellipsis")
      return {};
    throw Error(place, fmt::format("an argument is of unknown kind '{}'", key));
  }

  FxResult read_result(const Json &json, const std::string &place) const {
    if (json.is_array()) {
      std::vector<FxResult> elements;
      for (const auto &element : json)
        elements.push_back(read_result(element, place));
      return {std::move(elements)};
    }
    if (!json.is_object())
      return read_scalar<FxResult>(json, place);
    if (json.contains("float"))
      return {};
    // A call may make an empty tensor; the graph refuses it where it is computed with.
    FxTensor tensor{.type = read_type(json, place, true)};
    if (json.contains("view_of"))
      tensor.view_of = node_id(text_member(json, "view_of", place), place);
    return {std::move(tensor)};
  }

  // ---- nodes

  void read_nodes(const Json &document) {
    const auto &nodes = array_member(document, "nodes", file_);
    const auto claimed = integer_of(member(document, "node_count", file_), "node_count", file_);
    if (claimed < 0 || static_cast<std::uint64_t>(claimed) != nodes.size())
      throw Error(file_, fmt::format("says it has {} nodes, has {}", claimed, nodes.size()),
                  "the file is not whole; " + std::string(kExportAgain));
    collect_names(nodes);
    for (const auto &node : nodes)
      read_node(node, false);
    const auto outputs = std::ranges::count(program_.nodes, FxOp::output, &FxNode::op);
    if (outputs != 1 || program_.nodes.back().op != FxOp::output)
      throw Error(file_, fmt::format("has {} output nodes", outputs), "one, as the last node");
  }

  /// Tells a reference to a later node from one to no node at all.
  void collect_names(const Json &nodes) {
    for (const auto &node : nodes)
      if (node.is_object() && node.contains("name") && node["name"].is_string())
        listed_names_.insert(node["name"].get<std::string>());
  }

  FxNode read_call(const Json &json, const std::string &name, bool is_inner) const {
    const auto place = at("node", name);
    FxNode node;
    node.name = name;
    node.op = read_op(json, place);
    node.target = text_member(json, "target", place);
    node.is_inner = is_inner;
    for (const auto &argument : array_member(json, "args", place))
      node.args.push_back(read_argument(argument, place));
    if (json.contains("kwargs"))
      for (const auto &[key, argument] : object_member(json, "kwargs", place).items())
        node.kwargs.emplace_back(key, read_argument(argument, place));
    if (node.op != FxOp::output)
      node.result = read_result(member(json, "value", place), place);
    collect_inputs(node);
    if (json.contains("writes"))
      for (const auto &written : array_member(json, "writes", place)) {
        if (!written.is_string())
          fail(place, "writes", "a list of node names", written);
        node.writes.push_back(node_id(written.get<std::string>(), place));
      }
    return node;
  }

  void read_node(const Json &json, bool is_inner) {
    const auto &name =
        text_member(json, "name", fmt::format("{}: node {}", file_, program_.nodes.size()));
    const auto place = at("node", name);
    if (name.empty() || all_names_.contains(name))
      throw Error(place, name.empty() ? "has an empty name" : "another node has the same name");
    const auto body_begin = program_.nodes.size();
    std::optional<FxArgument> body_result;
    if (json.contains("body"))
      body_result = read_body(member(json, "body", place), place);
    auto node = read_call(json, name, is_inner);
    node.body_begin = static_cast<NodeId>(body_begin);
    node.body_result = std::move(body_result);
    resolve(node, place);
    for (auto inner = body_begin; inner < program_.nodes.size(); ++inner)
      node_ids_.erase(program_.nodes[inner].name);
    all_names_.insert(name);
    node_ids_.emplace(name, static_cast<NodeId>(program_.nodes.size()));
    program_.nodes.push_back(std::move(node));
  }

  FxArgument read_body(const Json &body, const std::string &place) {
    for (const auto &inner : array_member(body, "nodes", place)) {
      read_node(inner, true);
      const auto op = program_.nodes.back().op;
      if (op == FxOp::placeholder || op == FxOp::output)
        throw Error(place, "its body has a node that is no call and no weight");
    }
    return read_argument(member(body, "result", place), place);
  }

  FxOp read_op(const Json &json, const std::string &place) const {
    const auto &op = text_member(json, "op", place);
    const auto found = std::ranges::find(kOps, op, [](const auto &entry) { return entry.first; });
    if (found != kOps.end())
      return found->second;
    std::vector<std::string> known;
    for (const auto &[name, _] : kOps)
      known.emplace_back(name);
    throw Error(place, fmt::format("op '{}' is unknown", op), nearest_names_hint(op, known));
  }

  /// The module or tensor that a node names, and what its result must look like.
  void resolve(FxNode &node, const std::string &place) const {
    if (const auto *tensor = node.result.tensor(); tensor && node.op == FxOp::placeholder)
      verify_type(place, tensor->type);
    if (node.op == FxOp::get_attr) {
      node.index = weight_id(node.target, place);
      const auto *tensor = node.result.tensor();
      const auto &type = program_.weights[node.index].type;
      if (!tensor || tensor->type != type)
        throw Error(place, fmt::format("is given as {}, but tensor '{}' is {}",
                                       tensor ? to_string(tensor->type) : "no tensor", node.target,
                                       to_string(type)));
    }
    if (node.op == FxOp::call_module) {
      const auto found = module_ids_.find(node.target);
      if (found == module_ids_.end())
        throw Error(place, fmt::format("'{}' is not among the file's modules", node.target));
      node.index = found->second;
    }
  }

  static void collect_inputs(FxNode &node) {
    const auto collect = [&](const FxArgument &argument, const auto &self) -> void {
      if (const auto *reference = std::get_if<FxReference>(&argument.value)) {
        if (!std::ranges::count(node.inputs, reference->node))
          node.inputs.push_back(reference->node);
      } else if (const auto *list = std::get_if<std::vector<FxArgument>>(&argument.value)) {
        for (const auto &element : *list)
          self(element, self);
      }
    };
    for (const auto &argument : node.args)
      collect(argument, collect);
    for (const auto &[_, argument] : node.kwargs)
      collect(argument, collect);
  }

  std::string file_;
  FxProgram program_;
  std::unordered_map<std::string, std::size_t> weight_ids_, module_ids_;
  std::unordered_map<std::string, NodeId> node_ids_;         ///< that a node here may read
  std::unordered_set<std::string> all_names_, listed_names_; ///< read so far; of the whole file
};

} // namespace

std::size_t FxProgram::node_count() const {
  return static_cast<std::size_t>(std::ranges::count(nodes, false, &FxNode::is_inner));
}

FxProgram read_fx(const std::filesystem::path &file) {
  const auto document = fx::parse_json(fx::read_text(file), file.string());
  return Reader(file.string()).read(document);
}

bool is_fx_file(const std::filesystem::path &file) {
  const auto name = file.filename().string();
  return name.ends_with(".json") || name.ends_with(".json.gz");
}

} // namespace fusesim::ir
