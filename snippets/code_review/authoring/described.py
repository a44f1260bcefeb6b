"""What a reviewer would have to ask before reading a change."""

import re

FIELDS = ("What", "Why", "How verified")
SAYS_NOTHING = re.compile(
    r"(fix|update|change|add)\w*( \w+)?\W*|wip|misc\w*|phase \d+",
    re.IGNORECASE,
)
NO_ANSWER = re.compile(r"<[^>]*>|\W+|see (title|above|ticket)\W*")


def missing(description: str) -> list[str]:
    """List what the description of a change leaves open.

    Args:
        description: Markdown: the title as a heading, and a section
            for each of `FIELDS`.

    Returns:
        A line for each thing; none if a review can begin.
    """
    text = re.sub(r"<!--.*?-->", "", description, flags=re.DOTALL)
    title, *rest = re.split(r"^#+ +", text, flags=re.MULTILINE)[1:] or [
        ""
    ]
    sections = {
        name.strip(): body.strip()
        for name, _, body in (each.partition("\n") for each in rest)
    }
    found = []
    if not title.strip() or SAYS_NOTHING.fullmatch(title.strip()):
        found.append("title: say what changes, as an order")
    for field in FIELDS:
        body = sections.get(field, "")
        if not body or NO_ANSWER.fullmatch(body.lower()):
            found.append(f"{field}: is empty")
        elif field == "How verified" and "`" not in body:
            found.append(f"{field}: name what you ran, in backticks")
    return found
