"""Markdown extension: a fence shows a tested file, or a refusal.

It is `pymdownx.superfences` with one formatter for every language. The fence
holds one line, `--8<-- "chapter/file.py:name"`, and the formatter puts the code
in its place, so that no code ever passes through Markdown.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pymdownx.superfences import SuperFencesCodeExtension

from handbook.builders import page_of, up
from handbook.copying import copyable
from handbook.ledger import Ledger, Test
from handbook.sources import DIRECTIVE, TEMPLATES, Embed, RefusalError, resolve

if TYPE_CHECKING:
    from markdown import Markdown

WAY_OUT: Final = (
    "Put the code in a file under snippets/, test it, and show it with "
    '--8<-- "chapter/file.py:name".'
)


class EmbedsExtension(SuperFencesCodeExtension):  # type: ignore[misc] # untyped base
    """Fences that show only what a test has run.

    Args:
        root: The folder that holds `snippets/` and the ledger.
        repo: Address of the repository, for links to files.
    """

    def __init__(self, **kwargs: str) -> None:
        self.root = Path(kwargs.pop("root", "."))
        self.repo = kwargs.pop("repo", "").rstrip("/")
        fence = {
            "name": "*",
            "class": "",
            "format": self.format,
            "validator": lambda _language, inputs, options, _attrs, _md: (
                options.update(inputs) or True
            ),
        }
        super().__init__(custom_fences=[fence], **kwargs)

    def format(  # superfences sets the signature
        self,
        source: str,
        language: str,
        _class_name: str,
        options: dict[str, str],
        md: Markdown,
        **_kwargs: object,
    ) -> str:
        """Render a fence. Never raises: bad code becomes a readable refusal."""
        try:
            return self._render(source, language, options, md)
        except RefusalError as refusal:
            return refuse(source, str(refusal))

    def _render(
        self, source: str, language: str, options: dict[str, str], md: Markdown
    ) -> str:
        untested = options.pop("untested", None)
        download = options.pop("download", "")
        if options:
            raise RefusalError(f"no fence has the option {min(options)}")
        if not language:
            raise RefusalError("the fence names no language")
        if untested is not None:
            if len(untested.split()) < MIN_REASON_WORDS:
                raise RefusalError("untested needs a reason, in words")
            return _figure(
                highlight(md, source, language),
                f'data-untested="{escape(untested)}"',
                f"<p>Not tested: {escape(untested)}</p>",
            )
        embed = resolve(self.root, _reference(source))
        if language != embed.language:
            raise RefusalError(
                f"the fence says {language}, the file is {embed.language}"
            )
        if language == "svg":  # the drawing itself: its colours are the page's
            attributes = f'data-embed="{escape(embed.ref)}" data-kind="drawing"'
            return _figure(embed.text, attributes, self._caption(embed))
        seen = "output" if language in {"text", "diff"} else "do"
        kind = "dont" if embed.is_dont else seen
        attributes = f'data-embed="{escape(embed.ref)}" data-kind="{kind}"'
        if kind == "do" and (copied := copyable(self.root, embed)) != embed.text:
            around = copied.replace(embed.text, SHOWN, 1)  # it is in the page once
            attributes += f' data-copy="{escape(around)}"'
        wide = max(map(len, embed.text.split("\n"))) > WIDE
        if wide and language in {"text", "markdown"}:
            attributes += ' data-wrap=""'  # a log line wraps, a table scrolls
        code = highlight(md, embed.text, language)
        caption = self._caption(embed)
        if download:
            address = f"{up(page_of(md))}{TEMPLATES}/{download}"
            caption += f'<p><a href="{address}" download>Download {download}</a></p>'
        return _figure(code, attributes, caption)

    def _caption(self, embed: Embed) -> str:
        """Say which lines these are, and which tests ran them."""
        first, last = embed.lines[0], embed.lines[-1]
        span = f"line {first}" if first == last else f"lines {first}–{last}"
        file = f"{self.repo}/blob/main/{embed.path}#L{first}-L{last}"
        name = embed.path.rpartition("/")[2]
        where = f'<a href="{escape(file)}">{escape(name)}</a>'
        if embed.language != "svg":
            where += f", {span}"
        tests = Ledger.load(self.root).ran(embed)
        mark = "<strong>Don't.</strong> " if embed.is_dont else ""
        verbs = {"python": "run by", "svg": "drawn by", "text": "compared by"}
        verb = verbs.get(embed.language, "checked by")
        return f"<p>{mark}{where}</p>{proof(tests, self.repo, verb)}"


MIN_REASON_WORDS: Final = 3
WIDE: Final = 72  # columns; what is no wider fits a wide screen
SHOWN: Final = "\ufffc"  # stands for the block in what is copied with it


def makeExtension(**kwargs: Any) -> EmbedsExtension:  # noqa: N802, ANN401 # Markdown's name
    """Build the extension, as Markdown asks for it."""
    return EmbedsExtension(**kwargs)


def highlight(md: Markdown, source: str, language: str) -> str:
    """Colour code with the site's own highlighter."""
    fences: Any = md.preprocessors["fenced_code_block"]
    html: str = fences.highlight(
        source, language, {}, md=md, classes=[], id_value="", attrs={}
    )
    return html.replace("<pre>", '<pre tabindex="0">', 1)  # scrolls by keyboard


def proof(tests: list[Test], repo: str, verb: str) -> str:
    """List tests, folded, or say that nothing is verified."""
    if not tests:
        return '<p class="unverified">not verified in this build</p>'
    items = "".join(
        f'<li><a href="{escape(f"{repo}/blob/main/{t.path}#L{t.line}")}">'
        f"{escape(t.summary)}</a></li>"
        for t in tests
    )
    count = f"{len(tests)} test{'s' * (len(tests) > 1)}"
    return (
        f'<details class="proof"><summary>{verb} {count}</summary>'
        f"<ul>{items}</ul></details>"
    )


def refuse(source: str, reason: str) -> str:
    """Render what stands in the place of code that no test ran."""
    way_out = f" {escape(WAY_OUT)}" if "8<-" not in source else ""
    return (
        f'<div class="refusal" data-refusal="{escape(reason)}">'
        f"<p><strong>Refused:</strong> {escape(reason)}.{way_out}</p>"
        f"<pre><code>{escape(source)}</code></pre></div>"
    )


def _reference(source: str) -> str:
    """Read the one directive of a fence.

    Raises:
        RefusalError: There is anything else in the fence.
    """
    if match := DIRECTIVE.fullmatch(source):
        return match["ref"]
    rows = [row for row in source.split("\n") if row.strip()]
    directives = [row for row in rows if "8<-" in row]
    if not rows:
        raise RefusalError("the fence is empty")
    if not directives:
        raise RefusalError("code typed into the page")
    if len(rows) > 1:
        raise RefusalError("an embed stands alone in its fence")
    if source != source.rstrip():
        raise RefusalError("the embed ends in a space")
    raise RefusalError("the embed is not written as in the way out")


def _figure(code: str, attributes: str, caption: str) -> str:
    return (
        f'<figure class="embed" {attributes}>{code}'
        f"<figcaption>{caption}</figcaption></figure>"
    )
