# ruff: noqa: ARG001, TRY301 # the failure is staged
"""Log exceptions with structlog's ready-made processor."""

import structlog

logger = structlog.get_logger()


def configure_logging() -> None:
    """Log JSON; trust the default of `dict_tracebacks`."""
    structlog.configure(
        processors=[
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(indent=1),
        ]
    )


def log_in(user: str, password: str) -> None:
    """Log a login that fails."""
    try:
        raise ConnectionError(f"directory is down for {user}")
    except ConnectionError:
        logger.exception("login_failed")


if __name__ == "__main__":
    configure_logging()
    log_in("usr-42", "hunter2")
