"""How a value is written in a renewal file: the quoting rules of ConfigObj, which Certbot uses.

``a value`` stands as it is; ``"a, value"`` is quoted because a comma would make it a list; ``a,`` is a
list of one.  A value with both kinds of quotes or a line break stands in triple quotes.
"""

from __future__ import annotations

from everseal.model.errors import OperatorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Scalar = str | tuple[str, ...]
    Value = Scalar | Mapping[str, "Value"]

_EDGES = " \r\n\v\t'\""
_LINE_BREAKS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\0"


class ValueUnwritable(OperatorError):
    """A value that the format of renewal files cannot hold."""

    def __init__(self, value: str, why: str) -> None:
        super().__init__(
            f"{value!r} cannot be kept in a renewal file: {why}",
            remedy="put it in a script of its own and give the script's path instead",
        )


class BadlyQuoted(Exception):
    """A value whose quotes or commas do not fit together; the message says how."""


def split_value(text: str) -> tuple[Scalar, str]:
    """The value and the comment behind it (with its ``#``, or empty) of what stands after ``key =``.

    ``text`` is one line without blanks around it and does not begin with a triple quote.  Raises BadlyQuoted.
    """
    items: list[str] = []
    start, end, is_list = 0, len(text), False
    if text == "," or (text.startswith(",") and text[1:].lstrip().startswith("#")):
        return (), text[1:].lstrip()
    while start < end and text[start] != "#":
        stop = _end_of_item(text, start)
        items.append(_unquoted(text[start:stop].rstrip()))
        if text[stop : stop + 1] != ",":
            start = stop
            break
        is_list = True
        start = stop + 1
        while start < end and text[start].isspace():
            start += 1
    comment = text[start:]
    if is_list:
        return tuple(items), comment
    return (items[0] if items else ""), comment


def _end_of_item(text: str, start: int) -> int:
    """Where the comma, the comment or the end behind the item stands."""
    first = text[start]
    if first == ",":
        raise BadlyQuoted("a comma stands where a value was expected")
    if first in "\"'":
        return find_closing(text, start + 1, first, ",#")
    comma, comment = text.find(",", start), text.find("#", start)
    stops = [place for place in (comma, comment) if place >= 0]
    return min(stops, default=len(text))


def find_closing(text: str, start: int, quote: str, followers: str) -> int:
    """The place behind a closing ``quote`` and the blanks after it: the line's end, or one of ``followers``.

    A quote followed by anything else belongs to the value.  Raises BadlyQuoted.
    """
    place = text.find(quote, start)
    while place >= 0:
        after = place + len(quote)
        rest = text[after:].lstrip()
        if not rest or rest[0] in followers:
            return len(text) - len(rest)
        place = text.find(quote, place + 1)
    raise BadlyQuoted(f"a quotation mark {quote} is not closed")


def _unquoted(item: str) -> str:
    return item[1:-1] if item and item[0] in "\"'" else item


def quote(value: Scalar) -> str:
    """The text that stands after ``key =``; raises ValueUnwritable."""
    match value:
        case str():
            return _quote_single(value)
        case ():
            return ","
        case (only,):
            return _quote_item(only) + ","
        case _:
            return ", ".join(map(_quote_item, value))


def quote_name(name: str) -> str:
    """A key or the name of a section; raises ValueUnwritable."""
    if name and not any(mark in name for mark in "=[]"):
        return _quote_item(name)
    return _quote_in_marks(name)


def _quote_single(value: str) -> str:
    _refuse_line_breaks(value)
    if "\n" in value or ("'" in value and '"' in value):
        for marks in ('"""', "'''"):
            if marks not in value:
                return f"{marks}{value}{marks}"
        raise ValueUnwritable(value, "it has both kinds of triple quotes")
    return _quote_item(value)


def _quote_item(value: str) -> str:
    _refuse_line_breaks(value)
    if "\n" in value:
        raise ValueUnwritable(value, "it has a line break")
    plain = value and value[0] not in _EDGES and value[-1] not in _EDGES and value == value.strip()
    if plain and "," not in value and "#" not in value:
        return value
    return _quote_in_marks(value)


def _quote_in_marks(value: str) -> str:
    if '"' not in value:
        return f'"{value}"'
    if "'" not in value:
        return f"'{value}'"
    raise ValueUnwritable(value, "it has both single and double quotes")


def _refuse_line_breaks(value: str) -> None:
    if not value.isprintable() and any(mark in value for mark in _LINE_BREAKS):
        raise ValueUnwritable(value, "it has a control character")
