"""Figures of the worked study of docs/sweeps.md: what must a launch cost before fusion doubles the speed?"""

import functools
import math
import re

import common

NEVER = math.inf
TITLES = {"resnet50": "ResNet-50", "vit_b_16": "ViT-B/16"}


class LaunchStudy:
    """What `fusesim sweep report --gain 100` says of configs/sweeps/launch-overhead.yaml."""

    def __init__(self, folder):
        self.folder = folder

    @functools.cached_property
    def rows(self):
        """The crossovers along launch_us, by model and batch."""
        rows = common.read_csv(self.folder / "launch-overhead.csv")
        return {(row["model"], int(row["batch"])): row for row in rows if row["along"] == "launch_us"}

    def size(self):
        """How many configurations it has."""
        first = (self.folder / "launch-overhead.txt").read_text(encoding="utf-8").splitlines()[0]
        return int(re.search(r"of (\d+) configurations, 0 failed", first)[1])

    def doubles_from(self, model, batch):
        """The least launch cost in us at which fusion doubles the speed: 0 always, NEVER."""
        row = self.rows[model, batch]
        if row["kind"] == "below":
            return float(row["from"])
        return {"always": 0, "never": NEVER}[row["kind"]]

    def gain(self, which, model, batch):
        """`which`: "least" or "most", over all launch costs."""
        return common.share(float(self.rows[model, batch][which + "_gain"]))

    def table(self):
        def cell(us):
            if us in (0, NEVER):
                return "always" if us == 0 else "never"
            return f"above {common.significant(us, 2 if us < 10 else 3)} µs"

        batches = sorted({batch for _, batch in self.rows})
        lines = [[f"{title} is twice as fast fused", *(cell(self.doubles_from(model, batch)) for batch in batches)]
                 for model, title in TITLES.items()]
        return common.table(["", f"batch {batches[0]}", *map(str, batches[1:])], lines, "l" * (1 + len(batches)))
