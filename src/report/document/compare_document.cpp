#include "report/document/compare_document.hpp"

#include "report/document/run_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fusesim::report {

namespace {

std::size_t count_subgraphs(std::span<const Comparison> comparisons) {
  std::size_t count = 0;
  for (const auto &comparison : comparisons)
    count += comparison.unfused.subgraphs.size() + comparison.fused.subgraphs.size();
  return count;
}

/// The run with those `most` subgraphs that take longest, in their order.
RunReport shortened(RunReport report, std::size_t most) {
  auto &subgraphs = report.subgraphs;
  if (subgraphs.size() <= most)
    return report;
  std::stable_sort(subgraphs.begin(), subgraphs.end(),
                   [](const auto &a, const auto &b) { return a.busy_us > b.busy_us; });
  subgraphs.resize(most);
  std::sort(subgraphs.begin(), subgraphs.end(),
            [](const auto &a, const auto &b) { return a.id < b.id; });
  return report;
}

/// "resnet50, vit_b_16", or how many.
template <class Name>
std::string names_of(std::span<const Comparison> comparisons, std::string_view what, Name name) {
  std::vector<std::string> names;
  for (const auto &comparison : comparisons)
    if (std::find(names.begin(), names.end(), name(comparison)) == names.end())
      names.push_back(name(comparison));
  return names.size() > 3 ? fmt::format("{} {}", names.size(), what)
                          : fmt::format("{}", fmt::join(names, ", "));
}

} // namespace

Json compare_document(std::span<const Comparison> comparisons,
                      std::span<const ComparisonRoofs> roofs, const std::string &tool_version,
                      const CompareLimits &limits) {
  const auto models =
      names_of(comparisons, "networks", [](const Comparison &c) { return c.fused.model; });
  const auto targets =
      names_of(comparisons, "machines", [](const Comparison &c) { return c.fused.target; });
  const auto runtimes =
      names_of(comparisons, "runtimes", [](const Comparison &c) { return c.fused.runtime; });
  DocumentHead head{.kind = "compare",
                    .title = fmt::format("{} on {}: fused against unfused", models, targets),
                    .tool_version = tool_version,
                    .facts = {{"models", models}, {"targets", targets}, {"runtimes", runtimes}}};
  std::set<std::string> warnings; // equal ones come with every machine
  for (const auto &comparison : comparisons)
    warnings.insert(comparison.fused.warnings.begin(), comparison.fused.warnings.end());
  head.warnings.assign(warnings.begin(), warnings.end());
  std::size_t most = std::numeric_limits<std::size_t>::max();
  if (count_subgraphs(comparisons) > limits.subgraphs) {
    most = std::max<std::size_t>(10, limits.subgraphs / (2 * comparisons.size()));
    head.notes.push_back(fmt::format(
        "Of each run only the {} subgraphs that take longest are on this page, of {} in all; "
        "compare fewer networks or machines to see every one.",
        most, count_subgraphs(comparisons)));
  }
  Json json = document_of(head);
  json["comparisons"] = Json::array();
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const auto &[unfused, fused] = comparisons[i];
    json["comparisons"].push_back(
        {{"model", fused.model},
         {"target", fused.target},
         {"runtime", fused.runtime},
         {"dtype", fused.dtype},
         {"batch", fused.batch},
         {"speedup", comparisons[i].speedup()},
         {"unfused", run_document(shortened(unfused, most), roofs[i].unfused)},
         {"fused", run_document(shortened(fused, most), roofs[i].fused)}});
  }
  return json;
}

} // namespace fusesim::report
