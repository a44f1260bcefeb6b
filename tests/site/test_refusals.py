"""No way to write code into a page gets past the gate."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.projects import FRONT, ROOT, Project, embed

TYPED = "code typed into the page"
STRAY = "code that is no embed (indented, or a raw <pre>)"
SPAN = "a code span of several lines"
LEFT = "a fence that Markdown left in the text"

# What somebody might write, the line of the page's body, and what the gate says.
BAD = {
    "a typed fence": ("```python\nx = 1\n```", 2, TYPED),
    "a fence in a tab in an admonition in a list": (
        (
            '1. Item\n\n    !!! note\n\n        === "Tab"\n\n'
            "            ```python\n            x = 1\n            ```"
        ),
        8,
        TYPED,
    ),
    "tildes": ("~~~python\nx = 1\n~~~", 2, TYPED),
    "four backticks": ("````python\nx = 1\n````", 2, TYPED),
    "no language": ("```\nx = 1\n```", 2, "the fence names no language"),
    "braces": ("```{.python}\nx = 1\n```", 2, TYPED),
    "braces with a title": (
        '```{.python title="a"}\nx = 1\n```',
        2,
        "no fence has the option title",
    ),
    "a title": ('```python title="a"\nx = 1\n```', 2, "no fence has the option title"),
    "a bare title": ("```python title=foo\nx = 1\n```", 1, SPAN),
    "rust,ignore": ("```rust,ignore\nx = 1\n```", 1, SPAN),
    "a file name": ("```python:app.py\nx = 1\n```", 1, SPAN),
    "an unclosed fence": ("```python\nx = 1\n\ny = 2", 1, LEFT),
    "unclosed tildes": ("~~~python\nx = 1", 1, LEFT),
    "a misindented fence": ("- a\n\n    ```python\n  x = 1\n    ```", 3, SPAN),
    "indented code": ("Text.\n\n    x = 1", 3, STRAY),
    "a raw pre": ("<pre>x = 1</pre>", 1, STRAY),
    "a raw pre in a div": ("<div><pre>x = 1</pre></div>", 1, STRAY),
    "a raw pre with code": ("<pre><code>x = 1\ny = 2</code></pre>", 1, STRAY),
    "a code span of several lines": ("Text `x = 1\ny = 2` text.", 1, SPAN),
    "lines of code joined by breaks": (
        "`x = 1`<br>`y = 2`",
        1,
        "lines of code joined by <br>",
    ),
    "lines of code with blanks": (
        "`x = 1`  \n`y = 2`  \n`z = 3`",
        1,
        "lines of code joined by <br>",
    ),
    "a break inside code": (
        "<code>x = 1<br>y = 2</code>",
        1,
        "lines of code joined by <br>",
    ),
    "a list of lines": (
        "- `x = 1`\n- `y = 2`\n",
        1,
        "lines of code, one span each",
    ),
    "a heading with broken attributes": (
        "## Rule { #a .must } x",
        1,
        "a practice that is not read: write ## at the margin",
    ),
    "a samp": ("<samp>x = 1</samp>", 1, "<samp> shows text as code"),
    "a textarea": ("<textarea>x = 1</textarea>", 1, "<textarea> shows text as code"),
    "a style": (
        '<div style="font-family: monospace">x = 1</div>',
        1,
        "a style that makes text look like code",
    ),
    "a script": ("<script>alert(1)</script>", 1, "<script> inside a page"),
    "a forged embed": (
        '<figure data-embed="chapter/greeting.py:NAME"><pre>x = 1</pre></figure>',
        1,
        "the block is not what chapter/greeting.py:NAME says",
    ),
    "a forged embed of nothing": (
        '<figure data-embed="no.py"><pre>x = 1</pre></figure>',
        1,
        "there is no file snippets/no.py",
    ),
    "an embed with typed lines": (
        '```python\n--8<-- "chapter/greeting.py"\nx = 1\n```',
        2,
        "an embed stands alone in its fence",
    ),
    "two embeds": (
        '```python\n--8<-- "chapter/greeting.py"\n--8<-- "chapter/greeting.py"\n```',
        2,
        "an embed stands alone in its fence",
    ),
    "a trailing space": (
        '```python\n--8<-- "chapter/greeting.py" \n```',
        2,
        "the embed ends in a space",
    ),
    "a block of paths": (
        "```python\n--8<--\nchapter/greeting.py\n--8<--\n```",
        2,
        "an embed stands alone in its fence",
    ),
    "single quotes": (
        "```python\n--8<-- 'chapter/greeting.py'\n```",
        2,
        "the embed is not written as in the way out",
    ),
    "an empty fence": ("```python\n```", 1, "the fence is empty"),
    "an embed outside a fence": ('--8<-- "chapter/greeting.py"', 1, LEFT),
    "the wrong language": (
        embed("chapter/greeting.py", "go"),
        2,
        "the fence says go, the file is python",
    ),
    "a missing file": (
        embed("chapter/no.py"),
        2,
        "there is no file snippets/chapter/no.py",
    ),
    "a file outside": (
        embed("../pyproject.toml", "toml"),
        2,
        "there is no file snippets/../pyproject.toml",
    ),
    "a missing symbol": (
        embed("chapter/greeting.py:greeet"),
        2,
        (
            "snippets/chapter/greeting.py has no function, class or constant greeet:"
            " do you mean greet?"
        ),
    ),
    "a missing section": (
        embed("chapter/greeting.sql:no", "sql"),
        2,
        "snippets/chapter/greeting.sql has no section no",
    ),
    "an unclosed section": (
        embed("chapter/greeting.sql:open", "sql"),
        2,
        "section open of snippets/chapter/greeting.sql is never closed",
    ),
    "an empty section": (
        embed("chapter/greeting.sql:empty", "sql"),
        2,
        "chapter/greeting.sql:empty is empty",
    ),
    "lines": (
        embed("chapter/greeting.py:1:2"),
        2,
        "line numbers drift: name a function, class or section",
    ),
    "lines out of range": (
        embed("chapter/greeting.py:90:99"),
        2,
        "line numbers drift: name a function, class or section",
    ),
    "a suffix with no verifier": (
        embed("chapter/greeting.pl", "perl"),
        2,
        "no verifier knows greeting.pl: use one of",
    ),
    "a file that is not text": (
        embed("chapter/bytes.sql", "sql"),
        2,
        "snippets/chapter/bytes.sql is not UTF-8 text",
    ),
    "no reason": ('```python untested=""\nx = 1\n```', 2, "untested needs a reason"),
    "a short reason": (
        '```python untested="too slow"\nx = 1\n```',
        2,
        "untested needs a reason",
    ),
}


@pytest.fixture
def broken(project: Project) -> Project:
    """Add to the small handbook the files that the embeds above name."""
    project.write(
        "snippets/chapter/greeting.sql",
        "-- --8<-- [start:empty]\n-- --8<-- [end:empty]\n-- --8<-- [start:open]\nx\n",
    )
    project.write("snippets/chapter/greeting.pl", "1;\n")
    project.write("snippets/chapter/bytes.sql", "").write_bytes(b"\xff\xfe")
    return project


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_with_page_and_line(broken: Project, name: str) -> None:
    """Each way to write code that no test ran is refused, with its page and line."""
    body, line, message = BAD[name]
    broken.page(body)
    (first, *_) = broken.refusals()

    assert first.startswith(f"docs/index.md:{line + FRONT.count(chr(10))}: {message}")


def test_all_refusals_of_a_build_are_listed_at_once(broken: Project) -> None:
    """A page with every fault is refused once for each, in one run, without a traceback."""
    plain = {n: b for n, b in BAD.items() if b[2] not in {LEFT, SPAN}}
    broken.page("\n\n".join(f"## {name}\n\n{body[0]}" for name, body in plain.items()))
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)

    assert 1 == done.returncode
    assert "Traceback" not in done.stderr
    missing = [n for n, (_, _, message) in plain.items() if message not in done.stderr]
    assert [] == missing


def test_two_faults_of_one_kind_have_a_line_each(project: Project) -> None:
    """Two blocks that begin alike are told apart by their lines."""
    project.page("```python\nx = 1\n```\n\nText.\n\n```python\nx = 1\n```\n")

    assert ["10", "16"] == [line.split(":")[1] for line in project.refusals()]


def test_a_reason_excuses_a_block_and_is_counted(project: Project) -> None:
    """An exception with a reason is shown as such, and must be agreed in one place."""
    reason = 'untested="needs a cluster of its own"'
    project.page(f"{embed('chapter/greeting.py')}\n```python {reason}\nx = 1\n```\n")

    assert [] == project.refusals()
    assert [
        "pyproject.toml: untested = 0, and the pages show 1: test them",
    ] == [line for line in project.problems() if "untested" in line]


def test_an_agreed_number_may_only_fall(project: Project) -> None:
    """A number that is higher than what the pages show must be lowered."""
    project.write("pyproject.toml", "[tool.handbook]\nuntested = 1\n")

    assert [
        "pyproject.toml: untested = 1, and the pages show 0: lower it to 0",
    ] == project.problems()


def test_a_good_page_is_not_refused(project: Project) -> None:
    """A file, a function, a constant and a span of one line pass."""
    rows = [embed(f"chapter/greeting.py{part}") for part in ("", ":greet", ":NAME")]
    project.page("\n".join([*rows, "Say `hello` and ``x ` y``. Break<br>a line."]))

    assert [] == project.problems()
