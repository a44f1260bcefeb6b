"""Check the configuration, and serve orders."""

from snippets.observability.structured_logging.json_lines import (
    configure_logging,
)
from snippets.orders.app import service
from snippets.orders.settings import WebSettings
from snippets.resilience.graceful_shutdown.serving import serve
from snippets.twelve_factor.config.start import checked


def main() -> None:
    """Start, or say what is missing."""
    settings = checked(WebSettings)
    configure_logging()
    serve(service(settings))


if __name__ == "__main__":
    main()
