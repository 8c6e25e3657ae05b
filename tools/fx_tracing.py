"""Tracing for export_fx.py: leaf-module graphs, shapes without data, and the insides of composite calls.

  trace(model)              torch.fx graph, leaf modules kept, also where a shape is unpacked on Python 3.11
  decompose_attention(...)  every MultiheadAttention of such a graph as linears, matmuls and a softmax
  Shapes                    runs nodes on meta tensors: true shapes, element types, views and writes, no computing
  body_of(...)              what a composite function or module does inside, with the shapes of this one call
"""

import contextlib
import copy
import dis
import inspect
import itertools
import operator
import sys
import types
from unittest import mock

import torch
import torch.fx
from torch.nn import functional


class TraceError(Exception):
    """The model cannot be traced as it is."""


# ---- leaf-module graphs -------------------------------------------------------------------------------------------


def _unpacked_length(frame):
    """How many names the instruction that `frame` stands at unpacks into; None when it is another one."""
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset == frame.f_lasti:
            return instruction.argval if instruction.opname == "UNPACK_SEQUENCE" else None
    return None


def _iterate(proxy):
    length = _unpacked_length(inspect.currentframe().f_back)
    return proxy.tracer.iter(proxy) if length is None else iter([proxy[i] for i in range(length)])


def _with_plain_arguments(function, count):
    """`function` with *args, **kwargs and keyword-only arguments as `count` plain ones, as torch.fx wants it."""
    code = function.__code__
    flags = code.co_flags & ~(inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    code = code.replace(co_argcount=count, co_posonlyargcount=0, co_kwonlyargcount=0, co_flags=flags)
    return types.FunctionType(code, function.__globals__, function.__name__, function.__defaults__,
                              function.__closure__)


@contextlib.contextmanager
def working_tracer():
    """Mends two functions of torch 1.13 that know nothing of Python 3.11.

    Proxy.__iter__ looks the instruction that unpacks (`n, c, h, w = x.shape`) up by its number, but there are cache
    entries between instructions now; _patch_function makes code objects from fewer parts than they have.
    """
    symbolic_trace = sys.modules[torch.fx.Tracer.__module__]
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(torch.fx.Proxy, "__iter__", _iterate))
        if hasattr(symbolic_trace, "_patch_function"):
            stack.enter_context(mock.patch.object(symbolic_trace, "_patch_function", _with_plain_arguments))
        yield


def trace(model):
    """The model's graph as torch.fx records it: calls of leaf modules, functions and methods."""
    with working_tracer():
        return torch.fx.Tracer().trace(model)


# ---- attention ----------------------------------------------------------------------------------------------------


class AttentionParts(torch.nn.Module):
    """The weights of a MultiheadAttention, one per projection."""

    def __init__(self, whole):
        super().__init__()
        self.num_heads, self.head_dim, self.batch_first = whole.num_heads, whole.head_dim, whole.batch_first
        if whole._qkv_same_embed_dim:
            weights = whole.in_proj_weight.chunk(3)
        else:
            weights = whole.q_proj_weight, whole.k_proj_weight, whole.v_proj_weight
        biases = (None,) * 3 if whole.in_proj_bias is None else whole.in_proj_bias.chunk(3)
        for name, weight, bias in zip("qkv", weights, biases):
            self._keep(f"{name}_weight", weight)
            self._keep(f"{name}_bias", bias)
        self._keep("out_weight", whole.out_proj.weight)
        self._keep("out_bias", whole.out_proj.bias)

    def _keep(self, name, tensor):
        self.register_parameter(name, None if tensor is None else torch.nn.Parameter(tensor.detach()))


def can_decompose(attention):
    return attention.bias_k is None and not attention.add_zero_attn


def attend(weights, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
           average_attn_weights=True, is_boolean=lambda mask: mask.dtype == torch.bool, **_):
    """What a MultiheadAttention computes, from `weights` (AttentionParts or look-alike).

    Where sequences come batch first and nobody needs the attention weights, these are 4 linears, 2 matmuls, mul and
    softmax, and 12 methods of sizes and views.
    """
    if not weights.batch_first:
        query, key, value = (operand.transpose(0, 1) for operand in (query, key, value))
    batch, length = query.size(0), query.size(1)
    heads, size = weights.num_heads, weights.head_dim
    q = functional.linear(query, weights.q_weight, weights.q_bias).view(batch, -1, heads, size).transpose(1, 2)
    k = functional.linear(key, weights.k_weight, weights.k_bias).view(batch, -1, heads, size).transpose(1, 2)
    v = functional.linear(value, weights.v_weight, weights.v_bias).view(batch, -1, heads, size).transpose(1, 2)
    scores = torch.matmul(q, k.transpose(-2, -1)) * size**-0.5
    for mask, view in ((attn_mask, lambda m: m), (key_padding_mask, lambda m: m.unsqueeze(1).unsqueeze(2))):
        if mask is not None:
            boolean = is_boolean(mask)
            scores = scores.masked_fill(view(mask), float("-inf")) if boolean else scores + view(mask)
    attention = functional.softmax(scores, dim=-1)
    context = torch.matmul(attention, v).transpose(1, 2).contiguous().view(batch, length, heads * size)
    result = functional.linear(context, weights.out_weight, weights.out_bias)
    if not weights.batch_first:
        result = result.transpose(0, 1)
    if need_weights and average_attn_weights:
        attention = attention.mean(dim=1)
    return result, attention if need_weights else None


