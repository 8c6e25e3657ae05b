"""What the generators of results/ share: names, rounding, Markdown, running fusesim."""

import csv
import json
import math
import pathlib
import re
import subprocess
import textwrap

# Keys of attribution as fusesim writes them, and what people call them.
CAUSES = {"host_dispatch": "host dispatch", "launch_gap": "launch gaps", "fill_drain": "fill/drain", "compute": "compute",
          "dram": "DRAM", "on_chip": "on-chip", "tail": "tail"}

# Networks of every overview: CNNs from wide to thin, vision transformers, language models.
CORE = ["resnet18", "resnet50", "mobilenet_v2", "efficientnet_b0", "densenet121", "convnext_tiny", "swin_t", "vit_b_16",
        "bert_base", "gpt2"]
BATCHES = [1, 8, 64]


def run(fusesim, *arguments):
    return subprocess.run([fusesim, *arguments], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def listed(fusesim, command):
    """`fusesim models` or `fusesim targets` as a list of dictionaries."""
    return json.loads(run(fusesim, command, "--format", "json"))


def significant(value, digits):
    """`value` with that many significant digits, never as a power of ten: small diffs, readable columns."""
    if value == 0:
        return "0"
    rounded = round(value, decimals_of(value, digits))
    return f"{rounded:.{max(0, decimals_of(rounded, digits))}f}"


def decimals_of(value, digits):
    return digits - 1 - math.floor(math.log10(abs(value)))


def in_steps_of(part, whole):
    """A part of `whole` with as many decimals as `whole` has with four significant digits: parts that add up."""
    decimals = decimals_of(whole, 4)
    rounded = round(part, decimals)
    return f"{rounded:.{max(0, decimals)}f}" if rounded else "0"


def duration(us):
    """As fusesim's tables write times: three digits and a unit."""
    for unit, scale in (("s", 1e6), ("ms", 1e3)):
        if us >= 0.9995 * scale:
            return f"{significant(us / scale, 3)} {unit}"
    return f"{significant(us, 3)} µs"


def byte_count(count):
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= 0.9995 * scale:
            return f"{significant(count / scale, 3)} {unit}"
    return f"{count} B"


def percent(share):
    return f"{100 * share:.1f} %"


class Quantity(float):
    """A number that prints as the text around it wants it."""

    def __new__(cls, value, text):
        quantity = super().__new__(cls, value)
        quantity.text = text
        return quantity

    def __str__(self):
        return self.text


def times(value):
    return Quantity(value, f"{value:.2f}×")


def share(value):
    return Quantity(value, f"{100 * value:.0f} %")


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values))


def table(header, rows, align=None):
    """A Markdown table; `align` has l or r for each column (default: the first left, the others right)."""
    align = align or "l" + "r" * (len(header) - 1)
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join("---:" if a == "r" else "---" for a in align) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def wrapped(text):
    """Markdown with its paragraphs and list items broken at 120 columns; tables, headings, pictures and code
    stay as they are."""
    blocks = []
    in_code = False
    for block in text.split("\n\n"):
        if in_code or block.startswith(("|", "#", "![", "<", "    ", "```")):
            blocks.append(block)
            in_code ^= block.count("```") % 2 == 1
            continue
        items = re.split(r"\n(?=- )", block)
        blocks.append("\n".join(textwrap.fill(" ".join(item.split()), 120, subsequent_indent="  " if item.startswith("- ") else "",
                                              break_long_words=False, break_on_hyphens=False) for item in items))
    return "\n\n".join(blocks)


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path, text):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
