#!/usr/bin/env python3
"""The published counting rules a second time, straight from their text, held against `fusesim partition`.

  seed_reference.py FUSESIM EXPORTS_FOLDER

data/seed/README.md states the rules. What is written down here shares no code with src/partition: both must give the
same subgraphs, member by member and byte by byte, for every exported model and every vocabulary, and for vision
transformers with decomposed attention also with its patterns.
"""

import json
import pathlib
import subprocess
import sys

RELUS = {"ReLU", "ReLU6"}
PAIRS = {
    "v1": {"Conv2d": {"BatchNorm2d", *RELUS}, "BatchNorm2d": {*RELUS, "Hardswish"},
           "Linear": {"BatchNorm1d", "ReLU", "GELU", "Dropout"}, "add": RELUS, "ReLU": {"Dropout"},
           "GELU": {"Dropout"}},
    "v2": {"Conv2d": {"BatchNorm2d", *RELUS, "SiLU", "Swish", "Sigmoid"},
           "BatchNorm2d": {*RELUS, "SiLU", "Swish", "Hardswish"},
           "Linear": {"BatchNorm1d", "ReLU", "GELU", "SiLU", "Dropout"}, "add": {*RELUS, "SiLU"},
           "AdaptiveAvgPool2d": {"Conv2d"}, "SiLU": {"Conv2d", "Dropout"}, "Sigmoid": {"mul"},
           "ReLU": {"Dropout"}, "GELU": {"Dropout"}},
}
PAIRS["v3"] = {**PAIRS["v2"], "LayerNorm": {"MultiheadAttention", "Linear"}, "MultiheadAttention": {"Dropout"},
               "Dropout": {"add"}, "GELU": {"Linear", "Dropout"}, "StochasticDepth": {"add"}}
JOINS = {"v1": set(), "v2": set(), "v3": {("Sigmoid", "mul")}}


def product(numbers):
    result = 1
    for number in numbers:
        result *= number
    return result


def references(argument):
    """Names of the nodes in an argument, in order."""
    if isinstance(argument, list):
        return [name for element in argument for name in references(element)]
    if isinstance(argument, dict):
        return [argument["node"]] if "node" in argument else [n for v in argument.values() for n in references(v)]
    return []


class Node:
    def __init__(self, json_node, document):
        self.name = json_node["name"]
        self.is_operator = json_node["op"] in ("call_module", "call_function")
        self.inputs = list(dict.fromkeys(
            references(json_node["args"]) + references(list(json_node.get("kwargs", {}).values()))))
        value = json_node.get("value")
        shape = value["shape"] if isinstance(value, dict) and "shape" in value else None
        self.bytes = 0 if shape is None else 4 * product(shape)
        self.macs = self.weights = 0
        self.type = json_node["target"].rpartition(".")[2]
        if json_node["op"] == "call_module":
            module = document["modules"][json_node["target"]]
            self.type = module["type"]
            tensors = {name: document["tensors"][path] for name, path in module["tensors"].items()}
            self.weights = sum(4 * product(t["shape"]) for t in tensors.values() if t["role"] == "parameter")
            self.macs = self.count_macs(shape, tensors, module["config"])

    def count_macs(self, shape, tensors, config):
        if self.type == "Linear":
            return shape[0] * config["in_features"] * config["out_features"]
        if self.type != "Conv2d":
            return 0
        depthwise = config["groups"] == config["in_channels"] > 1
        return product(shape) * product(config["kernel_size"]) * config["in_channels"] // (
            config["out_channels"] if depthwise else 1)


