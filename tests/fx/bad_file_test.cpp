// Files that are not what tools/export_fx.py writes: one clear error each.
#include "document.hpp"
#include "test_paths.hpp"

#include <algorithm>
#include <fstream>
#include <random>

namespace fusesim::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// x ─> conv ─> relu ─> output
Document conv_relu() {
  Document document;
  document.weight("conv.weight", {8, 3, 3, 3})
      .module("conv", "Conv2d", {{"weight", "conv.weight"}},
              {{"stride", {1, 1}}, {"padding", {1, 1}}, {"dilation", {1, 1}}, {"groups", 1}})
      .module("relu", "ReLU")
      .input("x", {1, 3, 8, 8})
      .add(Document::call("conv", "call_module", "conv", {Document::node("x")},
                          Document::tensor({1, 8, 8, 8})))
      .add(Document::call("relu", "call_module", "relu", {Document::node("conv")},
                          Document::tensor({1, 8, 8, 8})))
      .output("relu");
  return document;
}

template <typename Change> std::string error_after(Change change) {
  auto document = conv_relu();
  change(document.json);
  return error_of(document.json.dump());
}

/// `text` with the first `from` in it as `to`.
std::string with(const std::string &text, const std::string &from, const std::string &to) {
  const auto at = text.find(from);
  if (at == std::string::npos)
    throw std::invalid_argument(from + " is not there");
  return text.substr(0, at) + to + text.substr(at + from.size());
}

