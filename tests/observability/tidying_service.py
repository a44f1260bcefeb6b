"""The service of the page, with the middleware that tidies up afterwards."""

from snippets.observability.structured_logging import (
    request_context,
    request_context_dont,
)

if __name__ == "__main__":
    tidying = request_context_dont.RequestContext
    request_context.RequestContext = tidying  # type: ignore[assignment, misc]
    from snippets.observability.structured_logging.service import main

    main()
