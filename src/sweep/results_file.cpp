#include "sweep/results_file.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::sweep {

namespace {

constexpr int kApplicationId = 0x46555357; // "FUSW"
constexpr int kSchema = 1;
constexpr int kPatienceMs = 60'000; // for a reader that is in the way of a commit

std::string value_of(const Database &database, std::string_view key) {
  return only_text(database, fmt::format("SELECT value FROM sweep WHERE key = '{}'", key))
      .value_or("");
}

bool has_tables(const Database &database) {
  return only_text(database, "SELECT name FROM sqlite_master WHERE name = 'sweep'").has_value();
}

std::string role_name(Role role) {
  switch (role) {
  case Role::field:
    return "field";
  case Role::batch:
  case Role::image_size:
  case Role::sequence_length:
    return "size";
  default:
    return "name";
  }
}

constexpr const char *kCountFailures = "SELECT count(*) FROM results WHERE error IS NOT NULL";

std::uint64_t count_of(const Database &database, const std::string &sql) {
  return std::stoull(only_text(database, sql).value_or("0"));
}

void put_meta(const Database &database, std::string_view key, std::string_view value) {
  Statement insert(database, "INSERT OR REPLACE INTO sweep VALUES (?, ?)");
  insert.bind(1, key);
  insert.bind(2, value);
  insert.step();
}

} // namespace

std::vector<ResultColumn> dimension_columns(const Space &space) {
  std::vector<ResultColumn> columns;
  const auto &dimensions = space.spec().dimensions;
  for (std::size_t i = 0; i < dimensions.size(); ++i)
    columns.push_back({dimensions[i].name, !space.info(i).numeric ? "TEXT"
                                           : space.info(i).whole  ? "INTEGER"
                                                                  : "REAL"});
  return columns;
}

std::vector<std::size_t> objective_columns(const Spec &spec) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < spec.objectives.size(); ++i)
    if (spec.objectives[i].name != spec.objectives[i].expression)
      positions.push_back(i);
  return positions;
}

void check_is_results(const Database &database) {
  if (only_text(database, "PRAGMA application_id") != std::to_string(kApplicationId) ||
      !has_tables(database))
    throw Error(database.file().string(), "is no file of sweep results",
                "fusesim sweep writes them");
  if (only_text(database, "PRAGMA user_version") != std::to_string(kSchema))
    throw Error(database.file().string(), "was written by another version of fusesim",
                "run the sweep again");
}

ResultsFile::ResultsFile(const std::filesystem::path &file, const Space &space, std::string version,
                         Shard shard, Open open)
    : space_(space), version_(std::move(version)), shard_(shard),
      database_(file, Database::Mode::create) {
  database_.wait_for_locks(0);
  claim();
  database_.wait_for_locks(kPatienceMs);
  if (open == Open::replace && has_tables(database_)) {
    check_is_results(database_);
    database_.run("DROP TABLE results; DROP TABLE sweep; DROP TABLE dimensions; "
                  "DROP TABLE objectives");
  }
  if (!has_tables(database_)) {
    if (only_text(database_, "SELECT name FROM sqlite_master"))
      check_is_results(database_); // somebody else's database
    create_tables();
    commit();
  } else {
    check_is_results(database_);
    if (open == Open::create)
      throw Error(file.string(), "exists already",
                  "continue it with --resume, or start anew with --overwrite");
    check_same_sweep();
  }

  std::string parameters;
  const auto columns = 3 + dimension_columns(space_).size() + figure_names().size() +
                       objective_columns(space_.spec()).size() + 1;
  for (std::size_t i = 0; i < columns; ++i)
    parameters += i > 0 ? ", ?" : "?";
  insert_.emplace(database_, fmt::format("INSERT INTO results VALUES ({})", parameters));
}

// A transaction that writes is always open: no second process gets beyond this.
void ResultsFile::claim() { database_.run("BEGIN IMMEDIATE"); }

ResultsFile::~ResultsFile() = default; // what is not committed is rolled back

