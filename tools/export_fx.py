#!/usr/bin/env python3
"""Export a PyTorch model's torch.fx graph as JSON that fusesim reads. The format: docs/fx-format.md.

  export_fx.py resnet50 -o resnet50.json.gz
  export_fx.py vit_b_16 --decompose-attention -o vit.json
  export_fx.py my_package.my_module:make_model --input 1x3x256x256 -o mine.json
  export_fx.py --list

MODEL is a torchvision classification model, or MODULE:FUNCTION where FUNCTION() returns a torch.nn.Module; MODULE is
looked for in the current folder and in the installed packages. Nothing is downloaded and nothing is computed: the
graph comes from a symbolic trace with torch.nn's modules as its leaves, the shapes from a run on tensors without data.
With --via export it comes from torch.export instead, where the installed PyTorch has that (2.1 and newer).
"""

import argparse
import builtins
import contextlib
import gzip
import inspect
import json
import math
import os
import sys

import export_torchscript as models
from export_torchscript import DTYPE_NAMES, ExportError

if models.HAS_TORCH:
    import torch
    import torch.fx

    import fx_tracing
    from fx_tracing import tensors_in

SCHEMA_VERSION = 1

# ---- models -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def uninitialised_weights():
    """Leaves weights as they were allocated: only their shapes are looked at, and untouched memory costs nothing."""
    functions = {name: function for name, function in vars(torch.nn.init).items()
                 if name.endswith("_") and not name.startswith("_") and callable(function)}
    for name in functions:
        setattr(torch.nn.init, name, lambda tensor, *_args, **_kwargs: tensor)
    try:
        yield
    finally:
        for name, function in functions.items():
            setattr(torch.nn.init, name, function)


def make_model(name):
    with uninitialised_weights():
        return fx_tracing.to_meta(models.make_model(name))


# ---- values and arguments as JSON ---------------------------------------------------------------------------------


def dtype_name(dtype, place):
    if dtype not in DTYPE_NAMES:
        raise ExportError(f"{place}: element type {dtype} has no counterpart in fusesim ({', '.join(models.DTYPES)})")
    return DTYPE_NAMES[dtype]


def type_json(tensor, place):
    return {"shape": list(tensor.shape), "dtype": dtype_name(tensor.dtype, place)}


