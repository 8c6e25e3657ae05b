#include "claims/outcome.hpp"

#include "support/error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace nlohmann {

template <class T> struct adl_serializer<std::optional<T>> {
  static void to_json(json &json, const std::optional<T> &value) {
    json = value ? nlohmann::json(*value) : nlohmann::json();
  }
  static void from_json(const json &json, std::optional<T> &value) {
    value = json.is_null() ? std::nullopt : std::optional<T>(json.get<T>());
  }
};

} // namespace nlohmann

namespace fusesim::claims {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Interval, from, to)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Input, name, value)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SeriesOutcome, text, labels, values)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Sample, value, from, to, open, holds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MeasuredOutcome, value, holds, source, rows)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CurvePoint, x, label, sample, error, measured)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Curve, key, title, unit, numeric, logarithmic, points, intervals,
                                   base, condition, everywhere, nowhere)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunOutcome, run, label, model, target, runtime, dtype, strategy,
                                   accounting, vocabulary, batch, size, simulated, figures,
                                   attribution_us, warnings)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Outcome, id, claim, source, note, file, place, verdict, expected,
                                   condition, reason, formula, claimed, unit, simulated, runs,
                                   inputs, series, curves, measured, seconds)

double RunOutcome::figure(std::string_view name) const {
  const auto found = figures.find(std::string(name));
  return found == figures.end() ? 0 : found->second;
}

bool Outcome::against_measurement() const {
  return simulated && !measured.empty() && std::ranges::all_of(measured, [&](const auto &one) {
           return one.holds != simulated->holds;
         });
}

std::string packed(const Outcome &outcome) {
  std::string bytes;
  nlohmann::json::to_msgpack(outcome, bytes);
  return bytes;
}

Outcome unpacked(std::string_view bytes) {
  try {
    return nlohmann::json::from_msgpack(bytes).get<Outcome>();
  } catch (const nlohmann::json::exception &error) {
    throw InternalError(fmt::format("an outcome that cannot be read: {}", error.what()));
  }
}

} // namespace fusesim::claims
