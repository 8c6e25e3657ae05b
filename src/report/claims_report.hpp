#pragma once

#include "claims/outcome.hpp"
#include "report/formats.hpp"

#include <map>

namespace fusesim::report {

/// Everything that `fusesim claims` says.
struct ClaimsReport {
  std::vector<claims::Outcome> outcomes;           ///< in the order of files
  std::map<std::string, std::string> descriptions; ///< of files, by their name
};

/// A table of all claims; with `details` also each claim's sentence, figures, attribution and curves.
std::string claims_text(const ClaimsReport &report, const TextStyle &style = {},
                        bool details = false);
/// The same with details for a web page of plain text (GitHub-flavoured).
std::string claims_markdown(const ClaimsReport &report);
/// One line per claim.
std::string claims_csv(const ClaimsReport &report);
/// [{"id","claimed","simulated","measured","verdict","condition", …}], see docs/claims.md
Json claims_json(const ClaimsReport &report);

/// "46 claims: 20 supported, 14 refuted, 8 hold only if …, 4 not testable"
std::string claims_summary(std::span<const claims::Outcome> outcomes);
/// "holds only if launch cost ≥ 3.1 µs", "refuted, against what was measured"
std::string verdict_text(const claims::Outcome &outcome);
/// What the verdict rests on, in a line: "unfused 7.22 ms → fused 2.70 ms: host dispatch −2.02 ms, fill and drain −1.39 ms".
std::string why_text(const claims::Outcome &outcome);
/// The claim's own figure in its unit: "13.1 x"; empty when there is none.
std::string simulated_text(const claims::Outcome &outcome);
/// "13.2 x, agrees", "5.8 x, disagrees"; of several sources all; empty when nothing was measured.
std::string measured_text(const claims::Outcome &outcome);

} // namespace fusesim::report
