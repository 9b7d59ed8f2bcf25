"""Metrics in the text format of Prometheus, for node_exporter's textfile collector.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from everseal.model.frozen import dataclass
from everseal.planning.standing import HookOwed, Kept, Lost, Survey

_PREFIX: Final = "everseal_"

Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What a run of ``renew`` came to.

    ``outcomes`` are counted by the name that the run's document has for them; spans are in seconds.
    """

    ended_at: datetime
    seconds: float
    exit_status: int
    outcomes: Mapping[str, int]


def render_metrics(survey: Survey, *, seconds: float, run: RunFigures | None = None) -> str:
    """Every metric with its help; ``seconds`` is how long it took to look."""
    families = [*_certificates(survey), *_totals(survey, seconds), *(() if run is None else _run(run))]
    return "".join(families)


def _certificates(survey: Survey) -> Iterator[str]:
    kept = survey.kept
    yield _family(
        "certificate_expiry_timestamp_seconds",
        "When the certificate expires.",
        ((_labels(each), each.not_after.timestamp()) for each in kept),
    )
    yield _family(
        "certificate_issued_timestamp_seconds",
        "When the certificate became valid.",
        ((_labels(each), each.issued.timestamp()) for each in kept),
    )
    yield _family(
        "certificate_renew_at_timestamp_seconds",
        "From when on the certificate is due; absent where it never is.",
        ((_labels(each), each.renew_at.timestamp()) for each in kept if each.renew_at is not None),
    )
    yield _family(
        "certificate_due",
        "Whether the next run renews the certificate.",
        ((_labels(each), float(each.is_due)) for each in kept),
    )
    yield _family(
        "certificate_order_failures",
        "Orders for the certificate that failed in a row; 0 after a success.",
        ((_labels(each), float(each.setback.failures if each.setback else 0)) for each in kept),
    )
    yield _family(
        "certificate_last_order_succeeded",
        "Whether the last order for the certificate succeeded.",
        ((_labels(each), float(each.setback is None)) for each in kept),
    )
    yield _family(
        "certificate_hooks_owed",
        "Deploy hooks and exports of the certificate that failed and are owed.",
        ((_labels(each), float(_owed(each.concerns))) for each in kept),
    )
    yield _family(
        "certificate_problem",
        "1 for each thing about the certificate that needs attention.",
        (
            ({"name": each.name.value, "problem": code}, 1.0)
            for each in survey.certificates
            for code in sorted({concern.code for concern in each.concerns})
        ),
    )


def _totals(survey: Survey, seconds: float) -> Iterator[str]:
    lost = sum(isinstance(each, Lost) for each in survey.certificates)
    yield _single("certificates", "Certificates that are kept here.", len(survey.certificates))
    yield _single("certificates_damaged", "Certificates that cannot be used as their files are.", lost)
    yield _single("post_hooks_owed", "Post hooks that failed and are owed.", _owed(survey.concerns))
    yield _single("needs_attention", "Whether anything needs attention.", survey.needs_attention)
    yield _single("look_timestamp_seconds", "When these metrics were made.", survey.made_at.timestamp())
    yield _single("look_duration_seconds", "How long it took to look.", seconds)


def _run(run: RunFigures) -> Iterator[str]:
    yield _single("run_timestamp_seconds", "When `renew` last ended.", run.ended_at.timestamp())
    yield _single("run_duration_seconds", "How long the last `renew` took.", run.seconds)
    yield _single("run_exit_status", "What the last `renew` ended with.", run.exit_status)
    yield _family(
        "run_certificates",
        "Certificates by what the last `renew` did about them.",
        (({"outcome": outcome}, float(count)) for outcome, count in sorted(run.outcomes.items())),
    )


def _labels(each: Kept) -> Mapping[str, str]:
    return {"name": each.name.value}


def _owed(concerns: Iterable[object]) -> int:
    return sum(isinstance(each, HookOwed) for each in concerns)


def _single(name: str, text: str, value: float) -> str:
    return _family(name, text, [({}, float(value))])


def _family(name: str, text: str, samples: Iterable[Sample]) -> str:
    head = f"# HELP {_PREFIX}{name} {text}\n# TYPE {_PREFIX}{name} gauge\n"
    return head + "".join(f"{_PREFIX}{name}{_braces(labels)} {_number(value)}\n" for labels, value in samples)


def _braces(labels: Mapping[str, str]) -> str:
    inner = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{{{inner}}}" if inner else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"