def number_json(value):
    """JSON has no infinities and no NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    return value


def qualified_name(function):
    """`torch.flatten`, `operator.add`, `torch.nn.functional.relu`, `torch.ops.aten.add.Tensor`."""
    if isinstance(function, getattr(torch._ops, "OpOverload", ())):
        return f"torch.ops.{str(function)}"
    name = function.__name__
    if getattr(builtins, name, None) is function:
        return f"builtins.{name}"
    module = {"_operator": "operator"}.get(function.__module__, function.__module__)
    if getattr(torch, name, None) is function:  # built-in functions do not know where they are
        module = "torch"
    elif getattr(torch.nn.functional, name, None) is function or module == "torch._C._nn":
        module = "torch.nn.functional"
    return f"{module}.{name}"


class Names:
    """What nodes are called in the file: as in the graph; inside a body, with the name of the call in front."""

    def __init__(self):
        self._names = {}

    def add(self, node, name):
        self._names[node] = name

    def __getitem__(self, node):
        return self._names[node]


def argument_json(value, names):
    if value is None or isinstance(value, (bool, int, float, str)):
        return number_json(value)
    if isinstance(value, torch.fx.Node):
        return {"node": names[value]}
    if isinstance(value, (tuple, list)):
        return [argument_json(element, names) for element in value]
    if isinstance(value, slice):
        return {"slice": [argument_json(part, names) for part in (value.start, value.stop, value.step)]}
    if value is ...:
        return {"ellipsis": True}
    if isinstance(value, dict):
        return {"dict": [argument_json(element, names) for element in value.values()]}
    if isinstance(value, torch.dtype):
        return {"dtype": DTYPE_NAMES.get(value, str(value))}
    return {"object": str(value)}  # devices, layouts, memory formats: without bearing on shapes


# ---- the graph as JSON --------------------------------------------------------------------------------------------


class Writer:
    """Makes the file's content of a graph whose nodes have run."""

    def __init__(self, shapes):
        self.shapes = shapes
        self.names = Names()
        self.tensors = {}
        self.modules = {}
        self._paths = {id(tensor): path
                       for path, tensor in [*shapes.model.named_parameters(), *shapes.model.named_buffers()]}
        for path, tensor in shapes.model.named_parameters():
            self._add_tensor(path, tensor, "parameter")

    def _add_tensor(self, path, tensor, role):
        path = self._paths.setdefault(id(tensor), path)  # tied weights have one path
        self.tensors.setdefault(path, {**type_json(tensor, path), "role": role})
        return path

    def _add_attribute(self, path):
        tensor = self.shapes.attribute(path)
        if not isinstance(tensor, torch.Tensor):
            raise ExportError(f"{path}: attribute of type {type(tensor).__name__}, only tensors can be read")
        is_buffer = any(tensor is buffer for buffer in self.shapes.model.buffers())
        is_parameter = isinstance(tensor, torch.nn.Parameter)
        return self._add_tensor(path, tensor, "parameter" if is_parameter else "buffer" if is_buffer else "constant")

    def _add_module(self, path):
        if path in self.modules:
            return
        module = self.shapes.model.get_submodule(path)
        held = [(name, tensor, "parameter") for name, tensor in module.named_parameters()]
        held += [(name, tensor, "buffer") for name, tensor in module.named_buffers()]
        self.modules[path] = {
            "type": type(module).__name__,
            "tensors": {name: self._add_tensor(f"{path}.{name}", tensor, role) for name, tensor, role in held},
            "config": {name: argument_json(value, self.names) for name, value in vars(module).items()
                       if not name.startswith("_") and name != "training" and is_plain(value)},
        }

    # A tensor says whose memory it looks at, when that is an argument's.
    def _value_json(self, value, node):
        if isinstance(value, torch.Tensor):
            result = type_json(value, node.name)
            memory = fx_tracing.storage_of(value)
            for argument in node.all_input_nodes:
                if any(fx_tracing.storage_of(t) == memory for t in tensors_in(self.shapes.values[argument])):
                    result["view_of"] = self.names[argument]
                    break
            return result
        if isinstance(value, (tuple, list)):
            return [self._value_json(element, node) for element in value]
        return number_json(value) if value is None or isinstance(value, (bool, int, float, str)) else str(value)

    def _target(self, node):
        if node.op == "call_function":
            return qualified_name(node.target)
        if node.op == "get_attr":
            return self._add_attribute(node.target)
        if node.op == "call_module":
            self._add_module(node.target)
        return str(node.target)

    def node_json(self, node, name):
        self.names.add(node, name)
        result = {"name": name, "op": node.op, "target": self._target(node),
                  "args": argument_json(node.args, self.names)}
        if node.kwargs:
            result["kwargs"] = {key: argument_json(value, self.names) for key, value in node.kwargs.items()}
        if node.op != "output":
            result["value"] = self._value_json(self.shapes.values[node], node)
        if written := self.shapes.written.get(node):
            result["writes"] = [self.names[argument] for argument in written]
        if self._has_body(node):
            result["body"] = self._body_json(node, name)
        return result

    def _has_body(self, node):
        if node.op == "call_module":
            return is_composite(self.shapes.model.get_submodule(node.target))
        return node.op == "call_function" and inspect.isfunction(node.target) and not is_torch_function(node.target)

    def _body_json(self, node, name):
        graph, outer, result = fx_tracing.body_of(node, self.shapes)
        for placeholder, argument in zip(graph.nodes, outer):
            self.names.add(placeholder, self.names[argument])
        calls = [inner for inner in graph.nodes if inner.op != "placeholder"]
        nodes = [self.node_json(inner, f"{name}.{inner.name}") for inner in calls]
        return {"nodes": nodes, "result": argument_json(result, self.names)}

    def document(self, graph, name, source, decomposed):
        nodes = [self.node_json(node, node.name) for node in graph.nodes]
        return {"format": "fusesim-fx", "version": SCHEMA_VERSION, "name": name,
                "producer": {"torch": torch.__version__, "source": source, "decomposed_attention": decomposed},
                "node_count": len(nodes), "tensors": self.tensors, "modules": self.modules, "nodes": nodes}


def is_plain(value):
    if isinstance(value, (tuple, list)):
        return all(is_plain(element) for element in value)
    return value is None or isinstance(value, (bool, int, float, str))


def is_torch_function(function):
    return (function.__module__ or "").split(".")[0] in ("torch", "operator", "_operator", "math", "builtins")


def is_composite(module):
    """Modules of torch.nn that are several operators."""
    if isinstance(module, torch.nn.MultiheadAttention):
        plain = module.batch_first and module._qkv_same_embed_dim and fx_tracing.can_decompose(module)
        return not plain
    return any(True for _ in module.children()) or getattr(module, "padding_mode", "zeros") != "zeros"


# ---- sources ------------------------------------------------------------------------------------------------------


def export_symbolic(model, inputs, name, decompose_attention=False):
    """The file's content, from a symbolic trace of `model`, which is on the meta device."""
    graph = fx_tracing.trace(model)
    with torch.no_grad():
        shapes = fx_tracing.Shapes(model)
        shapes.run_all(graph, inputs)
        if decompose_attention:
            values = shapes.values
            fx_tracing.decompose_attention(model, graph, lambda mask: values[mask].dtype == torch.bool)
            shapes = fx_tracing.Shapes(model)
            shapes.run_all(graph, inputs)
        return Writer(shapes).document(graph, name, "torch.fx", decompose_attention)


