"""A suite that runs every line, and would miss any fault."""

from decimal import Decimal
from types import ModuleType


def runs(refunds: ModuleType) -> None:
    """Call the function three times, and look at nothing."""
    refunds.refund(Decimal(80), 3)
    refunds.refund(Decimal(80), 20)
    refunds.refund(Decimal(80), 90)
