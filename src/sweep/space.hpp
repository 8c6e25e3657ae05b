#pragma once

#include "ir/tensor.hpp"
#include "sweep/spec.hpp"
#include "targets/machine.hpp"

#include <array>
#include <map>
#include <optional>

namespace fusesim::sweep {

class Expression;

/// A network at one size.
struct ModelRequest {
  std::string name; ///< zoo name, or a file's path from the current folder
  std::vector<std::string> inputs;
  std::optional<std::int64_t> batch, image_size, sequence_length;
  auto operator<=>(const ModelRequest &) const = default;
};

/// One point of a sweep, all names resolved.
struct Configuration {
  std::uint64_t number = 0;
  /// By dimension of the spec. Of models, targets, runtimes, dtypes and strategies what was meant,
  /// where the file left it to the machine.
  std::vector<Value> values;
  std::size_t target = 0, runtime = 0; ///< positions in Space::targets, Space::runtimes
  ModelRequest model;
  std::string strategy;
  ir::DType dtype = ir::DType::f32;
  std::vector<targets::Override> machine_fields, runtime_fields;
};

/// A field's place in the world: which file it belongs to, and how it counts.
struct FieldInfo {
  bool of_runtime = false, whole = false, numeric = false;
  std::string unit, meaning;
};

struct TargetEntry {
  std::string name;
  targets::MachineFile file;
  targets::Machine base;
  std::map<std::string, double, std::less<>> numbers; ///< of its keys, as the file has them
  std::size_t default_runtime = 0;
};
struct RuntimeEntry {
  std::string name;
  targets::RuntimeFile file;
  targets::Runtime base;
  std::map<std::string, double, std::less<>> numbers;
};

/// All configurations of a sweep, in one fixed order:
///
///   combination of model, target, runtime, dtype, strategy   (a runtime drives its kind of target)
///     └─ point of sizes and fields: grid, or drawn; the same points for every combination
///          └─ tied fields computed; constraints decide whether it counts
///
/// A configuration's number is its position among those that count. The same file gives the same
/// order on every machine and at any number of workers.
class Space {
public:
  /// Throws Error at the place in the file: unknown field, target, runtime, strategy or dtype (with
  /// the nearest), a value that the config does not take, a broken formula, nothing left.
  explicit Space(Spec spec);
  ~Space();
  Space(Space &&) noexcept;

  const Spec &spec() const { return spec_; }
  std::uint64_t size() const { return size_; }
  Configuration at(std::uint64_t number) const;

  const std::vector<TargetEntry> &targets() const { return targets_; }
  const std::vector<RuntimeEntry> &runtimes() const { return runtimes_; }
  /// Of a dimension by its position.
  const FieldInfo &info(std::size_t dimension) const { return info_[dimension]; }
  /// Points per combination before constraints (saltelli: blocks of 2 + free dimensions).
  std::uint64_t points() const { return points_; }
  /// Dimensions that are drawn or crossed within a combination, in order.
  const std::vector<std::size_t> &free_dimensions() const { return free_; }

  /// The number that a formula means by `name` in a configuration: a dimension, or a key of its
  /// machine or runtime; nothing when it is none.
  std::optional<double> number_of(const Configuration &configuration, std::string_view name) const;
  /// Throws Error with the nearest names when number_of (or `extra`) does not know one of a
  /// formula's names.
  void check_names(const Expression &formula, const std::vector<std::string> &extra) const;

  /// The same text for two sweeps whose configurations are the same, one by one.
  std::string identity_text() const;

private:
  using Combination = std::array<std::size_t, 5>; ///< points of the first five dimensions

  void check_models() const;
  void load_targets();
  void load_runtimes();
  void find_fields();
  void check_field_values() const;
  void settle_whole_points();
  void add_combinations();
  bool fits(const Combination &combination) const;
  void draw_points();
  void draw_latin_hypercube();
  void draw_saltelli();
  void pick_one_at_a_time();
  std::uint64_t grid_points() const;
  void keep_valid();
  void keep_random();
  Value value_at(std::size_t dimension, double coordinate) const;
  std::size_t base_point(std::size_t dimension) const;
  std::size_t runtime_of(const Combination &combination) const;
  Configuration resolve(std::uint64_t raw) const;
  void set_free(Configuration &configuration, std::uint64_t point) const;
  void set_names(Configuration &configuration, const Combination &combination) const;
  void set_batch(Configuration &configuration) const;
  void set_tied(Configuration &configuration) const;
  void set_fields(Configuration &configuration) const;
  bool satisfies(const Configuration &configuration) const;
  bool accepts(std::uint64_t raw) const;

  Spec spec_;
  std::vector<FieldInfo> info_;
  std::vector<TargetEntry> targets_;
  std::vector<RuntimeEntry> runtimes_;
  std::vector<std::size_t> free_, fixed_, tied_;
  std::vector<Expression> ties_, constraints_;
  std::vector<Combination> combinations_;
  std::vector<double> drawn_; ///< coordinates in [0, 1), by point, then free dimension
  std::uint64_t points_ = 0, size_ = 0;
  std::vector<std::uint64_t> kept_; ///< raw numbers that count; empty: all
};

} // namespace fusesim::sweep
