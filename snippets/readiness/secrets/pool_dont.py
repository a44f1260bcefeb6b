# ruff: noqa: S603 # the program that it starts is our own
"""The password stands in a variable, which is read once."""

import os
import subprocess
import sys

from psycopg_pool import ConnectionPool

pool = ConnectionPool(os.environ["DATABASE_URL"], open=False)


def draw_invoice(program: str, order: str) -> None:
    """Let another program draw an invoice."""
    subprocess.run([program, order], check=True)


if __name__ == "__main__":
    draw_invoice(*sys.argv[1:])
