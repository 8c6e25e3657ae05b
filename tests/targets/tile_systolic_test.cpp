#include "support/error.hpp"
#include "targets/tile/systolic.hpp"
#include "test_paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace fusesim::targets::tile {
namespace {

// ---- an independent emulation: registers, one cycle at a time
// ---------------------------------------------------

using Matrix = std::vector<std::vector<std::int64_t>>;

Matrix matrix(std::size_t rows, std::size_t cols) {
  return Matrix(rows, std::vector<std::int64_t>(cols));
}

Matrix numbered(std::size_t rows, std::size_t cols, std::int64_t seed) {
  auto result = matrix(rows, cols);
  for (auto &row : result)
    for (auto &x : row)
      x = seed = (seed * 31 + 7) % 101;
  return result;
}

Matrix product(const Matrix &a, const Matrix &b) {
  auto c = matrix(a.size(), b[0].size());
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b[0].size(); ++j)
      for (std::size_t k = 0; k < b.size(); ++k)
        c[i][j] += a[i][k] * b[k][j];
  return c;
}

struct Emulated {
  std::uint64_t cycles = 0;
  Matrix result;
};

/// A word in a register: empty where the wavefront has not come or has gone.
using Word = std::optional<std::int64_t>;
using Registers = std::vector<std::vector<Word>>;

/// One fold, results at rest: A enters from the left, row i delayed by i; B from above, column j
/// delayed by j. Rows and columns that the operands do not fill get zeros, since the array clocks
/// as a whole.
Emulated emulate_output_stationary(const Matrix &a, const Matrix &b, std::size_t rows,
                                   std::size_t cols) {
  const auto depth = b.size();
  Emulated run{0, matrix(a.size(), b[0].size())};
  Registers left(rows, std::vector<Word>(cols)), above = left;
  std::vector<std::vector<std::size_t>> done(rows, std::vector<std::size_t>(cols));
  while (done[rows - 1][cols - 1] < depth) {
    const auto t = run.cycles++;
    for (std::size_t i = rows; i-- > 0;)
      for (std::size_t j = cols;
           j-- > 0;) { // far corner first: neighbours still hold the last cycle's words
        const bool a_enters = t >= i && t - i < depth, b_enters = t >= j && t - j < depth;
        left[i][j] = j > 0      ? left[i][j - 1]
                     : a_enters ? Word(i < a.size() ? a[i][t - i] : 0)
                                : Word();
        above[i][j] = i > 0      ? above[i - 1][j]
                      : b_enters ? Word(j < b[0].size() ? b[t - j][j] : 0)
                                 : Word();
        if (!left[i][j] || !above[i][j])
          continue;
        ++done[i][j];
        if (i < a.size() && j < b[0].size())
          run.result[i][j] += *left[i][j] * *above[i][j];
      }
  }
  return run;
}

/// One fold, B (k × n) at rest: `rows` cycles to shift it in from above, then rows of A from the
/// left, element k delayed by k; sums run down and leave at the bottom.
Emulated emulate_weight_stationary(const Matrix &a, const Matrix &b, std::size_t rows,
                                   std::size_t cols) {
  const auto height = a.size();
  Emulated run{rows, matrix(height, b[0].size())};
  Registers left(rows, std::vector<Word>(cols)), sums = left;
  std::vector<std::size_t> left_array(cols);
  for (std::size_t t = 0; left_array[cols - 1] < height; ++t, ++run.cycles) {
    for (std::size_t k = rows; k-- > 0;)
      for (std::size_t j = cols; j-- > 0;) {
        const bool enters = t >= k && t - k < height;
        left[k][j] = j > 0    ? left[k][j - 1]
                     : enters ? Word(k < b.size() ? a[t - k][k] : 0)
                              : Word();
        const Word from_above = k > 0 ? sums[k - 1][j] : Word(0);
        const auto weight = k < b.size() && j < b[0].size() ? b[k][j] : 0;
        sums[k][j] = left[k][j] && from_above ? Word(*from_above + *left[k][j] * weight) : Word();
      }
    for (std::size_t j = 0; j < cols; ++j)
      if (sums[rows - 1][j]) {
        if (j < b[0].size())
          run.result[left_array[j]][j] = *sums[rows - 1][j];
        ++left_array[j];
      }
  }
  return run;
}

