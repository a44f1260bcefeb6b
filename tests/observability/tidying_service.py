"""The service of the page, with the middleware that tidies up afterwards."""

from snippets.observability.structured_logging import service
from snippets.observability.structured_logging.request_context_dont import (
    RequestContext,
)

if __name__ == "__main__":
    service.RequestContext = RequestContext  # type: ignore[assignment, misc]
    service.main()
