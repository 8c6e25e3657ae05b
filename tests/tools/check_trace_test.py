#!/usr/bin/env python3
"""tools/check_trace.py finds each way in which a trace can be broken, and none in the traces of `fusesim simulate`, whose
curves, slices and gaps are those of the run.

usage: check_trace_test.py FUSESIM"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import check_trace  # noqa: E402

FUSESIM = None

NAMES = [
    {"ph": "M", "pid": 1, "tid": 1, "name": "process_name", "args": {"name": "host"}},
    {"ph": "M", "pid": 1, "tid": 1, "name": "process_sort_index", "args": {"sort_index": 1}},
    {"ph": "M", "pid": 1, "tid": 10, "name": "thread_name", "args": {"name": "main"}},
    {"ph": "M", "pid": 1, "tid": 11, "name": "thread_name", "args": {"name": "other"}},
]


def slice_at(start, duration, tid=10, **more):
    return {"ph": "X", "pid": 1, "tid": tid, "ts": start, "dur": duration, "name": "work", **more}


def mark(phase, time, tid=10, **more):
    return {"ph": phase, "pid": 1, "tid": tid, "ts": time, "name": "work", **more}


def counter(time, value, name="DRAM"):
    return {"ph": "C", "pid": 1, "tid": 1, "ts": time, "name": name, "args": {"GB/s": value}}


def read(events, **document):
    return check_trace.Trace(json.dumps({"traceEvents": NAMES + events, **document}))


def rules(events, **document):
    return [violation.rule for violation in read(events, **document).violations]


class SoundTraces(unittest.TestCase):
    def test_nested_touching_and_parallel_slices(self):
        trace = read([slice_at(0, 10), slice_at(0, 4), slice_at(4, 6), slice_at(10, 1), slice_at(5, 50, tid=11)])
        self.assertEqual(trace.violations, [])
        self.assertEqual(len(trace.slices), 5)

    def test_begin_and_end(self):
        trace = read([mark("B", 0), mark("B", 1), mark("E", 2), mark("E", 5)])
        self.assertEqual(trace.violations, [])
        self.assertEqual([slice_.duration for slice_ in trace.slices], [5000, 1000])

    def test_events_in_any_order(self):
        self.assertEqual(rules([slice_at(10, 1), slice_at(0, 10)]), [])

    def test_times_are_cut_to_nanoseconds(self):
        trace = read([slice_at(0.0012, 0.0029)])
        self.assertEqual((trace.slices[0].start, trace.slices[0].duration), (1, 2))

    def test_arrows(self):
        trace = read([slice_at(0, 1), mark("s", 0, id=7), slice_at(5, 1, tid=11), mark("f", 5, tid=11, id=7, bp="e"),
                      slice_at(2, 1), mark("s", 2, id=8), mark("f", 6, tid=11, id=8), slice_at(6, 1, tid=11)])
        self.assertEqual(trace.violations, [])
        self.assertEqual([(source.start, target.start) for source, target in trace.arrows], [(0, 5000), (2000, 6000)])

    def test_curves(self):
        trace = read([counter(0, 0), counter(1, 5.5), counter(3, 2), counter(4, 0)])
        self.assertEqual(trace.violations, [])
        # 2 us at 5.5 and 1 us at 2, in nanoseconds.
        self.assertAlmostEqual(check_trace.integral(trace.curve("host", "DRAM GB/s")), 13000)

    def test_a_bare_list_of_events(self):
        self.assertEqual(check_trace.Trace(json.dumps(NAMES + [slice_at(0, 1)])).violations, [])


class BrokenTraces(unittest.TestCase):
    def test_no_json(self):
        for text in ("", "{", '{"traceEvents": 1}', "[1]", '[{"ph": "X", "ts": NaN}]', '[{"ph":"M","name":"a\nb"}]'):
            self.assertEqual([violation.rule for violation in check_trace.Trace(text).violations], ["json"], text)

    def test_slices_that_cross(self):
        self.assertEqual(rules([slice_at(0, 10), slice_at(5, 10)]), ["overlap"])

    def test_slices_that_cross_by_rounding_alone(self):
        # Both end at 2.0008 us. Cut to nanoseconds the outer one ends at 0 + 1999, the inner one at 1000 + 1000.
        self.assertEqual(rules([slice_at(0.0009, 1.9999), slice_at(1, 1.0008)]), ["overlap"])

    def test_a_slice_that_outlives_the_one_around_it(self):
        self.assertEqual(rules([slice_at(0, 10), slice_at(2, 4), slice_at(5, 3)]), ["overlap"])

    def test_a_complete_slice_that_crosses_one_of_begin_and_end(self):
        self.assertEqual(rules([slice_at(0, 4), mark("B", 1), slice_at(2, 4), mark("E", 7)])[0], "overlap")

    def test_begin_without_end(self):
        self.assertEqual(rules([mark("B", 0)]), ["unbalanced"])

    def test_end_without_begin(self):
        self.assertEqual(rules([mark("E", 0)]), ["unbalanced"])

    def test_end_of_the_outer_one_first(self):
        events = [mark("B", 0), {**mark("B", 1), "name": "inner"}, mark("E", 2), {**mark("E", 3), "name": "inner"}]
        self.assertEqual(rules(events), ["unbalanced", "unbalanced"])

    def test_negative_times(self):
        self.assertEqual(rules([slice_at(-1, 2)]), ["negative_time"])
        self.assertEqual(rules([slice_at(1, -2)]), ["negative_duration"])

    def test_missing_times(self):
        event = slice_at(0, 1)
        del event["dur"]
        self.assertEqual(rules([event]), ["time"])
        self.assertEqual(rules([{**slice_at(0, 1), "ts": "0"}]), ["time"])
        self.assertEqual(rules([{**slice_at(0, 1), "ts": None}]), ["time"])

    def test_names(self):
        self.assertEqual(rules([slice_at(0, 1, tid=12)]), ["unnamed"])  # a thread
        self.assertEqual(rules([{**slice_at(0, 1), "name": ""}]), ["unnamed"])  # a slice
        process = [{**slice_at(0, 1), "pid": 2, "tid": 20}, {**NAMES[2], "pid": 2, "tid": 20}]
        self.assertEqual(sorted(rules(process)), ["sort_index", "unnamed"])
        self.assertEqual(rules([{**NAMES[0], "args": {"name": ""}}]), ["unnamed"])
        self.assertEqual(rules([{**NAMES[2], "args": {"name": "again"}}]), ["renamed"])

    def test_identities(self):
        self.assertIn("identity", rules([slice_at(0, 1, tid=0)]))
        self.assertEqual(rules([slice_at(0, 1, tid="ten")]), ["identity"])
        twice = [{**event, "pid": 2} for event in NAMES[:3]]
        self.assertEqual(rules(twice + [slice_at(0, 1), {**slice_at(0, 1), "pid": 2}]), ["identity"])

    def test_curves(self):
        self.assertEqual(rules([counter(0, 1), counter(1, 0), counter(1, 0)]), ["counter_time"])
        self.assertEqual(rules([counter(0, 1), counter(1, -1), counter(2, 0)]), ["counter"])
        self.assertEqual(rules([counter(0, 1)]), ["counter"])  # does not return to 0
        self.assertEqual(rules([counter(0, "1")]), ["counter"])
        self.assertEqual(rules([{**counter(0, 0), "args": {}}]), ["counter"])

    def test_arrows(self):
        target = [slice_at(5, 1, tid=11), mark("f", 5, tid=11, id=7, bp="e")]
        source = [slice_at(0, 1), mark("s", 0, id=7)]
        self.assertEqual(rules(source), ["flow"])  # never ends
        self.assertEqual(rules(target), ["flow"])  # has not begun
        self.assertEqual(rules([mark("s", 0, id=7)] + target), ["flow", "flow"])  # begins on no slice
        self.assertEqual(rules([slice_at(0, 1), mark("s", 3, id=7)] + target), ["flow", "flow"])  # behind it
        self.assertEqual(rules(source + [mark("s", 0.5, id=7)] + target), ["flow"])  # begins twice
        self.assertEqual(rules(source + [mark("f", 5, tid=11, id=7)]), ["flow"])  # no slice follows
        self.assertEqual(rules([slice_at(0, 1), mark("s", 0)]), ["flow"])  # no id
        self.assertEqual(rules([slice_at(6, 1), mark("s", 6, id=7)] + target)[0], "flow")  # against time

    def test_phases_and_arguments(self):
        self.assertEqual(rules([{**slice_at(0, 1), "ph": "Z"}]), ["phase"])
        self.assertEqual(rules([slice_at(0, 1, args=[1])]), ["arguments"])

    def test_display_time_unit(self):
        self.assertEqual(rules([slice_at(0, 1)], displayTimeUnit="ns"), ["display_time_unit"])

    def test_nesting_without_end(self):
        self.assertEqual(rules([slice_at(i, 2000 - 2 * i) for i in range(514)]), ["depth", "depth"])

    def test_exit_codes(self):
        def exit_code(*arguments):
            return subprocess.run([sys.executable, str(ROOT / "tools/check_trace.py"), *arguments], capture_output=True,
                                  check=False).returncode

        with tempfile.TemporaryDirectory() as folder:
            for name, events, code in (("sound", [slice_at(0, 1)], 0), ("broken", [mark("B", 0)], 1)):
                path = pathlib.Path(folder, name)
                path.write_text(json.dumps(NAMES + events), encoding="utf-8")
                self.assertEqual(exit_code(str(path)), code)
            self.assertEqual(exit_code(str(pathlib.Path(folder, "none"))), 1)
        self.assertEqual(exit_code(), 2)


def simulate(model, *options):
    """(trace, figures) of one run."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "trace.json")
        out = subprocess.run([FUSESIM, "simulate", model, *options, "--trace", str(path), "--format", "json"], check=True,
                             capture_output=True, encoding="utf-8").stdout
        return check_trace.Trace(path.read_text(encoding="utf-8")), json.loads(out)


