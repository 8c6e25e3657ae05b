#!/usr/bin/env python3
"""Fills README.md.in and docs/*.md.in with figures of results/, and refuses when a sentence of one is no longer true.

usage: findings.py RESULTS TEMPLATE > findings.md

A template is Markdown with Python expressions over the names that Figures has:
  {{gain("resnet50", A100, AOT, 1)}}   is replaced by the value
  {!gain("resnet50", A100, AOT, 1) > 2!}   what the sentence beside it claims; replaced by nothing
A claim that is false, or an expression that fails, ends with the template's line, so that someone reads the sentence
again."""

import collections
import functools
import json
import pathlib
import re
import sys

import common
import launch_study
import run_table
from common import Quantity, share as percent, times

A100, H100, T4, ORIN = "a100-sxm-40gb", "h100-sxm", "t4", "jetson-agx-orin-64gb"
T64, T256, T768, EDGE, TPU4 = "kpu-t64", "kpu-t256", "kpu-t768", "kpu-edge", "tpu-v4"
EAGER, GRAPH, AOT, KPU, XLA = "pytorch-eager", "cuda-graph", "aot-fused", "kpu-runtime", "xla"
# What a kernel costs besides its work: all of it is saved with the kernel.
LAUNCHES = ("host_dispatch", "launch_gap", "fill_drain")
# Groups of causes that a gain is put down to; "none" where fusion gains less than PAYS.
GROUPS = {"launches": LAUNCHES, "DRAM": ("dram",), "on-chip traffic": ("on_chip",), "compute": ("compute", "tail")}
PAYS = 1.1


class Figures:
    def __init__(self, results):
        self.results = results
        self.run_table = run_table.RunTable(results / "run.txt")
        self.launch_study = launch_study.LaunchStudy(results / "sweeps")
        self.latency = {path.stem: common.read_csv(path) for path in sorted((results / "latency").glob("*.csv"))}
        self.by_key = {(target, row["model"], row["runtime"], int(row["batch"])): row
                       for target, rows in self.latency.items() for row in rows}
        self.by_batch = {(row["target"], row["model"], row["runtime"], int(row["batch"])): row
                         for row in common.read_csv(results / "batch.csv")}

    def row(self, model, target, runtime, batch):
        key = (target, model, runtime, batch)
        return self.by_key[key] if key in self.by_key else self.by_batch[key]

    # ---- one network on one machine -----------------------------------------------------------------

    def gain(self, *key):
        return times(float(self.row(*key)["gain"]))

    def us(self, side, *key):
        us = float(self.row(*key)[f"{side}_us"])
        return Quantity(us, common.duration(us))

    def kernels(self, side, *key):
        return int(self.row(*key)[f"{side}_launches"])

    def launches_saved(self, *key):
        """Unfused launches over fused ones."""
        return times(self.kernels("unfused", *key) / self.kernels("fused", *key))

    def dram(self, side, *key):
        megabytes = float(self.row(*key)[f"{side}_dram_mb"])
        return Quantity(megabytes, common.byte_count(megabytes * 1e6))

    def dram_saved(self, *key):
        return percent(1 - self.dram("fused", *key) / self.dram("unfused", *key))

    def of(self, row, side, causes):
        return sum(float(row[f"{side}_{cause}_us"]) for cause in causes)

    def share(self, side, causes, *key):
        """Of the latency of one side."""
        row = self.row(*key)
        return percent(self.of(row, side, causes) / float(row[f"{side}_us"]))

    def saved(self, causes, *key):
        """Of what fusion saves in all."""
        return percent(self.part_of_saving(self.row(*key), causes))

    def part_of_saving(self, row, causes):
        return (self.of(row, "unfused", causes) - self.of(row, "fused", causes)) / (float(row["unfused_us"]) - float(row["fused_us"]))

    def device_bound_from(self, model, target, runtime):
        """The least batch at which starting kernels takes less than half of the unfused time."""
        for batch in sorted(batch for t, m, r, batch in self.by_batch if (t, m, r) == (target, model, runtime)):
            if self.share("unfused", LAUNCHES, model, target, runtime, batch) < 0.5:
                return batch
        raise ValueError(f"{model} on {target} is bound by launches at every batch")

    # ---- the whole zoo ------------------------------------------------------------------------------

    def rows(self, target, runtime, batch):
        return [row for row in self.latency[target] if row["runtime"] == runtime and int(row["batch"]) == batch]

    def mean_gain(self, target, runtime, batch):
        return times(common.geometric_mean(float(row["gain"]) for row in self.rows(target, runtime, batch)))

    def least(self, target, runtime, batch, count):
        """The networks that gain least, with their gains."""
        return self.named(sorted(self.rows(target, runtime, batch), key=lambda row: float(row["gain"]))[:count])

    def most(self, target, runtime, batch, count):
        return self.named(sorted(self.rows(target, runtime, batch), key=lambda row: -float(row["gain"]))[:count])

    @staticmethod
    def named(rows):
        return ", ".join(f"{row['model']} {float(row['gain']):.2f}×" for row in rows)

    def reason(self, row):
        """Why fusion pays: the group that is half of the saving or more, else "several", or "none"."""
        if float(row["gain"]) < PAYS:
            return "none"
        parts = {group: self.part_of_saving(row, causes) for group, causes in GROUPS.items()}
        greatest = max(parts, key=parts.get)
        return greatest if parts[greatest] >= 0.5 else "several"

    def paid_by(self, reason, target, runtime, batch):
        """How many networks of the zoo gain for that reason."""
        return sum(self.reason(row) == reason for row in self.rows(target, runtime, batch))

    def networks(self):
        return len({row["model"] for row in self.latency[A100]})

    def slower(self):
        """Pairs of the whole zoo on all machines in which the fused side is slower."""
        return [(target, row) for target, rows in self.latency.items() for row in rows if float(row["gain"]) < 0.995]

    def slowest(self, count):
        worst = sorted(self.slower(), key=lambda one: float(one[1]["gain"]))[:count]
        return ", ".join(f"{row['model']} on {target} ({row['runtime']}, batch {row['batch']}, {float(row['gain']):.2f}×)"
                         for target, row in worst)

    def pairs(self):
        return len(self.by_key)

    def reasons_table(self, runtimes=(AOT, KPU, XLA, "bare-metal")):
        """One line for each machine: for how many networks fusion pays, and because of what."""
        reasons = [*GROUPS, "several", "none"]
        lines = []
        for target in sorted(self.latency, key=lambda name: (not self.is_gpu(name), name)):
            for runtime in runtimes:
                if not self.rows(target, runtime, 1):
                    continue
                cells = [f"{target}"]
                for batch in common.BATCHES:
                    counts = collections.Counter(self.reason(row) for row in self.rows(target, runtime, batch))
                    cells.append(", ".join(f"{reason} {counts[reason]}" for reason in reasons if counts[reason]))
                lines.append(cells)
        return common.table(["machine", *(f"batch {batch}" for batch in common.BATCHES)], lines, "llll")

    def is_gpu(self, target):
        return any(row["runtime"] == AOT for row in self.latency[target])

    def networks_table(self, target, runtime, models):
        """By network: gain at each batch and what is saved."""
        lines = []
        for model in models:
            cells = [model]
            for batch in common.BATCHES:
                row = self.row(model, target, runtime, batch)
                cells.append(f"{float(row['gain']):.2f}×, {self.reason(row)}")
            key = (model, target, runtime)
            cells.append(f"{self.kernels('unfused', *key, 1)} → {self.kernels('fused', *key, 1)}")
            cells.append(str(self.dram_saved(*key, common.BATCHES[-1])))
            lines.append(cells)
        return common.table(["network", *(f"batch {batch}" for batch in common.BATCHES), "kernels",
                             f"DRAM bytes saved, batch {common.BATCHES[-1]}"], lines)

    # ---- claims -------------------------------------------------------------------------------------

    @functools.cached_property
    def claims(self):
        return {row["id"]: row for row in common.read_csv(self.results / "claims.csv")}

    def verdict(self, claim):
        return self.claims[claim]["verdict"]

    def condition(self, claim):
        """What `holds only if` says."""
        return self.claims[claim]["condition"]

    def claim_us(self, claim, column="simulated"):
        """A claim's figure that is a time: simulated, or measured."""
        us = float(self.claims[claim][column])
        return Quantity(us, common.duration(us))

    def claim_share(self, claim):
        return percent(float(self.claims[claim]["simulated"]))

    def verdicts(self, verdict):
        """How many claims have it."""
        return sum(row["verdict"] == verdict for row in self.claims.values())

    # ---- against measurements -----------------------------------------------------------------------

    def validation(self, name):
        return json.loads((self.results / f"validation/{name}.json").read_text(encoding="utf-8"))

    def error(self, name, key=None, of="mape"):
        report = self.validation(name)
        figures = report if key is None else next(group for group in report["groups"] if group["key"] == key)
        return Quantity(figures[of], common.percent(figures[of]))

    def speed_ups(self, name, model, fused, dtype="f16"):
        return {pair["batch"]: pair for pair in self.validation(name)["speed_ups"]
                if (pair["model"], pair["fused"], pair["dtype"]) == (model, fused, dtype)}

    def measured_gain(self, name, model, fused, batch):
        return times(self.speed_ups(name, model, fused)[batch]["measured"])

    def simulated_gain(self, name, model, fused, batch):
        return times(self.speed_ups(name, model, fused)[batch]["predicted"])

    def gain_error(self, name):
        value = self.validation(name)["speed_up_mape"]
        return Quantity(value, common.percent(value))


