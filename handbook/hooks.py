"""Adapt the handbook to MkDocs; no logic lives here."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import FileSystemBytecodeCache
from mkdocs.exceptions import PluginError
from watchdog.observers.polling import PollingObserver

from handbook.__main__ import check_inputs
from handbook.errors import HandbookError
from handbook.exports import write_exports
from handbook.gate import locate, read_html
from handbook.ledger import NAME

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.pages import Page

DOCSTRINGS: Final = "assets/_mkdocstrings.css"
log = logging.getLogger("mkdocs.handbook")


def on_config(config: MkDocsConfig) -> None:
    """Leave the styles of docstrings to the pages that show some and name them."""
    config.extra_css = [x for x in config.extra_css if x != DOCSTRINGS]


def on_pre_build(config: MkDocsConfig) -> None:
    """Stop at bad input, with its one line."""
    try:
        check_inputs(Path(config.docs_dir).parent)
    except HandbookError as error:
        raise PluginError(str(error)) from error


def on_page_content(html: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Say in the terminal what the page refuses; let the search have its symptoms."""
    page.meta["tags"] = page.meta["symptoms"]
    shown = read_html(Path(config.docs_dir).parent, html)
    source = Path(page.file.abs_src_path or "").read_text(encoding="utf-8")
    for line, message in locate(source, shown.findings):
        log.warning("docs/%s:%d: %s", page.file.src_uri, line, message)
    return html


def on_env(env: Environment, config: MkDocsConfig, **_: object) -> Environment:
    """Keep compiled templates, half the time of a build; write no empty lines."""
    env.trim_blocks = env.lstrip_blocks = True
    folder = Path(config.docs_dir).parent / ".cache" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(str(folder))
    return env


def on_serve(
    server: LiveReloadServer, config: MkDocsConfig, **_: object
) -> LiveReloadServer:
    """Look for edits ten times a second, not twice, and for a new ledger too."""
    folders = [config.docs_dir, config.config_file_path]
    for folder in folders:
        server.unwatch(folder)
    server.observer = PollingObserver(timeout=0.1)
    ledger = Path(config.docs_dir).parent / NAME
    ledger.touch()  # only what exists is watched
    for folder in [*folders, str(ledger)]:
        server.watch(folder)
    return server


def on_post_build(config: MkDocsConfig) -> None:
    """Write practices.json, the short links, llms.txt and the pages as Markdown."""
    root, site = Path(config.docs_dir).parent, Path(config.site_dir)
    base, repo = config.site_url or "/", config.repo_url or ""
    write_exports(root, site, base, config.site_name, repo)
