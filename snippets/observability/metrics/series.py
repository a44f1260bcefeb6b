"""What a metric costs is the number of its series."""


def series(combinations: int, buckets: int) -> int:
    """Count the series of a histogram.

    Args:
        combinations: Of label values that occur.
        buckets: That have an upper bound. Beside them stand `+Inf`,
            the sum and the count.
    """
    return combinations * (buckets + 3)
