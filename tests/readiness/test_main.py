"""The probe, told nonsense or sent to a service that misbehaves."""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from snippets.readiness.__main__ import main
from snippets.readiness.checklist.items import items, tier_of
from snippets.readiness.probe.findings import Finding, Status
from snippets.readiness.probe.report import report
from snippets.readiness.probe.settings import Settings
from snippets.readiness.review.waivers import Waiver
from tests.loopback import Loopback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.loopback import Request

WHERE = r"http://127\.0\.0\.1:\d+/health: "
MUCH = 9 * 2**20  # bytes


class Odd(Loopback):
    """A service that is no use.

    Args:
        fault: What it does instead of answering.
    """

    def __init__(self, fault: str) -> None:
        self.fault = fault
        super().__init__()

    def answer(self, request: Request) -> None:
        """Do it."""
        if self.fault == "hangs":
            self.closing.wait()
        elif self.fault == "drips":
            request.send_response(200)
            request.end_headers()
            while not self.closing.wait(0.05):
                request.wfile.write(b".")
        elif self.fault == "floods":
            request.reply(200, b"." * MUCH)
        elif self.fault == "resets":
            now = struct.pack("ii", 1, 0)
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
            request.connection.close()
        elif self.fault == "circles":
            request.reply(302, headers={"Location": request.path})
        elif self.fault == "answers":
            request.reply(200)


@contextmanager
def speaking(said: bytes) -> Iterator[str]:
    """Say something that is no HTTP to whoever comes, and give the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(said)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(timeout=5)


@contextmanager
def self_signed(folder: Path) -> Iterator[str]:
    """Serve TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "both.pem"
    file.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, pytest.raises(ssl.SSLError):
                context.wrap_socket(connection, server_side=True)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        thread.join(timeout=5)


