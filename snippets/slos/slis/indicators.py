"""What is bad for users, as a share of their requests, in PromQL."""


def failed(job: str, window: str, bad: str = "5..") -> str:
    """Give the share of requests that the service failed.

    It is 0 when no request ever failed, for which there is no series.

    Args:
        job: The service.
        window: How far to look back, as Prometheus writes it.
        bad: Which statuses are failures, as a regular expression.
    """
    requests = f'http_requests_total{{job="{job}"}}'
    failures = f'http_requests_total{{job="{job}",status=~"{bad}"}}'
    return f"""\
(
  sum by (job) (
    rate({failures}[{window}])
  )
  or
  0 * sum by (job) ({requests})
)
/ sum by (job) (rate({requests}[{window}]))"""


def slow(job: str, window: str, seconds: str = "0.2") -> str:
    """Give the share of requests that took longer than promised.

    Args:
        job: The service.
        window: How far to look back, as Prometheus writes it.
        seconds: The promise: a bucket's boundary, as exposed.
    """
    duration, job = "http_request_duration_seconds", f'job="{job}"'
    fast = f'{duration}_bucket{{{job}, le="{seconds}"}}[{window}]'
    every = f"{duration}_count{{{job}}}[{window}]"
    return f"""\
1
- sum by (job) (
    rate({fast})
  )
/ sum by (job) (
    rate({every})
  )"""