std::string bytes_of(const std::string &file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
const std::string kExported = FUSESIM_SOURCE_DIR "/data/fx/resnet18.json.gz";

TEST(BadFxFile, NothingIsWrongWithTheUnchangedOne) {
  EXPECT_EQ(error_of(conv_relu().json.dump()), "");
}

TEST(BadFxFile, MissingFolderOrEmpty) {
  EXPECT_THROW(ir::import_fx("none.json"), Error);
  EXPECT_THROW(ir::import_fx("/"), Error);
  EXPECT_THAT(error_of(""), HasSubstr("is empty"));
}

TEST(BadFxFile, NoJson) {
  EXPECT_THAT(error_of("weights"), AllOf(HasSubstr(":1: "), HasSubstr("no JSON")));
  EXPECT_THAT(error_of("{\n\"a\": 1,\n\"b\" 2}"), AllOf(HasSubstr(":3: "), HasSubstr("no JSON")));
  EXPECT_THAT(error_of("{\"a\": 1e999}"), HasSubstr("no JSON"));
}

TEST(BadFxFile, AnotherFormatOrVersion) {
  EXPECT_THAT(error_of("[1, 2]"), HasSubstr("no exported graph"));
  EXPECT_THAT(error_of("{\"nodes\": []}"), HasSubstr("no exported graph"));
  EXPECT_THAT(error_after([](Json &json) { json["version"] = 7; }),
              AllOf(HasSubstr("version 7"), HasSubstr("reads 1")));
}

TEST(BadFxFile, JsonTruncatedAnywhere) {
  const auto text = conv_relu().json.dump();
  for (std::size_t size = 1; size < text.size(); ++size)
    EXPECT_THAT(error_of(text.substr(0, size)), HasSubstr("truncated")) << size;
}

TEST(BadFxFile, CompressedDataTruncatedAnywhere) {
  const auto bytes = bytes_of(kExported);
  ASSERT_GT(bytes.size(), 2000u);
  for (std::size_t size = 2; size < bytes.size(); size += 101)
    EXPECT_THAT(error_of(bytes.substr(0, size), ".json.gz"), HasSubstr("truncated")) << size;
}

TEST(BadFxFile, CompressedDataDamagedAnywhere) {
  const auto bytes = bytes_of(kExported);
  for (std::size_t at = 10; at < bytes.size(); at += 97) { // behind the header, RFC 1952
    auto damaged = bytes;
    damaged[at] = static_cast<char>(~damaged[at]);
    EXPECT_NE(error_of(damaged, ".json.gz"), "") << at; // the stream ends with a checksum
  }
}

TEST(BadFxFile, ClaimsMoreNodesThanItHas) {
  EXPECT_THAT(error_after([](Json &json) { json["node_count"] = 1'000'000'000; }),
              HasSubstr("says it has 1000000000 nodes, has 4"));
  EXPECT_THAT(error_after([](Json &json) { json["node_count"] = -1; }), HasSubstr("-1 nodes"));
  EXPECT_THAT(error_after([](Json &json) { json["node_count"] = "many"; }),
              HasSubstr("'node_count' must be a whole number, is string"));
  // as an integer of thirty digits, which no JSON value of ours holds
  EXPECT_THAT(error_of(with(conv_relu().json.dump(), "\"node_count\":4",
                            "\"node_count\":1" + std::string(30, '0'))),
              HasSubstr("'node_count' is 1e+30, too large for 64 bits"));
}

TEST(BadFxFile, Cycle) {
  EXPECT_THAT(error_after([](Json &json) { json["nodes"][1]["args"] = {Document::node("relu")}; }),
              AllOf(HasSubstr("'conv'"), HasSubstr("'relu'"), HasSubstr("cycle")));
  EXPECT_THAT(error_after([](Json &json) { json["nodes"][1]["args"] = {Document::node("conv")}; }),
              HasSubstr("cycle"));
}

TEST(BadFxFile, DanglingReferences) {
  EXPECT_THAT(error_after([](Json &json) { json["nodes"][2]["args"] = {Document::node("norm")}; }),
              AllOf(HasSubstr("node 'relu'"), HasSubstr("'norm'")));
  EXPECT_THAT(error_after([](Json &json) { json["nodes"][1]["target"] = "stem"; }),
              HasSubstr("'stem' is not among the file's modules"));
  EXPECT_THAT(error_after([](Json &json) { json["modules"]["conv"]["tensors"]["weight"] = "w"; }),
              HasSubstr("'w' is not among the file's tensors"));
  EXPECT_THAT(error_after([](Json &json) { json["nodes"][2]["value"]["view_of"] = "norm"; }),
              HasSubstr("'norm'"));
}

TEST(BadFxFile, NamesUsedTwice) {
  EXPECT_THAT(error_after([](Json &json) { json["nodes"][2]["name"] = "conv"; }),
              HasSubstr("node 'conv': another node has the same name"));
  const auto text =
      with(conv_relu().json.dump(), "\"conv.weight\"", "\"conv.weight\":1,\"conv.weight\"");
  EXPECT_THAT(error_of(text), HasSubstr("'conv.weight' is there twice"));
}

TEST(BadFxFile, ShapesThatDoNotFitTheOperator) {
  EXPECT_THAT(error_after([](Json &json) {
                json["nodes"][1]["value"]["shape"] = {1, 8, 9, 9};
              }),
              AllOf(HasSubstr("'conv'"), HasSubstr("1x8x9x9"), HasSubstr("1x8x8x8")));
  EXPECT_THAT(error_after([](Json &json) {
                json["tensors"]["conv.weight"]["shape"] = {8, 5, 3, 3};
              }),
              HasSubstr("'conv'"));
  EXPECT_THAT(error_after([](Json &json) {
                json["tensors"]["conv.weight"]["shape"] = {8, 3};
              }),
              HasSubstr("'conv'"));
}

TEST(BadFxFile, SizesThatAreNone) {
  const auto with_shape = [](Json shape) {
    return error_after([&](Json &json) { json["nodes"][0]["value"]["shape"] = shape; });
  };
  EXPECT_THAT(with_shape({1, 3, -8, 8}), AllOf(HasSubstr("'x'"), HasSubstr("-8")));
  EXPECT_THAT(with_shape({1, 3, 0, 8}), HasSubstr("not positive"));
  EXPECT_THAT(with_shape({1, 3, 8.5, 8}), HasSubstr("'shape' must be a whole number, is 8.5"));
  EXPECT_THAT(with_shape({1, 3, 1LL << 40, 1LL << 40}), HasSubstr("larger than 2^60 bytes"));
  for (const Json &huge : {Json(18446744073709551615ULL), Json(INT64_MAX + 1ULL), Json(1e30)})
    EXPECT_THAT(with_shape({huge}),
                HasSubstr("'shape' is " + huge.dump() + ", too large for 64 bits"));
  EXPECT_THAT(with_shape({INT64_MAX}), testing::Not(HasSubstr("too large for 64 bits")));
  EXPECT_THAT(with_shape("1x3"), HasSubstr("'shape' must be a list"));
}

TEST(BadFxFile, SettingsThatAreAbsurd) {
  for (const Json &stride : {Json{0, 0}, Json{-1, 1}, Json{1, 1, 1}, Json{INT64_MAX, 1}})
    EXPECT_NE(
        error_after([&](Json &json) { json["modules"]["conv"]["config"]["stride"] = stride; }), "")
        << stride;
  for (const Json &groups : {Json(0), Json(-3), Json(2), Json(INT64_MAX)})
    EXPECT_NE(
        error_after([&](Json &json) { json["modules"]["conv"]["config"]["groups"] = groups; }), "")
        << groups;
}

TEST(BadFxFile, MembersMissingOrOfAnotherKind) {
  for (const char *key : {"name", "tensors", "modules", "nodes", "node_count", "version"})
    EXPECT_THAT(error_after([&](Json &json) { json.erase(key); }), HasSubstr(key));
  for (const char *key : {"name", "op", "target", "args", "value"})
    for (const Json &other : {Json(), Json(7), Json{{"a", 1}, {"b", 2}}})
      if (key != std::string("value") || other.is_object()) { // numbers are results, too
        EXPECT_NE(error_after([&](Json &json) { json["nodes"][1][key] = other; }), "")
            << key << other;
      }
  EXPECT_THAT(error_after([](Json &json) { json["nodes"][1]["op"] = "call_modul"; }),
              HasSubstr("call_module"));
  EXPECT_THAT(error_after([](Json &json) {
                json["nodes"][1]["args"] = {Json{{"mode", 1}}};
              }),
              HasSubstr("unknown kind 'mode'"));
}

TEST(BadFxFile, OutputsOtherThanOneAtTheEnd) {
  EXPECT_THAT(error_after([](Json &json) {
                json["nodes"].erase(3);
                json["node_count"] = 3;
              }),
              HasSubstr("0 output nodes"));
  EXPECT_THAT(error_after([](Json &json) { std::swap(json["nodes"][2], json["nodes"][3]); }),
              testing::Not(""));
  EXPECT_THAT(error_after([](Json &json) { json["nodes"][3]["args"] = {1}; }),
              HasSubstr("returns no tensor"));
}

TEST(BadFxFile, CallsWithoutTheirArguments) {
  for (const char *target :
       {"torch.nn.functional.linear", "torch.cat", "torch.max_pool2d", "torch.addmm",
        "torch.nn.functional.softmax", "torch.nn.functional.normalize", "torch.einsum",
        "torch.ops.aten._transformer_encoder_layer_fwd", "torch.ops.aten.addcmul.default",
        "operator.getitem", "builtins.getattr", "torch._native_multi_head_attention"})
    for (const Json &args : {Json::array(), Json{Document::node("conv")}, Json{"text", 1}}) {
      auto document = conv_relu();
      document.json["nodes"][2] =
          Document::call("relu", "call_function", target, args, Document::tensor({1, 8, 8, 8}));
      (void)error_of(document.json.dump()); // an Error or an operator that needs no more, no crash
    }
}

TEST(BadFxFile, NestedWithoutEnd) {
  const std::string deep(200'000, '[');
  EXPECT_THAT(error_of(deep), HasSubstr("nested deeper"));
  const auto text = with(conv_relu().json.dump(), "\"args\":[", "\"args\":[" + deep);
  EXPECT_THAT(error_of(text), HasSubstr("nested deeper"));
}

// Whatever single value of the file is replaced by whatever other: an Error or a graph.
TEST(BadFxFile, AnyValueReplacedByAnyOther) {
  const auto flat = conv_relu().json.flatten();
  const std::vector<Json> others{nullptr,
                                 true,
                                 -1,
                                 0,
                                 3,
                                 INT64_MAX,
                                 0.5,
                                 "",
                                 "x",
                                 "f64",
                                 Json::array(),
                                 Json::object(),
                                 Json{{"node", "x"}}};
  for (const auto &[pointer, value] : flat.items())
    for (const auto &other : others) {
      auto document = conv_relu();
      document.json[Json::json_pointer(pointer)] = other;
      SCOPED_TRACE(pointer + " = " + other.dump());
      EXPECT_NO_FATAL_FAILURE((void)error_of(document.json.dump()));
    }
}

TEST(BadFxFile, RandomBytesChanged) {
  const auto text = conv_relu().json.dump();
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    auto changed = text;
    for (int k = 0; k < 3; ++k)
      changed[random() % changed.size()] = "0123456789-\"{}[],:xeE. "[random() % 23];
    (void)error_of(changed); // an Error or a graph, nothing else
  }
}

} // namespace
} // namespace fusesim::test
