#!/usr/bin/env python3
"""A graph as torch.export gives it, where the installed PyTorch has no torch.export yet.

  aten_graph.py MODEL OUTPUT

make_fx traces the same ATen operators; weights are made inputs of the graph and described by a graph signature, as in
a torch.export.ExportedProgram.
"""

import pathlib
import sys
import types

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import torch  # noqa: E402
from torch.fx.experimental.proxy_tensor import make_fx  # noqa: E402
from torch.nn.utils.stateless import functional_call  # noqa: E402

import export_fx as tool  # noqa: E402


def look_alike(model, image):
    """What export_fx.export_program needs of an ExportedProgram."""
    state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    names = list(state)

    def forward(*tensors):
        return functional_call(model, dict(zip(names, tensors)), (tensors[-1],))

    with torch.no_grad():
        graph = make_fx(forward)(*(tensor.detach() for tensor in state.values()), image).graph
    placeholders = [node.name for node in graph.nodes if node.op == "placeholder"]
    parameters = {name for name, _ in model.named_parameters()}
    of_kind = [{node: name for node, name in zip(placeholders, names) if (name in parameters) == wanted}
               for wanted in (True, False)]
    signature = types.SimpleNamespace(inputs_to_parameters=of_kind[0], inputs_to_buffers=of_kind[1])
    return types.SimpleNamespace(graph=graph, graph_signature=signature, state_dict=state)


def export(name):
    image = torch.zeros(1, 3, 224, 224, device="meta")
    return tool.export_program(look_alike(tool.make_model(name), image), [image], f"{name}_aten")


if __name__ == "__main__":
    tool.save(export(sys.argv[1]), sys.argv[2])
