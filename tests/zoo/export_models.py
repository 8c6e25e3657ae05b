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
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "resnext50_32x4d",
    "densenet121", "densenet161", "densenet169", "densenet201",
    *(f"regnet_{kind}_{size}" for kind in "xy" for size in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf")),
    "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", *(f"efficientnet_b{n}" for n in range(8)),
    "efficientnet_v2_s", "vgg16", "convnext_tiny", "convnext_base"]
TRANSFORMERS = ["vit_b_32", "vit_b_16", "vit_l_16", "swin_t", "swin_s", "swin_b"]


def torchvision_model(name, **options):
    if name.startswith("vgg"):
        options["init_weights"] = False
    return getattr(torchvision.models, name)(weights=None, **options)


def exports():
    """File stem, factory, example input. The example's size is free where the network does not look at it."""
    tokens = torch.zeros(1, 16, dtype=torch.long)
    yield "bert_base", language_models.Bert, tokens
    yield "gpt2", language_models.Gpt2, tokens
    for name in CONVOLUTIONAL:
        yield name, functools.partial(torchvision_model, name), torch.zeros(1, 3, 64, 64)
    for name in TRANSFORMERS:
        yield name, functools.partial(torchvision_model, name), torch.zeros(1, 3, 224, 224)
    for size in (28, 100, 112, 160):
        yield f"swin_t.{size}", functools.partial(torchvision_model, "swin_t"), torch.zeros(1, 3, size, size)
    for size in (32, 160):
        make = functools.partial(torchvision_model, "vit_b_16", image_size=size)
        yield f"vit_b_16.{size}", make, torch.zeros(1, 3, size, size)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    newest = max(source.stat().st_mtime for source in SOURCES)
    for function in [name for name in vars(torch.nn.init) if name.endswith("_") and not name.startswith("_")]:
        setattr(torch.nn.init, function, lambda tensor, *_, **__: tensor)  # slow, and shapes do not depend on it
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
