"""Draw a figure whose colours are those of the page that shows it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

INK, RULE, DO, DONT, QUIET = "#000001", "#000002", "#000003", "#000004", "#000005"
COLOURS: Final = {
    INK: "var(--ink)",
    RULE: "var(--rule)",
    DO: "var(--do)",
    DONT: "var(--dont)",
    QUIET: "var(--quiet)",
}
STYLE: Final = {
    "axes.edgecolor": RULE,
    "axes.labelcolor": QUIET,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "legend.frameon": False,
    "savefig.transparent": True,
    "svg.fonttype": "none",  # text stays text, in the font of the page
    "svg.hashsalt": "handbook",  # the same drawing gives the same file
    "text.color": INK,
    "xtick.color": RULE,
    "xtick.labelcolor": QUIET,
    "ytick.color": RULE,
    "ytick.labelcolor": QUIET,
}
SIZE: Final = (5.2, 2.8)  # inches of 72 points: fits a phone without shrinking much


class Drawing:
    """A figure in the making.

    Attributes:
        axes: Where to draw, one for each row.
        svg: The finished figure, once the block has ended.
    """

    def __init__(self, axes: list[Axes]) -> None:
        self.axes = axes
        self.svg = ""


@contextmanager
def drawing(told: str, rows: int = 1, height: float = SIZE[1]) -> Iterator[Drawing]:
    """Draw with matplotlib, in the colours of this module alone.

    Args:
        told: What the figure shows, for those who cannot see it.
        rows: How many axes stand below one another; they share the x axis.
        height: Of the whole, in inches.
    """
    with mpl.rc_context(STYLE):  # type: ignore[arg-type] # keys are a Literal
        figure = Figure(figsize=(SIZE[0], height), layout="constrained")
        grid = figure.subplots(rows, 1, sharex=True, squeeze=False)
        drawn = Drawing(list(grid[:, 0]))
        yield drawn
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    drawn.svg = _for_page(written.getvalue(), told)


def _for_page(svg: str, told: str) -> str:
    """Keep what belongs inside a page: no header, no style of its own, no IDs."""
    svg = svg[svg.index("<svg") :]
    for part in (r" *<metadata>.*?</metadata>\n", r" *<style.*?</style>\n"):
        svg = re.sub(part, "", svg, count=1, flags=re.DOTALL)
    used = set(re.findall(r"#([\w-]+)[\")]", svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", svg)
    svg = re.sub(r"font-family: [^;]+; ", "", svg)
    svg = re.sub(r"\d+\.\d\d+", lambda m: f"{float(m[0]):.1f}", svg)
    svg = re.sub(r' (?:width|height)="[\d.]+pt"', "", svg)
    svg = re.sub(r' version="1.1"', "", svg)
    for placeholder, colour in COLOURS.items():
        svg = svg.replace(placeholder, colour)
    if stray := re.search(r"#[0-9a-f]{6}\b", svg):
        raise ValueError(f"{stray[0]} would be seen in one scheme only: use a name")
    head = f'<svg role="img" aria-label="{escape(told)}"'
    return svg.replace("<svg", head, 1)
