#!/usr/bin/env python3
"""What was asked of the simulated machines beside what it reaches, as a Markdown table.

usage: validation_goals.py FOLDER

FOLDER holds what `fusesim validate FILE --format json` says of each file of data/measured, as <file>.json, and, where
it was run, what `fusesim calibrate … --leave-one-out --format json` says, as leave_one_out.json."""

import json
import pathlib
import statistics
import sys

GUIDE = "FasterTransformer:docs/vit_guide.md"  # docs/validation.md says why its rows are a case of their own


def errors(rows):
    """Absolute errors of rows that were predicted."""
    return [abs(row["error"]) for row in rows if row.get("error") is not None]


def percent(value):
    return f"{100 * value:.1f} %"


class Goals:
    """The lines of the table."""

    def __init__(self):
        self.lines = ["| what | rows | goal | reached | met |", "|---|---|---|---|---|"]

    def add(self, what, rows, figures):
        """`figures`: (name, value, goal or None) each."""
        goal = ", ".join(f"{name} ≤ {percent(limit)}" for name, _, limit in figures if limit is not None)
        reached = ", ".join(f"{name} {percent(value)}" for name, value, _ in figures)
        met = [value <= limit for _, value, limit in figures if limit is not None]
        verdict = "" if not met else "yes" if all(met) else "no" if not any(met) else "in part"
        self.lines.append(f"| {what} | {rows} | {goal or '–'} | {reached} | {verdict} |")

    def median_and_mean(self, what, rows, median_goal=None, mean_goal=None):
        all_errors = errors(rows)
        if all_errors:
            self.add(what, len(all_errors), [("median", statistics.median(all_errors), median_goal),
                                             ("mean", statistics.mean(all_errors), mean_goal)])

    def mean(self, what, rows, goal):
        all_errors = errors(rows)
        if all_errors:
            self.add(what, len(all_errors), [("mean", statistics.mean(all_errors), goal)])


def add_networks(goals, networks):
    rows = networks["predictions"]
    goals.median_and_mean("`gpu_end_to_end.csv`, all rows", rows, 0.06, 0.10)
    goals.median_and_mean("… without FasterTransformer's guide (docs/validation.md says why)", [row for row in rows
                                                                            if GUIDE not in row["source"]])
    goals.mean("A100 ResNet-50, TensorRT and AITemplate, f16, batch 1–256",
               [row for row in rows if row["gpu"].startswith("a100") and row["model"] == "resnet50"
                and row["precision"] == "f16" and row["runtime"] in ("tensorrt", "aitemplate")], 0.05)
    add_speed_ups(goals, "fused/unfused speed-up, A100 pairs", networks, 0.12)
    guide = {(row["model"], row["gpu"], row["precision"], int(row["batch"])) for row in rows if GUIDE in row["source"]}
    rest = [pair for pair in networks["speed_ups"]
            if (pair["model"], pair["machine"], pair["dtype"], pair["batch"]) not in guide
            and pair["fused"] != "torch-compile-cudagraph"]
    add_speed_ups(goals, "… without that guide and torch-compile-cudagraph (docs/validation.md says why)", {"speed_ups": rest}, None)


def add_speed_ups(goals, what, networks, goal):
    pairs = [pair for pair in networks["speed_ups"] if pair["machine"].startswith("a100")]
    if pairs:
        goals.mean(what, pairs, goal)


def add_operators(goals, operators):
    by_class = {}
    for row in operators["predictions"]:
        by_class.setdefault((row["op"], row["dtype"]), []).append(row)
    for (op, dtype), rows in sorted(by_class.items()):
        all_errors = errors(rows)
        goal = 0.12 if op in ("gemm", "conv2d") and dtype == "f16" else 0.15
        goals.add(f"`gpu_operators.csv`, {op} {dtype}", len(all_errors),
                  [("median", statistics.median(all_errors), goal)])


def add_launches(goals, launches):
    rows = launches["predictions"]
    for row in rows:
        if row.get("error") is not None:
            goals.add(f"`launch_overhead.csv`, {row['quantity']}", 1, [("error", abs(row["error"]), 0.05)])


def add_gemmini(goals, layers):
    goals.mean("`gemmini_rtl_cycles.csv`, mapping as given", layers["predictions"], 0.12)


def shape_class(row):
    """As `fusesim validate --by model` names it (src/validate/product_case.cpp)."""
    sides = [int(row[side]) for side in "mnk"]
    return "small product" if max(sides) <= 128 else "large product" if min(sides) >= 1024 else "medium product"


def add_tpu(goals, products):
    """Constants fitted to either half are the same (docs/model.md): each half checks the other's."""
    for group in products["groups"]:
        name = group["key"].split("=")[-1]
        goals.add(f"`tpu_v4_gemm.csv`, {name}", group["rows"], [("mean", group["mape"], 0.08)])
        for parity, half in ((0, "first, third, … row"), (1, "second, fourth, … row")):
            goals.mean(f"… {half}", [row for row in products["predictions"][parity::2] if shape_class(row) == name], 0.08)


def add_left_out(goals, calibration):
    for label, what in (("machine", "leave one machine out"), ("model", "leave one network out")):
        folds = [fold for fold in calibration["left_out"] if fold["left_out"].startswith(label + "=")]
        rows = sum(fold["rows"] for fold in folds)
        if rows:
            goals.add(what, rows, [("mean", sum(fold["mape"] * fold["rows"] for fold in folds) / rows, 0.12)])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    goals = Goals()
    for name, add in (("gpu_end_to_end", add_networks), ("leave_one_out", add_left_out),
                      ("gpu_operators", add_operators), ("launch_overhead", add_launches),
                      ("gemmini_rtl_cycles", add_gemmini), ("tpu_v4_gemm", add_tpu)):
        path = folder / f"{name}.json"
        if path.exists():
            add(goals, json.loads(path.read_text(encoding="utf-8")))
    held_out = json.loads((folder / "gpu_held_out.json").read_text(encoding="utf-8"))
    goals.median_and_mean("`gpu_held_out.csv`, never fitted to", held_out["predictions"])
    add_speed_ups(goals, "… fused/unfused speed-up, A100 pairs", held_out, None)
    print("\n".join(goals.lines))


if __name__ == "__main__":
    main()
