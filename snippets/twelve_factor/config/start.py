"""A start that names every bad variable, and no value."""

import os
import sys

from pydantic import ValidationError

from snippets.twelve_factor.config.settings import Settings


def checked() -> Settings:
    """Read the configuration, or end with a line for each bad variable.

    Raises:
        SystemExit: A variable is missing or wrong; the code is 78, which
            `sysexits.h` calls a configuration error.
    """
    try:
        return Settings()  # type: ignore[call-arg] # they are variables
    except ValidationError as error:
        faults = error.errors(include_input=False)
    for fault in faults:
        name = str(next(iter(fault["loc"]), "settings")).upper()
        sys.stderr.write(f"{name}: {fault['msg']}\n")
    sys.exit(os.EX_CONFIG)
