#!/usr/bin/env python3
"""Exports what the tests read: torchvision models and the modules of small_modules.py, each with a reference.

  export_models.py OUTPUT_FOLDER [MODEL…]

Writes MODEL.pt and MODEL.json, the operators and shapes of a real run of MODEL.pt on the CPU at batch 1; for some also
MODEL.batch3.json and MODEL.wide.json. One process for all, because importing torchvision takes longer than most exports. Files newer than
the sources they come from are kept.
"""

import contextlib
import csv
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(HERE))

import torch  # noqa: E402

import export_torchscript as tool  # noqa: E402
import real_run  # noqa: E402
import small_modules  # noqa: E402

SCRIPTED = ["resnet18", "mobilenet_v2", "vit_b_16", "swin_t"]
AT_BATCH_3 = ["resnet50", "mobilenet_v3_large", "densenet121", "vit_b_32", "swin_t"]
AT_ANOTHER_SIZE = ["resnet18", "mobilenet_v3_small", "convnext_tiny", "swin_t"]  # 2 images of 160×352
WITH_ALL_WEIGHTS = ["resnet18", "mobilenet_v2"]  # the others' files hold one number per weight
SOURCES = [ROOT / "tools/export_torchscript.py", ROOT / "data/torchvision_macs.csv", HERE / "export_models.py",
           HERE / "real_run.py"]


def image_sizes():
    with open(ROOT / "data/torchvision_macs.csv", encoding="utf-8") as file:
        return {row["model"]: int(row["image_size"]) for row in csv.DictReader(file)}


@contextlib.contextmanager
def without_initialisation():
    """Random initialisation takes most of the time of building a large model, and shapes do not depend on it."""
    functions = {name: function for name, function in vars(torch.nn.init).items()
                 if name.endswith("_") and not name.startswith("_") and callable(function)}
    try:
        for name in functions:
            setattr(torch.nn.init, name, lambda tensor, *args, **kwargs: tensor)
        yield
    finally:
        for name, function in functions.items():
            setattr(torch.nn.init, name, function)


def make_quickly(name):
    with without_initialisation():
        model = tool.make_model(name)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0.01)
    return model


class Exporter:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.newest_source = max(source.stat().st_mtime for source in SOURCES)

    def also_from(self, source):
        """What is written from now on also depends on this file."""
        self.newest_source = max(self.newest_source, source.stat().st_mtime)

    def is_current(self, *names):
        files = [self.folder / name for name in names]
        return all(file.exists() and file.stat().st_mtime > self.newest_source for file in files)

    def write(self, name, make, inputs, script=False, compact=True, more_inputs=(), runs=True):
        """`make()` gives the model; `more_inputs` are (suffix, inputs) of further reference runs."""
        references = [(f"{name}.json", inputs)] if runs else []
        references += [(f"{name}.{suffix}.json", more) for suffix, more in more_inputs]
        path = self.folder / f"{name}.pt"
        if self.is_current(path.name, *(file for file, _ in references)):
            return
        start = time.time()
        module = tool.export(make(), inputs, script)
        if compact:
            tool.use_shared_weights(module)
        tool.save(module, str(path))
        for file, of in references:
            real_run.write_reference(path, of, self.folder / file)
        print(f"{name}: {time.time() - start:.1f} s", flush=True)


def main():
    torch.set_flush_denormal(True)  # meaningless weights may give tiny numbers, which are slow
    exporter = Exporter(sys.argv[1])
    wanted = set(sys.argv[2:])

    for name, size in image_sizes().items():
        image = torch.zeros(1, 3, size, size)
        more = [("batch3", [torch.zeros(3, 3, size, size)])] if name in AT_BATCH_3 else []
        more += [("wide", [torch.zeros(2, 3, 160, 352)])] if name in AT_ANOTHER_SIZE else []
        all_weights = name in WITH_ALL_WEIGHTS
        make = (lambda n=name: tool.make_model(n)) if all_weights else (lambda n=name: make_quickly(n))
        if not wanted or name in wanted:
            exporter.write(name, make, [image], compact=not all_weights, more_inputs=more)
        if name in SCRIPTED and (not wanted or f"{name}.scripted" in wanted):
            exporter.write(f"{name}.scripted", lambda n=name: make_quickly(n), [image], script=True)
    exporter.also_from(HERE / "small_modules.py")
    for name, case in small_modules.CASES.items():
        if not wanted or name in wanted:
            exporter.write(name, case.make, case.inputs, script=case.script, compact=False,
                           runs=case.runs)
    if not exporter.is_current("state_dict.pt"):
        torch.save(small_modules.Encoder().state_dict(), exporter.folder / "state_dict.pt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
