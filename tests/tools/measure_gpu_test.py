#!/usr/bin/env python3
"""Tests of tools/measure_gpu.py as far as they go without a GPU. First argument: the fusesim executable."""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools/measure_gpu.py"
FUSESIM = sys.argv.pop(1)
sys.path.insert(0, str(ROOT / "tools"))

import torch  # noqa: E402

import measure_gpu  # noqa: E402
import measured_tables  # noqa: E402
import measuring_device  # noqa: E402
import measuring_launches  # noqa: E402
import measuring_networks  # noqa: E402

OWN_MODELS = """
import torch
from torch import nn
def tiny():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 2))
def doubles():
    return nn.Sequential(nn.Conv2d(3, 4, 3, dtype=torch.float64))
class Big(nn.Module):
    def forward(self, x):
        if x.shape[0] > 1:
            raise RuntimeError("CUDA out of memory. Tried to allocate 9 GiB")
        return x + x
def big():
    return Big()
class Odd(nn.Module):
    def forward(self, x):
        raise RuntimeError("odd operator is not implemented")
def odd():
    return Odd()
number = 3
"""
QUICK = ["--runs", "3", "--warmup", "1", "--seconds", "0.2"]
ON_CPU = ["--device", "cpu", "--sizes", "16", *QUICK]


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class ToolTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        (self.path / "own.py").write_text(OWN_MODELS, encoding="utf-8")

    def run_tool(self, *arguments, code=0):
        result = subprocess.run([sys.executable, str(TOOL), "-o", "out", *arguments], cwd=self.path, text=True,
                                check=False, capture_output=True)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        return result

    def table(self, name):
        return rows_of(self.path / "out" / name)


class Plan(ToolTest):
    def test_dry_run_shows_the_product_of_what_is_asked_for_and_writes_nothing(self):
        result = self.run_tool("--dry-run", "--models", "resnet18,vit_b_16", "--batches", "1,256")
        lines = result.stdout.splitlines()
        self.assertEqual(len([line for line in lines if " batch " in line]), 2 * 2 * 5 * 3)
        self.assertIn("vit_b_16 amp-f16 torch-compile batch 256 image 224", lines)
        self.assertIn("60 rows of networks", lines[-1])
        self.assertFalse((self.path / "out").exists())

    def test_everything_is_all_of_torchvision_at_the_sizes_of_the_zoo(self):
        result = self.run_tool("--dry-run", "--dtypes", "f16", "--runtimes", "cuda-graph", "--batches", "1")
        planned = {line.split()[0]: line.split()[6] for line in result.stdout.splitlines() if " batch " in line}
        models = subprocess.run([FUSESIM, "models", "--format", "csv"], text=True, check=True, capture_output=True)
        zoo = {row["name"]: row["default_size"] for row in csv.DictReader(models.stdout.splitlines())
               if row["input"] == "image"}
        self.assertGreater(len(planned), 70)
        self.assertEqual({name: size for name, size in planned.items() if name in zoo},
                         {name: size for name, size in zoo.items() if name in planned})
        self.assertLessEqual(set(zoo) - set(planned), {"vit_ti_16", "vit_s_16", "vit_b_16_gap", "vit_l_16_gap"})  # not torchvision's

    def test_says_what_is_wrong(self):
        for text, code, arguments in [
            ("no torchvision model 'resnet5'", 1, ["--dry-run", "--models", "resnet5"]),
            ("'x' is no whole number", 2, ["--batches", "1,x"]),
            ("0 is below 1", 2, ["--batches", "0"]),
            ("'f8' is none of f32, tf32", 2, ["--dtypes", "f8"]),
            ("no device is called 'gpu'", 1, ["--device", "gpu", "--models", "resnet18"]),
            ("own has no function 'none'", 1, [*ON_CPU, "--only", "networks", "--models", "own:none"]),
            ("own has no function 'number'", 1, [*ON_CPU, "--only", "networks", "--models", "own:number"]),
            ("cannot import nowhere", 1, [*ON_CPU, "--only", "networks", "--models", "nowhere:make"]),
        ]:
            with self.subTest(text):
                self.assertIn(text, self.run_tool(*arguments, code=code).stderr)

    @unittest.skipIf(torch.cuda.is_available(), "there is a GPU")
    def test_without_a_gpu_it_says_so_and_what_still_works(self):
        error = self.run_tool("--models", "resnet18", code=1).stderr
        self.assertIn("no CUDA device", error)
        self.assertIn("--device cpu", error)
        self.assertIn("--dry-run", error)


