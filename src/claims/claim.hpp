#pragma once

#include "claims/formula.hpp"
#include "sweep/spec.hpp"
#include "targets/machine.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Claims about fusion and launches, held against simulation:
///
///   claims.yaml ──read_claims──> Claim ──judge(Laboratory, Measurements)──> Outcome
namespace fusesim::claims {

enum class Verdict : unsigned char {
  supported,
  refuted,
  conditional,  ///< "holds only if …"
  not_testable, ///< with a reason
  failed,       ///< the tool itself could not tell
};
std::string_view name_of(Verdict verdict); ///< "supported", "holds only if", …

/// A network with what it runs on or how it is counted. Empty texts mean what each command's own default means.
struct Experiment {
  std::string model; ///< zoo name, or a file's path from the current folder
  std::string target, runtime, dtype;
  std::string strategy;               ///< a partition strategy, "default" or "fused"
  std::string accounting, vocabulary; ///< "seed" or "physical": counted, not simulated
  std::string pattern;                ///< only subgraphs whose pattern fits this glob count
  std::string where, where_place;     ///< only subgraphs for which this formula is not 0
  std::vector<std::string> inputs;    ///< of a TorchScript file
  std::optional<std::int64_t> batch, image_size, sequence_length;
  /// In place of a network: so many kernels that do nothing, launched without a framework.
  std::optional<std::int64_t> empty_kernels;
  bool channels_last = false, copies_linear_bias = false, strict_f32 = false;
  std::vector<targets::Override> set; ///< keys of the machine's or runtime's file

  bool is_simulated() const { return accounting.empty(); }
  /// Equal texts, equal results.
  std::string key() const;
};

/// What formulas call by one name: an experiment, or a list of them that differ in one key.
struct Run {
  std::string name, place;
  std::string list_key;            ///< "model"; empty: no list
  std::vector<std::string> labels; ///< by member: what that key has there
  std::vector<Experiment> members;
};

/// A number, or a choice among names, that a claim leaves open.
struct Parameter {
  std::string key;   ///< of a config file, or "batch", "model", …
  std::string title; ///< for people: "launch cost"
  std::string place;
  std::vector<std::string> runs; ///< that it applies to; empty: all
  std::optional<sweep::Range> range;
  std::vector<sweep::Value> values; ///< a list instead of a range
  unsigned points = 9;              ///< of a range, looked at first
  std::optional<sweep::Value> at;   ///< where the claim's own figure is taken
};

/// What is said about the value.
struct Claimed {
  std::string text; ///< as written
  std::string unit; ///< a name of units(); may be empty
  enum class Form : unsigned char {
    near,
    range,
    above,
    at_least,
    below,
    at_most,
    truth
  } form = Form::near;
  std::vector<Formula> numbers; ///< one; of a range both ends; in the unit
  double tolerance = 0;         ///< near: as a share, or in the unit
  bool tolerance_is_share = false;
};

struct Claim {
  std::string id, text, source, note;
  std::filesystem::path file;
  std::string place; ///< "file:line"
  std::vector<Run> runs;
  std::optional<Formula> value;
  std::optional<Claimed> claimed;
  std::vector<Parameter> parameters;
  std::optional<Verdict> expected;
  std::string not_testable; ///< why, as the file says

  const Run *find_run(std::string_view name) const; ///< null when there is none
};

struct ClaimFile {
  std::filesystem::path path;
  std::string description;
  std::vector<Claim> claims;
};

/// Throws Error with file and line: broken YAML, unknown key (with the nearest), an id twice, a formula with a name that
/// nothing has, a value of a wrong form or in a unit of something else, and, unless the claim expects to be not testable, a
/// model, machine, runtime or type that does not exist and a setting out of range. What else cannot run shows when it runs.
ClaimFile read_claims(const std::filesystem::path &file);

} // namespace fusesim::claims
