#include "report/trace_events.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fusesim::report {

namespace {

constexpr std::uint32_t kThreadsPerProcess = 10'000'000;

std::uint32_t thread_id(TraceTrack track) {
  return track.process * kThreadsPerProcess + track.lane;
}

// Trace times are microseconds; three decimals hold a nanosecond exactly.
std::string microseconds(Nanoseconds time) {
  return fmt::format("{}.{:03}", time / 1000, time % 1000);
}

} // namespace

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void TraceEvents::begin(const Facts &facts) {
  sink_("{\"otherData\":{");
  bool first = true;
  for (const auto &[key, value] : facts) {
    sink_(fmt::format("{}{}:{}", first ? "" : ",", json_string(key), json_string(value)));
    first = false;
  }
  sink_("},\"traceEvents\":[");
}

void TraceEvents::end() { sink_("\n]}\n"); }

void TraceEvents::event(std::string_view json) {
  sink_(first_ ? "\n" : ",\n");
  sink_(json);
  first_ = false;
}

void TraceEvents::process(std::uint32_t process, std::string_view name) {
  event(
      fmt::format(R"({{"ph":"M","pid":{0},"tid":{0},"name":"process_name","args":{{"name":{1}}}}})",
                  process, json_string(name)));
  event(fmt::format(
      R"({{"ph":"M","pid":{0},"tid":{0},"name":"process_sort_index","args":{{"sort_index":{0}}}}})",
      process));
}

void TraceEvents::track(TraceTrack track, std::string_view name) {
  event(fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"thread_name","args":{{"name":{}}}}})",
                    track.process, thread_id(track), json_string(name)));
  event(fmt::format(
      R"({{"ph":"M","pid":{},"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
      track.process, thread_id(track), track.lane));
}

void TraceEvents::slice(const Slice &slice) {
  event(fmt::format(
      R"({{"ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"cat":{},"name":{},"args":{{{}}}}})",
      slice.track.process, thread_id(slice.track), microseconds(slice.start),
      microseconds(slice.end - slice.start), json_string(slice.category), json_string(slice.name),
      slice.arguments));
}

void TraceEvents::counter(std::uint32_t process, Nanoseconds time, std::string_view name,
                          std::string_view unit, double value) {
  event(fmt::format(R"({{"ph":"C","pid":{0},"tid":{0},"ts":{1},"name":{2},"args":{{{3}:{4}}}}})",
                    process, microseconds(time), json_string(name), json_string(unit), value));
}

void TraceEvents::flow_begin(TraceTrack track, Nanoseconds time, std::uint32_t flow) {
  event(fmt::format(
      R"({{"ph":"s","pid":{},"tid":{},"ts":{},"id":{},"cat":"launch","name":"launch"}})",
      track.process, thread_id(track), microseconds(time), flow));
}

void TraceEvents::flow_end(TraceTrack track, Nanoseconds time, std::uint32_t flow) {
  event(fmt::format(
      R"({{"ph":"f","bp":"e","pid":{},"tid":{},"ts":{},"id":{},"cat":"launch","name":"launch"}})",
      track.process, thread_id(track), microseconds(time), flow));
}

} // namespace fusesim::report
