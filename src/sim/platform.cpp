#include "sim/detail/platform.hpp"

#include <fmt/format.h>

namespace fusesim::sim::detail {

Platform::Platform(RunState &run)
    : host_("host", run), dispatcher_("dispatcher", run), links_("links", run) {
  for (std::uint32_t i = 0; i < run.topology.streams; ++i) {
    streams_.push_back(std::make_unique<Stream>(fmt::format("stream_{}", i).c_str(), run));
    streams_.back()->device(dispatcher_);
    host_.streams(*streams_.back());
    dispatcher_.streams(*streams_.back());
  }
  for (UnitClassId i = 0; i < run.topology.unit_classes.size(); ++i) {
    pools_.push_back(std::make_unique<UnitPool>(fmt::format("units_{}", i).c_str(), run, i));
    pools_.back()->device(dispatcher_);
    pools_.back()->links(links_);
    dispatcher_.pools(*pools_.back());
  }
  for (CacheId i = 0; i < run.topology.caches.size(); ++i) {
    stores_.push_back(std::make_unique<TensorStore>(fmt::format("store_{}", i).c_str(), run, i));
    dispatcher_.stores(*stores_.back());
  }
  dispatcher_.links(links_);
  dispatcher_.host(host_);
  links_.device(dispatcher_);
}

} // namespace fusesim::sim::detail