class OnCpu(ToolTest):
    LAYERS = ["aten::conv2d", "aten::relu", "aten::flatten", "aten::linear"]  # of tiny()

    def test_measures_and_goes_on_with_what_is_missing(self):
        arguments = [*ON_CPU, "--only", "networks", "--models", "own:tiny", "--dtypes", "f32"]
        self.run_tool(*arguments, "--batches", "1")
        first = self.table("end_to_end.csv")
        result = self.run_tool(*arguments, "--batches", "1,2")
        self.assertIn("1 rows measured, 1 were there", result.stderr)
        rows = self.table("end_to_end.csv")
        self.assertEqual(rows[0], first[0])
        self.assertEqual([(row["model"], row["gpu"], row["precision"], row["runtime"], row["batch"], row["image_size"])
                          for row in rows],
                         [("tiny", "cpu", "f32", "pytorch-eager", batch, "16") for batch in ("1", "2")])
        for row in rows:
            self.assertGreater(float(row["latency_ms"]), 0)
            self.assertLessEqual(float(row["min_ms"]), float(row["latency_ms"]))
            self.assertIn(f"torch {torch.__version__}", row["versions"])
            self.assertNotIn("TF32", row["note"])
            kernels = [one for one in self.table("kernels.csv") if one["batch"] == row["batch"]]
            self.assertEqual(len(kernels), int(row["kernels"]))
            self.assertEqual([int(one["index"]) for one in kernels], list(range(len(kernels))))
            called = [one["kernel"] for one in kernels if one["kernel"] in self.LAYERS]
            self.assertEqual(called, self.LAYERS)
            self.assertAlmostEqual(sum(float(one["duration_us"]) for one in kernels) / 1000,
                                   float(row["kernels_ms"]), places=3)

    def test_what_was_cut_off_is_measured_again(self):
        arguments = [*ON_CPU, "--only", "networks", "--models", "own:tiny", "--dtypes", "f32", "--batches", "1,2"]
        self.run_tool(*arguments)
        path = self.path / "out/end_to_end.csv"
        path.write_text(path.read_text(encoding="utf-8")[:-60], encoding="utf-8")
        self.assertIn("1 rows measured, 1 were there", self.run_tool(*arguments).stderr)
        self.assertEqual(len(self.table("end_to_end.csv")), 2)
        for row in self.table("end_to_end.csv"):
            self.assertEqual([one["index"] for one in self.table("kernels.csv") if one["batch"] == row["batch"]],
                             [str(index) for index in range(int(row["kernels"]))])

    def test_refuses_to_append_to_another_table(self):
        (self.path / "out").mkdir()
        (self.path / "out/end_to_end.csv").write_text("model,gpu\n", encoding="utf-8")
        error = self.run_tool(*ON_CPU, "--only", "networks", "--models", "own:tiny", code=1).stderr
        self.assertIn("end_to_end.csv: has other columns", error)

    def test_skips_what_does_not_fit_or_run(self):
        result = self.run_tool(*ON_CPU, "--only", "networks", "--models", "own:big,own:odd", "--batches", "1,2,4",
                               "--dtypes", "f32,tf32", "--runtimes", "pytorch-eager,cuda-graph")
        self.assertEqual([(row["model"], row["batch"]) for row in self.table("end_to_end.csv")], [("big", "1")])
        self.assertEqual(result.stderr.count("out of memory"), 1)  # batch 4 is not tried
        self.assertIn("odd operator is not implemented", result.stderr)
        self.assertEqual(result.stderr.count("cuda-graph is measured on GPUs only"), 1)
        self.assertIn("has no TF32", result.stderr)

    def test_fails_when_nothing_could_be_measured(self):
        error = self.run_tool(*ON_CPU, "--only", "networks", "--models", "own:odd", "--batches", "1", code=1).stderr
        self.assertIn("nothing could be measured", error)

    def test_fusesim_reads_the_table(self):
        self.run_tool("--device", "cpu", *QUICK, "--gpu", "t4", "--only", "networks", "--models", "resnet18",
                      "--sizes", "64", "--dtypes", "f32", "--batches", "1", "--channels-last")
        self.assertEqual(self.table("end_to_end.csv")[0]["note"], "nhwc")
        result = subprocess.run([FUSESIM, "validate", self.path / "out/end_to_end.csv", "--format", "json"], text=True,
                                check=True, capture_output=True)
        self.assertEqual(json.loads(result.stdout)["rows"], 1)

    def test_operators_and_copies_are_measured_anywhere(self):
        self.run_tool("--device", "cpu", *QUICK, "--only", "launches")
        rows = self.table("launches.csv")
        with (ROOT / "data/measured/launch_overhead.csv").open(encoding="utf-8") as file:
            self.assertEqual(list(rows[0])[:6], file.readline().strip().split(","))
        self.assertIn("PyTorch eager conv2d, enqueue", [row["quantity"] for row in rows])
        copies = [row for row in rows if row["quantity"].startswith("copy, host to host")]
        self.assertEqual(len(copies), 5)
        for row in copies:
            self.assertAlmostEqual(float(row["gb_per_s"]), int(row["bytes"]) / float(row["value_us"]) / 1000, places=3)
        self.assertIn("is there", self.run_tool("--device", "cpu", *QUICK, "--only", "launches").stderr)
        self.assertEqual(self.table("launches.csv"), rows)


