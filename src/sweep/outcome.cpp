#include "sweep/outcome.hpp"

#include "support/error.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fusesim::sweep {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kOwnFigures = 4; // before those of the causes

Json json_of(const Outcome &outcome) {
  Json json = Json::array({outcome.configuration, outcome.hash, outcome.error, outcome.seconds});
  if (!outcome.failed()) {
    json.push_back({outcome.latency_us, outcome.launches, outcome.dram_bytes, outcome.flops});
    json.push_back(outcome.attribution_us);
    json.push_back(outcome.objectives);
  }
  return json;
}

Outcome outcome_of(const Json &json) {
  Outcome outcome;
  outcome.configuration = json.at(0).get<std::uint64_t>();
  outcome.hash = json.at(1).get<std::string>();
  outcome.error = json.at(2).get<std::string>();
  outcome.seconds = json.at(3).get<double>();
  if (outcome.failed())
    return outcome;
  const auto &figures = json.at(4);
  outcome.latency_us = figures.at(0).get<double>();
  outcome.launches = figures.at(1).get<std::uint64_t>();
  outcome.dram_bytes = figures.at(2).get<Bytes>();
  outcome.flops = figures.at(3).get<Flops>();
  json.at(5).get_to(outcome.attribution_us);
  json.at(6).get_to(outcome.objectives);
  return outcome;
}

} // namespace

const std::vector<std::string> &figure_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"latency_us", "launches", "dram_bytes", "flops"};
    for (std::size_t i = 0; i < sim::kCauseCount; ++i)
      all.push_back(fmt::format("{}_us", sim::name_of(static_cast<sim::Cause>(i))));
    return all;
  }();
  return names;
}

double figure_of(const Outcome &outcome, std::size_t figure) {
  switch (figure) {
  case 0:
    return outcome.latency_us;
  case 1:
    return static_cast<double>(outcome.launches);
  case 2:
    return static_cast<double>(outcome.dram_bytes);
  case 3:
    return static_cast<double>(outcome.flops);
  default:
    return outcome.attribution_us.at(figure - kOwnFigures);
  }
}

bool is_count(std::size_t figure) { return figure > 0 && figure < kOwnFigures; }

std::string packed(std::span<const Outcome> outcomes) {
  Json all = Json::array();
  for (const auto &outcome : outcomes)
    all.push_back(json_of(outcome));
  std::string bytes;
  Json::to_msgpack(all, bytes);
  return bytes;
}

std::vector<Outcome> unpacked(std::string_view bytes) {
  std::vector<Outcome> outcomes;
  try {
    for (const auto &item : Json::from_msgpack(bytes))
      outcomes.push_back(outcome_of(item));
  } catch (const Json::exception &error) {
    throw InternalError(fmt::format("results that cannot be read: {}", error.what()));
  }
  return outcomes;
}

std::string fingerprint_of(std::string_view text) {
  // The name space: a random (version 4) UUID, drawn once.
  static const auto space =
      boost::uuids::string_generator()("7c0c2d3a-9b0e-4d57-8a54-2f6f0f2f9d11");
  return boost::uuids::to_string(
      boost::uuids::name_generator_sha1(space)(text.data(), text.size()));
}

} // namespace fusesim::sweep
