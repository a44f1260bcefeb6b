"""Few requests, each with a limit, and one line for whatever goes wrong."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import httpx

MOST = 8 * 2**20  # bytes of an answer


class UnreachableError(Exception):
    """There is no answer; the message says why, in one line."""


@dataclass
class Answer:
    """What came back, whole.

    Attributes:
        path: What was asked for.
        status: The status.
        headers: The headers.
        body: At most `MOST` bytes.
    """

    path: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def kind(self) -> str:
        """The media type, without its parameters."""
        value = str(self.headers.get("content-type", ""))
        return value.partition(";")[0].strip()

    @property
    def is_good(self) -> bool:
        """Whether it is a 2xx."""
        return httpx.codes.is_success(self.status)

    @property
    def is_error(self) -> bool:
        """Whether it is a 4xx or a 5xx."""
        return httpx.codes.is_error(self.status)

    @property
    def fails(self) -> bool:
        """Whether it is a 5xx."""
        return httpx.codes.is_server_error(self.status)

    @property
    def told(self) -> str:
        """The status, and where it points."""
        place = self.headers.get("location")
        return (
            f"{self.status} to {place}" if place else str(self.status)
        )


class Asker:
    """Asks one service, and remembers what it answered.

    Args:
        address: Where it is.
        limit: Seconds for each whole answer.

    Attributes:
        answers: All that came.
        address: Where it is.
    """

    def __init__(self, address: str, limit: float) -> None:
        self.address, self._limit = address, limit
        self.answers: list[Answer] = []
        self._client = httpx.AsyncClient(
            timeout=limit,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )  # a kept connection may close just as a request is sent

    async def __aenter__(self) -> Self:
        """Let the block ask."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of the client."""
        await self._client.aclose()

    async def ask(
        self,
        path: str,
        method: str = "GET",
        limit: float | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> Answer:
        """Ask, and follow nowhere.

        Args:
            path: What is asked for.
            method: How.
            limit: Seconds, if not those of all.
            headers: What is sent besides.
            content: The body.

        Raises:
            UnreachableError: No whole answer came.
        """
        seconds = limit or self._limit
        body = bytearray()
        try:
            async with (
                asyncio.timeout(seconds),
                self._client.stream(
                    method,
                    self.address + path,
                    timeout=seconds,
                    headers=headers,
                    content=content,
                ) as came,
            ):
                async for part in came.aiter_bytes():
                    body += part
                    if len(body) > MOST:
                        raise UnreachableError(
                            f"{self.address}{path}: more than"
                            f" {MOST >> 20} MiB came"
                        )
        except (TimeoutError, httpx.HTTPError) as error:
            why = explain(error, seconds)
            raise UnreachableError(
                f"{self.address}{path}: {why}"
            ) from error
        answer = Answer(
            path, came.status_code, came.headers, bytes(body)
        )
        self.answers.append(answer)
        return answer


def explain(error: Exception, seconds: float) -> str:
    """Say in one line why there was no answer."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"no whole answer in {seconds:g} s"
    first = first_cause(error)
    reason = re.sub(
        r"^\[[^]]*\] ", "", str(first) or type(first).__name__
    )
    if isinstance(first, ssl.SSLError):
        return f"TLS failed: {reason}"
    if isinstance(error, httpx.ConnectError):
        return f"nobody answers: {reason}: is the address right?"
    if isinstance(error, httpx.RemoteProtocolError):
        return f"that is no HTTP: {reason}"
    return f"the connection broke: {reason}"


def first_cause(error: BaseException) -> BaseException:
    """Find what an error came from in the end."""
    before = error.__cause__ or error.__context__
    return first_cause(before) if before else error