GPU_CAUSES = {"host_dispatch": "host dispatch", "launch_gap": "launch gaps", "compute": "compute", "dram": "DRAM",
              "on_chip": "on-chip", "fill_drain": "fill/drain", "tail": "tail"}

RUNS = [
    ("resnet18", "--target", "t4", "--runtime", "pytorch-eager"),
    ("resnet50", "--target", "a100-sxm-40gb", "--runtime", "pytorch-eager", "--batch", "1"),
    ("resnet50", "--target", "a100-sxm-40gb", "--runtime", "pytorch-eager", "--batch", "8"),
    ("resnet50", "--target", "a100-sxm-40gb", "--runtime", "pytorch-eager", "--batch", "64"),
    ("resnet50", "--target", "a100-sxm-40gb", "--runtime", "cuda-graph", "--batch", "8", "--dtype", "f16"),
    ("efficientnet_b0", "--target", "h100-sxm", "--runtime", "aot-fused", "--dtype", "f16"),
    ("vit_b_16", "--target", "h100-sxm", "--runtime", "cuda-graph", "--batch", "8"),
    ("swin_t", "--target", "jetson-agx-orin-64gb", "--runtime", "torch-compile"),
    ("gpt2", "--target", "rtx-4090", "--runtime", "pytorch-eager", "--dtype", "f16"),
    ("mobilenet_v2", "--target", "kpu-t64", "--batch", "1"),
    ("mobilenet_v2", "--target", "kpu-t256", "--batch", "8"),
    ("bert_base", "--target", "kpu-t768", "--strategy", "unfused"),
    ("resnet50", "--target", "tpu-v4", "--batch", "8"),
    ("resnet18", "--target", "gemmini-16x16"),
]