Matrix part(const Matrix &x, std::size_t r0, std::size_t r1, std::size_t c0, std::size_t c1) {
  Matrix result;
  for (auto r = r0; r < std::min(r1, x.size()); ++r)
    result.emplace_back(x[r].begin() + static_cast<std::ptrdiff_t>(c0),
                        x[r].begin() + static_cast<std::ptrdiff_t>(std::min(c1, x[r].size())));
  return result;
}

Matrix transposed(const Matrix &x) {
  auto result = matrix(x[0].size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < x[0].size(); ++j)
      result[j][i] = x[i][j];
  return result;
}

/// All folds one after the other; the cycle in which the very last word appears is not counted.
Emulated emulate(const Array &array, const Matrix &a, const Matrix &b) {
  if (array.dataflow == Dataflow::input_stationary) { // Cᵀ = Bᵀ·Aᵀ with Aᵀ at rest
    auto run = emulate({array.rows, array.cols, Dataflow::weight_stationary}, transposed(b),
                       transposed(a));
    run.result = transposed(run.result);
    return run;
  }
  const bool results_rest = array.dataflow == Dataflow::output_stationary;
  const auto m = a.size(), n = b[0].size(), k = b.size();
  Emulated run{0, matrix(m, n)};
  for (std::size_t row = 0; row < (results_rest ? m : k); row += array.rows)
    for (std::size_t col = 0; col < n; col += array.cols) {
      const auto fold =
          results_rest
              ? emulate_output_stationary(part(a, row, row + array.rows, 0, k),
                                          part(b, 0, k, col, col + array.cols), array.rows,
                                          array.cols)
              : emulate_weight_stationary(part(a, 0, m, row, row + array.rows),
                                          part(b, row, row + array.rows, col, col + array.cols),
                                          array.rows, array.cols);
      run.cycles += fold.cycles;
      for (std::size_t i = 0; i < fold.result.size(); ++i)
        for (std::size_t j = 0; j < fold.result[0].size(); ++j)
          run.result[(results_rest ? row : 0) + i][col + j] += fold.result[i][j];
    }
  --run.cycles;
  return run;
}

// ---- tests
// ------------------------------------------------------------------------------------------------------

struct Row {
  std::string layer;
  Dataflow dataflow;
  std::uint64_t m, n, k, cycles;
};

std::vector<Row> scalesim_rows() {
  std::ifstream file(std::string(FUSESIM_SOURCE_DIR) + "/data/peers/scalesim_32x32.csv");
  std::vector<Row> rows;
  std::string line;
  std::getline(file, line); // header
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, ',');)
      cells.push_back(cell);
    rows.push_back({cells.at(2), dataflow_from_name(cells.at(1)), std::stoull(cells.at(3)),
                    std::stoull(cells.at(4)), std::stoull(cells.at(5)), std::stoull(cells.at(6))});
  }
  return rows;
}

TEST(SystolicCycles, EqualScaleSimOnEveryLayerOfItsResNet18AndVit) {
  const auto rows = scalesim_rows();
  ASSERT_EQ(rows.size(), 58U);
  for (const auto &row : rows)
    EXPECT_EQ(systolic_cycles({32, 32, row.dataflow}, row.m, row.n, row.k), row.cycles)
        << row.layer;
}

TEST(SystolicCycles, EqualAWavefrontEmulationThatComputesTheRightProduct) {
  const bool ok = rc::check([] {
    const auto dataflow = *rc::gen::element(
        Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary);
    const Array array{*rc::gen::inRange<std::uint64_t>(1, 7),
                      *rc::gen::inRange<std::uint64_t>(1, 7), dataflow};
    const auto m = *rc::gen::inRange<std::size_t>(1, 20), n = *rc::gen::inRange<std::size_t>(1, 20),
               k = *rc::gen::inRange<std::size_t>(1, 20);
    const auto a = numbered(m, k, 3), b = numbered(k, n, 5);
    const auto run = emulate(array, a, b);
    RC_ASSERT(run.result == product(a, b));
    RC_ASSERT(systolic_cycles(array, m, n, k) == run.cycles);
  });
  EXPECT_TRUE(ok);
}

