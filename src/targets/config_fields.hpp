#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How a config struct declares its keys: a function `void fields(FieldVisitor &, Struct &)` with
/// one line per key.
///
///   void fields(FieldVisitor &f, GpuMachine &m) {
///     f.required("sm_count", m.sm_count, {"SMs", 1, 1024}, "streaming multiprocessors");
///     f.optional("tdp_w", m.tdp_w, {"W", 0, 5000}, "board power limit");
///   }
///
/// That line is the only place where key, member, unit, range and meaning are said; reading a file
/// (ConfigReader) and listing all keys (list_keys) both walk it.
namespace fusesim::targets {

/// A number of a config that no datasheet gives: `fusesim calibrate` may choose it, between bounds that make sense for
/// what it stands for. In a file: `calibrated: {dram_efficiency: [0.7, 0.98]}`.
struct Calibrated {
  std::string key;
  double min = 0, max = 0;
  std::string place; ///< "file:line"
};

struct GpuMachine;
struct TileMachine;
struct Runtime;

/// Unit and inclusive bounds of a number.
struct Range {
  std::string_view unit;
  double min = 0, max = 0;
};

/// Everything about a key but its member.
struct FieldSpec {
  std::string_view key;
  bool required = false;
  Range range; ///< numbers only
  std::string_view meaning;
};

class FieldVisitor {
public:
  virtual ~FieldVisitor() = default;

  void required(std::string_view key, double &member, Range range, std::string_view meaning) {
    number({key, true, range, meaning}, member);
  }
  void optional(std::string_view key, double &member, Range range, std::string_view meaning) {
    number({key, false, range, meaning}, member);
  }
  void required(std::string_view key, std::uint32_t &member, Range range,
                std::string_view meaning) {
    whole_number({key, true, range, meaning}, member);
  }
  void optional(std::string_view key, std::uint32_t &member, Range range,
                std::string_view meaning) {
    whole_number({key, false, range, meaning}, member);
  }
  void required(std::string_view key, std::string &member, std::string_view meaning) {
    text({key, true, {}, meaning}, member);
  }
  void optional(std::string_view key, std::string &member, std::string_view meaning) {
    text({key, false, {}, meaning}, member);
  }
  void optional(std::string_view key, bool &member, std::string_view meaning) {
    flag({key, false, {}, meaning}, member);
  }
  /// A text that must be one of `names`.
  void choice(std::string_view key, std::string &member,
              std::initializer_list<std::string_view> names, std::string_view meaning) {
    one_of({key, true, {}, meaning}, std::vector<std::string>(names.begin(), names.end()), member);
  }
  /// An enumerator, written in the file by its name.
  template <class Enum>
  void choice(std::string_view key, Enum &member,
              std::initializer_list<std::pair<std::string_view, Enum>> names,
              std::string_view meaning) {
    choose({key, true, {}, meaning}, member, names);
  }
  template <class Enum>
  void optional_choice(std::string_view key, Enum &member,
                       std::initializer_list<std::pair<std::string_view, Enum>> names,
                       std::string_view meaning) {
    choose({key, false, {}, meaning}, member, names);
  }

private:
  template <class Enum>
  void choose(const FieldSpec &spec, Enum &member,
              std::initializer_list<std::pair<std::string_view, Enum>> names) {
    std::vector<std::string> known;
    std::string chosen;
    for (const auto &[name, value] : names) {
      known.emplace_back(name);
      if (value == member)
        chosen = name;
    }
    one_of(spec, known, chosen);
    for (const auto &[name, value] : names)
      if (name == chosen)
        member = value;
  }

  virtual void number(const FieldSpec &spec, double &member) = 0;
  virtual void whole_number(const FieldSpec &spec, std::uint32_t &member) = 0;
  virtual void text(const FieldSpec &spec, std::string &member) = 0;
  virtual void flag(const FieldSpec &spec, bool &member) = 0;
  virtual void one_of(const FieldSpec &spec, const std::vector<std::string> &names,
                      std::string &member) = 0;
};

/// What every machine file says before its own kind's keys.
struct MachineHeader {
  std::string kind, description, default_runtime;
};

void fields(FieldVisitor &f, MachineHeader &header);
void fields(FieldVisitor &f, GpuMachine &machine);
void fields(FieldVisitor &f, TileMachine &machine);
void fields(FieldVisitor &f, Runtime &runtime);

} // namespace fusesim::targets