class _AttributeNodes:
    """`weights` for attend(): every tensor is a get_attr node of its own."""

    def __init__(self, parts, path, graph, tracer):
        self.num_heads, self.head_dim, self.batch_first = parts.num_heads, parts.head_dim, parts.batch_first
        for name, tensor in parts.named_parameters():
            setattr(self, name, torch.fx.Proxy(graph.get_attr(f"{path}.{name}"), tracer))
        for name in ("q_bias", "k_bias", "v_bias", "out_bias"):
            if getattr(parts, name) is None:
                setattr(self, name, None)


def decompose_attention(model, graph, is_boolean):
    """Replaces every MultiheadAttention of `graph` by what it computes, and of `model` by its AttentionParts.

    `is_boolean(node)` says of a mask whether it is True where attention must not look; others are added to scores.
    Its tuple (result, attention weights or None) stays one: whoever takes it apart still does.
    """
    tracer = torch.fx.proxy.GraphAppendingTracer(graph)
    parts = {}
    for node in list(graph.nodes):
        module = model.get_submodule(node.target) if node.op == "call_module" else None
        if node.target in parts:
            module = parts[node.target]  # called a second time
        elif not isinstance(module, torch.nn.MultiheadAttention) or not can_decompose(module):
            continue
        else:
            module = parts[node.target] = AttentionParts(module)
            parent, _, name = node.target.rpartition(".")
            setattr(model.get_submodule(parent), name, module)
        with graph.inserting_before(node):
            proxies = torch.fx.node.map_arg((node.args, node.kwargs), lambda n: torch.fx.Proxy(n, tracer))
            weights = _AttributeNodes(module, node.target, graph, tracer)
            result, attention = attend(weights, *proxies[0], **proxies[1],
                                       is_boolean=lambda mask: is_boolean(mask.node))
            whole = graph.call_function(tuple, ((result.node, None if attention is None else attention.node),))
        node.replace_all_uses_with(whole)
        graph.erase_node(node)


# ---- shapes -------------------------------------------------------------------------------------------------------


def tensors_in(value):
    """Every tensor in nested tuples, lists and dicts, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for element in value.values() for tensor in tensors_in(element)]
    if isinstance(value, (tuple, list)) and not isinstance(value, torch.Size):
        return [tensor for element in value for tensor in tensors_in(element)]
    return []


def map_tensors(value, function):
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, dict):
        return {key: map_tensors(element, function) for key, element in value.items()}
    if isinstance(value, tuple) and not isinstance(value, torch.Size):
        elements = [map_tensors(element, function) for element in value]
        return type(value)(*elements) if hasattr(value, "_fields") else tuple(elements)
    if isinstance(value, list):
        return [map_tensors(element, function) for element in value]
    return value


def storage_of(tensor):
    """Identity of the memory that a tensor looks at, on any device."""
    storage = tensor.untyped_storage() if hasattr(tensor, "untyped_storage") else tensor.storage()._storage
    return storage._cdata


def to_meta(model):
    """Drops the weights' data. Unlike Module.to, what was one tensor stays one (tied weights)."""
    made = {}
    for module in model.modules():
        for tensors in (module._parameters, module._buffers):
            for name, tensor in tensors.items():
                if tensor is None:
                    continue
                if id(tensor) not in made:
                    meta = tensor.detach().to("meta")
                    meta = torch.nn.Parameter(meta, tensor.requires_grad) if tensors is module._parameters else meta
                    made[id(tensor)] = tensor, meta  # kept alive: an id is used again
                tensors[name] = made[id(tensor)][1]
    for module in model.modules():
        if isinstance(module, torch.nn.RNNBase):  # keeps a list of its weights beside them
            module._flat_weights = [getattr(module, name, None) for name in module._flat_weights_names]
    return model


