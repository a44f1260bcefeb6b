"""Say what a document leaves open of the template that it began as."""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

GONE: Final = re.compile(r"\A---\n.*?\n---\n|<!--.*?-->", re.DOTALL)
HEADING: Final = re.compile(r"## (?P<name>[^:(]+)")
LABEL: Final = re.compile(r"(?P<name>[A-Z][\w -]*):(?P<said>.*)")
BAR: Final = re.compile(r"(?<!\\)\|")  # "\|" is a character of a cell

Faults: TypeAlias = list[tuple[int, str]]


@dataclass
class Field:
    """What stands under a heading, or after a label.

    Attributes:
        line: Where it begins, from 1.
        rows: What it says: each row that is not blank, by its line.
    """

    line: int
    rows: dict[int, str] = field(default_factory=dict)


def fields(text: str) -> dict[str, Field]:
    """Read the fields of a document, in Markdown.

    A field is a heading of the second level, or a line that begins
    with a label, such as `Status: accepted`. Comments say nothing.
    """
    found: dict[str, Field] = {}
    here = Field(0)  # what stands above the first
    shown = GONE.sub(lambda m: "\n" * m[0].count("\n"), text)
    for line, row in enumerate(map(str.strip, shown.split("\n")), 1):
        if heading := HEADING.match(row):
            here = found[heading["name"].strip()] = Field(line)
        elif row:
            here.rows[line] = row
            if label := LABEL.match(row):
                said = label["said"].strip()
                told = Field(line, {line: said} if said else {})
                found.setdefault(label["name"], told)
    return found


def left_open(document: str, template: str) -> Faults:
    """Say which fields of a template a document does not fill in.

    Args:
        document: Its text, in Markdown.
        template: What it began as: an empty form, or an example.

    Returns:
        The line of each fault, from 1, and what it is.
    """
    faults: Faults = []
    filled = fields(document)
    for name, asked in fields(template).items():
        known = {*asked.rows.values()}
        if name not in filled:
            faults.append((1, f"{name}: not there"))
        elif known >= {*filled[name].rows.values()}:
            faults.append((filled[name].line, f"{name}: not filled in"))
        else:
            faults += [
                (line, f"{name}: {fault}")
                for line, fault in gaps(filled[name], asked)
            ]
    return faults


def gaps(told: Field, asked: Field) -> Faults:
    """Say which cells of a table are empty, and which columns gone."""
    wanted = next(iter(table(asked).values()), [])
    (at, columns), *rows = table(told).items() or [(told.line, [])]
    known = {*asked.rows.values()}
    faults = [
        (at, f"no column {name}")
        for name in wanted
        if name not in columns
    ]
    for line, cells in rows:
        if told.rows[line] not in known:
            said = dict(zip(columns, cells, strict=False))
            faults += [
                (line, f"no {name.lower()}")
                for name in wanted
                if name in columns and not said.get(name)
            ]
    return faults


def table(found: Field) -> dict[int, list[str]]:
    """Read the rows of a table, the heading first, by their lines."""
    return {
        line: [cell.strip() for cell in BAR.split(row)[1:-1]]
        for line, row in found.rows.items()
        if row.startswith("|")
    }


def problems(document: Path, template: Path) -> list[str]:
    """Write each fault as `file:line: field: fault`."""
    texts = [file.read_text("utf-8") for file in (document, template)]
    return [
        f"{document}:{line}: {fault}"
        for line, fault in left_open(*texts)
    ]


if __name__ == "__main__":  # template.md document.md ...
    given = [Path(argument) for argument in sys.argv[1:]]
    complaints = [
        x for one in given[1:] for x in problems(one, given[0])
    ]
    sys.exit("\n".join(complaints) or None)
