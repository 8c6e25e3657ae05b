#!/usr/bin/env python3
"""How networks are cut: the published fusion tables beside what this tool counts by their rules, what physical counting
changes, and today's strategies.

usage: partition.py FUSESIM ROOT > partition.md"""

import collections
import json
import pathlib
import sys

import common

GRAPHS = "data/fx"
SUBGRAPH_FIGURES = ("flops", "input_bytes", "output_bytes", "weight_bytes", "internal_bytes")


def partition(fusesim, *arguments):
    return json.loads(common.run(fusesim, "partition", *map(str, arguments), "--format", "json"))


def counted(report):
    """Our figures under the names of data/seed/fusion_table.csv."""
    summary, subgraphs = report["summary"], report["subgraphs"]
    sizes = collections.Counter(str(len(subgraph["operators"])) for subgraph in subgraphs)

    def total(key):
        return sum(subgraph[key] for subgraph in subgraphs)

    return {
        "fx_nodes": report["fx_nodes"], "ops": report["operators"], "subgraphs": summary["subgraphs"],
        "fusion_efficiency": summary["fusion_efficiency"], "single_op_subgraphs": summary["single_operator"],
        "fusion_coverage_pct": 100 * (1 - summary["single_operator"] / summary["subgraphs"]),
        "max_fusion_size": max(len(subgraph["operators"]) for subgraph in subgraphs),
        "external_bytes": summary["external_bytes"], "input_bytes": total("input_bytes"),
        "output_bytes": total("output_bytes"), "weight_bytes": total("weight_bytes"),
        "internal_bytes": summary["internal_bytes"],
        "unfused_bytes": summary["external_bytes"] + summary["internal_bytes"],
        "memory_reduction_pct": 100 * summary["memory_reduction"], "flops": summary["flops"], "macs": summary["macs"],
        "mean_ai": summary["mean_arithmetic_intensity"], "size_histogram": dict(sizes), "patterns": summary["patterns"],
        "bottlenecks": summary["bottlenecks"]}


def agrees(published, ours):
    if isinstance(ours, dict):
        return json.loads(published) == ours
    if isinstance(ours, int):
        return int(float(published)) == ours
    decimals = len(published.partition(".")[2])
    return abs(float(published) - ours) <= 0.51 * 10**-decimals + 1e-9


def same_subgraph(published, ours):
    return (published["pattern"] == ours["pattern"] and published["nodes"].split() == ours["operators"]
            and published["bottleneck"] == ours["bottleneck"] and agrees(published["ai"], ours["arithmetic_intensity"])
            and all(agrees(published[figure], ours[figure]) for figure in SUBGRAPH_FIGURES))