void ResultsFile::create_tables() {
  std::string columns = "configuration INTEGER PRIMARY KEY, hash TEXT NOT NULL, "
                        "tool_version TEXT NOT NULL";
  for (const auto &column : dimension_columns(space_))
    columns += fmt::format(", {} {}", sql_name(column.name), column.type);
  for (std::size_t i = 0; i < figure_names().size(); ++i)
    columns +=
        fmt::format(", {} {}", sql_name(figure_names()[i]), is_count(i) ? "INTEGER" : "REAL");
  for (const auto i : objective_columns(space_.spec()))
    columns += fmt::format(", {} REAL", sql_name(space_.spec().objectives[i].name));
  columns += ", error TEXT";
  database_.run(fmt::format(
      "PRAGMA application_id = {}; PRAGMA user_version = {};"
      "CREATE TABLE sweep (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
      "CREATE TABLE dimensions (position INTEGER PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT "
      "NULL, type TEXT NOT NULL, unit TEXT NOT NULL, meaning TEXT NOT NULL, tied_to TEXT NOT NULL, "
      "drawn INTEGER NOT NULL);"
      "CREATE TABLE objectives (position INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT "
      "NULL, goal TEXT NOT NULL);"
      "CREATE TABLE results ({});",
      kApplicationId, kSchema, columns));
  describe();
}

void ResultsFile::describe() {
  const auto &spec = space_.spec();
  put_meta(database_, "name", spec.file.stem().string());
  put_meta(database_, "description", spec.description);
  put_meta(database_, "tool_version", version_);
  put_meta(database_, "identity", fingerprint_of(space_.identity_text()));
  put_meta(database_, "configurations", std::to_string(space_.size()));
  put_meta(database_, "points", std::to_string(space_.points()));
  put_meta(database_, "sampling", name_of(spec.sampling.method));
  put_meta(database_, "seed", std::to_string(spec.sampling.seed));
  put_meta(database_, "shard", fmt::format("{}/{}", shard_.index, shard_.count));
  put_meta(database_, "file", spec.text);

  Statement dimension(database_, "INSERT INTO dimensions VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < spec.dimensions.size(); ++i) {
    const auto &d = spec.dimensions[i];
    const auto &info = space_.info(i);
    dimension.bind(1, static_cast<std::int64_t>(i));
    dimension.bind(2, d.name);
    dimension.bind(3, role_name(d.role));
    dimension.bind(4, info.numeric ? "number" : "text");
    dimension.bind(5, info.unit);
    dimension.bind(6, info.meaning);
    dimension.bind(7, d.expression);
    const auto &free = space_.free_dimensions();
    dimension.bind(8, std::int64_t{std::find(free.begin(), free.end(), i) != free.end()});
    dimension.step();
  }
  Statement objective(database_, "INSERT INTO objectives VALUES (?, ?, ?, ?)");
  for (std::size_t i = 0; i < spec.objectives.size(); ++i) {
    const auto &o = spec.objectives[i];
    objective.bind(1, static_cast<std::int64_t>(i));
    objective.bind(2, o.name);
    objective.bind(3, o.expression);
    objective.bind(4, o.maximise ? "maximise" : "minimise");
    objective.step();
  }
}

void ResultsFile::check_same_sweep() const {
  const auto place = database_.file().string();
  if (const auto version = value_of(database_, "tool_version"); version != version_)
    throw Error(place, fmt::format("was written by fusesim {}, this is {}", version, version_),
                "start anew with --overwrite");
  if (value_of(database_, "identity") != fingerprint_of(space_.identity_text()))
    throw Error(place,
                "holds results of another sweep: the sweep's file, or a machine or runtime that it "
                "names, has changed",
                "give another -o FILE, or start anew with --overwrite");
  const auto shard = fmt::format("{}/{}", shard_.index, shard_.count);
  if (const auto known = value_of(database_, "shard"); known != shard)
    throw Error(place, fmt::format("holds shard {} of this sweep, not {}", known, shard),
                "give another -o FILE");
}

std::vector<bool> ResultsFile::done(bool retry_failed) {
  if (retry_failed)
    database_.run("DELETE FROM results WHERE error IS NOT NULL");
  std::vector<bool> done(space_.size());
  Statement select(database_, "SELECT configuration FROM results");
  while (select.step())
    done.at(static_cast<std::size_t>(select.integer(0))) = true;
  return done;
}

std::uint64_t ResultsFile::failures() const { return count_of(database_, kCountFailures); }

std::optional<ResultsFile::Best> ResultsFile::best() const {
  Statement select(database_, "SELECT latency_us, configuration FROM results WHERE error IS NULL "
                              "ORDER BY latency_us, configuration LIMIT 1");
  if (!select.step())
    return std::nullopt;
  return Best{select.number(0), static_cast<std::uint64_t>(select.integer(1))};
}

