"""Which Debian archive this machine uses: its apt sources, read, and written again for other suites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ARCHIVE = "http://deb.debian.org/debian"
STABLE_SUITES = {"bullseye", "bookworm", "trixie", "forky", "oldoldstable", "oldstable", "stable"}
SUITES = STABLE_SUITES | {"testing", "unstable", "sid"}


@dataclass(frozen=True)
class Source:
    """One Debian archive of the machine's apt sources."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""
    trusted: bool = False


def read_sources(etc: Path) -> list[Source]:
    """The Debian-style archives that apt uses here, in apt's order, of both file formats."""
    sources: list[Source] = []
    for file in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if file.is_file() and file.suffix in {".list", ".sources"}:
            text = file.read_text("utf-8", "replace")
            sources += parse_deb822(text) if file.suffix == ".sources" else parse_one_line(text)
    return sources


def parse_one_line(text: str) -> Iterator[Source]:
    """`deb [options] uri suite components...` lines."""
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        if not line.startswith(("deb ", "deb\t")):
            continue
        rest = line[3:].strip()
        options: dict[str, str] = {}
        if rest.startswith("["):
            inside, _, rest = rest[1:].partition("]")
            options = dict(word.split("=", 1) for word in inside.split() if "=" in word)
        words = rest.split()
        if len(words) >= 2:
            yield Source(
                words[0],
                (words[1],),
                tuple(words[2:]),
                options.get("signed-by", "").replace(",", " "),
                options.get("trusted") == "yes",
            )


def parse_deb822(text: str) -> Iterator[Source]:
    """Stanzas of `Field: value` with continuation lines; a Signed-By may hold a whole key."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in "\n".join(lines).split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t"):
                fields[name] = f"{fields.get(name, '')}\n{line}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.lower()
                fields[name] = value.strip()
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes") != "no":
            for uri in fields.get("uris", "").split():
                yield Source(
                    uri,
                    tuple(fields.get("suites", "").split()),
                    tuple(fields.get("components", "").split()),
                    fields.get("signed-by", ""),
                    fields.get("trusted") == "yes",
                )


def archive_of(sources: list[Source]) -> Source:
    """The machine's mirror of Debian, among archives of other people; Debian's own if there is none."""
    candidates = [
        source
        for source in sources
        if SUITES & set(source.suites) and "main" in source.components and "security" not in source.uri
    ]
    candidates.sort(key=lambda source: not urlsplit(source.uri).path.rstrip("/").endswith("debian"))
    return candidates[0] if candidates else Source(ARCHIVE, (), ("main",))


def render_source(source: Source, suite: str) -> str:
    """The same archive with another suite, as a deb822 stanza; other suites are signed with other keys."""
    signed_by = source.signed_by
    if not signed_by.strip().startswith("-") and "BEGIN PGP" not in signed_by and KEYRING.exists():
        signed_by = " ".join(dict.fromkeys([*signed_by.split(), str(KEYRING)]))
    lines = ["Types: deb", f"URIs: {source.uri}", f"Suites: {suite}", "Components: main"]
    lines += [f"Signed-By: {signed_by}"] if signed_by else []
    lines += ["Trusted: yes"] if source.trusted else []
    return "\n".join(lines) + "\n"
