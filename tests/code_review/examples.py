"""The comments of the chapter, each beside the diff that it was written on.

An example is a name: `<name>.diff` in the folder of a page's snippets, the section
of that name in `comments.md` there and, mostly, in `comments_dont.md`. A comment on
a whole branch has a list of it, `<name>.out`, in place of the diff.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from handbook.sources import resolve, sections
from snippets.code_review.writing_comments.conventional import Comment, parse
from tests.projects import ROOT

FOLDER = ROOT / "snippets" / "code_review"


@dataclass(frozen=True)
class Example:
    """What was commented on, badly and well; `before` may be empty."""

    name: str
    diff: str
    before: str
    after: str

    @property
    def changed(self) -> str:
        """The lines that the diff takes away or adds; of a list, all of them."""
        if not self.diff.startswith("---"):
            return self.diff
        rows = self.diff.split("\n")[2:]
        return "\n".join(row[1:] for row in rows if row[:1] in {"+", "-"})


def examples(page: str) -> list[Example]:
    """Read the examples of a page, in its order.

    Args:
        page: The folder of its snippets, such as `writing_comments`.
    """
    folder = FOLDER / page
    bad = folder / "comments_dont.md"
    worse = sections(bad.read_text("utf-8")) if bad.is_file() else []
    good = sections((folder / "comments.md").read_text("utf-8"))
    assert not {*worse} - {*good}, f"{bad}: no better comment in comments.md"
    return [
        Example(
            name,
            next(
                file
                for suffix in (".diff", ".out")
                if (file := folder / f"{name}{suffix}").exists()
            ).read_text("utf-8"),
            _section(page, "comments_dont.md", name) if name in worse else "",
            _section(page, "comments.md", name),
        )
        for name in good
    ]


def _section(page: str, file: str, name: str) -> str:
    return resolve(ROOT, f"code_review/{page}/{file}:{name}").text


def better(example: Example) -> Comment:
    """Hold the better comment against the rules, and return it as it was read.

    It says what kind of comment it is, whether it blocks, and why, and it names
    something that the diff changes. An issue begins with a statement: who asks what
    they know sets a riddle.
    """
    comment = parse(example.after)
    named = re.findall(r"`([^`\n]+)`", example.after)

    assert comment.blocks is not None, "say whether it blocks"
    assert comment.discussion or comment.label == "praise", "say why"
    assert comment.label != "issue" or "?" not in comment.subject.partition(". ")[0]
    assert any(name in example.changed for name in named), "name a changed line"
    return comment