void ResultsFile::add(const Outcome &outcome) {
  const auto configuration = space_.at(outcome.configuration);
  auto &row = *insert_;
  int parameter = 1;
  row.bind(parameter++, static_cast<std::int64_t>(outcome.configuration));
  row.bind(parameter++, outcome.hash);
  row.bind(parameter++, version_);
  for (const auto &value : configuration.values) {
    if (const auto *number = std::get_if<double>(&value))
      row.bind(parameter++, *number);
    else if (const auto *text = std::get_if<std::string>(&value))
      row.bind(parameter++, *text);
    else
      row.bind_null(parameter++);
  }
  for (std::size_t i = 0; i < figure_names().size(); ++i)
    outcome.failed() ? row.bind_null(parameter++) : row.bind(parameter++, figure_of(outcome, i));
  for (const auto i : objective_columns(space_.spec()))
    outcome.failed() ? row.bind_null(parameter++) : row.bind(parameter++, outcome.objectives.at(i));
  outcome.failed() ? row.bind(parameter, outcome.error) : row.bind_null(parameter);
  row.step();
}

void ResultsFile::commit() {
  database_.run("COMMIT");
  claim();
}

namespace {

/// Inside of SQL's quotes.
std::string quoted(const std::string &text) {
  std::string result;
  for (const char c : text)
    result.append(c == '\'' ? 2 : 1, c);
  return result;
}

} // namespace

Merged merge_results(const std::vector<std::filesystem::path> &shards,
                     const std::filesystem::path &into, bool replace) {
  if (shards.empty())
    throw Error("--merge", "no files of results", "fusesim sweep --merge -o ALL.db A.db B.db");
  for (const auto &shard : shards) {
    check_is_results(Database(shard, Database::Mode::read));
    std::error_code ignored;
    if (std::filesystem::equivalent(shard, into, ignored))
      throw Error(into.string(), "is one of the files to merge", "give another -o FILE");
  }
  if (std::filesystem::exists(into)) {
    if (!replace)
      throw Error(into.string(), "exists already", "give another -o FILE, or --overwrite");
    check_is_results(Database(into, Database::Mode::read));
    std::filesystem::remove(into);
  }
  // Made beside its place and put there whole: a merge that was stopped leaves nothing behind that
  // looks like one that ended.
  const auto temporary = std::filesystem::path(into.string() + ".merging");
  std::filesystem::remove(temporary);
  {
    Database first(shards.front(), Database::Mode::read); // its lock: a writer may be at work
    first.wait_for_locks(kPatienceMs);
    first.run(fmt::format("VACUUM INTO '{}'", quoted(temporary.string())));
  }
  Merged merged;
  try {
    Database all(temporary, Database::Mode::write);
    all.wait_for_locks(kPatienceMs);
    for (std::size_t i = 1; i < shards.size(); ++i) {
      const Database shard(shards[i], Database::Mode::read);
      for (const auto *key : {"identity", "tool_version"})
        if (value_of(shard, key) != value_of(all, key))
          throw Error(shards[i].string(),
                      fmt::format("is of another {} than {}",
                                  key == std::string_view("identity") ? "sweep" : "fusesim version",
                                  shards.front().string()));
      all.run(fmt::format("ATTACH '{}' AS shard", quoted(shards[i].string())));
      const auto differs = only_text(
          all, "SELECT a.configuration FROM main.results a JOIN shard.results b USING "
               "(configuration) WHERE a.hash <> b.hash OR a.latency_us IS NOT b.latency_us");
      if (differs)
        throw Error(
            shards[i].string(),
            fmt::format("configuration {} has another result than in an earlier file", *differs));
      all.run("INSERT OR IGNORE INTO main.results SELECT * FROM shard.results; DETACH shard");
    }
    put_meta(all, "shard", "1/1");
    merged.configurations = std::stoull(value_of(all, "configurations"));
    merged.rows = count_of(all, "SELECT count(*) FROM results");
    merged.failed = count_of(all, kCountFailures);
  } catch (...) {
    std::filesystem::remove(temporary);
    throw;
  }
  std::filesystem::rename(temporary, into);
  return merged;
}

} // namespace fusesim::sweep
