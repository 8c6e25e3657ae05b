#!/usr/bin/env python3
"""The generators of results/ and of the texts made from it, on figures small enough to check by hand."""

import csv
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/results"))
import common  # noqa: E402
import findings  # noqa: E402
import latency  # noqa: E402
import launch_study  # noqa: E402
import partition  # noqa: E402
import run_table  # noqa: E402
import stale  # noqa: E402
import svg_plot  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


class Formatting(unittest.TestCase):
    def test_significant_digits_without_powers_of_ten(self):
        for value, digits, text in ((1234567, 4, "1235000"), (12.3456, 4, "12.35"), (0.00123456, 3, "0.00123"), (99.996, 4, "100.0"),
                                    (0, 3, "0"), (5, 3, "5.00")):
            self.assertEqual(common.significant(value, digits), text)

    def test_parts_have_the_steps_of_their_whole(self):
        # 2803 us has steps of 1 us, 28.03 us of 0.01 us.
        self.assertEqual(common.in_steps_of(12.34, 2803), "12")
        self.assertEqual(common.in_steps_of(0.3, 2803), "0")
        self.assertEqual(common.in_steps_of(0.347, 28.03), "0.35")
        self.assertEqual(common.in_steps_of(123456, 2803000), "123000")

    def test_durations_and_bytes(self):
        self.assertEqual([common.duration(us) for us in (0.4567, 599.2, 7214, 999.9, 1.5e6)],
                         ["0.457 µs", "599 µs", "7.21 ms", "1.00 ms", "1.50 s"])
        self.assertEqual([common.byte_count(count) for count in (12, 2.5e3, 78581824, 3.5e9)], ["12 B", "2.50 kB", "78.6 MB", "3.50 GB"])

    def test_paragraphs_are_broken_and_tables_are_not(self):
        words = "word " * 40
        table = common.table(["a", "b"], [["x" * 100, "y" * 100]])
        text = common.wrapped(f"{words}\n\n{table}\n\n- {words}\n- last")
        self.assertLessEqual(max(map(len, text.split("\n\n")[0].splitlines())), 120)
        self.assertIn(table, text)
        self.assertEqual(text.splitlines()[-1], "- last")
        self.assertEqual(table.splitlines()[1], "|---|---:|")

    def test_code_stays_as_it_is_with_its_empty_lines(self):
        code = "```\nbatch 1\n\n" + "word " * 40 + "\n```"
        self.assertEqual(common.wrapped(f"{code}\n\nb\nc"), f"{code}\n\nb c")

    def test_geometric_mean(self):
        self.assertAlmostEqual(common.geometric_mean([1, 4]), 2)


def result(strategy, batch, latency_us, **more):
    causes = {f"{cause}_us": 0.0 for cause in common.CAUSES}
    return {"target": "t4", "model": "net", "runtime": "aot-fused", "dtype": "f16", "strategy": strategy, "batch": batch,
            "latency_us": latency_us, "launches": 3, "dram_bytes": 2e6, **causes, **more}


class Latency(unittest.TestCase):
    def test_pairs_unfused_with_fused(self):
        rows = list(latency.pairs_of([result("unfused", 1, 300.0, dram_us=200.04), result("attention", 1, 120.0, launches=1),
                                      result("unfused", 8, 900.0), result("attention", 8, 600.0)]))
        self.assertEqual([(row["batch"], row["gain"]) for row in rows], [(1, "2.500"), (8, "1.500")])
        self.assertEqual((rows[0]["unfused_us"], rows[0]["fused_us"], rows[0]["unfused_dram_us"]), ("300.0", "120.0", "200.0"))
        self.assertEqual((rows[0]["unfused_launches"], rows[0]["fused_launches"], rows[0]["unfused_dram_mb"]), (3, 1, "2.000"))


def pair(model, batch, unfused, fused, runtime="aot-fused"):
    """A row of latency/<machine>.csv from microseconds by cause; other causes are 0."""
    row = {"model": model, "runtime": runtime, "dtype": "f16", "batch": batch}
    for side, causes in (("unfused", unfused), ("fused", fused)):
        row[f"{side}_us"] = sum(causes.values())
        row[f"{side}_launches"], row[f"{side}_dram_mb"] = 10, 5
        row |= {f"{side}_{cause}_us": causes.get(cause, 0) for cause in common.CAUSES}
    row["gain"] = f"{row['unfused_us'] / row['fused_us']:.3f}"
    return row


