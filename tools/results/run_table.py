"""The table of ./scripts/run (results/run.txt), as a text and cell by cell."""

import functools
import re

import common

UNITS = {"s": 1e6, "ms": 1e3, "µs": 1, "GB": 1e9, "MB": 1e6, "kB": 1e3, "B": 1, "×": 1, "": 1}


class RunTable:
    def __init__(self, file):
        self.file = file

    def text(self):
        return self.file.read_text(encoding="utf-8").rstrip("\n")

    @functools.cached_property
    def rows(self):
        """By model, target and strategy. Cells that repeat the line above are empty in the text."""
        header, rule, *lines = self.text().split("\n\n", 1)[1].splitlines()
        spans = [match.span() for match in re.finditer("─+", rule)]
        names = [header[a:b].strip() for a, b in spans]
        rows, above = {}, {}
        for line in lines:
            cells = {name: line[a:b].strip() for name, (a, b) in zip(names, spans)}
            for name in ("model", "target"):
                cells[name] = cells[name] or above[name]
            above = cells
            rows[cells["model"], cells["target"], cells["strategy"]] = cells
        return rows

    def cell(self, model, target, strategy, column):
        """A number that prints as the table has it."""
        text = self.rows[model, target, strategy][column]
        number, unit = re.fullmatch(r"([\d.]+) ?(\D*)", text).groups()
        return common.Quantity(float(number) * UNITS[unit], text)
