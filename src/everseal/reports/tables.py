"""Rows of words, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

GAP: Final = "  "


def widths_of(rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column is: as its widest cell."""
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """The cells in columns of these widths, with a gap between each two of them."""
    return GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
