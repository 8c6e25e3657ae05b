#!/usr/bin/env python3
"""Exports what the zoo is compared with, as far as the importer's tests have not exported it already.

  export_models.py OUTPUT_FOLDER

A trace holds every decision that Python took on the image size it ran at: where Swin pads and shifts, ViT's position
table. Those come at several sizes, as MODEL.SIZE.pt. Files newer than the sources they come from are kept.
"""

import functools
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tools")]

import torch  # noqa: E402
import torchvision  # noqa: E402

import export_torchscript as tool  # noqa: E402
import language_models  # noqa: E402

SOURCES = [HERE / "export_models.py", HERE / "language_models.py", ROOT / "tools/export_torchscript.py"]


CONVOLUTIONAL = [
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "wide_resnet101_2",
    "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d",
    "densenet121", "densenet161", "densenet169", "densenet201",
    *(f"regnet_{kind}_{size}" for kind in "xy" for size in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf")),
    "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large",
    *(f"mnasnet{width}" for width in ("0_5", "0_75", "1_0", "1_3")),
    *(f"shufflenet_v2_x{width}" for width in ("0_5", "1_0", "1_5", "2_0")),
    *(f"efficientnet_b{n}" for n in range(8)), *(f"efficientnet_v2_{size}" for size in "sml"),
    "alexnet", "squeezenet1_0", "squeezenet1_1", "googlenet", "inception_v3",
    *(f"vgg{layers}{norm}" for layers in (11, 13, 16, 19) for norm in ("", "_bn")),
    *(f"convnext_{size}" for size in ("tiny", "small", "base", "large"))]
TRANSFORMERS = ["vit_b_32", "vit_b_16", "vit_l_32", "vit_l_16", "swin_t", "swin_s", "swin_b", "maxvit_t"]


def torchvision_model(name, **options):
    if name.startswith("vgg") or name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    return getattr(torchvision.models, name)(weights=None, **options)


def small_vit(heads):
    """DeiT's tiny (3 heads) and small (6) without distillation: ViTs that torchvision can build but does not name."""
    return torchvision.models.VisionTransformer(
        image_size=224, patch_size=16, num_layers=12, num_heads=heads, hidden_dim=64 * heads, mlp_dim=256 * heads)


class Patches(torchvision.models.vision_transformer.Encoder):
    """Tokens averaged ahead of the last norm."""

    def forward(self, tokens):
        return self.ln(self.layers(self.dropout(tokens + self.pos_embedding)).mean(1))


class PatchesOnly(torchvision.models.VisionTransformer):
    """Without class token, patches averaged, as timm's models with global_pool "avg" are."""

    def __init__(self, layers, heads, width):
        super().__init__(image_size=224, patch_size=16, num_layers=layers, num_heads=heads, hidden_dim=width,
                         mlp_dim=4 * width)
        del self.class_token
        self.encoder = Patches(14 * 14, layers, heads, width, 4 * width, 0.0, 0.0)

    def forward(self, images):
        return self.heads(self.encoder(self._process_input(images)))


def skip_initialisation():
    """Random initialisation is slow, and shapes do not depend on it."""
    for function in [name for name in vars(torch.nn.init) if name.endswith("_") and not name.startswith("_")]:
        setattr(torch.nn.init, function, lambda tensor, *_, **__: tensor)


def exports():
    """File stem, factory, example input. The example's size is free where the network does not look at it."""
    tokens = torch.zeros(1, 16, dtype=torch.long)
    yield "bert_base", language_models.Bert, tokens
    yield "gpt2", language_models.Gpt2, tokens
    yield "bert_large", functools.partial(language_models.Bert, language_models.LARGE), tokens
    yield "gpt2_medium", functools.partial(language_models.Gpt2, language_models.LARGE), tokens
    for name in CONVOLUTIONAL:
        yield name, functools.partial(torchvision_model, name), torch.zeros(1, 3, 75, 75)
    for name in TRANSFORMERS:
        yield name, functools.partial(torchvision_model, name), torch.zeros(1, 3, 224, 224)
    for name, heads in (("vit_ti_16", 3), ("vit_s_16", 6)):
        yield name, functools.partial(small_vit, heads), torch.zeros(1, 3, 224, 224)
    for name, sizes in (("vit_b_16_gap", (12, 12, 768)), ("vit_l_16_gap", (24, 16, 1024))):
        yield name, functools.partial(PatchesOnly, *sizes), torch.zeros(1, 3, 224, 224)
    # Its published size would take minutes.
    yield "vit_h_14.28", functools.partial(torchvision_model, "vit_h_14", image_size=28), torch.zeros(1, 3, 28, 28)
    for name in ("swin_v2_t", "swin_v2_s", "swin_v2_b"):
        yield name, functools.partial(torchvision_model, name), torch.zeros(1, 3, 256, 256)
    for size in (32, 100):
        yield f"swin_v2_t.{size}", functools.partial(torchvision_model, "swin_v2_t"), torch.zeros(1, 3, size, size)
    for size in (28, 100, 112, 160):
        yield f"swin_t.{size}", functools.partial(torchvision_model, "swin_t"), torch.zeros(1, 3, size, size)
    yield "maxvit_t.448", functools.partial(torchvision_model, "maxvit_t", input_size=(448, 448)), torch.zeros(
        1, 3, 448, 448)
    for size in (32, 160):
        make = functools.partial(torchvision_model, "vit_b_16", image_size=size)
        yield f"vit_b_16.{size}", make, torch.zeros(1, 3, size, size)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    newest = max(source.stat().st_mtime for source in SOURCES)
    skip_initialisation()
    for stem, make, example in exports():
        path = folder / f"{stem}.pt"
        if path.exists() and path.stat().st_mtime > newest:
            continue
        module = tool.export(make().eval(), [example])
        tool.use_shared_weights(module)
        tool.save(module, str(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
