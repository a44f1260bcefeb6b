"""Who knows each system, as far as the history can tell."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from snippets.operations.knowledge_sharing.history import commits


def knowers(
    repository: Path,
    systems: Iterable[str],
    team: Mapping[str, str],
    since: datetime,
    least: int = 3,
) -> dict[str, set[str]]:
    """Find who knows each system.

    Whoever is on the team, and has written so many commits since then
    that changed more than white space there, alone or with others.
    Commits in `.git-blame-ignore-revs` do not count.

    Args:
        repository: A full clone; a shallow one has no past.
        systems: Folders, each with a slash at its end.
        team: Who is here: the name of each person by address; two
            addresses of one person have one name.
        since: Usually a year ago, with its zone.
        least: How many commits make somebody know it.
    """
    ignored = repository / ".git-blame-ignore-revs"
    skipped = ignored.read_text("utf-8") if ignored.exists() else ""
    counted = Counter[tuple[str, str]]()
    systems = [*systems]
    for commit in commits(repository):
        if commit.at < since or commit.name in skipped.split():
            continue
        names = {team[who] for who in commit.by & team.keys()}
        for system in systems:
            if any(f.startswith(system) for f in commit.files):
                counted.update((system, name) for name in names)
    return {
        system: {
            name
            for (where, name), times in counted.items()
            if where == system and times >= least
        }
        for system in systems
    }
