"""A comment says what happens, why, and whether the merge waits; five are held against that."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime
from textwrap import shorten
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from snippets.code_review.writing_comments import (
    backoff_nested,
    backoff_seconds,
    expiry_dont,
    retrying_dont,
    users_dont,
    users_vague,
)
from snippets.code_review.writing_comments.conventional import (
    LABELS,
    NEVER_BLOCK,
    Comment,
    parse,
)
from snippets.delivery.feature_flags import expiry
from snippets.resilience.retries import backoff, retrying
from snippets.resilience.timeouts import users
from tests.code_review.examples import FOLDER, Example, better, examples
from tests.loopback import Loopback, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from handbook.outputs import Output

EXAMPLES = examples("writing_comments")
LIMIT = 0.2  # seconds, instead of the page's two
WHY = "The pool has 10 connections."


@pytest.mark.proves("actionable-comment")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_the_better_comment_can_be_acted_on(example: Example) -> None:
    """Each better comment names a line of its diff, gives a reason, says whether the merge waits, and is not about the author."""
    "code_review/writing_comments/comments.md"
    "code_review/writing_comments/wrong.diff"
    "code_review/writing_comments/names.diff"
    "code_review/writing_comments/clean_up.diff"
    "code_review/writing_comments/personal.diff"
    "code_review/writing_comments/demand.diff"
    comment = better(example)

    assert comment.discussion
    assert not re.search(r"\b[Yy]our?\b (?!want)", example.after)


@pytest.mark.harm("actionable-comment")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_what_people_write_cannot_be_acted_on(example: Example) -> None:
    """What people write instead names nothing that the diff changes, and has no kind."""
    "code_review/writing_comments/comments_dont.md"
    named = re.findall(r"\w+\(|`[^`]+`|\w+_\w+", example.before)

    assert example.before
    assert [] == named
    with pytest.raises(ValueError, match="begin with one of"):
        parse(example.before)


@pytest.mark.harm("label-comment")
def test_without_a_label_nobody_can_tell(output: Output) -> None:
    """Of none of the comments as people write them can anybody tell whether the merge waits; of each better one it is known."""
    rows = []
    for example in EXAMPLES:
        with pytest.raises(ValueError, match="begin with one of"):
            parse(example.before)
        rows.append(("?", example.before))
    for example in EXAMPLES:
        comment = better(example)
        rows.append(("yes" if comment.blocks else "no", comment.subject))
    shown = [
        f"{waits:5}  {shorten(text, 50, placeholder=' …')}"
        for waits, text in [("waits", "comment"), *rows]
    ]

    assert ["?"] * 5 + ["yes", "no", "no", "yes", "yes"] == [w for w, _ in rows]
    output.check(
        "code_review/writing_comments/labels_dont.out",
        "\n".join(shown),
    )


class Till(Loopback):
    """A shop that takes an order, and whose answer is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.orders = 0

    def answer(self, request: Request) -> None:
        """Take the order, and hang up."""
        request.body()
        self.orders += 1


@pytest.mark.parametrize(
    ("may_help", "orders"), [(retrying.may_help, 1), (retrying_dont.may_help, 2)]
)
def test_wrong(may_help: Callable[[httpx.HTTPError], bool], orders: int) -> None:
    """An order whose answer is lost is placed twice by the change, and once without it."""
    with Till() as till, httpx.Client(base_url=till.address) as client:
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError) as lost:
                client.post("/orders", json={"item": "lamp"})
            if not may_help(lost.value):
                break

        assert orders == till.orders


def test_wrong_in_nothing_else() -> None:
    """The change asks for the rest as before: what the server calls busy may help, and our own faults never."""
    get = httpx.Request("GET", "http://127.0.0.1/")
    answers = [httpx.Response(status, request=get) for status in (404, 503)]
    errors = [
        *(httpx.HTTPStatusError("", request=get, response=x) for x in answers),
        httpx.ConnectError("", request=get),
        httpx.UnsupportedProtocol("", request=get),
    ]

    for may_help in (retrying.may_help, retrying_dont.may_help):
        assert [False, True, True, False] == [may_help(error) for error in errors]


