// Parameters and multiply-accumulates against figures counted on the real networks.
#include "test_paths.hpp"
#include "zoo/zoo_testing.hpp"

#include <fstream>
#include <map>
#include <sstream>

using namespace fusesim::ir;

namespace {

struct Reference {
  std::int64_t image_size;
  std::uint64_t parameters, macs;
};

void read_figures(const std::string &path, std::map<std::string, Reference> &result) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line); // model,image_size,params,macs
  while (std::getline(file, line)) {
    std::ranges::replace(line, ',', ' ');
    std::istringstream fields(line);
    std::string model;
    Reference row{};
    if (fields >> model >> row.image_size >> row.parameters >> row.macs)
      result.emplace(model, row);
  }
}

std::map<std::string, Reference> torchvision_figures() {
  std::map<std::string, Reference> result;
  read_figures(FUSESIM_SOURCE_DIR "/data/torchvision_macs.csv", result);
  read_figures(FUSESIM_SOURCE_DIR "/data/torchvision_more_macs.csv", result);
  return result;
}

/// Parameter counts of models that the tables lack.
const std::map<std::string, std::uint64_t> kPublishedParameters{
    // sums of the shapes of the checkpoints bert-base-uncased and bert-large-uncased (without the
    // pretraining heads), gpt2 and gpt2-medium
    {"bert_base", 109'482'240},
    {"bert_large", 335'141'888},
    {"gpt2", 124'439'808},
    {"gpt2_medium", 354'823'168},
    // deit_tiny_patch16_224 and deit_small_patch16_224; Touvron et al. 2020, table 1: 5 and 22
    // million
    {"vit_ti_16", 5'717'416},
    {"vit_s_16", 22'050'664},
    // torchvision's vit_b_16 and vit_l_16 less the class token and its row of the position table
    {"vit_b_16_gap", 86'567'656 - 2 * 768},
    {"vit_l_16_gap", 304'326'632 - 2 * 1024},
};

} // namespace

TEST(ZooGolden, ParametersAndMacsEqualTorchvisions) {
  const auto figures = torchvision_figures();
  ASSERT_EQ(figures.size(), 33u + 46u);
  std::size_t compared = 0;
  for (const auto &entry : zoo()) {
    const auto reference = figures.find(entry.name);
    if (reference == figures.end())
      continue;
    ++compared;
    const auto totals = totals_of(build(entry.name, reference->second.image_size));
    EXPECT_EQ(totals.parameters, reference->second.parameters) << entry.name;
    EXPECT_EQ(totals.macs, reference->second.macs) << entry.name;
  }
  EXPECT_EQ(compared, 79u) << "zoo models that the tables hold";
}

TEST(ZooGolden, ParametersOfTheOtherModelsEqualThePublishedOnes) {
  for (const auto &[name, parameters] : kPublishedParameters)
    EXPECT_EQ(build_zoo_model(name).parameter_count(), parameters) << name;
}

TEST(ZooGolden, EveryModelHasAReference) {
  const auto figures = torchvision_figures();
  for (const auto &entry : zoo())
    EXPECT_TRUE(figures.contains(entry.name) || kPublishedParameters.contains(entry.name))
        << entry.name;
}

TEST(ZooGolden, DefaultSizesAreThoseOfTheTable) {
  const auto figures = torchvision_figures();
  for (const auto &entry : zoo())
    if (const auto reference = figures.find(entry.name); reference != figures.end()) {
      EXPECT_EQ(entry.default_size, reference->second.image_size) << entry.name;
    }
}
