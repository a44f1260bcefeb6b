"""Deployments, read from a log of what happened."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any


@dataclass
class Deployment:
    """A deployment to production, and what became of it.

    Attributes:
        at: When it was there.
        waited: Of each commit, from the commit until then.
        unplanned: Whether an incident made it necessary.
        failed: Whether somebody had to act at once.
        recovered: From the deployment until users were served again.
    """

    at: datetime
    waited: list[timedelta]
    unplanned: bool
    failed: bool = False
    recovered: timedelta | None = None


def moment(text: str) -> datetime:
    """Read a time.

    Raises:
        ValueError: It is none, or nobody knows in which zone.
    """
    at = datetime.fromisoformat(text)
    if not at.tzinfo:
        raise ValueError(f"{text} has no zone: end it with Z")
    return at


@dataclass
class Log:
    """What is known so far."""

    commits: dict[str, datetime] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)
    brought: dict[str, str] = field(default_factory=dict)

    def add(self, event: dict[str, Any]) -> None:
        """Read one more event.

        Raises:
            ValueError: It does not follow from what was before.
        """
        match event:
            case {"commit": str(name), "at": str(at)}:
                if name in self.commits:
                    raise ValueError(f"{name} was there before")
                self.commits[name] = moment(at)
            case {"deploy": str(name), "at": str(at), "commits": those}:
                is_unplanned = event.get("unplanned", False)
                self.deploy(
                    name, moment(at), those, unplanned=is_unplanned
                )
            case {"failed": str(name)}:
                self.deployment(name).failed = True
            case {"recovered": str(name), "at": str(at)}:
                deployment = self.deployment(name)
                if not deployment.failed:
                    raise ValueError(f"{name} has not failed")
                if deployment.recovered is not None:
                    raise ValueError(f"{name} has recovered before")
                took = moment(at) - deployment.at
                if took < timedelta():
                    raise ValueError(f"{name} was deployed after that")
                deployment.recovered = took
            case _:
                raise ValueError("is of no kind that is known here")

    def deploy(
        self,
        name: str,
        at: datetime,
        those: list[str],
        *,
        unplanned: bool,
    ) -> None:
        """Read a deployment.

        Raises:
            ValueError: It was there before, brings nothing new, or is
                older than what it brings.
        """
        if name in self.deployments:
            raise ValueError(f"{name} was deployed before")
        waited = [at - self.commit(each) for each in those]
        if not waited:
            raise ValueError(f"{name} brings no commit: leave it out")
        if min(waited) < timedelta():
            raise ValueError(f"{name} is older than its commit")
        for each in those:
            if each in self.brought:
                raise ValueError(
                    f"{each} came with {self.brought[each]}"
                )
            self.brought[each] = name
        self.deployments[name] = Deployment(at, waited, unplanned)

    def commit(self, name: str) -> datetime:
        """Say when a commit was made.

        Raises:
            ValueError: It is not in the log above.
        """
        if name not in self.commits:
            raise ValueError(f"there is no commit {name} above")
        return self.commits[name]

    def deployment(self, name: str) -> Deployment:
        """Find a deployment.

        Raises:
            ValueError: It is not in the log above.
        """
        if name not in self.deployments:
            raise ValueError(f"there is no deployment {name} above")
        return self.deployments[name]


def read(file: Path) -> list[Deployment]:
    """Read a log: a JSON list of events, in the order of time.

    Raises:
        ValueError: An event is wrong; the message says which, and why.
    """
    log = Log()
    for number, event in enumerate(json.loads(file.read_text()), 1):
        try:
            log.add(event)
        except (ValueError, TypeError) as error:
            message = f"{file.name}: event {number}: {error}: {event}"
            raise ValueError(message) from error
    return [*log.deployments.values()]
