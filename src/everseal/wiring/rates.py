"""How fast the CAs we know let themselves be asked, from ``data/request-rates.json``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Final

from everseal.acme.pacing import Rate

_FILE: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "request-rates.json")


def rates_at(server: str) -> Mapping[str, Rate]:
    """By resource; nothing for a CA that publishes none."""
    with open(_FILE, encoding="utf-8") as file:
        listed = json.load(file)["authorities"].get(server, {})
    return {name: Rate(per_second, burst) for name, (per_second, burst) in listed.items()}