class Findings(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "latency").mkdir()
        rows = [
            # Saves 30 of 40 by launches.
            pair("launchy", 1, {"host_dispatch": 20, "fill_drain": 20, "dram": 20}, {"fill_drain": 10, "dram": 10}),
            # Saves 30 of 40 in DRAM.
            pair("thirsty", 1, {"fill_drain": 20, "dram": 40}, {"fill_drain": 10, "dram": 10}),
            # Saves 20 + 18 + 12.
            pair("mixed", 1, {"fill_drain": 40, "dram": 38, "compute": 22}, {"fill_drain": 20, "dram": 20, "compute": 10}),
            pair("stubborn", 1, {"compute": 109}, {"compute": 100}),
            pair("worse", 1, {"compute": 90}, {"compute": 100}),
        ]
        self.write("latency/a100-sxm-40gb.csv", rows)
        batches = [pair("launchy", 1, {"fill_drain": 6, "dram": 4}, {"dram": 4}), pair("launchy", 2, {"fill_drain": 6, "dram": 8}, {"dram": 4})]
        self.write("batch.csv", [{"target": "a100-sxm-40gb", **row} for row in batches])
        self.figures = findings.Figures(self.folder)

    def write(self, name, rows):
        with open(self.folder / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def reason(self, model):
        return self.figures.reason(self.figures.row(model, "a100-sxm-40gb", "aot-fused", 1))

    def test_puts_a_gain_down_to_what_is_half_of_it(self):
        self.assertEqual({model: self.reason(model) for model in ("launchy", "thirsty", "mixed", "stubborn", "worse")},
                         {"launchy": "launches", "thirsty": "DRAM", "mixed": "several", "stubborn": "none", "worse": "none"})

    def test_fills_in_figures(self):
        text = findings.fill('gain {{gain("launchy", A100, AOT, 1)}}, saved {{saved(LAUNCHES, "launchy", A100, AOT, 1)}}, '
                             'share {{share("unfused", ("dram",), "launchy", A100, AOT, 1)}}, {{us("fused", "launchy", A100, AOT, 1)}}',
                             self.figures)
        self.assertEqual(text, "gain 3.00×, saved 75 %, share 33 %, 20.0 µs")

    def test_knows_where_launches_stop_to_matter(self):
        self.assertEqual(self.figures.device_bound_from("launchy", "a100-sxm-40gb", "aot-fused"), 2)

    def test_names_what_is_slower(self):
        self.assertEqual(len(self.figures.slower()), 1)
        self.assertEqual(self.figures.slowest(3), "worse on a100-sxm-40gb (aot-fused, batch 1, 0.90×)")

    def test_says_what_became_of_published_claims(self):
        self.write("claims.csv", [{"id": "a", "verdict": "holds only if", "condition": "batch = 1", "simulated": "46", "measured": "2.7"},
                                  {"id": "b", "verdict": "refuted", "condition": "", "simulated": "0.5", "measured": ""}])
        text = findings.fill('{{verdict("a")}} {{condition("a")}}: {{claim_us("a")}}, {{claim_us("a", "measured")}}, '
                             '{{claim_share("b")}}, {{verdicts("refuted")}}', self.figures)
        self.assertEqual(text, "holds only if batch = 1: 46.0 µs, 2.70 µs, 50 %, 1")

    def test_keeps_claims_out_of_the_text(self):
        self.assertEqual(findings.fill('one\n{!gain("launchy", A100, AOT, 1) > 2!}\ntwo {!True!}', self.figures), "one\ntwo")

    def test_refuses_a_claim_that_is_no_longer_true(self):
        with self.assertRaisesRegex(SystemExit, "line 2: no longer true: gain.* > 4"):
            findings.fill('first\n{!gain("launchy", A100, AOT, 1) > 4!}', self.figures)

    def test_refuses_a_figure_that_is_not_there(self):
        with self.assertRaisesRegex(SystemExit, r'line 1: gain\("resnet50".*KeyError'):
            findings.fill('{{gain("resnet50", A100, AOT, 1)}}', self.figures)

    def test_committed_texts_are_those_of_committed_results(self):
        for text in ("docs/findings.md", "docs/sweeps.md", "README.md"):
            made = subprocess.run([ROOT / "tools/results/findings.py", ROOT / "results", ROOT / f"{text}.in"], check=True,
                                  stdout=subprocess.PIPE, encoding="utf-8").stdout
            self.assertEqual(made, (ROOT / text).read_text(encoding="utf-8"), text)


class Texts(unittest.TestCase):
    def test_reads_the_table_of_the_first_run(self):
        text = ("batch 1\n\n"
                "model  target  strategy   DRAM bytes  latency   gain  host\n"
                "─────  ──────  ─────────  ──────────  ───────  ─────  ────\n"
                "net    t4      unfused        361 MB  7.26 ms      –     0\n"
                "               attention     1.46 GB   150 µs  2.64×     0\n")
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "run.txt")
            file.write_text(text, encoding="utf-8")
            table = run_table.RunTable(file)
            self.assertEqual(table.text(), text.rstrip("\n"))
            for strategy, column, number, shown in (("unfused", "latency", 7260, "7.26 ms"), ("attention", "latency", 150, "150 µs"),
                                                    ("attention", "gain", 2.64, "2.64×"), ("unfused", "host", 0, "0"),
                                                    ("attention", "DRAM bytes", 1.46e9, "1.46 GB")):
                cell = table.cell("net", "t4", strategy, column)
                self.assertAlmostEqual(cell, number)
                self.assertEqual(str(cell), shown)

    def test_says_above_what_launch_cost_fusion_doubles_the_speed(self):
        rows = [("resnet50", 1, "launch_us", "below", "6.84"), ("resnet50", 64, "launch_us", "always", ""),
                ("vit_b_16", 1, "launch_us", "below", "14.66"), ("vit_b_16", 64, "launch_us", "never", ""),
                ("vit_b_16", "", "batch", "mixed", "3")]
        with tempfile.TemporaryDirectory() as folder:
            with open(pathlib.Path(folder, "launch-overhead.csv"), "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["model", "batch", "along", "kind", "from"])
                writer.writerows(rows)
            pathlib.Path(folder, "launch-overhead.txt").write_text("launch-overhead: 8 of 8 configurations, 0 failed; grid\n")
            study = launch_study.LaunchStudy(pathlib.Path(folder))
            self.assertEqual(study.size(), 8)
            self.assertEqual(study.doubles_from("vit_b_16", 64), launch_study.NEVER)
            self.assertEqual(study.table().splitlines()[2:], ["| ResNet-50 is twice as fast fused | above 6.8 µs | always |",
                                                              "| ViT-B/16 is twice as fast fused | above 14.7 µs | never |"])


class Partition(unittest.TestCase):
    def test_agrees_to_the_published_decimals(self):
        self.assertTrue(partition.agrees("2.1562", 69 / 32))  # 2.15625
        self.assertFalse(partition.agrees("2.1562", 2.1564))
        self.assertTrue(partition.agrees("78581824", 78581824))
        self.assertFalse(partition.agrees("78581824", 78581825))
        self.assertTrue(partition.agrees('{"1": 4}', {"1": 4}))
        self.assertFalse(partition.agrees('{"1": 4}', {"1": 5}))


class Stale(unittest.TestCase):
    def test_names_files_that_differ_are_missing_or_no_longer_made(self):
        with tempfile.TemporaryDirectory() as folder:
            old, new = pathlib.Path(folder, "old"), pathlib.Path(folder, "new")
            for side, files in ((old, {"same": "a\n", "changed": "1\n2\n", "gone": "x\n", "README.md": "for people\n"}),
                                (new, {"same": "a\n", "changed": "1\n3\n", "sub/new": "y\n"})):
                for name, text in files.items():
                    common.write(side / name, text)
            found = {pathlib.Path(name).relative_to(old).as_posix(): why for name, why in stale.differences(old, new)}
            self.assertEqual(sorted(found), ["changed", "gone", "sub/new"])
            self.assertEqual(found["changed"], ["-2", "+3"])
            self.assertEqual(stale.main([str(old), str(new)]), 1)
            self.assertEqual(stale.main([str(old / "same"), str(new / "same")]), 0)
            self.assertEqual(stale.main([str(old / "changed"), str(new / "changed")]), 1)


class Plots(unittest.TestCase):
    def test_bars_are_as_long_as_their_values(self):
        svg = xml.etree.ElementTree.fromstring(svg_plot.stacked_bars(
            "a <title>", "b & c", "ms", [("group", [("x", [("first", 1.0), ("second", 3.0)], "4"), ("y", [("first", 2.0)], "2")])]))
        bars = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("height") == "16.0"]
        widths = [float(rect.get("width")) for rect in bars]
        self.assertEqual([rect.find(f"{SVG}title").text for rect in bars], ["first: 1", "second: 3", "first: 2"])
        self.assertAlmostEqual(widths[1] / widths[0], 3, delta=0.01)
        self.assertAlmostEqual(widths[2] / widths[0], 2, delta=0.01)
        self.assertEqual(bars[0].get("fill"), bars[2].get("fill"))
        self.assertNotEqual(bars[0].get("fill"), bars[1].get("fill"))
        self.assertAlmostEqual(float(bars[1].get("x")), float(bars[0].get("x")) + widths[0], delta=0.11)

    def test_points_stand_where_their_values_are(self):
        svg = xml.etree.ElementTree.fromstring(svg_plot.lines(
            "t", "s", "x", "y", [("line", [(1, 1.0, True), (4, 2.0, False), (16, 3.0, True)], False, 0)], [1, 4, 16]))
        circles = [(float(circle.get("cx")), float(circle.get("cy"))) for circle in svg.iter(f"{SVG}circle")]
        # 1, 4 and 16 are equally far apart on a logarithmic axis, and higher values stand higher up.
        self.assertAlmostEqual(circles[1][0] - circles[0][0], circles[2][0] - circles[1][0], delta=0.11)
        self.assertAlmostEqual(circles[0][1] - circles[1][1], circles[1][1] - circles[2][1], delta=0.11)
        self.assertGreater(circles[0][1], circles[2][1])


if __name__ == "__main__":
    unittest.main()
