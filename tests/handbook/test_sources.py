"""An embed names its code by the syntax tree, and Copy brings what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handbook.copying import copyable
from handbook.sources import RefusalError, packages, resolve

if TYPE_CHECKING:
    from tests.projects import Project

MODULE = '''\
"""Breakfast."""

from __future__ import annotations

import json
import os.path as paths
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from snippets.chapter.pan import (
    HEAT,
    fry as cook,
)

if TYPE_CHECKING:
    from decimal import Decimal

EGGS: Final = 2
LIMITS = {"eggs": EGGS}
FIRST, SECOND = 1, 2


def twice(call: Callable[[int], int]) -> Callable[[int], int]:
    """Call twice."""
    return call


@twice
def boil(eggs: int) -> int:
    """Boil."""
    return eggs + LIMITS["eggs"]


class Kitchen:
    """A kitchen."""

    size = 3

    def serve(self) -> Iterator[str]:
        """Serve."""
        yield json.dumps(cook(EGGS))

    @property
    def price(self) -> Decimal:
        """The price."""
        raise NotImplementedError


def clash() -> None:
    """Stand twice."""


def clash() -> None:
    """Stand twice."""
'''
PAN = '''\
"""A pan."""

import json
from typing import Final

HEAT: Final = 5
OIL: Final = 1


def fry(eggs: int) -> int:
    """Fry."""
    json.dumps(eggs)
    return eggs * OIL
'''


@pytest.fixture
def kitchen(project: Project) -> Project:
    """Add a module that uses another."""
    project.write("snippets/chapter/breakfast.py", MODULE)
    project.write("snippets/chapter/pan.py", PAN)
    return project


def shown(project: Project, ref: str) -> str:
    """Give the text of an embed."""
    return resolve(project.root, f"chapter/breakfast.py:{ref}").text


def copied(project: Project, ref: str) -> str:
    """Give what Copy gives for an embed."""
    return copyable(project.root, resolve(project.root, f"chapter/{ref}"))


def test_a_function_is_shown_with_its_decorators(kitchen: Project) -> None:
    """The decorator above a function belongs to it."""

    assert shown(kitchen, "boil").startswith("@twice\ndef boil")


def test_a_constant_is_found_by_its_name(kitchen: Project) -> None:
    """A constant is found, annotated or not, alone or unpacked."""

    assert "EGGS: Final = 2" == shown(kitchen, "EGGS")
    assert "FIRST, SECOND = 1, 2" == shown(kitchen, "SECOND")


def test_a_method_is_shown_inside_its_class(kitchen: Project) -> None:
    """A method stands below the head of its class, without the rest of it."""

    assert [
        "class Kitchen:",
        "    @property",
        "    def price(self) -> Decimal:",
        '        """The price."""',
        "        raise NotImplementedError",
    ] == shown(kitchen, "Kitchen.price").splitlines()


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("clash", "snippets/chapter/breakfast.py defines clash 2 times"),
        ("boil.eggs", "snippets/chapter/breakfast.py has no class boil"),
        ("json", "no function, class or constant json"),
        ("Kitchen.pric", "has no function, class or constant pric: do you mean price?"),
    ],
)
def test_a_name_that_is_not_one_definition_is_refused(
    kitchen: Project, ref: str, message: str
) -> None:
    """A name that stands twice, or is no definition, is refused by name."""

    with pytest.raises(RefusalError, match=message.replace("?", r"\?")):
        shown(kitchen, ref)


def test_copy_brings_imports_and_helpers(kitchen: Project) -> None:
    """Copy puts in front of a function what it uses, and nothing else."""
    head, *blocks = copied(kitchen, "breakfast.py:boil").split("\n\n\n")

    assert [
        "from __future__ import annotations",
        "from collections.abc import Callable\nfrom typing import Final",
        """EGGS: Final = 2\nLIMITS = {"eggs": EGGS}""",
    ] == head.split("\n\n")
    assert ["def twice(", "@twice\ndef"] == [block[:10] for block in blocks]


def test_copy_follows_imports_into_other_snippets(kitchen: Project) -> None:
    """Copy brings what another snippet defines, so that nothing of ours is needed."""
    text = copied(kitchen, "breakfast.py:Kitchen.serve")

    assert "snippets" not in text
    assert "def fry" in text
    assert "OIL: Final = 1" in text
    assert "HEAT" not in text


def test_copy_keeps_imports_where_a_name_has_two_meanings(kitchen: Project) -> None:
    """Pasted together one of two values would be lost, so ours are imported."""
    kitchen.write(
        "snippets/chapter/pot.py", PAN.replace("1", "2").replace("fry", "boil")
    )
    kitchen.write(
        "snippets/chapter/lunch.py",
        "from snippets.chapter.pan import fry\nfrom snippets.chapter.pot import boil\n"
        "\n\ndef cook() -> int:\n    return fry(1) + boil(1)\n",
    )
    text = copied(kitchen, "lunch.py:cook")

    assert "from snippets.chapter.pan import fry" in text
    assert "from snippets.chapter.pot import boil" in text
    assert "OIL" not in text


def test_copy_of_a_whole_file_replaces_imports_of_ours(kitchen: Project) -> None:
    """A whole file that imports another snippet is copied with what it imports."""
    text = copied(kitchen, "breakfast.py")

    assert "snippets" not in text
    assert text.index("def fry") < text.index("def boil")
    assert 1 == text.count("from __future__")


def test_copy_of_a_whole_file_is_the_file(kitchen: Project) -> None:
    """A file that needs no other is copied as it stands."""

    assert PAN.rstrip() == copied(kitchen, "pan.py")


def test_a_module_of_ours_cannot_be_copied(kitchen: Project) -> None:
    """What Copy should bring is named; a module is refused, with the way out."""
    text = "from snippets.chapter import pan\n\nHEAT = pan.HEAT\n"
    kitchen.write("snippets/chapter/hob.py", text)

    with pytest.raises(RefusalError, match="Copy needs names"):
        copied(kitchen, "hob.py:HEAT")


def test_another_language_is_copied_as_it_stands(kitchen: Project) -> None:
    """Only Python is completed; anything else is copied whole."""
    kitchen.write("snippets/chapter/pan.sql", "SELECT 1;\n\n")

    assert "SELECT 1;" == copied(kitchen, "pan.sql")
    embed = resolve(kitchen.root, "chapter/pan.sql")
    assert set() == packages(kitchen.root, embed)


def test_sections_may_hold_other_sections(kitchen: Project) -> None:
    """The marks of an inner section are not shown with the outer one."""
    text = "# --8<-- [start:a]\nx\n# --8<-- [start:b]\ny\n# --8<-- [end:b]\n"
    kitchen.write("snippets/chapter/a.toml", f"{text}# --8<-- [end:a]\nz\n")

    assert "x\ny" == resolve(kitchen.root, "chapter/a.toml:a").text
    assert "x\ny\nz" == resolve(kitchen.root, "chapter/a.toml").text


def test_a_dockerfile_has_a_language(kitchen: Project) -> None:
    """A file called Dockerfile needs no suffix."""
    kitchen.write("snippets/chapter/Dockerfile", "FROM scratch\n")

    assert "dockerfile" == resolve(kitchen.root, "chapter/Dockerfile").language
