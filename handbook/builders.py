"""Ask the builder which page it renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handbook.practices import url_of

if TYPE_CHECKING:
    from markdown import Markdown


def page_of(md: Markdown) -> str:
    """Name the page that is being rendered, relative to `docs/`, or nothing."""
    if "mkdocstrings_ids" in md.treeprocessors:  # a docstring, within a page
        return ""
    path = ""  # each builder adds an attribute of its own to Markdown's classes
    if "relpath" in md.treeprocessors:  # MkDocs
        path = md.treeprocessors["relpath"].file.src_uri  # type: ignore[attr-defined]
    elif "rendering_context" in md.preprocessors:  # Zensical
        path = md.preprocessors["rendering_context"].page.path  # type: ignore[attr-defined]
    return path


def up(page: str) -> str:
    """Lead from a page, relative to `docs/`, to the root of the site."""
    return "../" * url_of(page).count("/")