def fill(template, figures):
    # Properties are read where they are needed: not every folder of results has every file.
    names = {name: getattr(figures, name) for name in dir(figures) if not name.startswith("_") and name != "claims"}
    names |= {name: value for name, value in globals().items() if name.isupper()} | {"CORE": common.CORE, "NEVER": launch_study.NEVER}
    names["__builtins__"] = {function.__name__: function for function in (abs, all, any, len, max, min)}

    def evaluate(expression, line):
        try:
            return eval(expression, names)
        except Exception as error:  # whatever is wrong with it, its line helps most
            raise SystemExit(f"line {line}: {expression}: {type(error).__name__}: {error}") from error

    out = []
    for number, line in enumerate(template.splitlines(), 1):
        def claim(match, number=number):
            if not evaluate(match[1], number):
                raise SystemExit(f"line {number}: no longer true: {match[1]}; read what stands beside it again")
            return ""

        filled = re.sub(r"\{!(.+?)!\}", claim, line)
        if filled != line and not filled.strip():
            continue
        filled = re.sub(r"\{\{(.+?)\}\}", lambda match, number=number: str(evaluate(match[1], number)), filled)
        out.append(filled.rstrip())
    return "\n".join(out)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    template = pathlib.Path(sys.argv[2])
    try:
        text = fill(template.read_text(encoding="utf-8"), Figures(pathlib.Path(sys.argv[1])))
    except SystemExit as refusal:
        sys.exit(f"{template}: {refusal}")
    print(f"<!-- Made by scripts/results from {template.name}; edit that. -->\n")
    print(common.wrapped(text))


if __name__ == "__main__":
    main()
