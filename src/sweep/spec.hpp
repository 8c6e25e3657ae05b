#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fusesim::sweep {

/// A coordinate of a configuration; nothing: the model's or machine's own.
using Value = std::variant<std::monostate, double, std::string>;
/// Shortest text that reads back to the same value; empty for nothing.
std::string to_string(const Value &value);

/// What a dimension of a sweep varies.
enum class Role : std::uint8_t {
  model,
  target,
  runtime,
  dtype,
  strategy,
  batch,
  image_size,
  sequence_length,
  field, ///< a key of the machine or the runtime
};

struct Range {
  double from = 0, to = 0;
  bool logarithmic = false;
};

struct Dimension {
  std::string name;
  Role role = Role::field;
  std::string place; ///< "my-sweep.yaml:12", for errors
  /// Grid points, in order. Of a range: those of its `count` or `step`, none when it has neither.
  std::vector<Value> points;
  std::optional<Range> range; ///< sampling draws between its ends, not from its points
  std::string expression;     ///< tied to other dimensions; then there are no points
  bool is_tied() const { return !expression.empty(); }
};

struct Constraint {
  std::string expression, place;
};

/// A figure to look at and rank by: a column of results.
struct Objective {
  std::string name, expression, place;
  bool maximise = false;
};

struct Sampling {
  enum class Method : std::uint8_t { grid, random, latin_hypercube, one_at_a_time, saltelli };
  Method method = Method::grid;
  std::uint64_t count = 0, seed = 1; ///< points per combination of models, targets, …
};
std::string_view name_of(Sampling::Method method);

/// A sweep's file as written; what its names mean is found by Space.
struct Spec {
  std::filesystem::path file;
  std::string text, description;
  std::vector<Dimension> dimensions; ///< by role in the order of Role, fields as in the file
  std::vector<std::string> inputs;   ///< of model files, as --input
  std::vector<Constraint> constraints;
  std::vector<Objective> objectives;
  Sampling sampling;
};

/// Throws Error with file and line: broken YAML, unknown key (with the nearest), a value of a wrong
/// form, an empty list, a range without points in a grid.
Spec read_spec(const std::filesystem::path &file);

} // namespace fusesim::sweep
