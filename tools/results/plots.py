#!/usr/bin/env python3
"""Pictures of results/: plots/*.svg from its tables.

usage: plots.py RESULTS

RESULTS holds latency/, batch.csv and validation/ as their own generators wrote them."""

import json
import pathlib
import sys

import common
import svg_plot

GPU, TILE = "a100-sxm-40gb", "kpu-t64"
# In order from the host to the device.
ORDER = ["host_dispatch", "launch_gap", "fill_drain", "compute", "dram", "on_chip", "tail"]
NETWORKS = ["resnet50", "mobilenet_v2", "efficientnet_b0", "vit_b_16", "bert_base"]


class Pictures:
    def __init__(self, results):
        self.results = results
        self.batch = common.read_csv(results / "batch.csv")

    def rows(self, target):
        return {(row["model"], row["runtime"], int(row["batch"])): row for row in common.read_csv(self.results / f"latency/{target}.csv")}

    def save(self, name, svg):
        common.write(self.results / "plots" / f"{name}.svg", svg)

    def attribution(self):
        """Where the time goes: PyTorch eager, replayed as a graph, and fused by a compiler."""
        rows = self.rows(GPU)
        sides = [("eager", "pytorch-eager", "unfused"), ("CUDA graph", "cuda-graph", "unfused"),
                 ("compiled, unfused", "aot-fused", "unfused"), ("compiled, fused", "aot-fused", "fused")]
        groups = []
        for model in NETWORKS:
            bars = []
            for title, runtime, side in sides:
                row = rows[model, runtime, 1]
                values = [(common.CAUSES[cause], float(row[f"{side}_{cause}_us"]) / 1000) for cause in ORDER]
                text = f"{common.duration(float(row[f'{side}_us']))}, {row[f'{side}_launches']} launches"
                bars.append((title, values, text))
            groups.append((model, bars))
        self.save("attribution-a100-batch-1", svg_plot.stacked_bars(
            "Where the time goes at batch 1", "A100, f16, simulated; every instant is charged to one cause", "latency, ms", groups))

    def gain_by_batch(self, target, runtime, name, subtitle):
        series = []
        for number, model in enumerate(NETWORKS + ["gpt2", "swin_t"]):
            points = []
            for row in self.batch:
                if (row["target"], row["model"], row["runtime"]) == (target, model, runtime):
                    launches = sum(float(row[f"unfused_{cause}_us"]) for cause in ("host_dispatch", "launch_gap", "fill_drain"))
                    points.append((int(row["batch"]), float(row["gain"]), launches > 0.5 * float(row["unfused_us"])))
            series.append((model, points, False, number))
        batches = sorted({int(row["batch"]) for row in self.batch})
        self.save(name, svg_plot.lines("Gain of fusion by batch", subtitle, "batch", "unfused ÷ fused latency", series, batches, level=1))

    def measured_gain(self):
        """The gain of a fused engine over eager PyTorch, measured and simulated."""
        pairs = []
        for name in ("gpu_end_to_end", "gpu_held_out"):
            pairs += json.loads((self.results / f"validation/{name}.json").read_text(encoding="utf-8"))["speed_ups"]
        series = []
        for number, model in enumerate(["resnet50", "vit_b_16", "vit_l_16"]):
            ones = sorted((pair for pair in pairs if (pair["model"], pair["unfused"], pair["fused"]) == (model, "pytorch-eager", "aitemplate")),
                          key=lambda pair: pair["batch"])
            series.append((f"{model}, measured", [(pair["batch"], pair["measured"], True) for pair in ones], None, number))
            series.append((f"{model}, simulated", [(pair["batch"], pair["predicted"], None) for pair in ones], False, number))
        batches = sorted({point[0] for _, points, *_ in series for point in points})
        self.save("gain-measured", svg_plot.lines(
            "Eager PyTorch to a fused engine: measured and simulated", "A100, f16, PyTorch 1.12 eager ÷ AITemplate; ViTs were never fitted to",
            "batch", "gain", series, batches, level=1))

    def dram_bytes(self):
        rows = self.rows(TILE)
        bars = []
        for model in common.CORE:
            row = rows[model, "kpu-runtime", 1]
            unfused, fused = float(row["unfused_dram_mb"]), float(row["fused_dram_mb"])
            share = 100 * fused / unfused
            bars.append((model, [("still moved when fused", share), ("saved by fusion", max(0.0, 100 - share))],
                         f"{fused:.0f} of {unfused:.0f} MB"))
        self.save("dram-kpu-t64-batch-1", svg_plot.stacked_bars(
            "DRAM traffic of one inference", f"KPU-T64, {rows['resnet50', 'kpu-runtime', 1]['dtype']}, batch 1, simulated",
            "% of the unfused traffic", [("", bars)]))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    pictures = Pictures(pathlib.Path(sys.argv[1]))
    pictures.attribution()
    launch_bound = "filled: starting kernels takes most of the unfused time; rings: the device does"
    pictures.gain_by_batch(GPU, "pytorch-eager", "gain-by-batch-a100-eager", f"A100, f16, PyTorch eager; {launch_bound}")
    pictures.gain_by_batch(GPU, "aot-fused", "gain-by-batch-a100-compiled", f"A100, f16, a compiler's kernels; {launch_bound}")
    pictures.gain_by_batch(TILE, "kpu-runtime", "gain-by-batch-kpu-t64", f"KPU-T64, {launch_bound}")
    pictures.measured_gain()
    pictures.dram_bytes()


if __name__ == "__main__":
    main()
