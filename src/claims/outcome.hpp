#pragma once

#include "claims/claim.hpp"
#include "claims/intervals.hpp"
#include "sim/program.hpp"

#include <array>
#include <map>

namespace fusesim::claims {

/// What one experiment gave.
struct RunOutcome {
  std::string run;   ///< its name in the claim
  std::string label; ///< of a member of a list
  std::string model, target, runtime, dtype, strategy, accounting, vocabulary;
  std::int64_t batch = 0, size = 0; ///< size: of images, or tokens; 0: unknown
  bool simulated = false;
  std::map<std::string, double> figures; ///< by name, see figures()
  std::array<double, sim::kCauseCount> attribution_us{};
  std::vector<std::string> warnings;

  double figure(std::string_view name) const; ///< 0 when it has none
};

/// One name of a formula and what it was.
struct Input {
  std::string name; ///< "fused.launches"; members of lists "fused.launches[resnet18]"
  double value = 0;
};

/// What a list function was calculated of.
struct SeriesOutcome {
  std::string text; ///< "unfused.latency_us / fused.latency_us"
  std::vector<std::string> labels;
  std::vector<double> values;
};

/// A claim's value somewhere.
struct Sample {
  double value = 0;
  std::optional<double> from, to; ///< what is claimed there, in figures
  bool open = false;              ///< the ends do not count
  bool holds = false;
};

/// The value from measured rows, all of one source.
struct MeasuredOutcome {
  double value = 0;
  bool holds = false; ///< what is claimed, of the measured value
  std::string source;
  std::vector<Input> rows; ///< "fused.latency_us" and its measurement, in microseconds
};

struct CurvePoint {
  double x = 0;      ///< of names: their position
  std::string label; ///< of names
  Sample sample;
  std::string error;                     ///< why there is no sample
  std::vector<MeasuredOutcome> measured; ///< by source
};

/// The value along one parameter, the others as in the claim's own figure.
struct Curve {
  std::string key, title, unit;
  bool numeric = true, logarithmic = false;
  std::vector<CurvePoint> points;  ///< in order of x
  std::vector<Interval> intervals; ///< where it holds; of names: their positions
  std::string base;                ///< what the claim's own figure was taken at
  std::string condition;           ///< "launch cost ≥ 3.1 us"; empty: holds everywhere or nowhere
  bool everywhere = false, nowhere = false;
};

struct Outcome {
  std::string id, claim, source, note, file, place;
  Verdict verdict = Verdict::failed;
  std::optional<Verdict> expected;
  std::string condition; ///< of `holds only if`
  std::string reason;    ///< of `not testable` and `failed`
  std::string formula, claimed, unit;
  std::optional<Sample> simulated; ///< the claim's own figure; absent when not testable
  std::vector<RunOutcome> runs;    ///< behind that figure, in the order of the file
  std::vector<Input> inputs;
  std::vector<SeriesOutcome> series;
  std::vector<Curve> curves;
  std::vector<MeasuredOutcome> measured; ///< by source; empty: no rows fit
  double seconds = 0;

  bool as_expected() const { return !expected || *expected == verdict; }
  /// Every measured value says the opposite of the simulated one about the claim's own figure: then the simulator is wrong,
  /// rather than the claim or its refutation.
  bool against_measurement() const;
};

/// An outcome as bytes between processes (MessagePack), and back. Throws InternalError on other bytes.
std::string packed(const Outcome &outcome);
Outcome unpacked(std::string_view bytes);

} // namespace fusesim::claims
