#pragma once

#include "ir/fx/fx_import.hpp"
#include "support/error.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace fusesim::test {

using Json = nlohmann::ordered_json;

/// Builds files of docs/fx-format.md node by node.
class Document {
public:
  Document() {
    json = {{"format", "fusesim-fx"},    {"version", 1},
            {"name", "small"},           {"node_count", 0},
            {"tensors", Json::object()}, {"modules", Json::object()},
            {"nodes", Json::array()}};
  }

  static Json tensor(std::vector<std::int64_t> shape, const std::string &dtype = "f32") {
    return {{"shape", std::move(shape)}, {"dtype", dtype}};
  }
  static Json view(std::vector<std::int64_t> shape, const std::string &of) {
    auto value = tensor(std::move(shape));
    value["view_of"] = of;
    return value;
  }
  static Json node(const std::string &name) { return {{"node", name}}; }

  static Json call(const std::string &name, const std::string &op, const std::string &target,
                   Json args, Json value, Json kwargs = Json::object()) {
    return {{"name", name}, {"op", op},         {"target", target},
            {"args", args}, {"kwargs", kwargs}, {"value", value}};
  }

  Document &weight(const std::string &name, std::vector<std::int64_t> shape,
                   const std::string &role = "parameter", const std::string &dtype = "f32") {
    json["tensors"][name] = tensor(std::move(shape), dtype);
    json["tensors"][name]["role"] = role;
    return *this;
  }
  Document &module(const std::string &path, const std::string &type, Json tensors = Json::object(),
                   Json config = Json::object()) {
    json["modules"][path] = {{"type", type}, {"tensors", tensors}, {"config", config}};
    return *this;
  }
  Document &add(Json node) {
    json["nodes"].push_back(std::move(node));
    json["node_count"] = json["nodes"].size();
    return *this;
  }
  Document &input(const std::string &name, std::vector<std::int64_t> shape) {
    return add(call(name, "placeholder", name, Json::array(), tensor(std::move(shape))));
  }
  Document &function(const std::string &name, const std::string &target, Json args, Json value,
                     Json kwargs = Json::object()) {
    return add(call(name, "call_function", target, std::move(args), std::move(value), kwargs));
  }
  Document &method(const std::string &name, const std::string &target, Json args, Json value) {
    return add(call(name, "call_method", target, std::move(args), std::move(value)));
  }
  Document &output(const std::string &of) {
    return add(call("output", "output", "output", {node(of)}, nullptr));
  }

  Json json;
};

/// A file that is there as long as this is.
class TemporaryFile {
public:
  explicit TemporaryFile(const std::string &bytes, const std::string &ending = ".json") {
    static int count = 0;
    path = std::filesystem::temp_directory_path() /
           ("fusesim_fx_" + std::to_string(::getpid()) + "_" + std::to_string(count++) + ending);
    std::ofstream(path, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;

  std::filesystem::path path;
};

inline ir::ImportResult import_of(const Document &document) {
  return ir::import_fx(TemporaryFile(document.json.dump()).path);
}

/// The error's text; empty when the import succeeds.
inline std::string error_of(const std::string &bytes, const std::string &ending = ".json") {
  try {
    (void)ir::import_fx(TemporaryFile(bytes, ending).path);
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

} // namespace fusesim::test
