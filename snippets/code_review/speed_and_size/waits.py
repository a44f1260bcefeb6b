"""How long a change waits for its reviewer."""

DAY = 8 * 60  # minutes of work


def wait(rounds: int, looks: int, rework: int = 60) -> float:
    """Give the hours from sending a change to its approval.

    They are hours of work, on average of all minutes of a day at which
    it may be sent.

    Args:
        rounds: How often the reviewer answers, the last time with an
            approval.
        looks: How often a day the reviewer looks for requests.
        rework: Minutes that the author takes between two rounds.
    """
    gap = DAY // looks
    total = 0
    for sent in range(gap):
        now = sent
        for answered in range(rounds):
            now += rework if answered else 0
            now += -now % gap  # until the reviewer looks again
        total += now - sent
    return total / gap / 60
