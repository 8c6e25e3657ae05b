#!/usr/bin/env python3
"""Exports every classification model of torchvision with tools/export_fx.py: traced and shaped, never run.

  export_models.py OUTPUT_FOLDER

Each at the image size that data/torchvision_macs.csv has for it, else at 224. Writes MODEL.json, for vision
transformers also MODEL_decomposed.json with --decompose-attention, and at last models.txt and decomposed.txt with all
names. Files newer than the tool are kept.
"""

import csv
import pathlib
import sys
import time
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import torch  # noqa: E402

import export_fx as tool  # noqa: E402

SOURCES = [pathlib.Path(__file__), *(ROOT / "tools" / name for name in (
    "export_fx.py", "fx_tracing.py", "export_torchscript.py"))]


def image_sizes():
    with open(ROOT / "data/torchvision_macs.csv", encoding="utf-8", newline="") as file:
        return {row["model"]: int(row["image_size"]) for row in csv.DictReader(file)}


def export(name, size, path, decompose_attention=False):
    newest = max(source.stat().st_mtime for source in SOURCES)
    if not path.exists() or path.stat().st_mtime <= newest:
        tool.save(tool.export(name, [torch.zeros(1, 3, size, size)], decompose_attention), str(path))


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    sizes = image_sizes()
    names = tool.models.torchvision_models()
    decomposed = [name for name in names if name.startswith("vit_")]  # the only ones with MultiheadAttention
    start = time.time()
    for name in names:
        export(name, sizes.get(name, 224), folder / f"{name}.json")
    for name in decomposed:
        export(name, sizes.get(name, 224), folder / f"{name}_decomposed.json", decompose_attention=True)
    for file, lines in (("models.txt", names), ("decomposed.txt", [f"{name}_decomposed" for name in decomposed])):
        (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(names)} models and {len(decomposed)} decomposed in {time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
