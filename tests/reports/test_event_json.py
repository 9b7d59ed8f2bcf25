"""Every event as a line of JSON is what its schema says."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from everseal.model.errors import OperatorError
from everseal.model.events import Event
from everseal.model.names import CertificateName, DnsName, Identifier
from everseal.reports.event_json import event_as_json, event_name
from tests.documents import check
from tests.planning.samples import NOW


def sample(hint: Any) -> Any:
    """A value of this type; None only where nothing else can be."""
    if hint == Identifier:
        return DnsName("a.example")
    if get_origin(hint) in {Union, UnionType}:
        return sample(next(each for each in get_args(hint) if each is not NoneType))
    if get_origin(hint) is tuple:
        return (sample(get_args(hint)[0]),)
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    values: dict[Any, Any] = {
        CertificateName: CertificateName("a.example"),
        OperatorError: OperatorError("it is so", remedy="mend it"),
        datetime: NOW,
        bool: True,
        float: 0.5,
        int: 7,
        str: "text",
    }
    return values[hint]


@pytest.mark.parametrize("kind", get_args(Event), ids=event_name)
def test_each_is_as_the_schema_says(kind: type) -> None:
    hints = get_type_hints(kind)
    event = kind(**{each.name: sample(hints[each.name]) for each in fields(kind)})
    document = json.loads(json.dumps(event_as_json(event, at=NOW)))
    check(document, "everseal.event")
    assert document["event"] == event_name(kind)
    assert document["at"] == "2026-11-24T12:00:00.000Z"


def test_names_differ() -> None:
    names = [event_name(kind) for kind in get_args(Event)]
    assert len(set(names)) == len(names)
    assert not {"command-started", "command-ended"} & set(names)
