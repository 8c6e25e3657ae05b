#!/usr/bin/env python3
"""Latency, unfused and fused, of every network of the zoo on every shipped machine: latency/<machine>.csv, and latency.md
over all of them; of a few networks at many batch sizes: batch.csv.

usage: latency.py FUSESIM SCRATCH OUT

GPUs run f16 under PyTorch eager, CUDA graph and an ahead-of-time engine; tile accelerators run their own type under their
own runtime. Simulated by `fusesim sweep`, whose results file stays in SCRATCH."""

import csv
import io
import pathlib
import sqlite3
import sys

import common

GPU_RUNTIMES = ["pytorch-eager", "cuda-graph", "aot-fused"]
# Shown open in latency.md, the others folded.
OPEN = ["a100-sxm-40gb", "h100-sxm", "t4", "rtx-4090", "jetson-agx-orin-64gb", "kpu-t64", "kpu-t768", "tpu-v4"]
SIDES = ("unfused", "fused")
# batch.csv: where a launch-bound network becomes bound by the device.
BATCH_TARGETS = {"gpu": ["a100-sxm-40gb"], "tile": ["kpu-t64"]}
MANY_BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256]


def sweep(fusesim, scratch, name, settings):
    """Runs one sweep file; yields its results as dictionaries."""
    lines = [f"{key}: [{', '.join(map(str, values))}]" for key, values in settings.items()]
    file = scratch / f"{name}.yaml"
    common.write(file, "\n".join([f"description: {name}", *lines]))
    common.run(fusesim, "sweep", str(file), "-o", str(scratch / f"{name}.db"), "--overwrite")
    database = sqlite3.connect(scratch / f"{name}.db")
    database.row_factory = sqlite3.Row
    for row in database.execute("select * from results order by configuration"):
        if row["error"]:
            raise SystemExit(f"latency: {row['model']} on {row['target']}, {row['runtime']}: {row['error']}")
        yield dict(row)


def pairs_of(results):
    """One row for an unfused and a fused run that agree in all else, as the CSV files have it."""
    pairs = {}
    for result in results:
        key = (result["target"], result["model"], result["runtime"], result["dtype"], int(result["batch"]))
        side = "unfused" if result["strategy"] == "unfused" else "fused"
        pairs.setdefault(key, {})[side] = result
    for (target, model, runtime, dtype, batch), sides in pairs.items():
        row = {"target": target, "model": model, "runtime": runtime, "dtype": dtype, "batch": batch}
        row["gain"] = f"{sides['unfused']['latency_us'] / sides['fused']['latency_us']:.3f}"
        for side in SIDES:
            row[f"{side}_us"] = common.significant(sides[side]["latency_us"], 4)
            row[f"{side}_launches"] = sides[side]["launches"]
            row[f"{side}_dram_mb"] = common.significant(sides[side]["dram_bytes"] / 1e6, 4)
        for side in SIDES:
            for cause in common.CAUSES:
                row[f"{side}_{cause}_us"] = common.in_steps_of(sides[side][f"{cause}_us"], sides[side]["latency_us"])
        yield row


