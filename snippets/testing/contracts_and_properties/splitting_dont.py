"""Share a bill, and lose a cent of it."""


def split(cents: int, people: int) -> list[int]:
    """Give what each pays, rounded to a cent."""
    return [round(cents / people)] * people
