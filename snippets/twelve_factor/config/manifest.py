"""A manifest whose names are those that the service reads."""

from collections.abc import Iterable

from snippets.twelve_factor.config.settings import Settings


def misnamed(
    variables: Iterable[str], others: Iterable[str] = ()
) -> list[str]:
    """Compare the variables of a deploy with what is read.

    Args:
        variables: Their names, as the manifest has them.
        others: Names that libraries read, such as TZ.

    Returns:
        A line for each that nothing reads, and for each that is missing.
    """
    given = {*variables}
    fields = Settings.model_fields.items()
    read = {name.upper() for name, _ in fields}
    needed = {
        name.upper() for name, field in fields if field.is_required()
    }
    return [
        *(
            f"nothing reads {name}"
            for name in sorted(given - read - {*others})
        ),
        *(f"there is no {name}" for name in sorted(needed - given)),
    ]
