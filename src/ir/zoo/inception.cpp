#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

namespace fusesim::ir::models {

// The auxiliary classifiers of both networks only run in training. Their parameters are there, as
// in torchvision's models, but nothing reads them.

namespace {

/// torchvision's BasicConv2d.
ValueId basic_conv(Layers &net, const std::string &path, ValueId x, const Conv &conv) {
  x = net.conv2d(join(path, "conv"), x, conv);
  x = net.batch_norm(join(path, "bn"), x);
  return net.call(OpKind::relu, path, {x});
}

void unread_conv(Layers &net, const std::string &path, std::int64_t in, std::int64_t out,
                 std::int64_t kernel) {
  const auto parameter = [&](const char *name, Dims dims) {
    net.builder().weight(join(path, name), {DType::f32, std::move(dims)});
  };
  parameter("conv.weight", {out, in, kernel, kernel});
  parameter("bn.weight", {out});
  parameter("bn.bias", {out});
}

void unread_linear(Layers &net, const std::string &path, std::int64_t in, std::int64_t out) {
  net.builder().weight(join(path, "weight"), {DType::f32, {out, in}});
  net.builder().weight(join(path, "bias"), {DType::f32, {out}});
}

ValueId classifier(Layers &net, ValueId x) {
  x = net.module(OpKind::dropout, "dropout", {pool_and_flatten(net, "avgpool", x)});
  return net.linear("fc", x, 1000);
}

// ---- GoogLeNet

/// Output channels of the branches 1×1, 3×3, "5×5" (3×3 in torchvision) and pooling; `reduced`
/// channels in front of the middle two.
struct Inception {
  const char *name;
  std::int64_t pointwise, reduced3, spatial3, reduced5, spatial5, pooled;
};
// Szegedy et al. 2014, table 1.
constexpr Inception k3[] = {{"3a", 64, 96, 128, 16, 32, 32}, {"3b", 128, 128, 192, 32, 96, 64}};
constexpr Inception k4[] = {{"4a", 192, 96, 208, 16, 48, 64},
                            {"4b", 160, 112, 224, 24, 64, 64},
                            {"4c", 128, 128, 256, 24, 64, 64},
                            {"4d", 112, 144, 288, 32, 64, 64},
                            {"4e", 256, 160, 320, 32, 128, 128}};
constexpr Inception k5[] = {{"5a", 256, 160, 320, 32, 128, 128},
                            {"5b", 384, 192, 384, 48, 128, 128}};

ValueId inception(Layers &net, ValueId x, const Inception &spec) {
  const auto path = std::string("inception") + spec.name;
  const auto reduced_branch = [&](const char *branch, std::int64_t reduced, std::int64_t out) {
    const auto scope = join(path, branch);
    const auto inner = basic_conv(net, join(scope, 0), x, {.out_channels = reduced});
    return basic_conv(net, join(scope, 1), inner, {.out_channels = out, .kernel = 3, .padding = 1});
  };
  const auto pointwise =
      basic_conv(net, join(path, "branch1"), x, {.out_channels = spec.pointwise});
  const auto spatial3 = reduced_branch("branch2", spec.reduced3, spec.spatial3);
  const auto spatial5 = reduced_branch("branch3", spec.reduced5, spec.spatial5);
  auto pooled = net.max_pool2d(join(path, "branch4.0"), x, 3, 1, 1, Rounding::up);
  pooled = basic_conv(net, join(path, "branch4.1"), pooled, {.out_channels = spec.pooled});
  return net.concat(path, {pointwise, spatial3, spatial5, pooled}, 1);
}

void auxiliary_classifier(Layers &net, const std::string &path, std::int64_t channels) {
  unread_conv(net, join(path, "conv"), channels, 128, 1);
  unread_linear(net, join(path, "fc1"), std::int64_t{128} * 4 * 4, 1024);
  unread_linear(net, join(path, "fc2"), 1024, 1000);
}

} // namespace

ValueId googlenet(Layers &net, ValueId x, const GoogLeNet &) {
  const auto modules = [&](std::span<const Inception> specs) {
    for (const auto &spec : specs)
      x = inception(net, x, spec);
  };
  const auto halve = [&](const char *name, std::int64_t kernel) {
    x = net.max_pool2d(name, x, kernel, 2, 0, Rounding::up);
  };
  x = basic_conv(net, "conv1", x, {.out_channels = 64, .kernel = 7, .stride = 2, .padding = 3});
  halve("maxpool1", 3);
  x = basic_conv(net, "conv2", x, {.out_channels = 64});
  x = basic_conv(net, "conv3", x, {.out_channels = 192, .kernel = 3, .padding = 1});
  halve("maxpool2", 3);
  modules(k3);
  halve("maxpool3", 3);
  modules(k4);
  halve("maxpool4", 2);
  modules(k5);
  auxiliary_classifier(net, "aux1", 512);
  auxiliary_classifier(net, "aux2", 528);
  return classifier(net, x);
}

// ---- Inception v3: Szegedy et al. 2015

namespace {

/// The convolutions of one Mixed_* module, by name.
class Mixed {
public:
  Mixed(Layers &net, std::string path) : net_(net), path_(std::move(path)) {}

