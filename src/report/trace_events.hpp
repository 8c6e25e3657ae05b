#pragma once

#include "report/trace.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

/// Trace events as text, one method per kind. Follows what importers make of the format:
///
/// - Perfetto keeps whole nanoseconds and drops a slice that overlaps another one of its thread, be it by one
///   nanosecond: times are given in nanoseconds, start and end rounded alike.
/// - Perfetto once named threads by their id alone and hides process and thread 0: thread ids are unique in the
///   trace, and nothing is 0.
/// - A counter's name is "<name> <unit>"; each has one value at a time.
/// - "displayTimeUnit" was read as the unit of the time stamps once and is counted as unsupported now: left out.
namespace fusesim::report {

using Nanoseconds = std::int64_t;

/// A thread of a process, as viewers call what is a lane here.
struct TraceTrack {
  std::uint32_t process = 1;
  std::uint32_t lane = 0; ///< order among the process's threads
};

class TraceEvents {
public:
  explicit TraceEvents(const TextSink &sink) : sink_(sink) {}

  using Facts = std::vector<std::pair<std::string, std::string>>;
  void begin(const Facts &facts);
  void end();

  void process(std::uint32_t process, std::string_view name);
  void track(TraceTrack track, std::string_view name);
  struct Slice {
    TraceTrack track;
    Nanoseconds start = 0, end = 0;
    std::string_view category, name;
    std::string_view arguments = {}; ///< members of a JSON object
  };
  void slice(const Slice &slice);
  void counter(std::uint32_t process, Nanoseconds time, std::string_view name,
               std::string_view unit, double value);
  /// An arrow from the slice of `track` that holds `time` …
  void flow_begin(TraceTrack track, Nanoseconds time, std::uint32_t flow);
  /// … to the slice of `track` that holds `time`. Both stand right behind their slice.
  void flow_end(TraceTrack track, Nanoseconds time, std::uint32_t flow);

private:
  void event(std::string_view json);

  const TextSink &sink_;
  bool first_ = true;
};

/// `text` as a JSON string, quotes included.
std::string json_string(std::string_view text);

} // namespace fusesim::report