def line(capsys: pytest.CaptureFixture[str]) -> str:
    """Give the last line that is said, which follows at most one other."""
    told = capsys.readouterr()
    lines = told.err.splitlines()
    assert told.out == ""
    assert len(lines) <= 2
    return lines[-1]


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ("hangs", f"{WHERE}no whole answer in 0.5 s"),
        ("drips", f"{WHERE}no whole answer in 0.5 s"),
        ("floods", f"{WHERE}more than 8 MiB came"),
        ("circles", ".*/health answers 302 to /health: give the address where it ends"),
        ("resets", f"{WHERE}the connection broke: Connection reset by peer"),
        ("cuts", f"{WHERE}that is no HTTP: Server disconnected .*"),
    ],
)
def test_a_service_that_misbehaves(
    fault: str, wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A service that hangs, drips, floods, circles or hangs up gets one line, in time."""
    seconds = "0.5" if fault in {"hangs", "drips"} else "10"
    begin = monotonic()
    with Odd(fault) as odd:
        code = main(["check", odd.address, "--timeout", seconds])

    assert code == 3
    assert re.fullmatch(wanted, line(capsys))
    assert monotonic() - begin < 15  # on a machine that is busy


@pytest.mark.proves("probe-readiness")
def test_what_is_no_http(capsys: pytest.CaptureFixture[str]) -> None:
    """A server of another protocol gets one line."""
    with speaking(b"220 mail.example.com ESMTP\r\n\r\n") as address:
        assert main(["check", address]) == 3

    assert "that is no HTTP: illegal status line" in line(capsys)


@pytest.mark.proves("probe-readiness")
def test_tls_that_fails(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A certificate that nobody vouches for, and a port without TLS, get one line."""
    with self_signed(tmp_path) as address:
        assert main(["check", address]) == 3
    assert "TLS failed: certificate verify failed: self" in line(capsys)

    with speaking(b"220 mail.example.com ESMTP\r\n") as address:
        assert main(["check", address.replace("http:", "https:")]) == 3
    assert "TLS failed: " in line(capsys)


@pytest.mark.proves("probe-readiness")
def test_nobody_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """No such host, and no such port, get one line each."""
    assert main(["check", "http://nowhere.invalid"]) == 3
    assert "nowhere.invalid/health: nobody answers: " in line(capsys)

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        assert main(["check", f"http://127.0.0.1:{port}/"]) == 3
    assert f":{port}/health: nobody answers: Connect call failed" in line(capsys)


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ("nonsense", "'nonsense': give http://HOST:PORT"),
        ("ftp://example.com", "'ftp://example.com': give http://HOST:PORT"),
        ("http://localhost:port", "'http://localhost:port': Invalid port: 'port'"),
        ("http://x --repo nowhere", "--repo: nowhere is no folder"),
        ("http://x --config nowhere", "nowhere: No such file or directory"),
        ("http://x --objective 99.9", "--objective: Input should be less than 1"),
        ("http://x --timeout soon", "--timeout: Input should be a valid number"),
    ],
)
def test_nonsense_is_refused(
    arguments: str, wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong address, folder, file or number ends the probe before it asks."""
    assert main(["check", *arguments.split()]) == 2
    assert line(capsys).startswith(wanted)


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("objective = ", "readiness.toml: Invalid value (at end of document)"),
        ("helth = '/x'", "readiness.toml: helth: Extra inputs are not permitted"),
        ("[start]\ngrace = -1", "readiness.toml: start.grace: Input should be greater"),
        ("[start]\ncommand = 'no-such'", "'no-such': No such file or directory"),
        ("[start]\ncommand = 'python \"'", "'python \"': No closing quotation"),
        ("[start]\ncommand = 'false'", "the copy ended with 1: "),
        (
            "[start]\ncommand = 'x'\nenvironment = {KEY = '$NOT_THERE'}",
            "KEY: there is no variable NOT_THERE",
        ),
    ],
)
def test_settings_that_are_wrong(
    text: str, wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that nobody understands, or a command that does not start, gets one line."""
    (tmp_path / "readiness.toml").write_text(text, encoding="utf-8")
    with Odd("answers") as odd:
        code = main(["check", odd.address, "--repo", str(tmp_path)])

    assert code == 2
    assert wanted in line(capsys)


@pytest.mark.proves("probe-readiness")
def test_the_settings_that_are_named_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--config` the file of that name is read, and not the repository's own."""
    (tmp_path / "readiness.toml").write_text("helth = '/x'", encoding="utf-8")
    named = tmp_path / "other.toml"
    named.write_text("health = '/y'", encoding="utf-8")
    with Odd("answers") as odd:
        plain = ["check", odd.address, "--repo", str(tmp_path)]
        codes = [main(plain), main([*plain, "--config", str(named)])]

    assert codes == [2, 1]
    assert "helth: Extra inputs" in capsys.readouterr().err


@pytest.mark.proves("probe-readiness")
def test_the_report_in_three_forms(capsys: pytest.CaptureFixture[str]) -> None:
    """The table, the JSON and the XML name every item with its practice, and agree."""
    with Odd("answers") as odd:
        assert main(["check", odd.address]) == 1
        table = capsys.readouterr().out
        assert main(["check", odd.address, "--json"]) == 1
        report = json.loads(capsys.readouterr().out)
        assert main(["check", odd.address, "--junit"]) == 1
        suite = ET.fromstring(capsys.readouterr().out)  # noqa: S314 # our own

    assert [row["id"] for row in report["items"]] == [*items()]
    assert (report["service"], report["tier"], report["failed"]) == (
        odd.address,
        1,
        True,
    )
    for row in report["items"]:
        assert re.search(
            f"\n  {row['status']:14}  {row['id']}: .+\n +{re.escape(row['practice'])}\n",
            table,
        )
    count = Counter(row["status"] for row in report["items"])
    assert table.endswith(
        f"\n{count['fail']} fail, {count['pass']} pass, {count['manual']} manual,"
        f" {count['not applicable']} not applicable\n"
    )
    cases = {case.get("name"): [x.tag for x in case] for case in suite}
    tags = {"fail": ["failure"], "pass": []}
    assert cases == {
        row["id"]: tags.get(row["status"], ["skipped"]) for row in report["items"]
    }
    assert suite.attrib["failures"] == str(count["fail"])
    assert suite.attrib["skipped"] == str(count["manual"] + count["not applicable"])
    assert suite.attrib["tests"] == str(len(cases))


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize("objective", [0, 1, 99.9])
def test_a_percentage_chooses_no_tier(objective: float) -> None:
    """An objective is a share: a percentage would make everything tier 1."""
    with pytest.raises(ValueError, match="is no share between 0 and 1"):
        tier_of(objective)


AGREED = date(2026, 11, 1)
WAIVER = Waiver(
    item="metrics", owner="Ada", reason="x", agreed=AGREED, until=AGREED + timedelta(30)
)


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("item", "status", "day", "wanted"),
    [
        ("metrics", Status.FAILED, 30, "waived: none; Ada, until 2026-12-01"),
        ("metrics", Status.FAILED, 31, "fail: none; waived 2026-11-01 to 2026-12-01"),
        ("metrics", Status.PASSED, 30, "pass: none"),
        ("tracing", Status.FAILED, 30, "fail: none"),
    ],
)
def test_a_waiver_ends(item: str, status: Status, day: int, wanted: str) -> None:
    """A failure is let through on the days that its own waiver holds, and fails on the next."""
    found = dict.fromkeys(items(), Finding(Status.PASSED, "none")) | {
        item: Finding(status, "none")
    }
    today = AGREED + timedelta(day)

    made = report("http://x", Settings(waiver=[WAIVER]), found, today)
    finding = made.findings[item]
    assert f"{finding.status}: {finding.detail}" == wanted
    assert made.failed == wanted.startswith("fail")


@pytest.mark.proves("probe-readiness")
def test_a_waiver_that_has_not_begun() -> None:
    """A waiver that begins later takes nothing from the one that holds today."""
    found = dict.fromkeys(items(), Finding(Status.PASSED, "none")) | {
        "metrics": Finding(Status.FAILED, "none")
    }
    begins = AGREED + timedelta(60)
    later = WAIVER.model_copy(
        update={"owner": "Bob", "agreed": begins, "until": begins + timedelta(30)}
    )
    told = {
        day: report(
            "http://x",
            Settings(waiver=[WAIVER, later]),
            found,
            AGREED + timedelta(day),
        ).findings["metrics"]
        for day in (30, 31, 60)
    }

    assert told == {
        30: Finding(Status.WAIVED, "none; Ada, until 2026-12-01"),
        31: Finding(Status.FAILED, "none; waived 2026-12-31 to 2027-01-30"),
        60: Finding(Status.WAIVED, "none; Bob, until 2027-01-30"),
    }