class TracesOfRuns(unittest.TestCase):
    def test_are_sound_and_agree_with_the_run(self):
        for run in RUNS:
            with self.subTest(run=" ".join(run)):
                trace, figures = simulate(*run)
                self.assertEqual([str(violation) for violation in trace.violations], [])
                self.check_kernels(trace, figures)
                self.check_causes(trace, figures)
                self.check_arrows(trace, run)
                self.check_curves(trace, figures)

    def check_kernels(self, trace, figures):
        kernels = trace.slices_of("streams")
        self.assertEqual(len(kernels), figures["launches"])
        subgraphs = {subgraph["id"]: subgraph for subgraph in figures["subgraphs"]}
        for kernel in kernels:
            said = kernel.arguments["subgraph"]
            told = subgraphs[said["id"]]
            for key in ("pattern", "flops", "input_bytes", "output_bytes", "weight_bytes", "internal_bytes", "bound_by"):
                self.assertEqual(said[key], told[key])
            self.assertIn(kernel.arguments["bound_by"], GPU_CAUSES)
        self.assertLessEqual(max(slice_.end for slice_ in trace.slices), figures["latency_us"] * 1000)

    def check_causes(self, trace, figures):
        """One lane says what each instant is charged to; it sums to the attribution, and the device is idle exactly
        while host or launches are to blame. A slice is off by a nanosecond at most."""
        causes = trace.slices_of("latency")
        self.assertEqual(causes[0].start, 0)
        for one, following in zip(causes, causes[1:]):
            self.assertEqual(one.end, following.start)
        for key, title in GPU_CAUSES.items():
            durations = [cause.duration for cause in causes if cause.name == title]
            self.assertAlmostEqual(sum(durations), figures["attribution_us"][key] * 1000, delta=len(durations) + 1, msg=key)

        kernels = sorted(trace.slices_of("streams"), key=lambda kernel: kernel.start)
        busy, until = 0, 0
        for kernel in kernels:
            busy += max(0, kernel.end - max(kernel.start, until))
            until = max(until, kernel.end)
        idle = figures["latency_us"] * 1000 - busy
        to_blame = figures["attribution_us"]["host_dispatch"] + figures["attribution_us"]["launch_gap"]
        self.assertAlmostEqual(idle, to_blame * 1000, delta=len(kernels) + 1)

    def check_arrows(self, trace, run):
        eager = any(runtime in run for runtime in ("pytorch-eager", "aot-fused", "torch-compile"))
        if eager:
            self.assertEqual(len(trace.arrows), len(trace.slices_of("streams")))
        else:  # one graph or program, unless starting it takes no time at all
            self.assertEqual(len(trace.arrows), len(trace.slices_of("host")[:1]))
        for source, target in trace.arrows:
            self.assertEqual(trace.processes[source.track[0]], "host")
            self.assertEqual(trace.processes[target.track[0]], "streams")
            self.assertLessEqual(source.end, target.start)
            if eager:
                self.assertEqual(source.arguments["launch"], target.arguments["launch"])

    def check_curves(self, trace, figures):
        # GB/s for a nanosecond are bytes. Each step of a curve may come a nanosecond early.
        dram = next(name for pid, name in trace.curves if name.lower().startswith("dram"))
        self.assertAlmostEqual(check_trace.integral(trace.curve("links", dram)) / figures["dram_bytes"], 1, delta=1e-3)
        for (pid, name), points in trace.curves.items():
            if name.startswith("busy "):
                units = int(trace.processes[pid].rsplit("×", 1)[1])
                self.assertLessEqual(max(value for _, value in points), units)
                self.check_busy_only_with_kernels(trace, points)

    def check_busy_only_with_kernels(self, trace, points):
        idle_from, gaps = 0, []
        for kernel in sorted(trace.slices_of("streams"), key=lambda kernel: kernel.start):
            gaps.append((idle_from, kernel.start))
            idle_from = max(idle_from, kernel.end)
        for (time, value), (until, _) in zip(points, points[1:]):
            if value > 0:
                self.assertFalse(any(max(time, start) < min(until, end) for start, end in gaps), (time, until))

    def test_lanes_beyond_the_limit_are_counted_all_the_same(self):
        trace, _ = simulate("resnet18", "--target", "a100-sxm-40gb")
        self.assertEqual(len({slice_.track for slice_ in trace.slices_of("SM ×108")}), 64)
        self.assertEqual(max(value for _, value in trace.curve("SM", "busy SMs")), 108)
        self.assertIn("64 of 108 units have lanes", trace.facts["lanes of SM"])


if __name__ == "__main__":
    FUSESIM = sys.argv.pop(1)
    unittest.main()
