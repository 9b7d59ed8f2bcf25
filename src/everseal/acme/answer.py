"""Reading the JSON of an answer: typed members, unknown ones ignored, one error for all that is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from everseal.acme.problems import BadAnswer
from everseal.acme.wire import UnsafeUrl, media_type, origin_of, parse_timestamp
from everseal.model.frozen import dataclass
from everseal.model.text import printable

if TYPE_CHECKING:
    from everseal.system.http import HttpResponse

_MOST_PARTS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object that a CA sent.

    ``context`` is what is said before what is wrong: "the CA's order cannot be used".  Every method
    raises BadAnswer.
    """

    members: Mapping[str, object]
    context: str
    url: str = ""

    def bad(self, why: str) -> BadAnswer:
        return BadAnswer(why, context=self.context, url=self.url)

    def text(self, name: str) -> str:
        value = self.members.get(name)
        if not isinstance(value, str) or not value:
            raise self.bad(f"its {name!r} is missing or no text")
        return value

    def optional_text(self, name: str) -> str | None:
        """The text, or None where it is absent or something else."""
        value = self.members.get(name)
        return value if isinstance(value, str) and value else None

    def web_url(self, name: str) -> str:
        """An absolute http or https URL."""
        return self._checked(self.text(name), name)

    def optional_url(self, name: str) -> str | None:
        value = self.members.get(name)
        return None if value is None or value == "" else self.web_url(name)

    def urls(self, name: str, *, most: int) -> tuple[str, ...]:
        value = self.members.get(name)
        if not isinstance(value, list):
            raise self.bad(f"its {name!r} is no list")
        if len(value) > most:
            raise self.bad(f"its {name!r} has more than {most} entries")
        return tuple(self._checked(one, name) for one in value)

    def objects(self, name: str, *, most: int) -> tuple[Answer, ...]:
        """The objects in a list; what is no object is passed over."""
        value = self.members.get(name)
        if not isinstance(value, list):
            raise self.bad(f"its {name!r} is no list")
        if len(value) > most:
            raise self.bad(f"its {name!r} has more than {most} entries")
        return tuple(self._inside(one) for one in value if isinstance(one, dict))

    def child(self, name: str) -> Answer:
        value = self.members.get(name)
        if not isinstance(value, dict):
            raise self.bad(f"its {name!r} is missing or no object")
        return self._inside(value)

    def optional_instant(self, name: str) -> datetime | None:
        """The timestamp, or None where it is absent or no timestamp."""
        return parse_timestamp(self.members.get(name))

    def texts(self, name: str, *, most: int = 100) -> tuple[str, ...]:
        """The texts in a list; whatever else is there, or no list at all, is passed over."""
        value = self.members.get(name)
        if not isinstance(value, list):
            return ()
        return tuple(printable(one, 500) for one in value[:most] if isinstance(one, str))

    def flag(self, name: str) -> bool:
        return self.members.get(name) is True

    def optional_flag(self, name: str) -> bool | None:
        """The truth value, or None where it is absent or something else."""
        value = self.members.get(name)
        return value if isinstance(value, bool) else None

    def _inside(self, value: object) -> Answer:
        return Answer(cast("Mapping[str, object]", value), self.context, self.url)

    def _checked(self, value: object, name: str) -> str:
        if not isinstance(value, str):
            raise self.bad(f"its {name!r} is no URL")
        try:
            origin_of(value)
        except UnsafeUrl:
            raise self.bad(f"its {name!r} is no URL: {printable(value, 200)!r}") from None
        return value


def read_answer(response: HttpResponse, *, context: str, url: str) -> Answer:
    """The JSON object in a response; raises BadAnswer."""
    value = json_of(response.body)
    if not isinstance(value, dict):
        kind = media_type(response.header("Content-Type")) or "no media type"
        raise BadAnswer(f"it is no JSON object but {printable(kind, 100)}", context=context, url=url)
    return Answer(cast("Mapping[str, object]", value), context, url)


def json_of(body: bytes) -> object:
    """Parsed JSON, or None for what is none, or has so many parts that it would only fill memory."""
    if body.count(b",") > _MOST_PARTS:
        return None
    try:
        return cast("object", json.loads(body))
    except (ValueError, RecursionError):
        return None
