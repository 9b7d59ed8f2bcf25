"""Damage to files and answers: bytes, lines, JSON and headers changed at random, by a seeded source."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Mutate = Callable[[bytes, Random], bytes]

ODD_VALUES: Sequence[Any] = (
    None,
    True,
    0,
    -1,
    2**70,
    1e308,
    float("inf"),
    "",
    "x",
    "\x1b[31m\r\n\x00",
    "../../../etc/passwd",
    "\ud800",
    "й" * 40,
    "x" * 5000,
    [],
    {},
    [None],
    [[[[[]]]]],
    {"": {"": {}}},
    "2026-11-24T12:00:00Z",
    "2026-11-24T12:00:00",
    "9999-12-31T23:59:59+23:59",
    "0001-01-01T00:00:00-23:59",
    "https://ca.example/order/1",
    "http://ca.example/order/1",
    "https://ca.example:99999/",
    "https://[::1",
    "https://elsewhere.example/x",
    "ftp://ca.example/",
    "dns",
    "ip",
    "127.0.0.1",
    "*.example.com",
    "valid",
    "invalid",
    "pending",
    "processing",
    "ready",
    "urn:ietf:params:acme:error:rateLimited",
    "urn:ietf:params:acme:error:badNonce",
    "retry after 2026-99-99 99:99:99 UTC",
)
ODD_BYTES = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\x1b]0;title\x07",
    b"{",
    b"[" * 2000,
    b'"',
    b"'''",
    b"= ",
    b"%(x)s $y",
    b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"\x02\x01\x80",
    b"\x06\x00",
    b"\xa3\x00",
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    b"A" * 3000,
)
ODD_LINES = (
    b"",
    b"[renewalparams]",
    b"[[webroot_map]]",
    b"[[[deep]]]",
    b"[everseal]",
    b"[",
    b"]",
    b"[x",
    b"key",
    b"= value",
    b"key = ",
    b"key = 'one, \"two",
    b'key = """',
    b"'''",
    b'a = "b", c,',
    b"a = ,",
    b"archive_dir = ../../..",
    b"cert = /etc/passwd",
    b"authenticator = standalone",
    b"authenticator = no_such",
    b"webroot_path = /a, /b,",
    b"pref_challs = dns-01, nonsense",
    b"server = None",
    b"http01_port = eighty",
    b"renew_before_expiry = 99999999999 years",
    b"ari_failures = 99999999999999999999",
    b"ari_window_start = 2026-13-01T00:00:00",
    b"pinned_version = -3",
    b"\tindented = 1",
    b"# comment \xff",
    b"; comment",
    b"rsa-key-size 2048",
    b"agree-tos: maybe",
    b"no-such-option = 1",
    b"domains = a.test, *.b.test",
    b'webroot-map = {"a.test": 3}',
    b"----",
)


def damage_bytes(data: bytes, chance: Random) -> bytes:
    """One change of any kind at any place."""
    start = chance.randrange(len(data) + 1)
    stop = min(len(data), start + chance.choice((1, 2, 8, 64, 4096)))
    match chance.randrange(9):
        case 0:
            return data[:start]
        case 1:
            return data[start:]
        case 2:
            return data[:start] + data[stop:]
        case 3:
            return data[:start] + chance.randbytes(stop - start) + data[stop:]
        case 4:
            return data[:start] + chance.choice(ODD_BYTES) + data[start:]
        case 5:
            return data[:start] + chance.choice(ODD_BYTES) + data[stop:]
        case 6:
            return data[:stop] + data[start:stop] * chance.choice((1, 3, 20)) + data[stop:]
        case 7 if start < len(data):
            return data[:start] + bytes([data[start] ^ (1 << chance.randrange(8))]) + data[start + 1 :]
        case _:
            return chance.choice(ODD_BYTES)


def damage_lines(data: bytes, chance: Random) -> bytes:
    """Lines dropped, doubled, moved, added or changed."""
    lines = data.split(b"\n")
    place = chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            del lines[place]
        case 1:
            lines.insert(place, lines[chance.randrange(len(lines))])
        case 2:
            lines.insert(place, chance.choice(ODD_LINES))
        case 3:
            lines[place] = chance.choice(ODD_LINES)
        case 4:
            key, equals, _ = lines[place].partition(b"=")
            lines[place] = key + equals + b" " + chance.choice((*ODD_LINES, *ODD_BYTES))
        case _:
            lines[place] = damage_bytes(lines[place], chance)
    return b"\n".join(lines)


def damage_json(data: bytes, chance: Random) -> bytes:
    """A member removed, renamed, doubled or given another value, at any depth; now and then a byte."""
    if chance.random() < 0.1:
        return damage_bytes(data, chance)
    value = json.loads(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        value = _changed(value, chance)
    return json.dumps(value).encode()


def _changed(value: Any, chance: Random) -> Any:
    match value:
        case dict() if value and chance.random() < 0.85:
            name = chance.choice(list(value))
            kept = {key: each for key, each in value.items() if key != name}
            match chance.randrange(4):
                case 0:
                    return kept
                case 1:
                    return {**kept, chance.choice(list(value)): value[name]}
                case _:
                    return {**value, name: _changed(value[name], chance)}
        case list() if value and chance.random() < 0.85:
            place = chance.randrange(len(value))
            match chance.randrange(4):
                case 0:
                    return value[:place] + value[place + 1 :]
                case 1:
                    return value * chance.choice((2, 300))
                case _:
                    return [*value[:place], _changed(value[place], chance), *value[place + 1 :]]
        case _:
            return chance.choice(ODD_VALUES)
