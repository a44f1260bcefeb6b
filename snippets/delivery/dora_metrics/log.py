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


@dataclass
class Log:
    """What is known so far."""

    commits: dict[str, datetime] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)

    def add(self, event: dict[str, Any]) -> None:
        """Read one more event.

        Raises:
            ValueError: It does not follow from what was before.
        """
        match event:
            case {"commit": str(name), "at": str(at)}:
                self.commits[name] = datetime.fromisoformat(at)
            case {"deploy": str(name), "at": str(at), "commits": those}:
                when = datetime.fromisoformat(at)
                waited = [when - self.commit(each) for each in those]
                if name in self.deployments:
                    raise ValueError(f"{name} was deployed before")
                if min(waited) < timedelta():
                    raise ValueError(f"{name} is older than its commit")
                self.deployments[name] = Deployment(
                    when, waited, event.get("unplanned", False)
                )
            case {"failed": str(name)}:
                self.deployment(name).failed = True
            case {"recovered": str(name), "at": str(at)}:
                deployment = self.deployment(name)
                if not deployment.failed:
                    raise ValueError(f"{name} has not failed")
                end = datetime.fromisoformat(at)
                deployment.recovered = end - deployment.at
            case _:
                raise ValueError("is of no kind that is known here")

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
