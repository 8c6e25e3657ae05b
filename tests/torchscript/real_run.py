"""Runs an exported module for real on the CPU and notes every operator with the shapes of its results.

A small interpreter of TorchScript graphs, so that operators are seen one by one and as the program has them: LibTorch
itself first inlines, merges and reorders. It knows straight-line programs, which is what traces are.
"""

import json

import torch

import export_torchscript as tool


def tensors_in(value):
    """Every tensor in tuples, lists and dicts, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [tensor for element in value for tensor in tensors_in(element)] if isinstance(value, (tuple, list)) else []


def type_text(tensor):
    """A tensor's type as fusesim writes it."""
    dims = "x".join(str(dim) for dim in tensor.shape) or "scalar"
    return f"{dims}:{tool.DTYPE_NAMES[tensor.dtype]}"


def memory_of(tensors):
    return {tensor.storage().data_ptr() for tensor in tensors}


class RealRun:
    """`operators` after run(): name, path of the module, types of the results, and whether these have memory of their
    own; otherwise they are views of something, or it was written in place."""

    def __init__(self, module):
        self.module = module
        self.operators = []
        self.alive = []  # or memory would be used again
        self.memory = memory_of([*module.parameters(), *module.buffers()])

    def run(self, inputs):
        self.memory |= memory_of(tensors_in(inputs))
        with torch.no_grad():
            return self.run_method(self.module, "forward", inputs, "")

    def run_method(self, module, method, arguments, path):
        graph = getattr(module, method).graph
        values = dict(zip((value.debugName() for value in graph.inputs()), [module, *arguments]))
        paths = {next(graph.inputs()).debugName(): path}
        for node in graph.nodes():
            names = [output.debugName() for output in node.outputs()]
            inputs = [value.debugName() for value in node.inputs()]
            if node.kind() == "prim::GetAttr":
                parent = paths.get(inputs[0], "")
                paths[names[0]] = f"{parent}.{node.s('name')}" if parent else node.s("name")
            called = paths.get(inputs[0], "") if node.kind() == "prim::CallMethod" else path
            results = self.run_node(node, [values.get(name) for name in inputs], called)
            values.update(zip(names, results))
        results = [values[output.debugName()] for output in graph.outputs()]
        return results[0] if len(results) == 1 else tuple(results)

    def run_node(self, node, arguments, path):
        """The node's results, one per output."""
        kind = node.kind()
        if kind == "prim::Constant":
            return [node.output().toIValue()]
        if kind == "prim::GetAttr":
            return [getattr(arguments[0], node.s("name"))]
        if kind == "prim::CallMethod":
            return [self.run_method(arguments[0], node.s("name"), arguments[1:], path)]
        if kind == "prim::ListConstruct":
            return [list(arguments)]
        if kind == "prim::TupleConstruct":
            return [tuple(arguments)]
        if kind == "prim::DictConstruct":
            return [dict(zip(arguments[::2], arguments[1::2]))]
        if kind in ("prim::ListUnpack", "prim::TupleUnpack"):
            return list(arguments[0])
        return self.run_operator(node, arguments, path)

    def run_operator(self, node, arguments, path):
        schema = torch._C.parse_schema(node.schema())
        operation, _, _ = torch._C._get_operation_overload(schema.name, schema.overload_name)
        positional = [value for argument, value in zip(schema.arguments, arguments) if not argument.kwarg_only]
        named = {argument.name: value for argument, value in zip(schema.arguments, arguments) if argument.kwarg_only}
        result = operation(*positional, **named)
        results = list(result) if len(list(node.outputs())) > 1 else [result]
        self.note(node.kind(), results, path)
        return results

    def note(self, name, results, path):
        tensors = tensors_in([result for result in results if result is not None])
        if not tensors or not name.startswith("aten::"):
            return
        self.alive += tensors
        memory = memory_of(tensors)
        self.operators.append({"operator": name, "module": path, "new": not memory & self.memory,
                               "outputs": [type_text(tensor) for tensor in tensors]})
        self.memory |= memory


def has_control_flow(module):
    return any(node.kind() in ("prim::If", "prim::Loop") for node in module.inlined_graph.nodes())


def write_reference(path, inputs, output):
    """Runs the module in the file `path`; writes what it did as JSON."""
    module = torch.jit.load(str(path), map_location="cpu").eval()
    for tensor in [*module.parameters(), *module.buffers()]:
        tensor.data = tensor.data.contiguous()
    operators = None
    if has_control_flow(module):
        with torch.no_grad():
            result = module(*inputs)
    else:
        run = RealRun(module)
        result = run.run(inputs)
        operators = run.operators
    data = {"inputs": [type_text(tensor) for tensor in tensors_in(inputs)],
            "outputs": [type_text(tensor) for tensor in tensors_in(result)],
            "operators": operators,
            "parameters": sum(parameter.numel() for parameter in module.parameters())}
    with open(output, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=0)
