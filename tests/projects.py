"""Make a small handbook in a folder, to break it."""

from __future__ import annotations

import json
import logging
import textwrap
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config

from handbook.__main__ import check_built
from handbook.ledger import support_digest

ROOT = Path(__file__).parent.parent
SITE = "https://small.test/"
FRONT = """\
---
title: Page
description: One page.
symptoms: [it hurts]
owner: team
reviewed: 2026-11-22
---

"""
CONFIG = f"""\
site_name: Small
site_url: {SITE}
repo_url: https://code.test/small
theme: {{ name: null, custom_dir: theme }}
hooks: [{ROOT}/handbook/hooks.py]
plugins: []
watch: [snippets]
markdown_extensions:
  - admonition
  - attr_list
  - def_list
  - footnotes
  - md_in_html
  - toc
  - pymdownx.highlight
  - pymdownx.superfences
  - pymdownx.tabbed: {{ alternate_style: true }}
  - handbook.embeds: {{ repo: https://code.test/small }}
  - handbook.glossary
  - handbook.headings: {{ repo: https://code.test/small, site: {SITE} }}
"""
THEME = """\
<!doctype html><html lang="en"><title>{{ page.title }}</title>
<nav>a</nav><article class="md-content__inner">{{ page.content }}</article></html>
"""
SNIPPET = '''\
"""A greeting."""

from typing import Final

NAME: Final = "world"


def greet() -> str:
    """Greet the world."""
    return f"hello {NAME}"
'''
DONT = '''\
"""A greeting that hurts."""


def greet() -> str:
    """Greet nobody."""
    return "hello"
'''
PAGE = f"""
# Greeting

{"word " * 400}

## Greet the world {{ #greet .must }}

Greet it by name.

**Why.** It is there.

**Do.** Call it.

```python
--8<-- "chapter/greeting.py"
```

**Don't.** Greet nobody.

```python
--8<-- "chapter/greeting_dont.py:greet"
```

**Verified.** By a test.[^one]

**When not to.** At night.

## In review

- Look.

[^one]: A source.
"""
TEST = '''\
import pytest
from snippets.chapter.greeting import greet

@pytest.mark.proves("greet")
def test_it_greets() -> None:
    """It greets."""
    assert "hello world" == greet()
'''


class Project:
    """A handbook with a home page and a practice, all of it well."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("mkdocs.yml", CONFIG)
        self.write("theme/main.html", THEME)
        self.write("pyproject.toml", "[tool.handbook]\nuntested = 0\n")
        self.write("handbook/registry.toml", "[greet]\nsince = 2026-11-22\n")
        self.write("snippets/__init__.py", "")
        self.write("snippets/chapter/__init__.py", "")
        self.write("snippets/chapter/greeting.py", SNIPPET)
        self.write("tests/chapter/test_greeting.py", TEST)
        self.write("snippets/chapter/greeting_dont.py", DONT)
        self.page(PAGE, "chapter/greeting.md")
        self.page("# Practices\n\n<!-- practices -->\n", "reference/practices.md")
        self.page("# Proofs\n\n<!-- proofs -->\n", "proofs.md")
        self.page("# Small")

    def write(self, name: str, text: str) -> Path:
        """Write a file below the root, and give its path."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def page(self, body: str, name: str = "index.md") -> Path:
        """Write a page that has good front matter, 8 lines long."""
        return self.write(f"docs/{name}", FRONT + textwrap.dedent(body))

    def ledger(self, *tests: dict[str, Any], **versions: str) -> Path:
        """Write a ledger of tests that passed on the files as they are."""
        data = {"schema": 1, "support": support_digest(self.root), "failed": []}
        data |= {"versions": versions, "tests": list(tests)}
        return self.write("ledger.json", json.dumps(data))

    def build(self) -> Path:
        """Build the site in this process."""
        logging.getLogger("mkdocs").setLevel(logging.WARNING)
        config = load_config(str(self.root / "mkdocs.yml"))
        build(config)
        return Path(config.site_dir)

    def problems(self) -> list[str]:
        """Build the site, and check it."""
        return check_built(self.root, self.build(), SITE)[0]

    def refusals(self) -> list[str]:
        """Build the site, and give what its pages must not show."""
        return [line for line in self.problems() if line.startswith("docs/index.md:")]


def embed(ref: str, language: str = "python") -> str:
    """Write a fence that shows a file."""
    return f'```{language}\n--8<-- "{ref}"\n```\n'
