#!/usr/bin/env python3
"""Tests of tools/export_fx.py and tools/fx_tracing.py."""

import collections
import contextlib
import gzip
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import torch  # noqa: E402
import torch.fx  # noqa: E402
from torch import nn  # noqa: E402

import aten_graph  # noqa: E402
import export_fx as tool  # noqa: E402
import fx_tracing  # noqa: E402

KEPT = ROOT / "data/fx"
IMAGE = [torch.zeros(1, 3, 224, 224)]


def walk(nodes):
    """Every node, those of bodies included."""
    for node in nodes:
        yield from walk(node.get("body", {}).get("nodes", []))
        yield node


def document_of(model, *inputs):
    return tool.export_symbolic(fx_tracing.to_meta(model.eval()), [tensor.to("meta") for tensor in inputs], "own")


def named(document, name):
    return next(node for node in walk(document["nodes"]) if node["name"] == name)


class WithoutTorch(unittest.TestCase):
    """Python's -S leaves site-packages out, where torch is."""

    def run_tool(self, *arguments):
        return subprocess.run([sys.executable, "-E", "-S", str(ROOT / "tools/export_fx.py"), *arguments], text=True,
                              check=False, capture_output=True)

    def test_says_what_to_install(self):
        for arguments in (["resnet18"], ["own:make", "--input", "2x3"], ["--list"]):
            result = self.run_tool(*arguments)
            self.assertEqual(result.returncode, 1, arguments)
            self.assertRegex(result.stderr, r"\Aexport_fx.py: .*has no torch: .*python3-torch and python3-torchvision "
                                            r".*/usr/bin/python3\n\Z")

    def test_helps(self):
        result = self.run_tool("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("--decompose-attention", result.stdout)

    def test_still_refuses_wrong_command_lines(self):
        self.assertEqual(self.run_tool().returncode, 2)


class KeptExports(unittest.TestCase):
    """What lies in data/fx is what the tool writes."""

    def expect_kept(self, file, document):
        kept = gzip.decompress((KEPT / file).read_bytes()).decode()
        self.assertEqual(json.loads(tool.text_of(document))["nodes"], json.loads(kept)["nodes"], file)

    def test_published_models_and_their_node_counts(self):
        counts = {"resnet18": 71, "resnet34": 127, "resnet50": 177, "mobilenet_v2": 155, "efficientnet_b0": 251,
                  "vit_b_16": 236, "swin_t": 247}  # data/seed/fusion_table.csv
        for model, count in counts.items():
            document = tool.export(model, IMAGE)
            self.assertEqual(document["node_count"], count, model)
            self.expect_kept(f"{model}.json.gz", document)

    def test_decomposed_attention(self):
        document = tool.export("vit_b_16", IMAGE, decompose_attention=True)
        self.expect_kept("vit_b_16_decomposed.json.gz", document)
        operations = collections.Counter(node["op"] for node in document["nodes"])
        self.assertEqual((operations["call_function"], operations["call_method"], operations["call_module"]),
                         (212, 160, 100))  # data/seed/README.md

    def test_aten_graph(self):
        self.expect_kept("resnet18_aten.json.gz", aten_graph.export("resnet18"))


class Unpacking(nn.Module):
    def forward(self, x):
        n, c, h, w = x.shape
        a, b = x.reshape(n, c, h * w).chunk(2, dim=1)
        return a + b


class Starred(nn.Module):
    def forward(self, x):
        n, *rest = x.shape
        return x.reshape(n, -1)


class AnyArguments(nn.Module):
    def forward(self, x, *more, scale=2.0, **options):
        return x * scale


class Tracing(unittest.TestCase):
    def test_forwards_with_any_arguments(self):
        document = document_of(AnyArguments(), torch.zeros(2, 3))
        self.assertEqual([node["op"] for node in document["nodes"]],
                         ["placeholder", "placeholder", "placeholder", "placeholder", "call_function", "output"])
        self.assertEqual(named(document, "mul")["value"], {"shape": [2, 3], "dtype": "f32"})

    def test_unpacks_shapes_and_tuples(self):
        graph = fx_tracing.trace(Unpacking())
        x = torch.rand(2, 4, 3, 5)
        self.assertTrue(torch.equal(torch.fx.GraphModule(nn.Module(), graph)(x), Unpacking()(x)))

    def test_leaves_torch_as_it_was(self):
        before = torch.fx.Proxy.__iter__
        fx_tracing.trace(Unpacking())
        self.assertIs(torch.fx.Proxy.__iter__, before)
        with self.assertRaises(torch.fx.proxy.TraceError):
            fx_tracing.trace(Starred())
        self.assertIs(torch.fx.Proxy.__iter__, before)


class Attend(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(12, 3, **options)

    def forward(self, query, key, value):
        return self.attention(query=query, key=key, value=value)[0]


class Masked(Attend):
    def forward(self, query, key, value, attn_mask, key_padding_mask):
        attended, weights = self.attention(query, key, value, key_padding_mask, True, attn_mask)
        return attended, weights


class Decomposition(unittest.TestCase):
    """The decomposed graph, run on numbers, gives what the module gives."""

    def setUp(self):
        torch.manual_seed(0)

    def is_boolean(self, node):
        return node.name in self.boolean_masks

    def expect_same(self, model, *inputs, boolean_masks=()):
        self.boolean_masks = boolean_masks
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.5)
        model.eval()
        expected = model(*inputs)
        graph = fx_tracing.trace(model)
        fx_tracing.decompose_attention(model, graph, self.is_boolean)
        self.assertFalse(any(isinstance(module, nn.MultiheadAttention) for module in model.modules()))
        actual = torch.fx.GraphModule(model, graph)(*inputs)
        for one, other in zip(fx_tracing.tensors_in(actual), fx_tracing.tensors_in(expected), strict=True):
            self.assertTrue(torch.allclose(one, other, atol=1e-5), model)

    def test_self_and_cross_attention(self):
        x, y = torch.rand(2, 5, 12), torch.rand(2, 7, 12)
        self.expect_same(Attend(batch_first=True), x, x, x)
        self.expect_same(Attend(batch_first=True, bias=False), x, y, y)

    def test_sequence_first_and_other_key_sizes(self):
        self.expect_same(Attend(), *(torch.rand(n, 2, 12) for n in (5, 7, 7)))
        self.expect_same(Attend(batch_first=True, kdim=6, vdim=8),
                         *(torch.rand(2, n, e) for n, e in ((5, 12), (7, 6), (7, 8))))

    def test_masks_and_attention_weights(self):
        x = torch.rand(2, 5, 12)
        padding = torch.tensor([[False] * 5, [False] * 4 + [True]])
        self.expect_same(Masked(batch_first=True), x, x, x, torch.rand(5, 5), padding,
                         boolean_masks=["key_padding_mask"])
        self.expect_same(Masked(batch_first=True), x, x, x, torch.rand(5, 5) > 0.8, padding,
                         boolean_masks=["attn_mask", "key_padding_mask"])

    def test_weights_are_conserved(self):
        model = Attend(batch_first=True)
        before = sum(parameter.numel() for parameter in model.parameters())
        fx_tracing.decompose_attention(model, fx_tracing.trace(model), self.is_boolean)
        self.assertEqual(sum(parameter.numel() for parameter in model.parameters()), before)


@torch.fx.wrap
def window_mask(x, size):
    """Decides on its argument's shape, and writes into parts of a tensor."""
    n, length = x.shape
    if length % size:
        x = nn.functional.pad(x, (0, size - length % size))
    mask = x.new_zeros(x.shape[1])
    for start in range(0, x.shape[1], size):
        mask[start:start + 1] = 1
    mask[:2] = x[0, :2]
    return (x * mask)[:, :length].contiguous()


class Wrapped(nn.Module):
    def forward(self, x):
        return window_mask(x, 4)


class Bodies(unittest.TestCase):
    def body(self, model, x):
        graph = fx_tracing.trace(model)
        shapes = fx_tracing.Shapes(fx_tracing.to_meta(model.eval()))
        with torch.no_grad():
            shapes.run_all(graph, [x.to("meta")])
            call = next(node for node in graph.nodes if node.op.startswith("call"))
            return fx_tracing.body_of(call, shapes)

    def test_a_wrapped_functions_body_computes_the_same(self):
        x = torch.rand(3, 10)
        graph, _, result = self.body(Wrapped(), x)
        graph.output(result)
        actual = torch.fx.GraphModule(nn.Module(), graph)(x)
        self.assertTrue(torch.equal(actual, window_mask(x, 4)))

    def test_a_composite_modules_body_uses_its_weights(self):
        model = nn.Sequential(nn.TransformerEncoderLayer(12, 3, dim_feedforward=8, batch_first=True))
        document = document_of(model, torch.rand(2, 5, 12))
        used = {node["target"] for node in walk(document["nodes"]) if node["op"] == "get_attr"}
        self.assertEqual(used, {name for name, _ in model.named_parameters()})
        self.assertEqual(sum(node["target"] == "torch.matmul" for node in walk(document["nodes"])), 2)

    def test_padding_modes_other_than_zeros(self):
        document = document_of(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular")), IMAGE[0])
        self.assertEqual([node["target"] for node in walk(document["nodes"]) if node["op"] == "call_function"],
                         ["torch.nn.functional.pad", "torch.conv2d"])


class InPlace(nn.Module):
    def forward(self, x):
        y = x + 1
        y.mul_(2)
        return torch.relu_(y.view(-1))


class Infinite(nn.Module):
    def forward(self, x):
        return x.masked_fill(x > 0, float("-inf")).to(torch.float16)[..., None]


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4)

    def forward(self, x):
        return self.lstm(x)[0]


class Values(unittest.TestCase):
    def test_says_who_writes_and_who_looks_at_whose_memory(self):
        document = document_of(InPlace(), torch.zeros(2, 3))
        self.assertEqual(named(document, "mul_")["writes"], ["add"])
        self.assertEqual(named(document, "view")["value"], {"shape": [6], "dtype": "f32", "view_of": "add"})
        self.assertEqual(named(document, "relu_")["writes"], ["view"])
        self.assertNotIn("writes", named(document, "add"))

    def test_arguments_that_json_has_no_word_for(self):
        text = tool.text_of(document_of(Infinite(), torch.zeros(2)))
        document = json.loads(text, parse_constant=lambda name: self.fail(f"{name} is no JSON"))
        self.assertEqual(named(document, "masked_fill")["args"][2], {"float": "-inf"})
        self.assertEqual(named(document, "to")["args"][1], {"dtype": "f16"})
        self.assertEqual(named(document, "getitem")["args"][1], [{"ellipsis": True}, None])

    def test_recurrent_modules_keep_their_weights(self):
        document = document_of(Recurrent(), torch.zeros(5, 2, 3))
        self.assertEqual(named(document, "lstm")["value"][0], {"shape": [5, 2, 4], "dtype": "f32"})
        self.assertEqual(document["tensors"]["lstm.weight_ih_l0"]["shape"], [16, 3])

    def test_tied_weights_have_one_name(self):
        model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        model[1].weight = model[0].weight
        document = document_of(model, torch.zeros(1, 4))
        self.assertEqual(document["modules"]["1"]["tensors"], {"weight": "0.weight", "bias": "1.bias"})
        self.assertEqual(set(document["tensors"]), {"0.weight", "0.bias", "1.bias"})


OWN_MODELS = """
import torch
class Sum(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(9, 4)
    def forward(self, ids, x):
        return self.table(ids) + x
class Item(torch.nn.Module):
    def forward(self, x):
        return x.expand(3, x.sum().item())
class Branch(torch.nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x
class Selection(torch.nn.Module):
    def forward(self, x):
        return x[x > 0] * 2
def fails():
    raise KeyError("settings")
number = 3
"""


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        sys.modules["own_fx_models"] = types.ModuleType("own_fx_models")
        self.addCleanup(sys.modules.pop, "own_fx_models")
        exec(OWN_MODELS, vars(sys.modules["own_fx_models"]))

    def run_tool(self, *arguments):
        errors, out, argv = io.StringIO(), io.StringIO(), sys.argv
        sys.argv = ["export_fx.py", *map(str, arguments)]
        try:
            with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(out):
                return tool.main(), errors.getvalue(), out.getvalue()
        except SystemExit as stop:
            return stop.code, errors.getvalue(), out.getvalue()
        finally:
            sys.argv = argv

    def expect_error(self, text, *arguments):
        code, errors, _ = self.run_tool(*arguments, "-o", self.path / "out.json")
        self.assertEqual(code, 1, errors)
        self.assertIn(text, errors)
        self.assertEqual(errors.count("\n"), 1, errors)
        self.assertEqual(list(self.path.iterdir()), [])

    def test_writes_plain_and_compressed_files(self):
        for name, read in (("out.json", pathlib.Path.read_bytes), ("out.json.gz", lambda p: gzip.decompress(
                p.read_bytes()))):
            code, errors, _ = self.run_tool("own_fx_models:Sum", "--input", "2x3:i64", "--input", "2x3x4", "-o",
                                            self.path / name)
            self.assertEqual((code, errors), (0, ""))
            document = json.loads(read(self.path / name))
            self.assertEqual(named(document, "add")["value"], {"shape": [2, 3, 4], "dtype": "f32"})
            self.assertEqual(document["node_count"], 5)

    def test_lists_models(self):
        code, _, out = self.run_tool("--list")
        self.assertEqual(code, 0)
        self.assertIn("\nresnet18\n", out)

    def test_names_what_is_wrong(self):
        own = "own_fx_models:"
        self.expect_error("no torchvision model 'resnet19'", "resnet19")
        self.expect_error("no function 'other'", own + "other")
        self.expect_error("number", own + "number")
        self.expect_error("KeyError: 'settings'", own + "fails")
        self.expect_error("1 inputs given, forward takes (ids, x)", own + "Sum", "--input", "2x3:i64")
        self.expect_error("node _assert", "vit_b_16", "--input", "1x3x200x200")
        self.expect_error("depends on what is in a tensor", own + "Item", "--input", "1x1")
        self.expect_error("node getitem: the size of its result depends", own + "Selection", "--input", "4x4")
        self.expect_error("control flow", own + "Branch", "--input", "1x1")

    def test_unwritable_output(self):
        code, errors, _ = self.run_tool("own_fx_models:Sum", "--input", "2:i64", "--input", "2x4", "-o",
                                        self.path / "none" / "out.json")
        self.assertEqual(code, 1)
        self.assertIn("No such file or directory", errors)

    def test_refuses_a_shape_that_is_none(self):
        self.assertEqual(self.run_tool("resnet18", "--input", "1x0x3")[0], 2)

    @unittest.skipIf(hasattr(torch, "export"), "this PyTorch has torch.export")
    def test_says_that_torch_export_is_missing(self):
        self.expect_error("has no torch.export", "resnet18", "--via", "export")


if __name__ == "__main__":
    unittest.main()
