#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim::claims {

/// The values of a YAML file's keys, whose every Error says "file:line: <what it is within>: …".
class YamlReader {
public:
  using Names = std::vector<std::string>;

  explicit YamlReader(std::filesystem::path file) : path_(std::move(file)) {}

  /// Throws Error: no such file, broken YAML, no map at the top (`hint`: what would be right).
  YAML::Node parse(std::string_view hint) const;

  /// What errors name beside the line from now on: "claim 'it'"; empty: nothing.
  void within(std::string name) { within_ = std::move(name); }

  std::string line_of(const YAML::Node &node) const;  ///< "file:line"
  std::string place_of(const YAML::Node &node) const; ///< "file:line: claim 'it'"
  [[noreturn]] void fail(const YAML::Node &node, std::string_view what,
                         std::string_view hint = {}) const;

  void require_map(const YAML::Node &node, std::string_view key) const;
  /// Unknown keys (with the nearest) and keys that are given twice are errors.
  void check_keys(const YAML::Node &map, const Names &known, std::string_view what) const;

  std::string scalar(std::string_view key, const YAML::Node &node) const;
  /// Empty when the map has no such key.
  std::string text_of(const YAML::Node &map, const char *key) const;
  double number(std::string_view key, const YAML::Node &node) const;
  std::int64_t size(std::string_view key, const YAML::Node &node) const; ///< whole, from 1 up
  bool flag(std::string_view key, const YAML::Node &node) const;
  Names texts(std::string_view key, const YAML::Node &node) const; ///< of a value or a list

  static bool holds(const Names &names, std::string_view name);

private:
  std::filesystem::path path_;
  std::string within_;
};

} // namespace fusesim::claims