class Shapes:
    """Runs nodes of graphs of `model`, which is on the meta device, and remembers what came out.

    values[node]   what the node returns: tensors without data, numbers, tuples
    written[node]  the argument nodes whose tensors it overwrites
    """

    def __init__(self, model):
        self.model = model
        self.values = {}
        self.written = {}
        self._names = {id(tensor): name for name, tensor in [*model.named_parameters(), *model.named_buffers()]}

    def name_of(self, tensor):
        """Path of a tensor of the model. One that is not yet part of it becomes a constant of it."""
        if id(tensor) not in self._names:
            name = f"_constant{sum(name.startswith('_constant') for name in vars(self.model))}"
            setattr(self.model, name, tensor)
            self._names[id(tensor)] = name
        return self._names[id(tensor)]

    def attribute(self, path):
        value = self.model
        for name in path.split("."):
            value = getattr(value, name)
        return value.to("meta") if isinstance(value, torch.Tensor) and not value.is_meta else value

    def run(self, node):
        if node.op == "get_attr":
            value = self.attribute(node.target)
        else:
            args, kwargs = torch.fx.node.map_arg((node.args, node.kwargs), self.values.__getitem__)
            if node.op == "output":
                value = args[0]
            else:
                versions = {n: t._version for n in node.all_input_nodes for t in tensors_in(self.values[n])[:1]}
                value = self._call(node, args, kwargs)
                self.written[node] = [n for n, version in versions.items()
                                      if tensors_in(self.values[n])[0]._version != version]
        self.values[node] = value
        return value

    def run_all(self, graph, inputs):
        """Runs a graph; `inputs` go to its first placeholders, the others have their defaults."""
        placeholders = [node for node in graph.nodes if node.op == "placeholder"]
        required = sum(not node.args and not node.target.startswith("*") for node in placeholders)
        if not required <= len(inputs) <= len(placeholders):
            names = ", ".join(str(node.target) for node in placeholders)
            raise TraceError(f"{len(inputs)} inputs given, forward takes ({names}), {required} without a default")
        for node, given in itertools.zip_longest(placeholders, inputs):
            rest = {} if node.target.startswith("**") else ()
            self.values[node] = given if given is not None else node.args[0] if node.args else rest
        for node in graph.nodes:
            if node.op != "placeholder":
                self.run(node)

    def _call(self, node, args, kwargs):
        if node.op == "call_method":
            function, args = getattr(args[0], node.target), args[1:]
        else:
            function = self.model.get_submodule(node.target) if node.op == "call_module" else node.target
        try:
            return function(*args, **kwargs)
        except NotImplementedError:  # an operator without a kernel for meta tensors: run on zeros
            return self._call_for_real(node.name, function, args, kwargs)
        except Exception as error:
            raise TraceError(f"node {node.name} ({node.target}): {type(error).__name__}: {error}") from error

    @staticmethod
    def _call_for_real(name, function, args, kwargs):
        def zeros(tensor):
            return torch.zeros(tensor.shape, dtype=tensor.dtype)

        if isinstance(function, torch.nn.Module):
            function = copy.deepcopy(function).to_empty(device="cpu")
            for tensor in [*function.parameters(), *function.buffers()]:
                tensor.zero_()
        elif inspect.ismethod(function) or isinstance(getattr(function, "__self__", None), torch.Tensor):
            function = getattr(zeros(function.__self__), function.__name__)
        result = function(*map_tensors(args, zeros), **map_tensors(kwargs, zeros))
        if not tensors_in(result):
            raise TraceError("a number of the program depends on what is in a tensor")
        if any(tensor.numel() == 0 for tensor in tensors_in(result)):  # x[mask], nonzero: zeros select nothing
            raise TraceError(f"node {name}: the size of its result depends on what is in a tensor")
        return map_tensors(result, lambda tensor: tensor.to("meta"))


# ---- the inside of one call ---------------------------------------------------------------------------------------


class ShapedProxy(torch.fx.Proxy):
    """A proxy of a tensor whose shape is known: sizes are numbers, so that Python may decide on them."""

    @property
    def value(self):
        return self.tracer.shapes.values[self.node]

    def __getattr__(self, name):
        value = getattr(self.value, name)
        if callable(value):
            return lambda *args, **kwargs: self.tracer.create_proxy("call_method", name, (self, *args), kwargs)
        if isinstance(value, torch.Tensor):
            return self.tracer.create_proxy("call_function", getattr, (self, name), {})
        return value

    def __len__(self):
        return len(self.value)

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def __setitem__(self, index, value):
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(part, (torch.fx.Proxy, torch.Tensor, list)) for part in parts):
            self.index_put_(parts, value if isinstance(value, torch.fx.Proxy) else self.new_full((), value))
        elif isinstance(value, (torch.fx.Proxy, torch.Tensor)):
            self[index].copy_(value)
        else:
            self[index].fill_(value)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function is functional.multi_head_attention_forward:
            return attend_as_functional(*args, **(kwargs or {}))
        return super().__torch_function__(function, types, args, kwargs)


