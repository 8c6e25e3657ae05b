#!/usr/bin/env python3
"""How far simulated figures are from measured ones, over all files of data/measured: validation.md.

usage: validation.py VALIDATION_FOLDER > validation.md

VALIDATION_FOLDER holds what tools/validation_summary.py left of `fusesim validate`."""

import json
import pathlib
import sys

import common

FILES = {
    "gpu_end_to_end": "whole networks on A100 and RTX 3090; constants are fitted to these",
    "gpu_held_out": "whole networks on A30, A10, T4, RTX 4090 and A100; nothing is fitted to these",
    "gpu_operators": "single operators on V100 and A100",
    "launch_overhead": "microbenchmarks of launches and graph nodes",
    "tpu_v4_gemm": "matrix products on TPU v4",
    "gemmini_rtl_cycles": "layers on Gemmini, cycles of its RTL",
}


class Summary:
    def __init__(self, folder):
        self.reports = {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in FILES}

    def text(self):
        return common.wrapped("\n\n".join([
            "# Simulated against measured",
            "What was measured by others, in [data/measured](../data/measured), beside what is simulated. Error is simulated ÷ measured "
            "− 1. Goals and whether they are met: [validation/goals.md](validation/goals.md). Where it is wrong, and why: "
            "[docs/validation.md](../docs/validation.md).",
            self.files(),
            "## The gain of fusion",
            "What the other pages of this folder are about can be measured where one source ran a network both unfused and fused on "
            "one machine. Rows are such pairs; a gain is unfused ÷ fused latency. A batch that occurs again is another sequence length, or another source.",
            *(self.gains(name) for name in ("gpu_end_to_end", "gpu_held_out")),
            "## Error by machine, runtime and type",
            self.groups(),
            "## Plots",
            *(f"![{FILES[name]}: simulated against measured](validation/{name}.svg)" for name in ("gpu_end_to_end", "gpu_held_out"))]))

    def files(self):
        rows = [[f"[{name}](validation/{name}.txt)", about, report["rows"], common.percent(report["median_ape"]),
                 common.percent(report["mape"]), signed(report["bias"]), f"{report['kendall_tau']:.3f}"]
                for (name, about), report in ((item, self.reports[item[0]]) for item in FILES.items())]
        return common.table(["file", "what", "rows", "median error", "mean error", "bias", "order (Kendall's τ)"], rows, "llrrrrr")

    def gains(self, name):
        pairs = {}
        for pair in self.reports[name]["speed_ups"]:
            key = (pair["model"], pair["machine"], pair["dtype"], pair["unfused"], pair["fused"])
            pairs.setdefault(key, []).append(pair)
        rows = []
        for (model, machine, dtype, unfused, fused), ones in pairs.items():
            ones.sort(key=lambda pair: pair["batch"])
            rows.append([model, machine, dtype, f"{unfused} → {fused}", ", ".join(str(pair["batch"]) for pair in ones),
                         ", ".join(f"{pair['measured']:.2f}" for pair in ones),
                         ", ".join(f"{pair['predicted']:.2f}" for pair in ones),
                         common.percent(sum(abs(pair["error"]) for pair in ones) / len(ones))])
        count = sum(map(len, pairs.values()))
        mean = self.reports[name]["speed_up_mape"]
        return (f"`{name}.csv`: {count} pairs, mean error {common.percent(mean)}.\n\n"
                + common.table(["network", "machine", "type", "pair", "batch", "measured", "simulated", "mean error"], rows, "llllrrrr"))

    def groups(self):
        rows = []
        for name in ("gpu_end_to_end", "gpu_held_out"):
            for group in self.reports[name]["groups"]:
                if group["key"].startswith(("machine=", "runtime=", "dtype=")):
                    kind, _, value = group["key"].partition("=")
                    rows.append([name, kind.replace("dtype", "type"), value, group["rows"], common.percent(group["median_ape"]),
                                 common.percent(group["mape"]), signed(group["bias"])])
        return common.table(["file", "", "", "rows", "median error", "mean error", "bias"], rows, "lllrrrr")


def signed(share):
    return f"{100 * share:+.1f} %".replace("-", "−")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(Summary(pathlib.Path(sys.argv[1])).text())


if __name__ == "__main__":
    main()