class Report:
    def __init__(self, fusesim, root):
        self.fusesim = fusesim
        self.root = root
        self.published = {row["model"]: row for row in common.read_csv(root / "data/seed/fusion_table.csv")}
        self.seed = {model: partition(fusesim, root / GRAPHS / f"{model}.json.gz", "--accounting", "seed")
                     for model in self.published}

    def text(self):
        return common.wrapped("\n\n".join([
            "# Partitions",
            "What a *launch* is, which bytes are counted and what each strategy does: [docs/fusion.md](../docs/fusion.md).",
            "## The published tables, counted by their own rules",
            self.agreement(),
            self.table_of_networks(),
            "How its vocabularies grew on EfficientNet-B0, published / counted:",
            self.evolution(),
            "ViT-B/16 with its attention written out, published / counted:",
            self.decomposed(),
            "## What physical counting changes",
            "The same networks, cut greedily by today's vocabulary, counted as a machine would have to work: groups, sequence "
            "length and attention count, an intermediate that stays inside saves one write and one read for each reader, "
            "views and inference-time identities launch nothing. *Work* is in FLOPs, *saved* the share of bytes that fusing saves.",
            self.physical(),
            "## Strategies of today",
            "`physical`, vocabulary `modern`, batch 1, float32.",
            self.strategies()]))

    def agreement(self):
        equal = total = 0
        different = []
        for model, published in self.published.items():
            ours = counted(self.seed[model])
            for column, value in ours.items():
                total += 1
                equal += agrees(published[column], value)
                if not agrees(published[column], value):
                    different.append(f"{model} {column}: {published[column]} published, {value} counted")
        rows = rows_equal = 0
        for model in self.published:
            for published, ours in zip(common.read_csv(self.root / f"data/seed/subgraphs/{model}.csv"),
                                       self.seed[model]["subgraphs"], strict=True):
                rows += 1
                rows_equal += same_subgraph(published, ours)
        lines = [f"{equal} of {total} figures of `data/seed/fusion_table.csv` and {rows_equal} of {rows} rows of "
                 "`data/seed/subgraphs` come out as published."]
        return "\n".join(lines + [f"- {line}" for line in different])

    def table_of_networks(self):
        rows = []
        for model, published in self.published.items():
            ours = counted(self.seed[model])
            rows.append([
                model, published["ops"], f"{published['subgraphs']} / {ours['subgraphs']}",
                f"{float(published['fusion_efficiency']):.2f} / {ours['fusion_efficiency']:.2f}",
                f"{common.byte_count(int(published['external_bytes']))} / {common.byte_count(ours['external_bytes'])}",
                f"{common.byte_count(int(published['internal_bytes']))} / {common.byte_count(ours['internal_bytes'])}",
                f"{float(published['memory_reduction_pct']):.1f} % / {ours['memory_reduction_pct']:.1f} %",
                f"{float(published['mean_ai']):.2f} / {ours['mean_ai']:.2f}"])
        return common.table(["published / counted", "operators", "subgraphs", "operators per subgraph", "external", "internal",
                             "reduction", "mean FLOP/B"], rows)

    def evolution(self):
        # data/seed/README.md, "Earlier vocabularies".
        published = {"v1": (200, 14.6), "v2": (87, 46.3), "v3": (71, 46.4)}
        rows = []
        for vocabulary, (subgraphs, reduction) in published.items():
            summary = partition(self.fusesim, self.root / GRAPHS / "efficientnet_b0.json.gz", "--accounting", "seed",
                                "--vocabulary", vocabulary)["summary"]
            rows.append([vocabulary, f"{subgraphs} / {summary['subgraphs']}",
                         f"{reduction} % / {100 * summary['memory_reduction']:.1f} %"])
        return common.table(["vocabulary", "subgraphs", "reduction"], rows)

    def decomposed(self):
        graph = self.root / GRAPHS / "vit_b_16_decomposed.json.gz"
        greedy = partition(self.fusesim, graph, "--accounting", "seed")
        attention = partition(self.fusesim, graph, "--accounting", "seed", "--strategy", "attention")
        patterns = attention["summary"]["patterns"]
        merged, chains = patterns["linear_linear_linear"], patterns["matmul_mul_softmax_+1more"]
        # data/seed/README.md, "Attention (decomposed)".
        rows = [["operators", f"312 / {greedy['operators']}"], ["`greedy`, subgraphs", f"264 / {greedy['summary']['subgraphs']}"],
                ["`attention`, subgraphs", f"204 / {attention['summary']['subgraphs']}"],
                ["… merged Q, K, V", f"12 / {merged}"], ["… attention chains", f"12 / {chains}"],
                ["… operators per subgraph", f"1.53 / {attention['summary']['fusion_efficiency']:.2f}"]]
        return common.table(["what", "published / counted"], rows)

    def physical(self):
        rows = []
        for model in self.published:
            seed, now = self.seed[model]["summary"], partition(self.fusesim, model, "--strategy", "greedy")["summary"]
            rows.append([model, f"{seed['flops'] / 1e9:.3g} → {now['flops'] / 1e9:.3g} G", f"{seed['launches']} → {now['launches']}",
                         f"{100 * seed['memory_reduction']:.1f} → {100 * now['memory_reduction']:.1f} %",
                         f"{seed['mean_arithmetic_intensity']:.2f} → {now['mean_arithmetic_intensity']:.1f}",
                         f"{compute_bound(seed)} → {compute_bound(now)}"])
        return common.table(["`seed` → `physical`", "work", "launches", "saved", "mean FLOP/B", "compute-bound subgraphs"], rows)

    def strategies(self):
        rows = []
        for model in common.CORE:
            compared = {report["strategy"]: report["summary"] for report in partition(self.fusesim, model, "--compare")}
            unfused = compared["unfused"]
            cells = [model, unfused["launches"]]
            for strategy in ("sdpa", "greedy", "attention"):
                summary = compared[strategy]
                cells += [summary["launches"], f"{100 * summary['memory_reduction']:.1f} %"]
            rows.append(cells + [f"{unfused['launches'] / compared['attention']['launches']:.2f}×"])
        return common.table(["network", "operators that launch", "`sdpa`", "saved", "`greedy`", "saved", "`attention`", "saved",
                             "fewer launches"], rows)


def compute_bound(summary):
    return f"{100 * summary['bottlenecks'].get('compute_bound', 0) / sum(summary['bottlenecks'].values()):.0f} %"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(Report(sys.argv[1], pathlib.Path(sys.argv[2])).text())


if __name__ == "__main__":
    main()
