"""A start that names every bad variable, and no value."""

import os
import sys
from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

Kind = TypeVar("Kind", bound=BaseSettings)


def checked(kind: type[Kind]) -> Kind:
    """Read the configuration, or end with a line for each bad variable.

    Args:
        kind: The class of the settings.

    Raises:
        SystemExit: A variable is missing or wrong; the code is 78, which
            `sysexits.h` calls a configuration error.
    """
    try:
        return kind()
    except ValidationError as error:
        faults = error.errors(include_input=False)
    for fault in faults:
        name = str(next(iter(fault["loc"]), "settings")).upper()
        sys.stderr.write(f"{name}: {fault['msg']}\n")
    sys.exit(os.EX_CONFIG)
