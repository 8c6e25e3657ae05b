#include "support/error.hpp"
#include "support/nearest.hpp"
#include "targets/config_fields.hpp"

#include <fmt/format.h>

namespace fusesim::targets {

namespace {

class NumberSetter final : public FieldVisitor {
public:
  NumberSetter(std::string_view key, double value) : key_(key), value_(value) {}

  void finish() const {
    if (!is_set_)
      throw Error({}, fmt::format("'{}' is no number of a config", key_),
                  nearest_names_hint(key_, known_));
  }

private:
  void number(const FieldSpec &spec, double &member) override {
    known_.emplace_back(spec.key);
    if (spec.key != key_)
      return;
    if (!(value_ >= spec.range.min && value_ <= spec.range.max))
      throw Error(key_, fmt::format("{} is out of range", value_),
                  fmt::format("{} to {} {}", spec.range.min, spec.range.max, spec.range.unit));
    member = value_;
    is_set_ = true;
  }
  void whole_number(const FieldSpec &, std::uint32_t &) override {}
  void text(const FieldSpec &, std::string &) override {}
  void flag(const FieldSpec &, bool &) override {}
  void one_of(const FieldSpec &, const std::vector<std::string> &, std::string &) override {}

  std::string key_;
  double value_;
  bool is_set_ = false;
  std::vector<std::string> known_;
};

template <class Config> void set(Config &config, std::string_view key, double value) {
  NumberSetter setter(key, value);
  fields(setter, config);
  setter.finish();
}

} // namespace

void set_number(GpuMachine &machine, std::string_view key, double value) {
  set(machine, key, value);
}
void set_number(Runtime &runtime, std::string_view key, double value) { set(runtime, key, value); }

} // namespace fusesim::targets
