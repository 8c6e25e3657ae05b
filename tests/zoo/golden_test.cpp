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

std::map<std::string, Reference> torchvision_figures() {
  std::ifstream file(FUSESIM_SOURCE_DIR "/data/torchvision_macs.csv");
  std::string line;
  std::getline(file, line); // model,image_size,params,macs
  std::map<std::string, Reference> result;
  while (std::getline(file, line)) {
    std::ranges::replace(line, ',', ' ');
    std::istringstream fields(line);
    std::string model;
    Reference row{};
    if (fields >> model >> row.image_size >> row.parameters >> row.macs)
      result.emplace(model, row);
  }
  return result;
}

/// Parameter counts of models that the table lacks.
const std::map<std::string, std::uint64_t> kPublishedParameters{
    // `num_params` in torchvision/models/densenet.py, regnet.py and efficientnet.py
    {"densenet161", 28'681'000},
    {"densenet169", 14'149'480},
    {"densenet201", 20'013'928},
    {"regnet_x_400mf", 5'495'976},
    {"regnet_x_800mf", 7'259'656},
    {"regnet_x_1_6gf", 9'190'136},
    {"regnet_x_3_2gf", 15'296'552},
    {"regnet_x_16gf", 54'278'536},
    {"regnet_x_32gf", 107'811'560},
    {"regnet_y_800mf", 6'432'512},
    {"regnet_y_1_6gf", 11'202'430},
    {"regnet_y_3_2gf", 19'436'338},
    {"regnet_y_8gf", 39'381'472},
    {"regnet_y_16gf", 83'590'140},
    {"regnet_y_32gf", 145'046'770},
    {"efficientnet_b2", 9'109'994},
    {"efficientnet_b3", 12'233'232},
    {"efficientnet_b5", 30'389'784},
    {"efficientnet_b6", 43'040'704},
    {"efficientnet_b7", 66'347'960},
    // sum of the shapes of the checkpoints bert-base-uncased (without the pretraining heads) and
    // gpt2
    {"bert_base", 109'482'240},
    {"gpt2", 124'439'808},
};

} // namespace

TEST(ZooGolden, ParametersAndMacsEqualTorchvisions) {
  const auto figures = torchvision_figures();
  ASSERT_EQ(figures.size(), 33u);
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
  EXPECT_EQ(compared, 26u) << "zoo models that the table holds";
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
