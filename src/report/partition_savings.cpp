#include "report/partition_savings.hpp"

#include "partition/savings.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

namespace fusesim::report {

namespace {

using partition::PatternSavings;
using partition::Savings;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::span<const Figure<PatternSavings>> pattern_figures() {
  using P = PatternSavings;
  static const std::vector<Figure<P>> kFigures{
      {{"pattern", "pattern"}, [](const P &p) { return p.pattern; }},
      {{"subgraphs", "subgraphs", Unit::count}, [](const P &p) { return p.subgraphs; }},
      {{"launches_saved", "launches saved", Unit::count},
       [](const P &p) { return p.launches_saved; }},
      {{"unfused_bytes", "unfused", Unit::bytes}, [](const P &p) { return p.unfused; }},
      {{"fused_bytes", "fused", Unit::bytes}, [](const P &p) { return p.fused; }},
      {{"saved_bytes", "saved", Unit::bytes}, [](const P &p) { return p.saved(); }},
      {{"saved_fraction", "", Unit::fraction},
       [](const P &p) { return share(p.saved(), p.unfused); }}};
  return kFigures;
}

PatternSavings total_of(const Savings &savings) {
  PatternSavings total{.pattern = "total",
                       .subgraphs = 0,
                       .launches_saved = savings.unfused_launches - savings.fused_launches,
                       .unfused = savings.unfused_bytes,
                       .fused = savings.fused_bytes};
  for (const PatternSavings &pattern : savings.patterns)
    total.subgraphs += pattern.subgraphs;
  return total;
}

std::string before_after(std::string_view what, std::uint64_t before, std::uint64_t after,
                         Unit unit) {
  return fmt::format("{:<16}{:>12} → {:>10}   saves {:>9}, {:>6}\n", what, for_people(before, unit),
                     for_people(after, unit), for_people(before - after, unit),
                     human(share(before - after, before), Unit::fraction));
}

std::string part(std::string_view what, Bytes bytes, std::string_view how) {
  return bytes == 0
             ? std::string()
             : fmt::format("  {:<38}{:>9}   {}\n", what, for_people(bytes, Unit::bytes), how);
}

} // namespace

std::string savings_text(const PartitionReport &report, const TextStyle &style) {
  const Savings savings = savings_of(report.summary);
  std::string text =
      "what fusion saves, against a launch per operator\n" +
      before_after("launches", savings.unfused_launches, savings.fused_launches, Unit::count) +
      before_after("external bytes", savings.unfused_bytes, savings.fused_bytes, Unit::bytes) +
      part("of them by intermediates kept inside", savings.intermediates,
           "neither written nor read") +
      part("of them by shared operands", savings.shared_reads, "read once, not by all");
  text += fmt::format("{:<16}{:>12}   of internal and external bytes\n", "memory reduction",
                      human(totals_of(report.summary).memory_reduction(), Unit::fraction));
  if (savings.patterns.empty())
    return text;
  return text + "\n" +
         to_text(tabulate<PatternSavings>(pattern_figures(), savings.patterns), style);
}

std::string savings_csv(const PartitionReport &report) {
  const Savings savings = savings_of(report.summary);
  std::vector<PatternSavings> rows = savings.patterns;
  rows.push_back(total_of(savings));
  return to_csv(tabulate<PatternSavings>(pattern_figures(), rows));
}

Json savings_json(const PartitionReport &report) {
  const Savings savings = savings_of(report.summary);
  const PatternSavings total = total_of(savings);
  return {{"unfused_launches", savings.unfused_launches},
          {"fused_launches", savings.fused_launches},
          {"launches_saved", total.launches_saved},
          {"unfused_bytes", savings.unfused_bytes},
          {"fused_bytes", savings.fused_bytes},
          {"saved_bytes", savings.saved_bytes()},
          {"saved_fraction", share(savings.saved_bytes(), savings.unfused_bytes)},
          {"intermediate_bytes", savings.intermediates},
          {"shared_read_bytes", savings.shared_reads},
          {"memory_reduction", totals_of(report.summary).memory_reduction()},
          {"patterns", to_json(tabulate<PatternSavings>(pattern_figures(), savings.patterns))}};
}

} // namespace fusesim::report
