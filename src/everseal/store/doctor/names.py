"""Judging whether the names of the certificates still lead here; asks name servers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from everseal.model.diagnosis import Finding
from everseal.model.names import DnsName
from everseal.store.doctor.catalogue import found
from everseal.store.doctor.observation import Summary

Resolve = Callable[[str], Collection[str] | None]
"""The addresses of a name; None where no name server gave a usable answer."""


def name_findings(summaries: Iterable[Summary], resolve: Resolve, own: Collection[str]) -> Iterator[Finding]:
    """``own`` are this machine's addresses; wildcards are passed over, they need no address."""
    for summary in summaries:
        names = summary.facts.identifiers if summary.facts is not None else ()
        for name in names:
            if isinstance(name, DnsName) and not name.value.startswith("*."):
                yield from _one(summary, name.value, resolve(name.value), own)


def _one(
    summary: Summary, name: str, addresses: Collection[str] | None, own: Collection[str]
) -> Iterator[Finding]:
    if addresses is None:
        return
    if not addresses:
        yield found(
            "name-unresolved",
            summary.name.value,
            f"{name} has no address any more",
            remedy=f"restore its DNS records, or `everseal names {summary.name} --remove {name}`",
            lineage=summary.name,
        )
    elif not set(addresses) & set(own):
        yield found(
            "name-elsewhere",
            summary.name.value,
            f"{name} leads to {', '.join(sorted(addresses)[:4])}, which is not this machine",
            remedy="nothing, behind a router or proxy; else correct the DNS records, or delete it",
            lineage=summary.name,
        )
