"""The line that Certbot draws around what matters."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


RULE: Final = "- " * 39 + "-"


def framed(text: str) -> str:
    """``text`` between two rules, with an empty line before them and a newline at the end."""
    return f"\n{RULE}\n{text}\n{RULE}\n"
