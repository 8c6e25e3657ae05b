#include "claims/yaml_reader.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"
#include "support/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

namespace fusesim::claims {

namespace fs = std::filesystem;

YAML::Node YamlReader::parse(std::string_view hint) const {
  std::ifstream stream(path_, std::ios::binary);
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path_, ignored);
  if (is_folder || !stream)
    throw Error(path_.string(), is_folder ? "is a directory" : "no such file",
                "give a YAML file of claims, or the name of one of configs/claims");
  std::ostringstream text;
  text << stream.rdbuf();
  YAML::Node root;
  try {
    root = YAML::Load(text.str());
  } catch (const YAML::Exception &broken) {
    throw Error(fmt::format("{}:{}", path_.string(), std::max(broken.mark.line, 0) + 1),
                fmt::format("broken YAML: {}", broken.msg));
  }
  if (!root.IsMap())
    throw Error(path_.string() + ":1", "not a map", hint);
  return root;
}

std::string YamlReader::line_of(const YAML::Node &node) const {
  return fmt::format("{}:{}", path_.string(), std::max(node.Mark().line, 0) + 1);
}

std::string YamlReader::place_of(const YAML::Node &node) const {
  return within_.empty() ? line_of(node) : fmt::format("{}: {}", line_of(node), within_);
}

void YamlReader::fail(const YAML::Node &node, std::string_view what, std::string_view hint) const {
  throw Error(place_of(node), what, hint);
}

void YamlReader::require_map(const YAML::Node &node, std::string_view key) const {
  if (!node.IsMap())
    fail(node, fmt::format("key '{}' must be a map", key));
}

void YamlReader::check_keys(const YAML::Node &map, const Names &known,
                            std::string_view what) const {
  std::set<std::string> seen;
  for (const auto &item : map) {
    const auto key = item.first.Scalar();
    if (!holds(known, key))
      fail(item.first, fmt::format("unknown key '{}' in {}", key, what),
           nearest_names_hint(key, known));
    if (!seen.insert(key).second)
      fail(item.first, fmt::format("key '{}' is given twice", key));
  }
}

std::string YamlReader::scalar(std::string_view key, const YAML::Node &node) const {
  if (!node.IsScalar() || node.Scalar().empty())
    fail(node, fmt::format("key '{}' must be one value", key));
  return node.Scalar();
}

std::string YamlReader::text_of(const YAML::Node &map, const char *key) const {
  const auto node = map[key];
  return node ? scalar(key, node) : std::string();
}

double YamlReader::number(std::string_view key, const YAML::Node &node) const {
  const auto value = number_in(scalar(key, node));
  if (!value)
    fail(node, fmt::format("key '{}': '{}' is no number", key, node.Scalar()));
  return *value;
}

std::int64_t YamlReader::size(std::string_view key, const YAML::Node &node) const {
  const double value = number(key, node);
  if (value != std::floor(value) || value < 1 || value > 1e9)
    fail(node, fmt::format("key '{}': '{}' is no size", key, node.Scalar()),
         "whole numbers from 1 up");
  return static_cast<std::int64_t>(value);
}

bool YamlReader::flag(std::string_view key, const YAML::Node &node) const {
  const auto text = scalar(key, node);
  if (text != "true" && text != "false")
    fail(node, fmt::format("key '{}': '{}' is neither true nor false", key, text));
  return text == "true";
}

YamlReader::Names YamlReader::texts(std::string_view key, const YAML::Node &node) const {
  if (node.IsScalar())
    return {scalar(key, node)};
  if (!node.IsSequence() || node.size() == 0)
    fail(node, fmt::format("key '{}' must be a value or a list of values", key));
  Names all;
  for (const auto &item : node)
    all.push_back(scalar(key, item));
  return all;
}

bool YamlReader::holds(const Names &names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

} // namespace fusesim::claims
