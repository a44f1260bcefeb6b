"""What a page lets readers download is in the site, beside the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from handbook.__main__ import check_inputs
from handbook.errors import HandbookError
from handbook.exports import downloads, drop_colours, write_exports
from handbook.links import check_links
from tests.projects import SITE, SNIPPET, Project

FENCE = """\
!!! note

    ```python download="{name}"
    --8<-- "chapter/{ref}"
    ```

"""


def test_a_page_leads_to_a_file(project: Project) -> None:
    """A block within another element offers its whole file, wherever its page is."""
    fence = FENCE.format(name="hello.py", ref="greeting.py:greet")
    project.page(fence, "reference/forms.md")
    project.page(fence)
    site = project.build()
    link = '<a href="{up}templates/hello.py" download>Download hello.py</a>'

    assert SNIPPET == Path(site, "templates/hello.py").read_text(encoding="utf-8")
    assert link.format(up="../../") in Path(
        site, "reference/forms/index.html"
    ).read_text(encoding="utf-8")
    assert link.format(up="") in Path(site, "index.html").read_text(encoding="utf-8")
    assert [] == check_links(site, SITE)


def test_a_file_that_was_not_copied_is_found(project: Project) -> None:
    """A link to a file that the build did not copy leads nowhere."""
    project.page(FENCE.format(name="hello.py", ref="greeting.py"))
    site = project.build()
    Path(site, "templates/hello.py").unlink()
    lost = check_links(site, SITE)
    write_exports(project.root, site, SITE, "Small", "")

    assert ["index.html: templates/hello.py leads nowhere"] == lost
    assert [] == check_links(site, SITE)


def test_two_files_of_one_name_are_refused(project: Project) -> None:
    """A name stands for one file, on however many pages."""
    one = FENCE.format(name="hello.py", ref="greeting.py")
    project.page(one)
    project.page(one, "reference/forms.md")
    check_inputs(project.root)
    project.page(FENCE.format(name="hello.py", ref="greeting_dont.py"))

    with pytest.raises(HandbookError, match=r"two files are downloaded as hello\.py"):
        check_inputs(project.root)


def test_a_file_that_is_not_there_is_refused_on_its_page(project: Project) -> None:
    """A block without a file stops no build: its page says what is missing."""
    project.page(FENCE.format(name="no.py", ref="no.py"))

    assert {} == downloads(project.root)
    assert [
        "docs/index.md:12: there is no file snippets/chapter/no.py"
    ] == project.refusals()


def test_the_palette_keeps_the_colours_that_are_used(project: Project) -> None:
    """Material's named colours go, and the dark scheme and our own stay."""
    file = project.root / "site/assets/stylesheets/palette.0.min.css"
    file.parent.mkdir(parents=True)
    kept = "[data-md-color-scheme=slate]{--a:1}[data-md-color-primary=custom]{--b:2}"
    named = "[data-md-color-accent=red]{--c:3}"
    dark = "[data-md-color-scheme=slate][data-md-color-primary=blue]{--d:4}"
    wide = "@media (min-width:60em){[data-md-color-primary=white] .x{--e:5}}"
    file.write_text(named + kept + dark + wide, encoding="utf-8")
    drop_colours(project.root / "site")

    assert f"{kept}@media (min-width:60em){{}}" == file.read_text("utf-8")
