#include "targets/config_reader.hpp"

#include "support/error.hpp"
#include "targets/machine.hpp"
#include "test_paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

using namespace fusesim;
using namespace fusesim::targets;
using ::testing::AllOf;
using ::testing::HasSubstr;

namespace {

namespace fs = std::filesystem;

/// Writes config files into a folder of the test's own.
class ConfigReaderTest : public ::testing::Test {
protected:
  void SetUp() override {
    const auto *test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) / (std::string("config_") + test->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string &name, const std::string &text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  /// A sound GPU; `lines` are added to it.
  fs::path write_gpu(const std::string &lines, const std::string &left_out = {}) const {
    std::string text;
    for (const std::string line :
         {"kind: gpu", "description: a GPU", "default_runtime: pytorch-eager", "generation: test",
          "sm_count: 10", "boost_clock_ghz: 1.5", "fp32_tflops: 10", "dram_bandwidth_gbps: 500",
          "l2_mib: 4", "l2_bandwidth_gbps: 2000", "shared_memory_kib_per_sm: 64",
          "shared_memory_kib_per_cta: 48", "threads_per_sm: 1024", "ctas_per_sm: 16"})
      if (left_out.empty() || line.rfind(left_out + ":", 0) != 0)
        text += line + "\n";
    return write("gpu.yaml", text + lines);
  }
  static std::string error_of(const fs::path &file) {
    try {
      load_machine(file.string());
    } catch (const Error &error) {
      return error.what();
    }
    return "no error";
  }

  fs::path folder_;
};

TEST_F(ConfigReaderTest, ReadsWhatTheFileSaysAndKeepsDefaultsElsewhere) {
  const auto machine = load_machine(write_gpu("tdp_w: 250\n").string());
  const auto &gpu = std::get<GpuMachine>(machine.model);
  EXPECT_EQ(machine.name, "gpu");
  EXPECT_EQ(machine.description, "a GPU");
  EXPECT_EQ(gpu.sm_count, 10U);
  EXPECT_DOUBLE_EQ(gpu.boost_clock_ghz, 1.5);
  EXPECT_DOUBLE_EQ(gpu.tdp_w, 250);
  EXPECT_DOUBLE_EQ(gpu.dram_efficiency, GpuMachine{}.dram_efficiency);
}

TEST_F(ConfigReaderTest, TakesKeysFromTheBaseUnlessTheFileSaysOtherwise) {
  write("far.yaml", "l2_mib: 1\ntdp_w: 75\ndram_latency_us: 0.5\n");
  write("near.yaml", "base: far.yaml\nl2_mib: 2\ntdp_w: 100\n");
  const auto machine = load_machine(write_gpu("base: near.yaml\n").string()); // says l2_mib: 4
  const auto &gpu = std::get<GpuMachine>(machine.model);
  EXPECT_DOUBLE_EQ(gpu.l2_mib, 4);
  EXPECT_DOUBLE_EQ(gpu.tdp_w, 100);
  EXPECT_DOUBLE_EQ(gpu.dram_latency_us, 0.5);
}

TEST_F(ConfigReaderTest, AFileOfOnesOwnMayStartFromAShippedName) {
  const auto machine =
      load_machine(write("own.yaml", "base: a100-sxm-40gb\ndram_bandwidth_gbps: 3110\n").string());
  const auto &gpu = std::get<GpuMachine>(machine.model);
  EXPECT_EQ(gpu.dram_bandwidth_gbps, 3110);
  EXPECT_EQ(gpu.sm_count, 108u); // NVIDIA A100 whitepaper
}

TEST_F(ConfigReaderTest, AnUnknownShippedBaseIsNamedWithItsNearest) {
  EXPECT_THAT(error_of(write("own.yaml", "base: a100-sxm-40g\n")),
              AllOf(HasSubstr("own.yaml:1"), HasSubstr("'a100-sxm-40gb'")));
}

TEST_F(ConfigReaderTest, NamesFileLineAndNearestKeyOfAnUnknownKey) {
  EXPECT_THAT(error_of(write_gpu("sm_conut: 7\n")),
              AllOf(HasSubstr("gpu.yaml:15: unknown key 'sm_conut'"), HasSubstr("'sm_count'")));
}

TEST_F(ConfigReaderTest, BlamesTheMisspeltKeyBeforeTheOneThatIsMissingForIt) {
  EXPECT_THAT(error_of(write_gpu("sm_conut: 7\n", "sm_count")),
              HasSubstr("unknown key 'sm_conut'"));
}

TEST_F(ConfigReaderTest, FindsUnknownKeysInBasesToo) {
  write("base.yaml", "\nl2_mb: 2\n");
  EXPECT_THAT(error_of(write_gpu("base: base.yaml\n")),
              AllOf(HasSubstr("base.yaml:2: unknown key 'l2_mb'"), HasSubstr("'l2_mib'")));
}

TEST_F(ConfigReaderTest, NamesTheRequiredKeyThatIsMissing) {
  EXPECT_THAT(error_of(write_gpu("", "l2_mib")),
              AllOf(HasSubstr("gpu.yaml:1: key 'l2_mib' is missing"), HasSubstr("L2 capacity")));
}

struct BadValue {
  const char *line, *complaint;
};
void PrintTo(const BadValue &bad, std::ostream *stream) { *stream << bad.line; }

class BadValueTest : public ConfigReaderTest, public ::testing::WithParamInterface<BadValue> {};

TEST_P(BadValueTest, IsAnErrorAtItsLine) {
  const std::string line = GetParam().line;
  const auto key = line.substr(0, line.find(':'));
  EXPECT_THAT(error_of(write_gpu(line + "\n", key)),
              AllOf(HasSubstr("gpu.yaml:14: key '" + key + "'"), HasSubstr(GetParam().complaint)));
}

INSTANTIATE_TEST_SUITE_P(
    ConfigReader, BadValueTest,
    ::testing::Values(BadValue{"sm_count: many", "'many' is not a number"},
                      BadValue{"sm_count: '108'", "'108' is not a number"},
                      BadValue{"sm_count: 10.5", "10.5 is not a whole number; 1 to 1024 SMs"},
                      BadValue{"sm_count: 0", "0 is out of range; 1 to 1024 SMs"},
                      BadValue{"sm_count: -3", "-3 is out of range"},
                      BadValue{"sm_count: 1e99", "1e99 is out of range"},
                      BadValue{"sm_count: 1e999", "1e999 is out of range"},
                      BadValue{"sm_count: 0x10", "'0x10' is not a number"},
                      BadValue{"sm_count: 10 SMs", "'10 SMs' is not a number"},
                      BadValue{"sm_count: [10]", "must be one value, not a list or a map"},
                      BadValue{"sm_count: {a: 1}", "must be one value, not a list or a map"},
                      BadValue{"sm_count:", "has no value"},
                      BadValue{"l2_mib: .nan", "'.nan' is not a finite number"},
                      BadValue{"l2_mib: nan", "'nan' is not a finite number"},
                      BadValue{"l2_mib: inf", "'inf' is not a finite number"},
                      BadValue{"l2_mib: .inf", "is not a"},
                      BadValue{"l2_mib: -1", "-1 is out of range; 0.001 to 4096 MiB"},
                      BadValue{"description: ''", "is empty"},
                      BadValue{"kind: cpu", "unknown value 'cpu'; one of: gpu, tile"}));

TEST_F(ConfigReaderTest, RefusesAKeyGivenTwice) {
  EXPECT_THAT(error_of(write_gpu("l2_mib: 5\n")),
              HasSubstr("gpu.yaml:15: key 'l2_mib' is given twice"));
}

TEST_F(ConfigReaderTest, RefusesBrokenYaml) {
  EXPECT_THAT(error_of(write("broken.yaml", "kind: gpu\nl2_mib: [1, 2\nsm_count: 3\n")),
              AllOf(HasSubstr("broken.yaml:"), HasSubstr("broken YAML")));
}

TEST_F(ConfigReaderTest, RefusesAnEmptyFile) {
  EXPECT_THAT(error_of(write("empty.yaml", "")), HasSubstr("empty.yaml:1: the file is empty"));
  EXPECT_THAT(error_of(write("empty.yaml", "# only a remark\n")), HasSubstr("the file is empty"));
}

TEST_F(ConfigReaderTest, RefusesWhatIsNoMap) {
  EXPECT_THAT(error_of(write("list.yaml", "- 1\n- 2\n")), HasSubstr("list.yaml:1: not a map"));
  EXPECT_THAT(error_of(write("two.yaml", "kind: gpu\n---\nkind: tile\n")),
              HasSubstr("a second YAML document"));
}

TEST_F(ConfigReaderTest, RefusesAMissingFileAndAFolder) {
  EXPECT_THAT(error_of(folder_ / "none.yaml"), HasSubstr("none.yaml: no such file"));
  fs::create_directory(folder_ / "folder.yaml");
  EXPECT_THAT(error_of(folder_ / "folder.yaml"), HasSubstr("is not a file"));
}

TEST_F(ConfigReaderTest, RefusesACycleOfBases) {
  write("a.yaml", "base: b.yaml\n");
  write("b.yaml", "\nbase: a.yaml\n");
  EXPECT_THAT(error_of(folder_ / "a.yaml"),
              HasSubstr("b.yaml:2: key 'base': 'a.yaml' inherits from itself"));
}

TEST_F(ConfigReaderTest, RefusesABaseThatIsNotThere) {
  EXPECT_THAT(error_of(write_gpu("base: none.yaml\n")),
              AllOf(HasSubstr("gpu.yaml:15: key 'base': no such file"), HasSubstr("none.yaml")));
}

// ---- relations between keys ---------------------------------------------------------------------

TEST_F(ConfigReaderTest, ChecksThatACtaFitsItsSm) {
  EXPECT_THAT(error_of(write_gpu("shared_memory_kib_per_cta: 65\n", "shared_memory_kib_per_cta")),
              AllOf(HasSubstr("gpu.yaml:14: key 'shared_memory_kib_per_cta': 65 KiB is more"),
                    HasSubstr("at most shared_memory_kib_per_sm, 64")));
}

TEST_F(ConfigReaderTest, ChecksThatClocksAndBandwidthsAreInOrder) {
  EXPECT_THAT(error_of(write_gpu("sustained_clock_ghz: 2\n")),
              HasSubstr("far above the boost clock"));
  EXPECT_THAT(error_of(write_gpu("tensor_clock_ghz: 1.6\n")), HasSubstr("exceeds the boost clock"));
  EXPECT_THAT(error_of(write_gpu("l2_bandwidth_gbps: 400\n", "l2_bandwidth_gbps")),
              HasSubstr("at least dram_bandwidth_gbps, 500"));
  EXPECT_THAT(error_of(write_gpu("l2_latency_us: 3\n")), HasSubstr("longer than to DRAM"));
}

TEST_F(ConfigReaderTest, ChecksThatARuntimeSuitsItsTarget) {
  const auto file = write("r.yaml", "kind: runtime\ndescription: x\ntarget: gpu\n"
                                    "submission: sequencer\nstrategy: unfused\n");
  EXPECT_THAT([&] { load_runtime(file.string()); },
              ::testing::ThrowsMessage<Error>(HasSubstr("r.yaml:4: key 'submission'")));
}

TEST_F(ConfigReaderTest, ChecksTheStrategyOfARuntime) {
  const auto file = write("r.yaml", "kind: runtime\ndescription: x\ntarget: gpu\n"
                                    "submission: eager\nstrategy: unfussed\n");
  EXPECT_THAT([&] { load_runtime(file.string()); },
              ::testing::ThrowsMessage<Error>(
                  AllOf(HasSubstr("r.yaml:5: key 'strategy'"), HasSubstr("'unfused'"))));
}

TEST_F(ConfigReaderTest, ReadsFlagsAndChoices) {
  const auto text = "kind: runtime\ndescription: x\ntarget: gpu\nsubmission: graph_replay\n"
                    "strategy: greedy\npacked_qkv: false\nfolds_batch_norm: true\n";
  const auto runtime = load_runtime(write("r.yaml", text).string());
  EXPECT_EQ(runtime.submission, Runtime::Submission::graph_replay);
  EXPECT_FALSE(runtime.packed_qkv);
  EXPECT_TRUE(runtime.folds_batch_norm);
  const auto wrong = write("w.yaml", std::string(text) + "\n").string();
  std::ofstream(wrong, std::ios::app) << "queue_depth: 8\n";
  EXPECT_EQ(load_runtime(wrong).queue_depth, 8U);
  const auto flag = write("f.yaml", "kind: runtime\npacked_qkv: yes\n");
  EXPECT_THAT(
      [&] { load_runtime(flag.string()); },
      ::testing::ThrowsMessage<Error>(HasSubstr("f.yaml:2: key 'packed_qkv': 'yes' is neither")));
}

// ---- calibrated constants ------------------------------------------------------------------------

TEST_F(ConfigReaderTest, KnowsWhichNumbersAreCalibratedAndTheirBounds) {
  write("far.yaml", "calibrated: {dram_efficiency: [0.5, 1], tensor_efficiency: [0.6, 1.0]}\n");
  const auto machine = load_machine(
      write_gpu("base: far.yaml\ncalibrated:\n  dram_efficiency: [0.7, 0.98]\n").string());
  ASSERT_EQ(machine.calibrated.size(), 2U);
  EXPECT_EQ(machine.calibrated[0].key, "dram_efficiency"); // the nearest file's bounds
  EXPECT_DOUBLE_EQ(machine.calibrated[0].min, 0.7);
  EXPECT_DOUBLE_EQ(machine.calibrated[0].max, 0.98);
  EXPECT_EQ(machine.calibrated[1].key, "tensor_efficiency");
  EXPECT_TRUE(load_machine(write_gpu("").string()).calibrated.empty());
}

TEST_F(ConfigReaderTest, NamesTheLineOfWhatIsWrongWithACalibratedConstant) {
  const auto check = [&](const std::string &text, const std::string &line, const char *fault) {
    EXPECT_THAT(error_of(write_gpu(text)),
                AllOf(HasSubstr("gpu.yaml:" + line + ": "), HasSubstr(fault)))
        << text;
  };
  check("calibrated: dram_efficiency\n", "15", "must map keys to bounds");
  check("calibrated: [dram_efficiency]\n", "15", "must map keys to bounds");
  for (const auto *bounds : {"0.7", "[0.7]", "[0.9, 0.7]", "[0.7, 0.7]", "[0.7, 0.8, 0.9]",
                             "[low, high]", "{min: 0.7}", ""})
    check(std::string("calibrated:\n  dram_efficiency: ") + bounds + "\n", "16",
          "bounds of 'dram_efficiency' must be two numbers");
  check("calibrated:\n  dram_eficiency: [0.7, 0.98]\n", "16", "'dram_efficiency'");
  check("calibrated:\n  description: [0.7, 0.98]\n", "16", "is no number that can be calibrated");
}

// ---- where configs are found
// ---------------------------------------------------------------------

TEST_F(ConfigReaderTest, SuggestsTheNearestNameOfAnUnknownTarget) {
  EXPECT_THAT([] { load_machine("a100-sxm-40g"); },
              ::testing::ThrowsMessage<Error>(
                  AllOf(HasSubstr("unknown target 'a100-sxm-40g'"), HasSubstr("'a100-sxm-40gb'"))));
  EXPECT_THAT([] { load_runtime("eager"); },
              ::testing::ThrowsMessage<Error>(HasSubstr("unknown runtime 'eager'")));
}

TEST_F(ConfigReaderTest, TakesTheFolderThatTheEnvironmentNames) {
  fs::create_directory(folder_ / "gpu");
  ASSERT_EQ(setenv("FUSESIM_CONFIG_PATH", folder_.c_str(), 1), 0);
  EXPECT_EQ(config_root(), folder_);
  ASSERT_EQ(setenv("FUSESIM_CONFIG_PATH", "/nowhere", 1), 0);
  EXPECT_THAT([] { config_root(); },
              ::testing::ThrowsMessage<Error>(HasSubstr("FUSESIM_CONFIG_PATH: '/nowhere'")));
  unsetenv("FUSESIM_CONFIG_PATH");
  EXPECT_EQ(fs::canonical(config_root()), fs::canonical(FUSESIM_SOURCE_DIR "/configs"));
}

TEST_F(ConfigReaderTest, ListsEveryKeyWithUnitRangeAndMeaning) {
  for (const std::string kind : {"gpu", "tile", "runtime"}) {
    const auto keys = list_keys(kind);
    EXPECT_GT(keys.size(), 15U);
    for (const auto &key : keys) {
      EXPECT_FALSE(key.meaning.empty()) << key.key;
      const auto count = std::ranges::count(keys, key.key, &KeyInfo::key);
      EXPECT_EQ(count, 1) << key.key;
    }
  }
  const auto keys = list_keys("gpu");
  const auto clock = std::ranges::find(keys, "boost_clock_ghz", &KeyInfo::key);
  ASSERT_NE(clock, keys.end());
  EXPECT_EQ(clock->unit, "GHz");
  EXPECT_EQ(clock->range, "0.1 to 5");
  EXPECT_TRUE(clock->required);
  EXPECT_THROW(list_keys("cpu"), Error);
}

} // namespace
