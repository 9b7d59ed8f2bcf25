"""Small documents: the names of a certificate, the plug-ins that are there, the built-in CA's root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from everseal.model.names import CertificateName, Identifier

NAMES: Final = "everseal.names"
PLUGINS: Final = "everseal.plugins"
ROOT: Final = "everseal.ca-root"
VERSION: Final = 1


def names_as_json(name: CertificateName, identifiers: Iterable[Identifier]) -> Mapping[str, object]:
    """Schema ``everseal.names``, version 1."""
    return {
        "schema": NAMES,
        "schema_version": VERSION,
        "name": name.value,
        "identifiers": [each.value for each in identifiers],
    }


def plugins_as_json(authenticators: Iterable[tuple[str, str]]) -> Mapping[str, object]:
    """Schema ``everseal.plugins``, version 1: each authenticator with what it does."""
    return {
        "schema": PLUGINS,
        "schema_version": VERSION,
        "plugins": [
            {"name": name, "description": text, "interfaces": ["authenticator"]}
            for name, text in authenticators
        ],
    }


def root_as_json(pem: str) -> Mapping[str, object]:
    """Schema ``everseal.ca-root``, version 1."""
    return {"schema": ROOT, "schema_version": VERSION, "certificate": pem}