def export_program(program, inputs, name):
    """The file's content, from a torch.export.ExportedProgram (or look-alike: graph, graph_signature, state_dict)."""
    holder = torch.nn.Module()
    signature = program.graph_signature
    weights = {**signature.inputs_to_parameters, **signature.inputs_to_buffers,
               **getattr(signature, "inputs_to_lifted_tensor_constants", {})}
    graph = torch.fx.Graph()
    copies = {}
    for node in program.graph.nodes:
        if node.op == "placeholder" and node.name in weights:
            path = weights[node.name]
            keep_tensor(holder, path, find_tensor(program, path), node.name in signature.inputs_to_parameters)
            copies[node] = graph.create_node("get_attr", path, name=node.name)
        else:
            copies[node] = graph.node_copy(node, copies.__getitem__)
    shapes = fx_tracing.Shapes(holder)
    with torch.no_grad():
        shapes.run_all(graph, inputs)
        return Writer(shapes).document(graph, name, "torch.export", False)


def find_tensor(program, path):
    tensor = program.state_dict.get(path)
    return getattr(program, "constants", {})[path] if tensor is None else tensor


def keep_tensor(holder, path, tensor, is_parameter):
    *parents, name = path.split(".")
    for parent in parents:
        if not hasattr(holder, parent):
            holder.add_module(parent, torch.nn.Module())
        holder = getattr(holder, parent)
    if is_parameter:
        holder.register_parameter(name, torch.nn.Parameter(tensor.detach().to("meta"), requires_grad=False))
    else:
        holder.register_buffer(name, tensor.detach().to("meta"))


def export(name, inputs, decompose_attention=False, via="trace"):
    model = make_model(name)
    inputs = [tensor.to("meta") for tensor in inputs]
    short_name = name.rpartition(":")[2]
    if via == "trace":
        return export_symbolic(model, inputs, short_name, decompose_attention)
    if not hasattr(torch, "export"):
        raise ExportError(f"PyTorch {torch.__version__} has no torch.export (2.1 has); leave --via out")
    if decompose_attention:
        raise ExportError("--decompose-attention works on symbolic traces; torch.export decomposes by itself")
    return export_program(torch.export.export(model, tuple(inputs)), inputs, short_name)


# ---- command line -------------------------------------------------------------------------------------------------


def text_of(document):
    """One node, module and tensor a line: readable, and small differences stay small in a diff."""
    def lines(items):
        return ",\n".join(items)

    parts = {}
    for key, value in document.items():
        if key == "nodes":
            parts[key] = f"[\n{lines(json.dumps(node) for node in value)}\n]"
        elif key in ("tensors", "modules"):
            parts[key] = f"{{\n{lines(f'{json.dumps(k)}: {json.dumps(v)}' for k, v in value.items())}\n}}"
        else:
            parts[key] = json.dumps(value)
    return "{\n" + lines(f'"{key}": {text}' for key, text in parts.items()) + "\n}\n"


def save(document, path):
    """Writes the file under another name first: an interrupted export leaves no half of one."""
    data = text_of(document).encode()
    if path.endswith(".gz"):
        data = gzip.compress(data, mtime=0)  # the same model gives the same file
    part = f"{path}.part"
    try:
        with open(part, "wb") as file:
            file.write(data)
        os.replace(part, path)
    except OSError as error:
        raise ExportError(f"cannot write {path}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            os.remove(part)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", metavar="MODEL", help="torchvision name or MODULE:FUNCTION")
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="file to write, compressed when it ends in .gz (default: MODEL.json)")
    parser.add_argument("--input", action="append", type=models.parse_input, metavar="SHAPE", dest="inputs",
                        help="a tensor that forward takes, in order: 1x3x224x224, 1x17:i64 "
                             "(default: one image, 1x3x224x224)")
    parser.add_argument("--decompose-attention", action="store_true",
                        help="write every MultiheadAttention as linears, matmuls and a softmax")
    parser.add_argument("--via", choices=("trace", "export"), default="trace",
                        help="torch.fx symbolic trace with leaf modules (default), or torch.export")
    parser.add_argument("--list", action="store_true", help="list torchvision's classification models")
    return parser


def main():
    parser = arguments()
    options = parser.parse_args()
    if not options.model and not options.list:
        parser.error("give a MODEL, or --list")
    models.require_for(options)
    if options.list:
        print("\n".join(models.torchvision_models()))
        return 0
    inputs = options.inputs or [torch.zeros(1, 3, 224, 224)]
    output = options.output or f"{options.model.rpartition(':')[2]}.json"
    try:
        save(export(options.model, inputs, options.decompose_attention, options.via), output)
    except ExportError as error:
        print(f"export_fx.py: {error}", file=sys.stderr)
        return 1
    except Exception as error:  # whatever the model's own code raises while it is built, traced or run
        kind = "" if isinstance(error, fx_tracing.TraceError) else f"{type(error).__name__}: "
        message = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
        print(f"export_fx.py: {options.model}: {kind}{message[:500]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
