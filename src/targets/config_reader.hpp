#pragma once

#include "targets/config_fields.hpp"

#include <filesystem>
#include <map>
#include <span>

namespace YAML {
class Node;
}

namespace fusesim::targets {

/// Reads one YAML config file, and the files it inherits from through `base:` (a shipped config's name, or a path relative to
/// the file that says it), into structs that declare their keys with `fields`.
///
///   ConfigReader reader(path);
///   GpuMachine machine;
///   fields(reader, machine);   // takes what it knows, checking type and range
///   reader.finish();           // complains about what nobody took, then about what was missing
///
/// Every Error names file, line and key.
class ConfigReader final : public FieldVisitor {
public:
  /// Throws Error: unreadable or empty file, broken YAML, no map at the top, a key twice, a cycle
  /// of bases.
  explicit ConfigReader(const std::filesystem::path &file);

  /// Puts `value` in place of what the files say about `key`, as if a nearer file said it at `place`.
  /// Comes before fields(), which checks it like any other.
  void override_key(std::string_view key, std::string_view value, std::string_view place);

  /// Throws Error: first an unknown key (with the nearest known one), then a missing required key.
  void finish() const;

  /// What the key `calibrated` says, of the file and of its bases.
  std::span<const Calibrated> calibrated() const { return calibrated_; }

  /// "file:line" of a key, for checks across fields; the file's first line when the key is not
  /// given.
  std::string place_of(std::string_view key) const;
  /// Throws Error "file:line: key '<key>': <what>".
  [[noreturn]] void fail(std::string_view key, std::string_view what,
                         std::string_view hint = {}) const;

private:
  void add_calibrated(const std::filesystem::path &file, const YAML::Node &map);
  void check_calibrated() const;

  /// One key of one file, as written.
  struct Entry {
    enum class Form : std::uint8_t { plain, quoted, empty, compound } form = Form::plain;
    std::string key, value, place; ///< place: "file:line"
  };

  static std::filesystem::path base_file(const std::filesystem::path &file, const Entry &base);
  void load(const std::filesystem::path &file, std::vector<std::filesystem::path> &chain);
  void add_key(const std::filesystem::path &file, const YAML::Node &key, const YAML::Node &value);
  const Entry *find(std::string_view key) const;
  const Entry *take(const FieldSpec &spec);
  double parse_number(const FieldSpec &spec, const Entry &entry) const;
  void number(const FieldSpec &spec, double &member) override;
  void whole_number(const FieldSpec &spec, std::uint32_t &member) override;
  void text(const FieldSpec &spec, std::string &member) override;
  void flag(const FieldSpec &spec, bool &member) override;
  void one_of(const FieldSpec &spec, const std::vector<std::string> &names,
              std::string &member) override;

  std::string file_;
  std::vector<Entry> entries_; ///< of the file, then of its bases
  std::map<std::string, std::size_t, std::less<>>
      effective_; ///< key → index of the entry that counts
  std::vector<std::string> known_;
  std::vector<std::string> known_numbers_;
  std::vector<Calibrated> calibrated_;
  std::vector<FieldSpec> missing_;
};

/// One row of the listing of keys that `fusesim targets --keys` prints.
struct KeyInfo {
  std::string key, type, unit, range, default_value, meaning;
  bool required = false;
};
/// All keys of a `kind` of config file: "gpu", "tile" or "runtime", in the order of declaration.
std::vector<KeyInfo> list_keys(std::string_view kind);

} // namespace fusesim::targets