def attend_as_functional(query, key, value, embed_dim, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v,
                         add_zero_attn, dropout_p, out_proj_weight, out_proj_bias, training=False,
                         key_padding_mask=None, need_weights=True, attn_mask=None, use_separate_proj_weight=False,
                         q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, average_attn_weights=True, **_):
    """torch.nn.functional.multi_head_attention_forward in terms of attend()."""
    if bias_k is not None or add_zero_attn:
        raise TraceError("attention with an added key (bias_k, add_zero_attn) cannot be taken apart")
    in_proj_weight, in_proj_bias = (query.tracer.proxy_of_tensor(t) for t in (in_proj_weight, in_proj_bias))

    class Weights:
        batch_first = False

    Weights.num_heads, Weights.head_dim = num_heads, embed_dim // num_heads
    if use_separate_proj_weight:
        parts = q_proj_weight, k_proj_weight, v_proj_weight
    else:
        parts = [in_proj_weight[i * embed_dim:(i + 1) * embed_dim] for i in range(3)]
    biases = [None] * 3 if in_proj_bias is None else [
        in_proj_bias[i * embed_dim:(i + 1) * embed_dim] for i in range(3)]
    Weights.q_weight, Weights.k_weight, Weights.v_weight = parts
    Weights.q_bias, Weights.k_bias, Weights.v_bias = biases
    Weights.out_weight, Weights.out_bias = out_proj_weight, out_proj_bias
    return attend(Weights, query, key, value, key_padding_mask, need_weights, attn_mask, average_attn_weights)


class BodyTracer(torch.fx.Tracer):
    """Records the functions and methods of one call on tensors of known shapes."""

    def __init__(self, shapes, graph):
        super().__init__()
        self.shapes, self.graph, self.root = shapes, graph, shapes.model

    def create_arg(self, a):
        return self._tensor_node(a) if isinstance(a, torch.Tensor) else super().create_arg(a)

    def _tensor_node(self, tensor):
        """The weight that a module's own code gave to a function, or a tensor that the code made."""
        node = self.graph.get_attr(self.shapes.name_of(tensor))
        self.shapes.run(node)
        return node

    def proxy_of_tensor(self, tensor):
        return self._proxy_of(self._tensor_node(tensor), tensor) if isinstance(tensor, torch.Tensor) else tensor

    def create_proxy(self, kind, target, args, kwargs, name=None, type_expr=None, proxy_factory_fn=None):
        node = self.create_node(kind, target, self.create_arg(args), self.create_arg(kwargs), name, type_expr)
        value = self.shapes.run(node)
        if not tensors_in(value):
            # A number of the program. A call without any result, or on numbers only, has done its work.
            self.graph.erase_node(node)
            return value
        return self._proxy_of(node, value)

    def _proxy_of(self, node, value):
        if isinstance(value, torch.Tensor):
            return ShapedProxy(node, self)
        elements = [self.create_proxy("call_function", operator.getitem, (ShapedProxy(node, self), i), {})
                    for i in range(len(value))]
        return type(value)(elements) if type(value).__module__ == "torch.return_types" else tuple(elements)


def body_of(node, shapes):
    """Graph of what `node`, a call of a Python function or of a composite module, does inside.

    Returns the graph, with one placeholder per argument node of `node`, those argument nodes, and its result with
    nodes of the graph for tensors. `node` itself need not have run.
    """
    graph = torch.fx.Graph()
    tracer = BodyTracer(shapes, graph)
    outer = [n for n in node.all_input_nodes if tensors_in(shapes.values[n])]
    inner = {}
    for argument in outer:
        inner[argument] = graph.placeholder(argument.name)
        shapes.values[inner[argument]] = map_tensors(shapes.values[argument], lambda tensor: tensor.detach())

    def argument_of(n):
        return tracer._proxy_of(inner[n], shapes.values[inner[n]]) if n in inner else shapes.values[n]

    args, kwargs = torch.fx.node.map_arg((node.args, node.kwargs), argument_of)
    call = shapes.model.get_submodule(node.target).forward if node.op == "call_module" else node.target
    result = tracer.create_arg(call(*args, **kwargs))
    return graph, outer, result
