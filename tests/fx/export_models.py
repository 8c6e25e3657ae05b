#!/usr/bin/env python3
"""Exports every classification model of torchvision with tools/export_fx.py: traced and shaped, never run.

  export_models.py OUTPUT_FOLDER

Each at the image size that data/torchvision_macs.csv has for it, else at 224. Writes MODEL.json and, at last,
models.txt with all names. Files newer than the tool are kept.
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


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    newest = max(source.stat().st_mtime for source in SOURCES)
    sizes = image_sizes()
    names = tool.models.torchvision_models()
    start = time.time()
    for name in names:
        path = folder / f"{name}.json"
        if path.exists() and path.stat().st_mtime > newest:
            continue
        size = sizes.get(name, 224)
        tool.save(tool.export(name, [torch.zeros(1, 3, size, size)]), str(path))
    (folder / "models.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    print(f"{len(names)} models in {time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
