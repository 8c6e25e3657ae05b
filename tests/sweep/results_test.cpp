#include "sweep/results_file.hpp"

#include "sweep/results_reader.hpp"
#include "sweep/sqlite.hpp"
#include "sweep_testing.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace fusesim::sweep::test {
namespace {

using Open = ResultsFile::Open;
using testing::HasSubstr;

class ResultsTest : public testing::Test {
protected:
  ResultsTest()
      : space_(space_of(folder_, "fields: {l2_mib: [2, 4, 8, 16]}\n"
                                 "objectives: [{name: twice, value: 2 * latency_us}]\n")) {}

  static Outcome outcome(std::uint64_t number, double latency = 5) {
    Outcome o;
    o.configuration = number;
    o.hash = "hash" + std::to_string(number);
    o.latency_us = latency;
    o.launches = 49;
    o.dram_bytes = 1000;
    o.flops = 2000;
    o.objectives = {2 * latency};
    return o;
  }
  /// A file of some rows; "r.db" of the folder.
  std::filesystem::path write(const std::string &name, const std::vector<std::uint64_t> &numbers,
                              Shard shard = {}) const {
    ResultsFile file(folder_ / name, space_, "1.0", shard, Open::create);
    for (const auto number : numbers)
      file.add(outcome(number));
    file.commit();
    return folder_ / name;
  }
  static std::vector<std::int64_t> numbers_in(const std::filesystem::path &file) {
    std::vector<std::int64_t> numbers;
    ResultsReader(file).for_each_row(
        [&](const auto &cells) { numbers.push_back(std::get<std::int64_t>(cells.front())); });
    return numbers;
  }

  Folder folder_;
  Space space_;
};

TEST_F(ResultsTest, HoldEveryColumnInTheOrderOfConfigurations) {
  const auto file = write("r.db", {2, 0, 1});
  const ResultsReader reader(file);
  EXPECT_THAT(reader.columns(),
              testing::ElementsAre("configuration", "hash", "tool_version", "model", "target",
                                   "runtime", "dtype", "strategy", "batch", "image_size",
                                   "sequence_length", "l2_mib", "latency_us", "launches",
                                   "dram_bytes", "flops", "host_dispatch_us", "launch_gap_us",
                                   "compute_us", "dram_us", "on_chip_us", "fill_drain_us",
                                   "tail_us", "twice", "error"));
  std::vector<double> l2;
  reader.for_each_row([&](const auto &cells) {
    l2.push_back(std::get<double>(cells[11]));
    EXPECT_EQ(std::get<std::string>(cells[2]), "1.0");
    EXPECT_EQ(std::get<std::string>(cells[4]), "t4");
    EXPECT_EQ(std::get<std::int64_t>(cells[13]), 49);
    EXPECT_EQ(std::get<double>(cells[23]), 10);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(cells[24]));
  });
  EXPECT_THAT(l2, testing::ElementsAre(2, 4, 8));
}

TEST_F(ResultsTest, WholeNumbersStayWhole) {
  const auto space = space_of(folder_, "batch: [2]\nfields: {sm_count: [20], l2_mib: [4]}\n");
  {
    ResultsFile file(folder_ / "r.db", space, "1.0", {}, Open::create);
    auto row = outcome(0);
    row.objectives.clear();
    file.add(row);
    file.commit();
  }
  const ResultsReader reader(folder_ / "r.db");
  reader.for_each_row([&](const auto &cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (reader.columns()[i] == "batch") {
        EXPECT_EQ(cells[i], ResultCell(std::int64_t{2}));
      } else if (reader.columns()[i] == "sm_count") {
        EXPECT_EQ(cells[i], ResultCell(std::int64_t{20}));
      } else if (reader.columns()[i] == "l2_mib") { // may have a fraction
        EXPECT_EQ(cells[i], ResultCell(4.0));
      }
    }
  });
}

