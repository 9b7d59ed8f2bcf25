"""The pages keep their word: commands that they show are understood, and their links lead somewhere."""

from __future__ import annotations

import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from everseal.settings.command_line import parse

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")) if "_build" not in page.parts
)
FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
# What may stand before the program: a prompt, a unit file's key, a crontab's fields, variables, a path to it.
COMMAND = re.compile(
    r"^(?:[#$] |ExecStart=|[\d*,/ ]+ root |\w+=\S+ |sudo )*(?:/[\w./-]*/)?(?:everseal|certbot) (?P<rest>.+)$"
)
END = {"|", ">", "<", ";", "&&", "||", "&"}


def shown(text: str) -> Iterator[str]:
    """Lines and pieces of code in which a command may stand."""
    for block in FENCED.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    yield from INLINE.findall(FENCED.sub("", text))


def commands(text: str) -> Iterator[list[str]]:
    """The arguments of each command line that is shown whole."""
    for piece in shown(text):
        found = COMMAND.match(piece.strip())
        if found is None or "..." in piece:
            continue
        words = []
        lexer = shlex.shlex(found["rest"], posix=True, punctuation_chars="|<>;&")
        lexer.whitespace_split = True
        for word in lexer:
            if word in END:
                break
            words.append(word)
        if words[0] != "=" and not words[0][0].isdigit():
            yield words


def anchors(page: Path) -> set[str]:
    """What the page's headings are called in links."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    titles = [re.sub(r"[^\w\- ]", "", title.replace("`", "")) for title in HEADING.findall(text)]
    return {title.strip().lower().replace(" ", "-") for title in titles}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_are_understood(page: Path) -> None:
    for words in commands(page.read_text(encoding="utf-8")):
        parse(words, directory="/", read_config=lambda _path: "")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)} links to {link}"
        assert not anchor or anchor in anchors(target), f"{name(page)} links to {link}"


def test_the_commands_are_found() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [words[0] for words in commands(text)]
    assert {"plan", "certonly", "renew", "certificates", "delete", "ca"} <= set(found)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_it_names_in_the_code_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for dotted in re.findall(r"`(everseal(?:\.\w+){2,})`", text):
        assert pkgutil.resolve_name(dotted), dotted
    for path in re.findall(r"`(everseal/[\w/.]+)`", text):
        assert (ROOT / "src" / path).exists(), f"{name(page)} names {path}"