class Columns(unittest.TestCase):
    def test_are_those_of_the_published_tables(self):
        with (ROOT / "data/measured/gpu_end_to_end.csv").open(encoding="utf-8") as file:
            self.assertEqual(measure_gpu.END_TO_END[:9], file.readline().strip().split(","))

    def test_machines_are_shipped_configs(self):
        shipped = {path.stem for path in (ROOT / "configs/gpu").glob("*.yaml")}
        self.assertLessEqual(set(measuring_device.MACHINES.values()), shipped)

    def test_runtimes_are_shipped_configs(self):
        shipped = {path.stem for path in (ROOT / "configs/runtime").glob("*.yaml")}
        self.assertLessEqual(set(measure_gpu.RUNTIMES), shipped)


def event(name, start, end, device="CUDA", **more):
    return types.SimpleNamespace(name=name, device_type=getattr(torch.autograd.DeviceType, device), cpu_children=[],
                                 time_range=types.SimpleNamespace(start=start, end=end), **more)


class Kernels(unittest.TestCase):
    """What is made of a GPU profile's events."""

    EVENTS = [event("aten::conv2d", 0, 5, "CPU"), event("cudaLaunchKernel", 1, 2, "CPU"),
              event("relu_kernel", 30, 32), event("Memcpy HtoD (Pageable -> Device)", 10, 11),
              event("conv_kernel", 12, 27.5), event("my range", 10, 32, is_user_annotation=True)]

    def test_are_those_on_the_gpu_in_order_of_their_begin(self):
        kernels = measuring_networks.ordered(self.EVENTS, is_cuda=True)
        self.assertEqual([(one.name[:6], one.kind, one.start_us, one.duration_us) for one in kernels],
                         [("Memcpy", "copy", 0, 1), ("conv_k", "kernel", 2, 15.5), ("relu_k", "kernel", 20, 2)])

    def profiles(self, *runs):
        with mock.patch.object(measuring_networks, "profiled", side_effect=[
                [measuring_networks.Kernel(name, "kernel", start, duration) for name, start, duration in run]
                for run in runs]):
            return [(one.name, one.start_us, one.duration_us) for one in measuring_networks.kernels_of(None, None)]

    def test_times_are_medians_of_runs_that_are_alike(self):
        self.assertEqual(self.profiles([("a", 0, 5), ("b", 9, 2)], [("a", 0, 1), ("b", 3, 3)], [("a", 0, 2), ("b", 4, 8)]),
                         [("a", 0, 2), ("b", 4, 3)])

    def test_of_runs_that_differ_the_last_counts(self):
        self.assertEqual(self.profiles([("try", 0, 5), ("a", 9, 2)], [("a", 0, 3)], [("a", 0, 2)]), [("a", 0, 2)])


class Names(unittest.TestCase):
    def test_of_unknown_machines_and_of_versions(self):
        self.assertEqual(measuring_device.slug("NVIDIA RTX A6000"), "rtx-a6000")
        self.assertEqual(measuring_device.release_of("2.3.1+cu121"), "231")
        self.assertEqual(measuring_device.release_of("1.13.0a0"), "1130")

    def test_obstacles(self):
        v100 = types.SimpleNamespace(is_cuda=True, capability=(7, 0), name="V100")
        old, new = types.SimpleNamespace(__version__="1.13"), types.SimpleNamespace(__version__="2.1", compile=None)
        self.assertIn("has no BF16", measure_gpu.obstacle("pytorch-eager", "bf16", v100, new))
        self.assertIn("has no TF32", measure_gpu.obstacle("cuda-graph", "tf32", v100, new))
        self.assertIn("no torch.compile", measure_gpu.obstacle("torch-compile", "f16", v100, old))
        self.assertIsNone(measure_gpu.obstacle("torch-compile", "f16", v100, new))


class Launches(unittest.TestCase):
    def test_of_a_gpu_are_null_kernels_graphs_operators_and_copies(self):
        with mock.patch.object(measuring_launches, "operators", return_value=[]):
            device = types.SimpleNamespace(is_cuda=True, torch="cuda")
            names = [one.quantity for one in measuring_launches.benchmarks(device, types.SimpleNamespace(runs=3))]
        for wanted in ["null kernel, async back-to-back", "null kernel, sync each",
                       "CUDA graph device run time, 100 nodes", "CUDA graph launch, 1025 nodes",
                       "copy, host to device, pinned, 1048576 bytes", "copy, device to host, 4096 bytes",
                       "copy, device to device, 268435456 bytes"]:
            self.assertIn(wanted, names)
        self.assertEqual(len(names), len(set(names)))


class Tables(unittest.TestCase):
    def test_rows_are_dropped_in_the_file_too(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "deep/table.csv"
            table = measured_tables.Table(path, ["a", "b"], ["a"])
            table.append([{"a": 1, "b": 'x, "y"'}, {"a": 2}])
            self.assertIn({"a": "2"}, table)
            table.keep(lambda row: row["a"] == "1")
            self.assertNotIn({"a": 2}, table)
            self.assertEqual(rows_of(path), [{"a": "1", "b": 'x, "y"'}])
            self.assertEqual(measured_tables.Table(path, ["a", "b"], ["a"]).rows, rows_of(path))


if __name__ == "__main__":
    unittest.main()