TEST_F(ResultsTest, FailuresAreRowsWithoutFigures) {
  {
    ResultsFile file(folder_ / "r.db", space_, "1.0", {}, Open::create);
    Outcome failure;
    failure.configuration = 1;
    failure.error = "no L2";
    file.add(failure);
    file.commit();
    EXPECT_EQ(file.failures(), 1U);
    EXPECT_THAT(file.done(false), testing::ElementsAre(false, true, false, false));
    EXPECT_THAT(file.done(true), testing::ElementsAre(false, false, false, false)); // to be retried
  }
  // The row was removed in a transaction that was never committed.
  EXPECT_THAT(numbers_in(folder_ / "r.db"), testing::ElementsAre(1));
}

TEST_F(ResultsTest, KeepOnlyWhatWasCommitted) {
  {
    ResultsFile file(folder_ / "r.db", space_, "1.0", {}, Open::create);
    file.add(outcome(0));
    file.commit();
    file.add(outcome(1));
  }
  EXPECT_THAT(numbers_in(folder_ / "r.db"), testing::ElementsAre(0));
}

TEST_F(ResultsTest, NeverHoldAConfigurationTwice) {
  ResultsFile file(folder_ / "r.db", space_, "1.0", {}, Open::create);
  file.add(outcome(0));
  EXPECT_THAT(error_of([&] { file.add(outcome(0)); }), HasSubstr("UNIQUE"));
}

TEST_F(ResultsTest, AreContinuedOnlyByTheSameSweep) {
  const auto file = write("r.db", {0});
  const auto open = [&](const Space &space, const std::string &version, Shard shard, Open how) {
    return error_of([&] { ResultsFile(file, space, version, shard, how); });
  };
  EXPECT_EQ(open(space_, "1.0", {}, Open::resume), "no error");
  EXPECT_THAT(open(space_, "1.0", {}, Open::create), HasSubstr("exists already; continue it with"));
  EXPECT_THAT(open(space_, "1.1", {}, Open::resume), HasSubstr("was written by fusesim 1.0"));
  EXPECT_THAT(open(space_, "1.0", {1, 2}, Open::resume), HasSubstr("holds shard 1/1"));
  const auto other = space_of(folder_, "fields: {l2_mib: [2, 4, 9]}\n");
  EXPECT_THAT(open(other, "1.0", {}, Open::resume), HasSubstr("holds results of another sweep"));
  EXPECT_EQ(open(other, "1.0", {}, Open::replace), "no error");
  EXPECT_TRUE(numbers_in(file).empty());
}

TEST_F(ResultsTest, AreWrittenByOneProcessAtATime) {
  const auto file = folder_ / "r.db";
  const ResultsFile first(file, space_, "1.0", {}, Open::create);
  EXPECT_THAT(error_of([&] { ResultsFile(file, space_, "1.0", {}, Open::resume); }),
              HasSubstr("is being written by another process"));
  EXPECT_TRUE(numbers_in(file).empty()); // reading is possible
}

TEST_F(ResultsTest, AreNoOtherFile) {
  const auto text = folder_.write("notes.db", "These are my notes, longer than a header of SQLite "
                                              "would be, and surely no database of any kind.");
  EXPECT_THAT(error_of([&] { ResultsReader reader(text); }),
              HasSubstr("is no file of sweep results"));
  EXPECT_THAT(error_of([&] { ResultsFile(text, space_, "1.0", {}, Open::replace); }),
              HasSubstr("is no file of sweep results"));
  EXPECT_THAT(error_of([&] { ResultsReader reader(folder_ / "none.db"); }),
              HasSubstr("no such file"));
  EXPECT_THAT(error_of([&] { ResultsReader reader(folder_ / "."); }), HasSubstr("is a directory"));
  EXPECT_THAT(error_of([&] { ResultsFile(folder_ / "no/r.db", space_, "1.0", {}, Open::create); }),
              HasSubstr("there is no folder"));
  Database(folder_ / "mine.db", Database::Mode::create).run("CREATE TABLE t (a)");
  EXPECT_THAT(error_of([&] { ResultsFile(folder_ / "mine.db", space_, "1.0", {}, Open::replace); }),
              HasSubstr("is no file of sweep results"));
}

