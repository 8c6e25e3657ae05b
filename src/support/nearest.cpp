#include "support/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace fusesim {

namespace {

// Levenshtein distance; a swap of neighbours counts 2. Names are short, so O(n·m) is fine.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

// A name that was cut short ("a100" for "a100-sxm-40gb") is nearer than any misspelling. One letter is no beginning.
std::size_t distance(std::string_view name, std::string_view candidate) {
  const bool cut_short = name.size() >= 2 && candidate.starts_with(name);
  return cut_short ? 0 : edit_distance(name, candidate);
}

std::string quoted_list(const std::vector<std::string> &names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0)
      text += i + 1 == names.size() ? " or " : ", ";
    text += "'" + names[i] + "'";
  }
  return text;
}

} // namespace

std::string nearest_names_hint(std::string_view name, std::span<const std::string> candidates) {
  if (candidates.empty())
    return {};
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const auto &candidate : candidates)
    ranked.emplace_back(distance(name, candidate), candidate);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto &a, const auto &b) { return a.first < b.first; });

  const std::size_t close = std::max<std::size_t>(2, name.size() / 3);
  std::vector<std::string> suggestions;
  for (const auto &[distance, candidate] : ranked)
    if (suggestions.size() < 3 && distance <= close && distance <= ranked.front().first + 1)
      suggestions.push_back(candidate);
  if (!suggestions.empty())
    return "did you mean " + quoted_list(suggestions) + "?";

  std::string text = "known: ";
  constexpr std::size_t kShown = 8;
  for (std::size_t i = 0; i < std::min(kShown, candidates.size()); ++i)
    text += (i > 0 ? ", " : "") + candidates[i];
  return text + (candidates.size() > kShown ? ", …" : "");
}

} // namespace fusesim
