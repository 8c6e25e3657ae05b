#pragma once

#include "sweep/outcome.hpp"
#include "sweep/space.hpp"
#include "sweep/sqlite.hpp"

#include <filesystem>

namespace fusesim::sweep {

/// One in n equal shares of a sweep: configurations index-1, index-1+count, …
struct Shard {
  std::uint64_t index = 1, count = 1;
  bool holds(std::uint64_t configuration) const { return configuration % count == index - 1; }
  auto operator<=>(const Shard &) const = default;
};

/// A column of the table of results that is no figure of an outcome.
struct ResultColumn {
  std::string name;
  std::string_view type; ///< of SQLite; INTEGER columns take other numbers, too, and keep them
};
/// By dimension of a sweep.
std::vector<ResultColumn> dimension_columns(const Space &space);
/// Positions of the objectives that have a column of their own: all but plain figures and
/// dimensions.
std::vector<std::size_t> objective_columns(const Spec &spec);

/// Marks a file of results (PRAGMA application_id); throws Error when the file has another mark.
void check_is_results(const Database &database);

/// The results of a sweep as an SQLite file that is being written. docs/sweeps.md describes the
/// tables. Rows count once they are committed; a commit is whole or not at all, whatever happens to
/// the process. While one of these lives, no other process can write to the file.
class ResultsFile {
public:
  enum class Open : std::uint8_t {
    create, ///< Error when the file exists
    resume, ///< continues a file of the same sweep, or creates it
    replace,
  };
  /// Throws Error: the file exists, is no results file, is of another sweep or another version of
  /// fusesim, is being written by another process, cannot be written.
  ResultsFile(const std::filesystem::path &file, const Space &space, std::string version,
              Shard shard, Open open);
  ~ResultsFile();
  ResultsFile(const ResultsFile &) = delete;
  ResultsFile &operator=(const ResultsFile &) = delete;

  /// By configuration: has a row. Rows of failures count unless `retry_failed` removes them.
  std::vector<bool> done(bool retry_failed);

  std::uint64_t failures() const; ///< rows with an error
  struct Best {
    double latency_us = 0;
    std::uint64_t configuration = 0;
    auto operator<=>(const Best &) const = default;
  };
  std::optional<Best> best() const; ///< the row of least latency, of equal ones the first

  /// Adds a row; Error when the configuration has one already.
  void add(const Outcome &outcome);
  void commit();

private:
  void claim();
  void create_tables();
  void describe();
  void check_same_sweep() const;

  const Space &space_;
  std::string version_;
  Shard shard_;
  Database database_;
  std::optional<Statement> insert_;
};

struct Merged {
  std::uint64_t configurations = 0; ///< of the sweep
  std::uint64_t rows = 0, failed = 0;
};
/// Puts the rows of shards of one sweep into one new file. Throws Error: files of different sweeps,
/// a configuration with two different results, no files.
Merged merge_results(const std::vector<std::filesystem::path> &shards,
                     const std::filesystem::path &into, bool replace);

} // namespace fusesim::sweep