def write_csv(path, rows, left_out=()):
    text = io.StringIO()
    writer = csv.DictWriter(text, [key for key in rows[0] if key not in left_out], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    common.write(path, text.getvalue())


class Overview:
    """latency.md."""

    def __init__(self, targets, rows):
        self.targets = targets
        self.rows = rows
        self.by_key = {(row["target"], row["model"], row["runtime"], row["batch"]): row for row in rows}

    def runtimes(self, target):
        return list(dict.fromkeys(row["runtime"] for row in self.rows if row["target"] == target))

    def text(self):
        parts = [
            "# Latency, unfused and fused",
            f"{len({row['model'] for row in self.rows})} networks of the zoo × {len(self.targets)} machines × the runtimes that "
            f"drive them × batch {', '.join(map(str, common.BATCHES))}: {len(self.rows)} pairs, all of them in "
            "[latency/](latency), a CSV file for each machine. GPUs run f16, tile accelerators the type of the column. GPUs are "
            "driven in the three ways that kernels are submitted: one by one from a framework (`pytorch-eager`), as a graph "
            "(`cuda-graph`), from compiled code (`aot-fused`); `fusesim compare --runtime` has the other shipped runtimes. "
            "**Unfused** is one kernel per operator under that runtime, **fused** the same runtime with the partition "
            "`attention`; the gain is the ratio. `pytorch-eager` and `cuda-graph` unfused are PyTorch's own kernels, which "
            "convert layouts around convolutions; fused kernels of a compiler do not, so their gain holds more than fusion. "
            "`aot-fused` is a compiler's kernels on both sides: what fusion alone gains.",
            "## Gain over the whole zoo",
            "Geometric mean over all networks, and the least and greatest of them.",
            self.zoo(),
            "## What fusion takes away",
            "On an A100, by cause, as a share of the unfused latency; negative where fusion adds. *fill/drain* is the time in which a "
            "kernel starts and ends, so it is saved with the launches as much as host dispatch and launch gaps are. A "
            "cause that only hid behind another one shows when that one is gone: compute and on-chip time can grow.",
            self.causes("a100-sxm-40gb", "aot-fused"),
            "The same on KPU-T64, which has no host:",
            self.causes("kpu-t64", "kpu-runtime"),
            "## Machine by machine",
            "Unfused → fused, gain.",
        ]
        parts += [self.machine(name) for name in OPEN]
        folded = [name for name in self.targets if name not in OPEN]
        parts += [f"<details><summary>{name}: {self.targets[name]['description']}</summary>\n\n{self.machine_table(name)}\n\n"
                  "</details>" for name in folded]
        return common.wrapped("\n\n".join(parts))

    def zoo(self):
        rows = []
        for target in self.targets:
            for runtime in self.runtimes(target):
                cells = [f"[{target}](latency/{target}.csv)", runtime]
                for batch in common.BATCHES:
                    gains = [(float(row["gain"]), row["model"]) for row in self.rows
                             if (row["target"], row["runtime"], row["batch"]) == (target, runtime, batch)]
                    cells.append(f"**{common.geometric_mean(gain for gain, _ in gains):.2f}×** ({min(gains)[0]:.2f}–{max(gains)[0]:.2f})")
                rows.append(cells)
        return common.table(["machine", "runtime", *(f"batch {batch}" for batch in common.BATCHES)], rows, "llrrr")

    def causes(self, target, runtime):
        rows = []
        for model in common.CORE:
            for batch in common.BATCHES:
                row = self.by_key[target, model, runtime, batch]
                whole = float(row["unfused_us"])
                saved = [(float(row[f"unfused_{cause}_us"]) - float(row[f"fused_{cause}_us"])) / whole for cause in common.CAUSES]
                rows.append([model if batch == common.BATCHES[0] else "", batch, common.duration(whole), f"{float(row['gain']):.2f}×",
                             *(f"{100 * share:.0f} %" if abs(share) >= 0.005 else "" for share in saved)])
        return common.table(["network", "batch", "unfused", "gain", *common.CAUSES.values()], rows)

    def machine(self, target):
        return f"### {target}: {self.targets[target]['description']}\n\n{self.machine_table(target)}"

    def machine_table(self, target):
        runtimes = self.runtimes(target)
        header = ["network"]
        for runtime in runtimes:
            dtype = next(row["dtype"] for row in self.rows if row["target"] == target)
            header += [f"{runtime} {dtype}, batch {batch}" if batch == common.BATCHES[0] else f"batch {batch}"
                       for batch in common.BATCHES]
        rows = []
        for model in common.CORE:
            cells = [model]
            for runtime in runtimes:
                for batch in common.BATCHES:
                    row = self.by_key[target, model, runtime, batch]
                    cells.append(f"{common.duration(float(row['unfused_us']))} → {common.duration(float(row['fused_us']))}, "
                                 f"**{float(row['gain']):.2f}×**")
            rows.append(cells)
        return common.table(header, rows)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    fusesim, scratch, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    models = [model["name"] for model in common.listed(fusesim, "models")]
    targets = {target["name"]: target for target in common.listed(fusesim, "targets")}
    of_kind = {kind: [name for name, target in targets.items() if target["kind"] == kind] for kind in ("gpu", "tile")}

    def simulate(name, models, targets, batches):
        return list(pairs_of([
            *sweep(fusesim, scratch, f"{name}-gpu", {"models": models, "targets": targets["gpu"], "runtimes": GPU_RUNTIMES,
                                                     "dtypes": ["f16"], "strategies": SIDES, "batch": batches}),
            *sweep(fusesim, scratch, f"{name}-tile", {"models": models, "targets": targets["tile"], "strategies": SIDES,
                                                      "batch": batches})]))

    rows = simulate("latency", models, of_kind, common.BATCHES)
    order = {model: i for i, model in enumerate(models)}
    rows.sort(key=lambda row: (row["target"], order[row["model"]]))
    machines = {name: targets[name] for name in (*of_kind["gpu"], *of_kind["tile"])}
    for target in machines:
        write_csv(out / "latency" / f"{target}.csv", [row for row in rows if row["target"] == target], ["target"])
    common.write(out / "latency.md", Overview(machines, rows).text())
    write_csv(out / "batch.csv", simulate("batch", common.CORE, BATCH_TARGETS, MANY_BATCHES))


if __name__ == "__main__":
    main()
