#include "targets/tile/loop_nest.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace fusesim::targets::tile {

namespace {

constexpr std::string_view kLetters = "NCKPQRS";
constexpr std::array<std::string_view, 4> kLevels{"L3", "L2", "L1", "L0"};

std::optional<Dim> dim_from(char letter) {
  const auto at = kLetters.find(letter);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<Dim>(at));
}

class Parser {
public:
  Parser(std::string_view text, std::string_view where) : rest_(text), where_(where) {}

  LoopNest run() {
    LoopNest nest;
    for (std::size_t level = 0; level < kLevels.size(); ++level) {
      read_level(kLevels[level]);
      auto &loops = nest.levels[level];
      for (auto word = next_word(); !word.empty() && word != "-"; word = next_word())
        loops.push_back(loop_from(word));
      if (loops.empty())
        fail(fmt::format("{} has no loops", kLevels[level]), "at least N1");
    }
    if (const auto word = next_word(); !word.empty())
      fail(fmt::format("'{}' follows the last level", word), "four levels: L3 - L2 - L1 - L0");
    return nest;
  }

private:
  [[noreturn]] void fail(const std::string &what, const std::string &hint) const {
    throw Error(where_, what, hint);
  }

  std::string_view next_word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const auto word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }

  /// "L2[WI]"
  void read_level(std::string_view name) {
    const auto word = next_word();
    const bool well_formed =
        word.size() > name.size() + 1 && word.starts_with(name) && word[name.size()] == '[' &&
        word.back() == ']' &&
        word.substr(name.size() + 1, word.size() - name.size() - 2).find_first_not_of("WIO") ==
            std::string_view::npos;
    if (!well_formed)
      fail(word.empty() ? fmt::format("the nest ends before {}", name)
                        : fmt::format("'{}' in place of level {}", word, name),
           fmt::format("{}[…] with the tensors W, I, O that rest there", name));
  }

  /// "K16X"
  Loop loop_from(std::string_view word) const {
    constexpr auto *kHint =
        "a dim of N C K P Q R S, its count, and X where it is spatial: P28, K16X";
    Loop loop;
    const auto dim = dim_from(word.front());
    if (!dim)
      fail(fmt::format("'{}' is no loop", word), kHint);
    loop.dim = *dim;
    const auto *end = word.data() + word.size();
    const auto [after, error] = std::from_chars(word.data() + 1, end, loop.count);
    loop.spatial = after != end && *after == 'X';
    if (error != std::errc{} || after + (loop.spatial ? 1 : 0) != end || loop.count == 0)
      fail(fmt::format("'{}' is no loop", word), kHint);
    return loop;
  }

  std::string_view rest_, where_;
};

} // namespace

char letter_of(Dim dim) { return kLetters[static_cast<std::size_t>(dim)]; }

Extents LoopNest::from(Level level) const {
  Extents product;
  for (std::size_t l = level; l < levels.size(); ++l)
    for (const auto &loop : levels[l])
      product[loop.dim] *= loop.count;
  return product;
}

LoopNest parse_loop_nest(std::string_view text, std::string_view where) {
  return Parser(text, where).run();
}

void check_loop_nest(const LoopNest &nest, const Extents &extents, std::uint64_t array_rows,
                     std::uint64_t array_cols, std::string_view where) {
  Extents product;
  for (const auto &level : nest.levels)
    for (const auto &loop : level) {
      if (__builtin_mul_overflow(product[loop.dim], loop.count, &product[loop.dim]))
        throw Error(where,
                    fmt::format("the loops over {} multiply to more than 64 bits hold",
                                letter_of(loop.dim)),
                    fmt::format("the layer's extent, {}", extents[loop.dim]));
    }
  for (std::size_t d = 0; d < kDims; ++d)
    if (product.of[d] != extents.of[d])
      throw Error(where,
                  fmt::format("the loops over {} multiply to {}", kLetters[d], product.of[d]),
                  fmt::format("the layer's extent, {}", extents.of[d]));
  for (const auto &loop : nest.levels[LoopNest::dram])
    if (loop.spatial)
      throw Error(where, fmt::format("{}{}X is spatial in L3", letter_of(loop.dim), loop.count),
                  "tiles come one after the other: L2, L1 and L0 may have spatial loops");
  std::uint64_t rows = 1, cols = 1;
  for (const auto &level : nest.levels)
    for (const auto &loop : level) {
      if (!loop.spatial)
        continue;
      if (loop.dim != Dim::c && loop.dim != Dim::k)
        throw Error(where,
                    fmt::format("{}{}X: {} cannot be spatial", letter_of(loop.dim), loop.count,
                                letter_of(loop.dim)),
                    "C over the array's rows and K over its columns are");
      (loop.dim == Dim::c ? rows : cols) *= loop.count;
    }
  if (rows > array_rows || cols > array_cols)
    throw Error(where, fmt::format("{}×{} processing elements are asked for", rows, cols),
                fmt::format("at most the array's {}×{}", array_rows, array_cols));
}

} // namespace fusesim::targets::tile
