"""A built site leads nowhere wrong, and loads nothing from elsewhere."""

from __future__ import annotations

import re

from handbook.links import check_links
from tests.projects import SITE, Project


def test_a_broken_link_and_a_broken_anchor_are_found(project: Project) -> None:
    """Links within the site, raw ones too, lead to a page and an anchor that exist."""
    project.page(
        f'<a href="nowhere/">a</a> <a href="chapter/greeting/#no">b</a>'
        f' <a href="#no">c</a> <a href="{SITE}gone/">d</a> <a href="/chapter/">e</a>'
        f' <a href="{SITE}chapter/greeting/#greet">f</a> <a href="practices.json">g</a>'
        ' <a href="https://other.test/">h</a> <a href="mailto:a@b.test">i</a>'
        ' <a href="../mkdocs.yml">j</a> <a href="https://[x">k</a>'
    )

    assert [
        "index.html: #no has no such anchor",
        "index.html: ../mkdocs.yml leads nowhere",
        "index.html: /chapter/ leads nowhere",
        "index.html: chapter/greeting/#no has no such anchor",
        "index.html: https://[x is no address",
        f"index.html: {SITE}gone/ leads nowhere",
        "index.html: nowhere/ leads nowhere",
    ] == project.problems()


def test_a_foreign_host_is_found(project: Project) -> None:
    """Nothing is loaded from another host: no script, picture, sheet or font."""
    project.page(
        '<img src="https://other.test/a.png" alt="">'
        '<img srcset="//other.test/b.png 2x, //other.test/c.png" src="#" alt="">'
        '<p style="background: url(https://other.test/d.png)">a</p>'
        '<link rel="stylesheet" href="https://other.test/e.css">'
    )
    project.write(
        "docs/assets/own.css", "@import 'https://other.test/f.css'; a { b: url(g) }"
    )
    found = [re.sub(r".*loads (\S+) .*", r"\1", line) for line in project.problems()]

    assert [
        *("//other.test/b.png", "//other.test/c.png"),
        *(
            f"https://other.test/{name}"
            for name in ("a.png", "d.png", "e.css", "f.css")
        ),
    ] == found


def test_a_link_outside_the_path_of_the_site_is_found(project: Project) -> None:
    """On a site below a path, a link from the host's root leads out of it."""
    project.page('<a href="/chapter/greeting/">a</a> <a href="/book/proofs/">b</a>')

    assert [
        "index.html: /chapter/greeting/ leads nowhere",
    ] == check_links(project.build(), f"{SITE}book/")
