"""The service of the page on a server that lets contexts be inherited.

`python -m` runs it with the middleware of the Do, or, given `afterwards`, of the Don't.
"""

import os
import sys

import uvicorn

from snippets.observability.structured_logging import (
    request_context,
    request_context_dont,
)
from snippets.observability.structured_logging.json_lines import configure_logging
from snippets.observability.structured_logging.service import app, trace_everything

if __name__ == "__main__":
    trace_everything()
    configure_logging()
    if "afterwards" in sys.argv:
        app.add_middleware(request_context_dont.RequestContext)
    else:
        app.add_middleware(request_context.RequestContext)
    port = int(os.environ["PORT"])
    uvicorn.run(app, port=port, log_config=None, access_log=False)
