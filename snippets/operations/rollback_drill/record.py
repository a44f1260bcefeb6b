"""What keeps a team from relying on its rollback."""

import tomllib
from datetime import date, timedelta

QUARTER = timedelta(days=92)


def doubts(record: str, today: date) -> list[str]:
    """Say why the last drill does not vouch for the next rollback.

    Args:
        record: The drills, the oldest first, in TOML.
        today: When somebody asks.

    Returns:
        A line for each doubt; none if there is none.
    """
    found = tomllib.loads(record)
    drills = found.get("drill", [])
    if not drills:
        return ["it was never done"]
    last = drills[-1]
    age = (today - last["on"]).days
    slow = last["seconds"] > found["target"]
    people = {drill["by"] for drill in drills[-2:]}
    doubt = {
        f"the last drill is {age} days old": age > QUARTER.days,
        f"it took {last['seconds']} s, and {found['target']} s is"
        " the target": slow,
        f"only {last['by']} has done it lately": len(people) == 1,
    }
    return [text for text, holds in doubt.items() if holds]
