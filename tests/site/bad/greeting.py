"""Greet."""


def greet(name: str) -> str:
    """Return a greeting for one person."""
    return f"Hello, {name}"
