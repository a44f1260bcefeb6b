"""Design records: what each must say, and which one is in force."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

SECTIONS = (
    "Status",
    "Context",
    "Decision",
    "Alternatives",
    "Consequences",
    "Supersedes",
)
STATUS = re.compile(
    r"(Proposed|Accepted|Rejected|Superseded by (\d+)), \d{4}-\d\d-\d\d"
)


class Record(NamedTuple):
    """A decision.

    Attributes:
        status: Proposed, Accepted, Rejected or Superseded.
        successor: The number of the one that replaces it, or 0.
        supersedes: The numbers of those that it replaces.
    """

    status: str
    successor: int
    supersedes: frozenset[int]


def sections(text: str) -> dict[str, str]:
    """Split a record at its headings; comments are left out."""
    shown = re.sub("<!--.*?-->", "", text, flags=re.DOTALL)
    parts = re.split(r"^##? (.+)$", shown, flags=re.MULTILINE)[1:]
    bodies = (body.strip() for body in parts[1::2])
    return dict(zip(parts[::2], bodies, strict=True))


def read(text: str) -> Record:
    """Read a record.

    Raises:
        ValueError: It does not say what it must.
    """
    said = sections(text)
    if lacks := [name for name in SECTIONS if not said.get(name)]:
        raise ValueError(f"write {', '.join(lacks)}")
    if not (status := STATUS.fullmatch(said["Status"])):
        raise ValueError("a status and its day: Accepted, 2026-11-22")
    return Record(
        status[1].partition(" ")[0],
        int(status[2] or 0),
        frozenset(map(int, re.findall(r"\d+", said["Supersedes"]))),
    )


def in_force(records: Mapping[int, Record], number: int) -> int:
    """Follow a decision to the one that holds today.

    Raises:
        ValueError: The way ends nowhere, goes round, or ends in a
            record that nobody has accepted.
    """
    way = [number]
    while after := records[way[-1]].successor:
        if after not in records:
            raise ValueError(f"{way[-1]}: there is no record {after}")
        way.append(after)
        if after in way[:-1]:
            circle = " -> ".join(map(str, way))
            raise ValueError(f"{circle} is a circle")
    status = records[way[-1]].status
    if way[1:] and status != "Accepted":
        raise ValueError(f"{number}: {way[-1]} is {status.lower()}")
    return way[-1]


def faults(folder: Path) -> list[str]:
    """Say what is wrong with the records of a project.

    Args:
        folder: Its files begin with their number: 0001-title.md.
    """
    found, records = list[str](), dict[int, Record]()
    for file in sorted(folder.glob("[0-9]*.md")):
        number = int(re.split(r"\D", file.name)[0])
        if number in records:
            found.append(f"{file.name}: the number is taken")
            continue
        try:
            records[number] = read(file.read_text(encoding="utf-8"))
        except ValueError as error:
            found.append(f"{file.name}: {error}")
    for number in records:
        found += one_sided(records, number)
        try:
            in_force(records, number)
        except ValueError as error:
            found.append(str(error))
    return found


def one_sided(records: Mapping[int, Record], number: int) -> list[str]:
    """Say which records do not know that they replace or are replaced.

    A proposal replaces nothing yet, and one that was rejected never.
    """
    record, found = records[number], list[str]()
    if record.status in {"Accepted", "Superseded"}:
        for old in sorted(record.supersedes):
            if old not in records:
                found.append(f"{number}: there is no record {old}")
            elif records[old].successor != number:
                found.append(f"{old} does not know of {number}")
    after = records.get(record.successor)
    if after and number not in after.supersedes:
        found.append(f"{record.successor} does not know of {number}")
    return found
