#!/usr/bin/env python3
"""Tests of tools/export_torchscript.py from its command line."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import torch

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools/export_torchscript.py"

OWN_MODEL = """
import torch
class Sum(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(9, 4)
    def forward(self, ids, x):
        return self.table(ids) + x
def make():
    return Sum()
number = 3
"""


class ExportTool(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        (self.path / "own.py").write_text(OWN_MODEL, encoding="utf-8")

    def tearDown(self):
        self.folder.cleanup()

    def run_tool(self, *arguments):
        return subprocess.run([sys.executable, str(TOOL), *arguments], cwd=self.path, text=True, check=False,
                              capture_output=True)

    def expect_error(self, code, text, *arguments):
        result = self.run_tool(*arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(text, result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        self.assertEqual(list(self.path.glob("*.pt*")), [])

    # -S: without site-packages, where torch is
    def test_without_torch_says_what_to_install(self):
        for arguments in (["resnet18"], ["own:make", "--input", "2x3"], ["--list"]):
            result = subprocess.run([sys.executable, "-E", "-S", str(TOOL), *arguments], cwd=self.path, text=True,
                                    check=False, capture_output=True)
            self.assertEqual(result.returncode, 1, arguments)
            self.assertRegex(result.stderr, r"\A.*has no torch: .*python3-torch and python3-torchvision .*"
                                            r"/usr/bin/python3\n\Z")

    def test_help_does_without_torch(self):
        result = subprocess.run([sys.executable, "-E", "-S", str(TOOL), "--help"], text=True, check=False,
                                capture_output=True)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("--shared-weights", result.stdout)

    def test_exports_own_module_that_computes_the_same(self):
        result = self.run_tool("own:make", "--input", "2x3:i64", "--input", "2x3x4")
        self.assertEqual(result.returncode, 0, result.stderr)
        module = torch.jit.load(str(self.path / "make.pt"))
        ids, x = torch.tensor([[1, 2, 3], [4, 5, 6]]), torch.rand(2, 3, 4)
        expected = module.table.weight[ids] + x
        self.assertTrue(torch.equal(module(ids, x), expected))

    def test_shared_weights_keep_shapes_in_a_small_file(self):
        result = self.run_tool("resnet18", "-o", "small.pt", "--shared-weights", "--input", "1x3x64x64")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLess((self.path / "small.pt").stat().st_size, 500_000)
        module = torch.jit.load(str(self.path / "small.pt"))
        self.assertEqual(sum(parameter.numel() for parameter in module.parameters()), 11_689_512)

    def test_scripts(self):
        result = self.run_tool("own:make", "--script", "-o", "scripted.pt")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(torch.jit.load(str(self.path / "scripted.pt")).original_name, "Sum")

    def test_lists_torchvision_models(self):
        names = self.run_tool("--list").stdout.split()
        self.assertIn("resnet50", names)
        self.assertIn("swin_t", names)

    def test_is_repeatable(self):
        weights = []
        for name in "ab":
            self.run_tool("own:make", "--script", "-o", f"{name}.pt")
            weights.append(torch.jit.load(str(self.path / f"{name}.pt")).table.weight)
        self.assertTrue(torch.equal(*weights))

    def test_says_what_was_wrong(self):
        self.expect_error(1, "no torchvision model 'resnet51'", "resnet51")
        self.expect_error(1, "cannot import nothing", "nothing:make")
        self.expect_error(1, "own has no function 'made'", "own:made")
        self.expect_error(1, "own has no function 'number'", "own:number")
        self.expect_error(1, "returned a OrderedDict, not a torch.nn.Module", "collections:OrderedDict")
        self.expect_error(2, "'3x' is no shape", "own:make", "--input", "3x")
        self.expect_error(2, "give a MODEL", "-o", "x.pt")
        self.expect_error(1, "own:make: ", "own:make", "--input", "2x3:i64", "--input", "5x7")

    def test_leaves_no_half_file_behind(self):
        self.expect_error(1, "cannot write", "own:make", "--script", "-o", os.path.join("missing", "x.pt"))


if __name__ == "__main__":
    unittest.main()