class Directory(Loopback):
    """Users, of whom number 7 is sent a byte at a time and never whole."""

    def answer(self, request: Request) -> None:
        """Send a user; number 0 there is none."""
        if not request.path.startswith("/users/") or request.path.endswith("/0"):
            request.reply(404)
            return
        if not request.path.endswith("7"):
            request.reply(200, b'{"id": 1, "profile": {"name": "Ada", "age": 36}}')
            return
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        while not self.closing.wait(0.01):
            try:
                request.wfile.write(b" ")
            except OSError:
                return  # the caller has gone


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function with the vague name does what its better name says, and keeps the limit."""
    monkeypatch.setattr(users_vague, "LIMIT", LIMIT)

    async def run(user_id: str) -> dict[str, Any]:
        async with users_vague.users_client(directory.address) as client:
            assert httpx.Timeout(LIMIT, connect=0.5) == client.timeout
            return await asyncio.wait_for(users_vague.fetch_user(client, user_id), 20)

    begun = monotonic()
    with Directory() as directory:
        assert {"id": 1, "name": "Ada"} == asyncio.run(run("1"))
        with pytest.raises((TimeoutError, httpx.ReadTimeout)):
            asyncio.run(run("7"))
    assert monotonic() - begun < 10  # a fiftieth of it would do


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", 0),
        ("120", 120),
        ("soon", 0),
        ("-1", 0),
        ("\N{DEVANAGARI DIGIT ONE}", 0),
        ("Mon, 23 Nov 2026 09:01:00 GMT", 60),
        ("Mon, 23 Nov 2026 08:59:00 GMT", 0),
        ("Mon, 23 Nov 99999999999999999999 09:01:00 GMT", 0),
    ],
)
def test_clean_up(value: str, seconds: float) -> None:
    """The deep version answers as the flat one does, and reads the date that the old one did not."""
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    old = seconds if "GMT" not in value else 0

    assert seconds == backoff.retry_after(value, now)
    assert seconds == backoff_nested.retry_after(value, now)
    assert old == backoff_seconds.retry_after(value)


def test_personal(monkeypatch: pytest.MonkeyPatch) -> None:
    """At twice the limit of its client the change still reads what comes byte by byte; the code before it gives up."""

    async def run() -> tuple[dict[str, Any], bool, BaseException | None]:
        async with users.users_client(directory.address) as client:
            for _ in range(5):  # if we stand still, a read takes too long
                asked = asyncio.create_task(users_dont.fetch_user(client, "7"))
                await asyncio.wait({asked}, timeout=2 * LIMIT)
                if not (ended := asked.done()):
                    break
                assert isinstance(asked.exception(), httpx.ReadTimeout)
            asked.cancel()
            await asyncio.wait({asked}, timeout=10)
            with pytest.raises(httpx.HTTPStatusError):
                await users_dont.fetch_user(client, "0")
            limited = asyncio.create_task(users.fetch_user(client, "7"))
            await asyncio.wait({limited}, timeout=10)
            return await users_dont.fetch_user(client, "1"), ended, limited.exception()

    monkeypatch.setattr(users, "LIMIT", LIMIT)
    with Directory() as directory:
        found, ended, error = asyncio.run(run())

    assert "Ada" == found["profile"]["name"]
    assert not ended
    assert isinstance(error, TimeoutError | httpx.ReadTimeout)


def test_demand() -> None:
    """On the last day of a flag the change complains, and the code before it only on the day after."""
    flag = {"type": "release", "owner": "cart", "expires": "2027-01-31"}
    config = {"flags": {"new-till": flag}}
    over = ["new-till: over since 2027-01-31: cart, delete it"]
    for day, before in ((30, []), (31, []), (32, over)):
        today = date.fromordinal(date(2027, 1, 1).toordinal() + day - 1)

        assert before == list(expiry.faults(config, today))
        assert (over if day > 30 else []) == list(expiry_dont.faults(config, today))


@pytest.mark.parametrize(
    "change",
    [
        {"type": "forever"},
        {"owner": ""},
        {"expires": "soon"},
        {"expires": "2030-01-01"},
    ],
)
def test_demand_in_nothing_else(change: dict[str, str]) -> None:
    """Whatever else is wrong with a flag is told as before."""
    flag = {"type": "release", "owner": "cart", "expires": "2027-01-31"} | change
    config = {"flags": {"new-till": flag}, "retired": ["new-till"]}
    today = date(2027, 1, 1)

    assert list(expiry.faults(config, today))
    assert list(expiry.faults(config, today)) == list(expiry_dont.faults(config, today))


@pytest.mark.proves("label-comment")
def test_the_parts_of_a_comment() -> None:
    """Label, decorations, subject and discussion are told apart, bold or not."""
    text = f"issue (blocking, security): This waits.\n\n{WHY}\n\nAnd so on.\n"
    bold = text.replace(
        "issue (blocking, security):", "**issue (blocking, security):**"
    )
    read = Comment(
        "issue", ("blocking", "security"), "This waits.", f"{WHY}\n\nAnd so on."
    )

    assert read == parse(text) == parse(bold) == parse(text.replace("\n\n", "\n", 1))
    assert Comment("praise", (), "Clear.", "") == parse("praise: Clear.")


@pytest.mark.proves("label-comment")
def test_the_labels_are_those_of_the_standard() -> None:
    """Nine labels are known, and four of them never block."""
    told = "praise nitpick suggestion issue todo question thought chore note"

    assert told.split() == [parse(f"{label}: Clear.").label for label in LABELS]
    assert ("praise", "nitpick", "thought", "note") == NEVER_BLOCK


@pytest.mark.proves("label-comment")
@pytest.mark.parametrize("label", LABELS)
def test_whether_it_blocks(label: str) -> None:
    """A comment blocks if it says so or is a chore, and not if its kind never does; of others nobody can tell."""
    unsaid = parse(f"{label}: This waits.").blocks
    said = parse(f"{label} (non-blocking): This waits.").blocks
    minor = parse(f"{label} (if-minor): This waits.").blocks

    known = {"chore": True, **dict.fromkeys(NEVER_BLOCK, False)}

    assert known.get(label) is unsaid
    assert said is False
    assert minor is False
    if label in NEVER_BLOCK:
        with pytest.raises(ValueError, match=f"is it blocking, or a {label}"):
            parse(f"{label} (blocking): This waits.")
    else:
        assert parse(f"{label} (blocking): This waits.").blocks


@pytest.mark.proves("label-comment")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "This is wrong",
        "Issue: This waits.",
        "remark: This waits.",
        "issue This waits.",
        "issue:",
        "issue:This waits.",
        "issue (): This waits.",
        "issue(blocking): This waits.",
        "**issue: This waits.",
        "issue:** This waits.",
        "Well, issue: This waits.",
    ],
)
def test_what_is_no_conventional_comment(text: str) -> None:
    """Whatever has another form is refused, in one line that says how to begin."""
    with pytest.raises(ValueError, match=r"\Abegin with one of praise, .*\Z"):
        parse(text)


@pytest.mark.proves("label-comment")
def test_the_chapter_shows_enough_to_copy() -> None:
    """The chapter has at least twenty comments, each before and after, on a diff of its own, and they all parse."""
    folders = sorted(x.parent.name for x in FOLDER.glob("*/comments.md"))
    found = [each for folder in folders for each in examples(folder)]

    assert len([each for each in found if each.before and each.diff]) >= 20
    assert 7 == len(folders)
    assert all(parse(each.after).subject for each in found)


@pytest.mark.parametrize("other", ["non-blocking", "if-minor"])
def test_a_comment_that_contradicts_itself(other: str) -> None:
    """A comment that blocks and does not is refused."""
    with pytest.raises(ValueError, match=f"is it blocking, or {other}"):
        parse(f"issue (blocking, {other}): This waits.")
