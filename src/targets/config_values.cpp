#include "targets/config_values.hpp"

#include "targets/config_fields.hpp"

namespace fusesim::targets {

namespace {

/// Writes down the member of every declaration that it is shown.
class ValueLister final : public FieldVisitor {
public:
  std::vector<KeyValue> values;

private:
  void add(const FieldSpec &spec, std::variant<double, std::string> value) {
    values.push_back({std::string(spec.key), std::move(value)});
  }
  void number(const FieldSpec &spec, double &member) override { add(spec, member); }
  void whole_number(const FieldSpec &spec, std::uint32_t &member) override {
    add(spec, static_cast<double>(member));
  }
  void text(const FieldSpec &spec, std::string &member) override { add(spec, member); }
  void flag(const FieldSpec &spec, bool &member) override { add(spec, member ? "true" : "false"); }
  void one_of(const FieldSpec &spec, const std::vector<std::string> &,
              std::string &member) override {
    add(spec, member);
  }
};

} // namespace

std::vector<KeyValue> values_of(const Machine &machine) {
  ValueLister lister;
  std::visit([&lister](auto model) { fields(lister, model); }, machine.model);
  return std::move(lister.values);
}

std::vector<KeyValue> values_of(const Runtime &runtime) {
  ValueLister lister;
  Runtime copy = runtime;
  fields(lister, copy);
  std::erase_if(lister.values, [](const KeyValue &entry) {
    return entry.key == "kind" || entry.key == "description";
  });
  return std::move(lister.values);
}

} // namespace fusesim::targets
