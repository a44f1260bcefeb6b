"""What the chapter says of a level can be seen."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from snippets.mentoring.framework.behaviours import UNSEEN, Behaviour, unobservable
from tests.services import ROOT

if TYPE_CHECKING:
    from handbook.outputs import Output

ROW = re.compile(r"^\| (?P<act>[A-Z][^|]+[^ |]) \| (?P<seen>[^|]+) \|$", re.MULTILINE)
LEVELS = ("junior", "mid-level", "senior")


def behaviours(level: str) -> list[Behaviour]:
    """Read the table of a level's page."""
    text = (ROOT / f"docs/mentoring/{level}.md").read_text(encoding="utf-8")
    table = text[text.index("| What they do | Where you see it |") :]
    rows = ROW.finditer(table.partition("\n\n")[0].partition("|\n")[2])
    return [Behaviour(row["act"], row["seen"]) for row in rows]


@pytest.mark.proves("observable-level")
@pytest.mark.parametrize("level", LEVELS)
def test_the_levels_of_this_chapter_can_be_seen(level: str) -> None:
    """Each line of the three level pages is an act, with a place to look."""
    found = behaviours(level)

    assert len(found) >= 5
    assert [""] * len(found) == [unobservable(each) for each in found]


@pytest.mark.proves("observable-level")
@pytest.mark.parametrize("verb", sorted(UNSEEN))
def test_what_goes_on_inside_is_refused(verb: str) -> None:
    """A verb for what goes on inside somebody is refused, however it is written."""
    found = unobservable(Behaviour(f"{verb.capitalize()} queues", "the code"))

    assert f"nobody can see that somebody '{verb}'" == found
    assert not unobservable(Behaviour("Draws queues", "the code"))


@pytest.mark.harm("observable-level")
def test_a_usual_ladder_cannot_be_checked(output: Output) -> None:
    """Of four lines as ladders have them, no two people need agree on one."""
    name = "mentoring/framework/behaviours_dont.toml"
    told = tomllib.loads((ROOT / "snippets" / name).read_text(encoding="utf-8"))
    lines = [Behaviour(**line) for line in told["senior"]]
    faults = [unobservable(line) for line in lines]
    shown = [
        f"{line.act}:\n  {fault}" for line, fault in zip(lines, faults, strict=True)
    ]

    assert all(faults)
    output.check("mentoring/framework/behaviours_dont.out", "\n".join(shown))