TEST(SystolicCycles, PaySkewAgainWhenTilesCutTheReduction) {
  const Array array{4, 4, Dataflow::output_stationary};
  // 8×8×32 in one visit: 4 folds of 32 + 4 + 4 − 2 = 38, less 1.
  EXPECT_EQ(systolic_cycles(array, 8, 8, 32), 4U * 38U - 1U);
  // In two visits of k = 16 with 8×8 tiles, each fold of each visit takes 16 + 6 = 22.
  EXPECT_EQ(systolic_cycles(array, {8, 8, 32, 8, 8, 16}), 4U * 2U * 22U - 1U);
  // With tiles of one fold, results stay in the array between visits: no skew in between.
  EXPECT_EQ(systolic_cycles(array, {8, 8, 32, 4, 4, 16}), 4U * 38U - 1U);
}

TEST(SystolicCycles, ReloadTheStationaryOperandForEveryTileOfRows) {
  const Array array{4, 4, Dataflow::weight_stationary};
  // 8×4×4: one fold. Whole: 8 + 2·4 + 4 − 2 = 18. As two row tiles of 4: 2 · (4 + 10) = 28. Each
  // less 1.
  EXPECT_EQ(systolic_cycles(array, 8, 4, 4), 17U);
  EXPECT_EQ(systolic_cycles(array, {8, 4, 4, 4, 4, 4}), 27U);
}

TEST(SystolicCycles, HideTheNextOperandsLoadWhereItIsDoubleBuffered) {
  const Array array{16, 16, Dataflow::weight_stationary, true};
  // 4·2 folds of 128 rows, one load of 16, one skew of 30, less 1.
  EXPECT_EQ(systolic_cycles(array, 128, 32, 64), 8U * 128 + 16 + 30 - 1);
  // Four rows do not hide the 16 cycles of a load.
  EXPECT_EQ(systolic_cycles(array, 4, 32, 64), 8U * 16 + 16 + 30 - 1);
  const Array inputs{16, 16, Dataflow::input_stationary, true};
  EXPECT_EQ(systolic_cycles(inputs, 32, 128, 64), 8U * 128 + 16 + 30 - 1);
}

TEST(SystolicCycles, NeverFallWhenTheProductIsTiled) {
  const bool ok = rc::check([] {
    const Array array{*rc::gen::inRange<std::uint64_t>(1, 40),
                      *rc::gen::inRange<std::uint64_t>(1, 40),
                      *rc::gen::element(Dataflow::output_stationary, Dataflow::weight_stationary,
                                        Dataflow::input_stationary)};
    const auto extent = [] { return *rc::gen::inRange<std::uint64_t>(1, 500); };
    const auto m = extent(), n = extent(), k = extent();
    const auto cut = [](std::uint64_t whole) {
      return *rc::gen::inRange<std::uint64_t>(1, whole + 1);
    };
    const TiledProduct tiled{m, n, k, cut(m), cut(n), cut(k)};
    RC_ASSERT(systolic_cycles(array, tiled) >= systolic_cycles(array, m, n, k));
  });
  EXPECT_TRUE(ok);
}

TEST(Dataflow, UnknownNamesAreAnErrorThatListsTheKnownOnes) {
  EXPECT_EQ(dataflow_from_name("input_stationary"), Dataflow::input_stationary);
  try {
    dataflow_from_name("row_stationary");
    FAIL();
  } catch (const Error &error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("row_stationary"));
    EXPECT_THAT(error.what(), testing::HasSubstr("weight_stationary"));
  }
}

} // namespace
} // namespace fusesim::targets::tile
