#include "support/error.hpp"
#include "targets/config_reader.hpp"
#include "targets/machine.hpp"

#include <fmt/format.h>

namespace fusesim::targets {

namespace {

/// Writes down every declaration that it is shown.
class KeyLister final : public FieldVisitor {
public:
  std::vector<KeyInfo> keys;

private:
  void add(const FieldSpec &spec, std::string type, std::string range, std::string value) {
    keys.push_back({std::string(spec.key), std::move(type), std::string(spec.range.unit),
                    std::move(range), spec.required ? "" : std::move(value),
                    std::string(spec.meaning), spec.required});
  }
  static std::string bounds(const FieldSpec &spec) {
    return fmt::format("{:g} to {:g}", spec.range.min, spec.range.max);
  }
  void number(const FieldSpec &spec, double &member) override {
    add(spec, "number", bounds(spec), fmt::format("{:g}", member));
  }
  void whole_number(const FieldSpec &spec, std::uint32_t &member) override {
    add(spec, "whole number", bounds(spec), fmt::format("{}", member));
  }
  void text(const FieldSpec &spec, std::string &member) override { add(spec, "text", "", member); }
  void flag(const FieldSpec &spec, bool &member) override {
    add(spec, "flag", "true or false", member ? "true" : "false");
  }
  void one_of(const FieldSpec &spec, const std::vector<std::string> &names,
              std::string &member) override {
    add(spec, "choice", fmt::format("{}", fmt::join(names, ", ")), member);
  }
};

} // namespace

std::vector<KeyInfo> list_keys(std::string_view kind) {
  KeyLister lister;
  std::string base;
  static_cast<FieldVisitor &>(lister).optional(
      "base", base, "file, relative to this one, whose keys hold where this one is silent");
  MachineHeader header;
  if (kind == "gpu") {
    GpuMachine machine;
    fields(lister, header);
    fields(lister, machine);
  } else if (kind == "tile") {
    TileMachine machine;
    fields(lister, header);
    fields(lister, machine);
  } else if (kind == "runtime") {
    Runtime runtime;
    fields(lister, runtime);
  } else {
    throw Error("kind of config", fmt::format("unknown kind '{}'", kind), "gpu, tile or runtime");
  }
  return std::move(lister.keys);
}

} // namespace fusesim::targets