class Operators:
    """The operators of a graph and who reads whom among them."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.by_name = {node.name: node for node in nodes}
        self.operators = [node for node in nodes if node.is_operator]
        self.producers = {node.name: [name for name in node.inputs if self.by_name[name].is_operator]
                          for node in self.operators}
        self.consumers = {node.name: [] for node in self.operators}
        for node in self.operators:
            for name in self.producers[node.name]:
                self.consumers[name].append(node)

    def only_consumer(self, node):
        consumers = self.consumers[node.name]
        return consumers[0] if len(consumers) == 1 else None


def merged_projections(graph):
    """The three linears of one producer."""
    linears = {}
    for node in graph.operators:
        if node.type in ("Linear", "linear") and node.inputs:
            linears.setdefault(node.inputs[0], []).append(node)
    return [siblings for siblings in linears.values() if len(siblings) == 3]


def attention_chains(graph):
    chains = []
    for head in graph.operators:
        chain = [head]
        while len(chain) < 4 and (following := graph.only_consumer(chain[-1])) is not None \
                and graph.producers[following.name] == [chain[-1].name]:
            chain.append(following)
        if [node.type for node in chain] == ["matmul", "mul", "softmax", "matmul"]:
            chains.append(chain)
    return chains


def subgraphs_of(nodes, vocabulary, strategy):
    graph = Operators(nodes)
    chains = merged_projections(graph) + attention_chains(graph) if strategy == "attention" else []
    visited = {node.name for chain in chains for node in chain}
    for head in graph.operators:
        if head.name in visited:
            continue
        chain = [head]
        visited.add(head.name)
        while (following := graph.only_consumer(chain[-1])) is not None:
            pair = chain[-1].type, following.type
            alone = graph.producers[following.name] == [chain[-1].name] or pair in JOINS[vocabulary]
            if following.name in visited or not alone or pair[1] not in PAIRS[vocabulary].get(pair[0], ()):
                break
            chain.append(following)
            visited.add(following.name)
        chains.append(chain)
    position = {node.name: i for i, node in enumerate(nodes)}
    chains.sort(key=lambda chain: position[chain[0].name])
    return [counted(chain, nodes, graph.by_name) for chain in chains]


def counted(chain, nodes, by_name):
    inside = {node.name for node in chain}
    edges = [(name in inside, by_name[name].bytes) for node in chain for name in node.inputs]
    readers = {name: [node.name for node in nodes if name in node.inputs] for name in inside}
    output = sum(n.bytes for n in chain if not readers[n.name] or any(r not in inside for r in readers[n.name]))
    result = {"operators": [node.name for node in chain], "flops": 2 * sum(node.macs for node in chain),
              "input_bytes": sum(size for internal, size in edges if not internal), "output_bytes": output,
              "weight_bytes": sum(node.weights for node in chain),
              "internal_bytes": sum(size for internal, size in edges if internal)}
    external = result["input_bytes"] + output + result["weight_bytes"]
    intensity = result["flops"] / external if external else 0
    types = [node.type for node in chain]
    more = [f"+{len(types) - 3}more"] if len(types) > 3 else []
    result["pattern"] = "_".join(types[:3] + more) if len(types) > 1 else "Unfused"
    result["arithmetic_intensity"] = intensity
    result["bottleneck"] = ("compute_bound" if intensity > 50 else "balanced" if intensity > 10 else
                            "memory_bound" if intensity > 1 else "bandwidth_bound")
    return result


def is_same(fusesim, file, vocabulary, strategy):
    document = json.loads(file.read_text(encoding="utf-8"))
    nodes = [Node(node, document) for node in document["nodes"]]
    command = [fusesim, "partition", file, "--accounting", "seed", "--vocabulary", vocabulary, "--strategy", strategy,
               "--format", "json"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    found = [{key: value for key, value in subgraph.items() if key != "id"} for subgraph in report["subgraphs"]]
    expected = subgraphs_of(nodes, vocabulary, strategy)
    if report["fx_nodes"] == len(nodes) and found == expected:
        return True
    different = next(((a, b) for a, b in zip(found, expected) if a != b), "")
    print(f"{file.name} {vocabulary} {strategy}: {len(found)} subgraphs, expected {len(expected)}: {different}")
    return False


def main():
    fusesim, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    checks = [(model, "greedy") for model in (folder / "models.txt").read_text(encoding="utf-8").split()]
    checks += [(model, strategy) for model in (folder / "decomposed.txt").read_text(encoding="utf-8").split()
               for strategy in ("greedy", "attention")]
    same = [is_same(fusesim, folder / f"{model}.json", vocabulary, strategy)
            for model, strategy in checks for vocabulary in PAIRS]
    print(f"{sum(same)} of {len(same)} partitions are the same")
    return 0 if same and all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