TEST_F(ResultsTest, ShardsMergeIntoTheWhole) {
  const auto a = write("a.db", {0, 2}, {1, 2}), b = write("b.db", {1, 3}, {2, 2});
  const auto merged = merge_results({a, b}, folder_ / "all.db", false);
  EXPECT_EQ(merged.configurations, 4U);
  EXPECT_EQ(merged.rows, 4U);
  EXPECT_EQ(merged.failed, 0U);
  EXPECT_THAT(numbers_in(folder_ / "all.db"), testing::ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(ResultsReader(folder_ / "all.db").meta("shard"), "1/1");
  EXPECT_THAT(error_of([&] {
                merge_results({a, b}, folder_ / "all.db", false);
              }),
              HasSubstr("exists already"));
  EXPECT_EQ(merge_results({b}, folder_ / "all.db", true).rows, 2U);
}

TEST_F(ResultsTest, MergingTakesEqualRowsOnceAndRefusesDifferentOnes) {
  const auto a = write("a.db", {0, 1}), b = write("b.db", {1, 2});
  EXPECT_EQ(merge_results({a, b}, folder_ / "all.db", false).rows, 3U);
  EXPECT_THAT(numbers_in(folder_ / "all.db"), testing::ElementsAre(0, 1, 2));
  {
    ResultsFile other(folder_ / "c.db", space_, "1.0", {}, Open::create);
    other.add(outcome(1, 6));
    other.commit();
  }
  EXPECT_THAT(error_of([&] {
                merge_results({a, folder_ / "c.db"}, folder_ / "x.db", false);
              }),
              HasSubstr("configuration 1 has another result"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.db"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.db.merging"));
}

TEST_F(ResultsTest, MergingRefusesOtherSweeps) {
  const auto a = write("a.db", {0});
  const auto other = space_of(folder_, "fields: {l2_mib: [2, 4, 9]}\n");
  { ResultsFile file(folder_ / "o.db", other, "1.0", {}, Open::create); }
  EXPECT_THAT(error_of([&] {
                merge_results({a, folder_ / "o.db"}, folder_ / "x.db", false);
              }),
              HasSubstr("is of another sweep"));
}

TEST(Shard, SharesEverythingOut) {
  for (std::uint64_t number = 0; number < 20; ++number) {
    int holders = 0;
    for (std::uint64_t index = 1; index <= 3; ++index)
      holders += Shard{index, 3}.holds(number) ? 1 : 0;
    EXPECT_EQ(holders, 1);
  }
}

// A file that may grow no further, as on a full disk.
TEST(Database, SaysThatTheDiskIsFullAndHowToGoOn) {
  Folder folder;
  Database database(folder / "r.db", Database::Mode::create);
  database.run("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 8");
  EXPECT_THAT(error_of([&] { database.run("INSERT INTO t VALUES (hex(randomblob(100000)))"); }),
              testing::AllOf(HasSubstr("r.db: the disk is full"), HasSubstr("--resume")));
}

// Killed while its pages went to the file: only who may write can put back what the journal holds.
TEST_F(ResultsTest, SaysHowToMendAFileWhoseWriterWasKilledInTheMiddle) {
  const auto file = folder_ / "hot.db";
  Database(file, Database::Mode::create)
      .run(
          "CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
          "i < 2000) INSERT INTO t SELECT randomblob(100) FROM n");
  const auto writer = ::fork();
  if (writer == 0) {
    Database open(file, Database::Mode::write);
    open.run("PRAGMA cache_size = 5; BEGIN; UPDATE t SET a = randomblob(100)");
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(writer, nullptr, 0);
  const Database read(file, Database::Mode::read);
  EXPECT_THAT(error_of([&] { Statement(read, "SELECT count(*) FROM t").step(); }),
              testing::AllOf(HasSubstr("hot.db: its sweep was killed"), HasSubstr("--resume")));
}

} // namespace
} // namespace fusesim::sweep::test
