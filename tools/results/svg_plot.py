"""Plots as self-contained SVG in the look of src/report/svg_plot.cpp: colours that colour-blind readers tell apart, legible
on light and dark pages. Lines over an axis, and horizontal bars, stacked or side by side."""

import html
import math

# Okabe & Ito, "Color Universal Design" (2008), without black.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c00"]
STYLE = """<style>
.plot{font:12px system-ui,sans-serif;color:#222}.plot text{fill:currentColor}
.plot .title{font-size:15px;font-weight:600}.plot .quiet{opacity:.7}
.plot .grid{stroke:currentColor;stroke-opacity:.13}.plot .frame{stroke:currentColor;stroke-opacity:.5;fill:none}
.plot .ground{fill:#fff}@media (prefers-color-scheme:dark){.plot{color:#ddd}.plot .ground{fill:#16181c}}
</style>
"""
CHARACTER, LEGEND_LINE = 6.6, 18


def ticks(low, high):
    raw = (high - low) / 6
    power = 10 ** math.floor(math.log10(raw))
    step = power * next(factor for factor, limit in ((1, 1.5), (2, 3.5), (5, 7.5), (10, 11)) if raw / power < limit)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def number(value):
    return f"{value:.6g}"


class Canvas:
    """Collects elements; `height` may be set until the end."""

    def __init__(self, width, title, subtitle):
        self.width, self.height = width, 0
        self.title = title
        self.elements = [f'<text class="title" x="12" y="22">{html.escape(title)}</text>',
                         f'<text class="quiet" x="12" y="40">{html.escape(subtitle)}</text>']

    def text(self, x, y, text, anchor="start", css=""):
        css = f' class="{css}"' if css else ""
        anchor = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.elements.append(f'<text{css} x="{x:.1f}" y="{y:.1f}"{anchor}>{html.escape(text)}</text>')

    def rect(self, x, y, width, height, colour, tooltip=""):
        tooltip = f"<title>{html.escape(tooltip)}</title>" if tooltip else ""
        self.elements.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}">{tooltip}</rect>')

    def line(self, x1, y1, x2, y2, css="grid"):
        self.elements.append(f'<line class="{css}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>')

    def svg(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" width="{self.width}" height="{self.height:.0f}" '
                f'viewBox="0 0 {self.width} {self.height:.0f}" role="img" aria-label="{html.escape(self.title)}">\n{STYLE}'
                f'<rect class="ground" width="{self.width}" height="{self.height:.0f}"/>\n'
                + "\n".join(self.elements) + "\n</svg>\n")


def stacked_bars(title, subtitle, axis, groups, width=860):
    """`groups`: (name, [(bar's name, [(part's name, value)], text behind the bar)]) each. Parts of one name have one colour
    and stand in the legend in the order in which they are first seen."""
    canvas = Canvas(width, title, subtitle)
    bars = [bar for _, bars_of in groups for bar in bars_of]
    parts = list(dict.fromkeys(name for _, values, _ in bars for name, _ in values))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(parts)}
    y = 62
    x = 12
    for name in parts:
        if x + 30 + CHARACTER * len(name) > width:
            x, y = 12, y + LEGEND_LINE
        canvas.rect(x, y - 10, 12, 12, colours[name])
        canvas.text(x + 17, y, name)
        x += 34 + CHARACTER * len(name)
    top = y + 16
    left = 24 + CHARACTER * max(len(name) for name, _, _ in bars)
    behind = 14 + CHARACTER * max(len(text) for _, _, text in bars)
    right = width - behind
    highest = max(sum(value for _, value in values) for _, values, _ in bars)
    scale = (right - left) / highest
    y = top
    for group, bars_of in groups:
        if group:
            y += 6
            canvas.text(12, y + 11, group, css="quiet")
            y += 20
        for name, values, text in bars_of:
            canvas.text(left - 6, y + 12, name, "end")
            x = left
            for part, value in values:
                if value * scale > 0.05:
                    canvas.rect(x, y, value * scale, 16, colours[part], f"{part}: {number(value)}")
                    x += value * scale
            canvas.text(x + 6, y + 12, text)
            y += 22
    for tick in ticks(0, highest):
        canvas.line(left + tick * scale, top, left + tick * scale, y)
        canvas.text(left + tick * scale, y + 15, number(tick), "middle")
    canvas.text((left + right) / 2, y + 34, axis, "middle")
    canvas.height = y + 44
    return canvas.svg()


def lines(title, subtitle, x_title, y_title, series, x_ticks, width=860, height=460, level=None):
    """`series`: (name, [(x, y, filled)], dashed, colour's number) each, over a logarithmic x axis with the ticks given. A
    point that is not filled is a ring. `level`: a value of y that a line marks."""
    canvas = Canvas(width, title, subtitle)
    named = [entry for entry in series if entry[0]]
    right = width - 44 - CHARACTER * max(len(name) for name, *_ in named)
    left, top, bottom = 62, 54, height - 52
    values = [y for _, points, *_ in series for _, y, _ in points] + ([level] if level is not None else [])
    low, high = min(values), max(values)
    low, high = low - 0.05 * (high - low), high + 0.05 * (high - low)
    x_low, x_high = math.log(x_ticks[0]), math.log(x_ticks[-1])

    def at_x(value):
        return left + 14 + (right - left - 28) * (math.log(value) - x_low) / (x_high - x_low)

    def at_y(value):
        return bottom - (bottom - top) * (value - low) / (high - low)

    for tick in x_ticks:
        canvas.line(at_x(tick), top, at_x(tick), bottom)
        canvas.text(at_x(tick), bottom + 17, number(tick), "middle")
    for tick in ticks(low, high):
        canvas.line(left, at_y(tick), right, at_y(tick))
        canvas.text(left - 6, at_y(tick) + 4, number(tick), "end")
    if level is not None:
        canvas.line(left, at_y(level), right, at_y(level), "frame")
    canvas.elements.append(f'<rect class="frame" x="{left}" y="{top}" width="{right - left:.1f}" height="{bottom - top}"/>')
    canvas.text((left + right) / 2, height - 12, x_title, "middle")
    canvas.elements.append(f'<text transform="translate(16 {(top + bottom) / 2:.1f}) rotate(-90)" text-anchor="middle">{html.escape(y_title)}</text>')
    legend = top + 6
    for name, points, dashed, colour in series:
        colour = COLOURS[colour % len(COLOURS)]
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        path = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y, _ in points)
        if dashed is not None:
            canvas.elements.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2"{dashes} points="{path}"/>')
        for x, y, filled in points:
            if filled is None:
                continue
            fill = f'fill="{colour}"' if filled else f'class="ground" stroke="{colour}" stroke-width="1.8"'
            tooltip = html.escape(f"{name} at {number(x)}: {y:.2f}".strip())
            canvas.elements.append(f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="4" {fill}><title>{tooltip}</title></circle>')
        if name:
            if dashed is None:
                canvas.elements.append(f'<circle cx="{right + 22:.1f}" cy="{legend}" r="4" fill="{colour}"/>')
            else:
                canvas.elements.append(f'<line x1="{right + 14:.1f}" x2="{right + 30:.1f}" y1="{legend}" y2="{legend}" stroke="{colour}" stroke-width="2"{dashes}/>')
            canvas.text(right + 36, legend + 4, name)
            legend += LEGEND_LINE
    canvas.height = height
    return canvas.svg()