  /// Padded so that stride 1 keeps the image size.
  ValueId conv(const char *name, ValueId x, std::int64_t channels, Extent2d kernel = 1) {
    return basic_conv(net_, join(path_, name), x,
                      {.out_channels = channels,
                       .kernel = kernel,
                       .padding = {(kernel.height - 1) / 2, (kernel.width - 1) / 2}});
  }
  /// 3×3 with stride 2, unpadded.
  ValueId halving_conv(const char *name, ValueId x, std::int64_t channels) {
    return basic_conv(net_, join(path_, name), x,
                      {.out_channels = channels, .kernel = 3, .stride = 2});
  }
  ValueId pooled_conv(ValueId x, std::int64_t channels) {
    return conv("branch_pool", net_.avg_pool2d(join(path_, "avg_pool2d"), x, 3, 1, 1), channels);
  }
  ValueId halving_pool(ValueId x) { return net_.max_pool2d(join(path_, "max_pool2d"), x, 3, 2); }
  ValueId concat(std::vector<ValueId> branches) {
    return net_.concat(path_, std::move(branches), 1);
  }

private:
  Layers &net_;
  std::string path_;
};

constexpr Extent2d kRow{1, 7}, kColumn{7, 1};

/// 1×1; 5×5; two 3×3; pooling.
ValueId inception_a(Mixed mixed, ValueId x, std::int64_t pooled_channels) {
  const auto pointwise = mixed.conv("branch1x1", x, 64);
  auto single = mixed.conv("branch5x5_1", x, 48);
  single = mixed.conv("branch5x5_2", single, 64, 5);
  auto twice = mixed.conv("branch3x3dbl_1", x, 64);
  twice = mixed.conv("branch3x3dbl_2", twice, 96, 3);
  twice = mixed.conv("branch3x3dbl_3", twice, 96, 3);
  return mixed.concat({pointwise, single, twice, mixed.pooled_conv(x, pooled_channels)});
}

/// Halves the image: 3×3; two 3×3; pooling.
ValueId inception_b(Mixed mixed, ValueId x) {
  const auto single = mixed.halving_conv("branch3x3", x, 384);
  auto twice = mixed.conv("branch3x3dbl_1", x, 64);
  twice = mixed.conv("branch3x3dbl_2", twice, 96, 3);
  twice = mixed.halving_conv("branch3x3dbl_3", twice, 96);
  return mixed.concat({single, twice, mixed.halving_pool(x)});
}

/// 1×1; 7×7 as 1×7 and 7×1; the same twice; pooling.
ValueId inception_c(Mixed mixed, ValueId x, std::int64_t channels) {
  const auto pointwise = mixed.conv("branch1x1", x, 192);
  auto single = mixed.conv("branch7x7_1", x, channels);
  single = mixed.conv("branch7x7_2", single, channels, kRow);
  single = mixed.conv("branch7x7_3", single, 192, kColumn);
  auto twice = mixed.conv("branch7x7dbl_1", x, channels);
  twice = mixed.conv("branch7x7dbl_2", twice, channels, kColumn);
  twice = mixed.conv("branch7x7dbl_3", twice, channels, kRow);
  twice = mixed.conv("branch7x7dbl_4", twice, channels, kColumn);
  twice = mixed.conv("branch7x7dbl_5", twice, 192, kRow);
  return mixed.concat({pointwise, single, twice, mixed.pooled_conv(x, 192)});
}

/// Halves the image: 3×3; 7×7 and 3×3; pooling.
ValueId inception_d(Mixed mixed, ValueId x) {
  auto single = mixed.conv("branch3x3_1", x, 192);
  single = mixed.halving_conv("branch3x3_2", single, 320);
  auto large = mixed.conv("branch7x7x3_1", x, 192);
  large = mixed.conv("branch7x7x3_2", large, 192, kRow);
  large = mixed.conv("branch7x7x3_3", large, 192, kColumn);
  large = mixed.halving_conv("branch7x7x3_4", large, 192);
  return mixed.concat({single, large, mixed.halving_pool(x)});
}

/// 1×1; 3×3 split into 1×3 beside 3×1; the same after a 3×3; pooling.
ValueId inception_e(Mixed mixed, ValueId x) {
  const auto row_beside_column = [&](const char *row, const char *column, ValueId input) {
    const auto a = mixed.conv(row, input, 384, {1, 3});
    const auto b = mixed.conv(column, input, 384, {3, 1});
    return mixed.concat({a, b});
  };
  const auto pointwise = mixed.conv("branch1x1", x, 320);
  auto single = mixed.conv("branch3x3_1", x, 384);
  single = row_beside_column("branch3x3_2a", "branch3x3_2b", single);
  auto twice = mixed.conv("branch3x3dbl_1", x, 448);
  twice = mixed.conv("branch3x3dbl_2", twice, 384, 3);
  twice = row_beside_column("branch3x3dbl_3a", "branch3x3dbl_3b", twice);
  return mixed.concat({pointwise, single, twice, mixed.pooled_conv(x, 192)});
}

void auxiliary_classifier(Layers &net) {
  unread_conv(net, "AuxLogits.conv0", 768, 128, 1);
  unread_conv(net, "AuxLogits.conv1", 128, 768, 5);
  unread_linear(net, "AuxLogits.fc", 768, 1000);
}

} // namespace

ValueId inception_v3(Layers &net, ValueId x, const InceptionV3 &) {
  const auto mixed = [&](const char *name) { return Mixed(net, std::string("Mixed_") + name); };
  x = basic_conv(net, "Conv2d_1a_3x3", x, {.out_channels = 32, .kernel = 3, .stride = 2});
  x = basic_conv(net, "Conv2d_2a_3x3", x, {.out_channels = 32, .kernel = 3});
  x = basic_conv(net, "Conv2d_2b_3x3", x, {.out_channels = 64, .kernel = 3, .padding = 1});
  x = net.max_pool2d("maxpool1", x, 3, 2);
  x = basic_conv(net, "Conv2d_3b_1x1", x, {.out_channels = 80});
  x = basic_conv(net, "Conv2d_4a_3x3", x, {.out_channels = 192, .kernel = 3});
  x = net.max_pool2d("maxpool2", x, 3, 2);
  x = inception_a(mixed("5b"), x, 32);
  x = inception_a(mixed("5c"), x, 64);
  x = inception_a(mixed("5d"), x, 64);
  x = inception_b(mixed("6a"), x);
  x = inception_c(mixed("6b"), x, 128);
  x = inception_c(mixed("6c"), x, 160);
  x = inception_c(mixed("6d"), x, 160);
  x = inception_c(mixed("6e"), x, 192);
  x = inception_d(mixed("7a"), x);
  x = inception_e(mixed("7b"), x);
  x = inception_e(mixed("7c"), x);
  auxiliary_classifier(net);
  return classifier(net, x);
}

} // namespace fusesim::ir::models
