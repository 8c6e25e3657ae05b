#!/usr/bin/env python3
"""Tests of tools/validation_goals.py and tools/validation_summary.py, on reports written by hand."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


def network(error, **labels):
    return {"model": "resnet50", "gpu": "a100-sxm-40gb", "precision": "f16", "runtime": "tensorrt", "batch": "1",
            "source": "a table", **labels, "error": error}


def pair(error, **labels):
    return {"model": "resnet50", "machine": "a100-sxm-40gb", "dtype": "f16", "batch": 1, "fused": "aitemplate",
            **labels, "error": error}


NETWORKS = {
    "speed_ups": [pair(0.10), pair(-0.20), pair(0.9, machine="t4"), pair(0.6, model="vit_b_16"),
                  pair(1.5, fused="torch-compile-cudagraph")],
    "predictions": [network(0.02), network(-0.04), network(0.5, gpu="t4"), network(None),
                    network(-0.6, model="vit_b_16", source="NVIDIA/FasterTransformer:docs/vit_guide.md")]}
OPERATORS = {"predictions": [{"op": "gemm", "dtype": "f16", "error": error} for error in (0.1, -0.14, 0.3)] +
             [{"op": "bmm", "dtype": "f32", "error": -0.14}]}
LAUNCHES = {"predictions": [{"quantity": "null kernel", "error": -0.051}]}
HELD_OUT = {"predictions": [network(0.3), network(-0.1)], "speed_ups": []}
LEFT_OUT = {"left_out": [{"left_out": "machine=t4", "rows": 3, "mape": 0.1}, {"left_out": "machine=a30", "rows": 1, "mape": 0.3},
                         {"left_out": "model=resnet50", "rows": 2, "mape": 0.11}]}


def run(tool, *arguments):
    return subprocess.run([sys.executable, str(TOOLS / tool), *map(str, arguments)], text=True, check=False,
                          capture_output=True)


class Goals(unittest.TestCase):
    def lines(self, **reports):
        with tempfile.TemporaryDirectory() as folder:
            for name, report in reports.items():
                (pathlib.Path(folder) / f"{name}.json").write_text(json.dumps(report), encoding="utf-8")
            result = run("validation_goals.py", folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[2:]

    def test_each_line_has_its_rows_its_goal_and_what_is_reached(self):
        # |errors| of all: 0.02 0.04 0.5 0.6; of A100 pairs: 0.1 0.2 0.6 1.5; of the left-out machines (3·0.1 + 0.3) / 4.
        self.assertEqual(self.lines(gpu_end_to_end=NETWORKS, gpu_operators=OPERATORS, launch_overhead=LAUNCHES,
                                    gpu_held_out=HELD_OUT, leave_one_out=LEFT_OUT), [
            "| `gpu_end_to_end.csv`, all rows | 4 | median ≤ 6.0 %, mean ≤ 10.0 % | median 27.0 %, mean 29.0 % | no |",
            "| … without FasterTransformer's guide (docs/validation.md says why) | 3 | – | median 4.0 %, mean 18.7 % |  |",
            "| A100 ResNet-50, TensorRT and AITemplate, f16, batch 1–256 | 2 | mean ≤ 5.0 % | mean 3.0 % | yes |",
            "| fused/unfused speed-up, A100 pairs | 4 | mean ≤ 12.0 % | mean 60.0 % | no |",
            "| … without that guide and torch-compile-cudagraph (docs/validation.md says why) | 2 | – | mean 15.0 % |  |",
            "| leave one machine out | 4 | mean ≤ 12.0 % | mean 15.0 % | no |",
            "| leave one network out | 2 | mean ≤ 12.0 % | mean 11.0 % | yes |",
            "| `gpu_operators.csv`, bmm f32 | 1 | median ≤ 15.0 % | median 14.0 % | yes |",
            "| `gpu_operators.csv`, gemm f16 | 3 | median ≤ 12.0 % | median 14.0 % | no |",
            "| `launch_overhead.csv`, null kernel | 1 | error ≤ 5.0 % | error 5.1 % | no |",
            "| `gpu_held_out.csv`, never fitted to | 2 | – | median 20.0 %, mean 20.0 % |  |"])

    def test_a_goal_of_two_figures_can_be_met_in_part(self):
        networks = {"speed_ups": [], "predictions": [network(0.01), network(0.02), network(0.4)]}
        self.assertTrue(self.lines(gpu_end_to_end=networks, gpu_held_out=HELD_OUT)[0].endswith("| in part |"))


class Summary(unittest.TestCase):
    def test_has_no_rows_and_six_digits(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "report.json"
            path.write_text(json.dumps({"rows": 2, "mape": 1 / 3, "groups": [{"bias": -2 / 3}], "predictions": [{}]}),
                            encoding="utf-8")
            result = run("validation_summary.py", path)
        self.assertEqual(json.loads(result.stdout), {"rows": 2, "mape": 0.333333, "groups": [{"bias": -0.666667}]})


if __name__ == "__main__":
    unittest.main()
