"""A service whose configuration is checked before anything else."""

import structlog
import uvicorn
from fastapi import FastAPI

from snippets.observability.structured_logging.json_lines import (
    configure_logging,
)
from snippets.twelve_factor.config.settings import Settings
from snippets.twelve_factor.config.start import checked


def shop(settings: Settings) -> FastAPI:
    """Make the application: it is given its settings, and looks nowhere."""
    app = FastAPI()

    @app.get("/mail")
    def mail() -> bool:
        return settings.send_mail

    return app


def main() -> None:
    """Check, say with what, and serve."""
    settings = checked(Settings)
    configure_logging()
    structlog.get_logger().info("started", settings=repr(settings))
    uvicorn.run(
        shop(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
    )


if __name__ == "__main__":
    main()
