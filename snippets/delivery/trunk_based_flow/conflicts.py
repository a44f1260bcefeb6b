"""How many conflicts a branch meets, by how long it lives."""

from random import Random

PLACES = 20  # functions in a module
DAILY = 2  # of them changed a day, on main and on the branch


def conflicts(days: int, every: int, random: Random) -> int:
    """Work beside main for some days, and count the conflicts.

    Args:
        days: How long the work takes.
        every: After how many days it is merged each time.
        random: Says which functions are changed on which day.

    Returns:
        The functions that both had changed when they met.
    """
    main, branch, met = set[int](), set[int](), 0
    for day in range(1, days + 1):
        main |= {*random.sample(range(PLACES), DAILY)}
        branch |= {*random.sample(range(PLACES), DAILY)}
        if day % every == 0:
            met += len(main & branch)
            main, branch = set(), set()
    return met
