"""Share a bill."""


def split(cents: int, people: int) -> list[int]:
    """Give what each pays, the first ones a cent more if need be.

    Args:
        cents: The bill.
        people: One at least.
    """
    each, left = divmod(cents, people)
    return [each + 1] * left + [each] * (people - left)
