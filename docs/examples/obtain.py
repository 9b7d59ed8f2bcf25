"""Obtain a certificate from a program of your own, and keep it fresh.

    python obtain.py DIRECTORY_URL CONFIG_DIR NAME [NAME ...]

Run it daily: the first time it obtains a certificate for the names, later it renews what is due and otherwise
does nothing.  Everseal plans first and acts afterwards, so a program may look at the plan before it applies
it.  The library prints nothing; what happens on the way arrives as events, one typed value for each fact.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from everseal import Event, Manager, OperatorError, Question, RunReport
from everseal.model.events import CertificateIssued, ChallengesPresented, VersionSaved


def tell(event: Event) -> None:
    """Show what matters here; a program may log every event, or none."""
    match event:
        case ChallengesPresented():
            print(f"in place: the proofs for {', '.join(str(each) for each in event.identifiers)}")
        case CertificateIssued():
            print(f"issued: number {event.serial:x}, valid until {event.not_after}")
        case VersionSaved():
            print(f"saved: {event.fullchain_path}, version {event.version}")
        case _:
            pass


def obtain(server: str, config_dir: str, names: Sequence[str], **options: Any) -> RunReport:
    """See to it that there is a certificate for ``names`` that is not due for renewal.

    ``options`` are options of the command line by their names in the reference, such as
    ``http01_port=8080``.  Raises OperatorError: its text says in one sentence what is wrong, its
    ``remedy`` what to do about it.
    """
    manager = Manager.open(
        emit=tell,
        agree_to_terms=True,  # whoever writes this has read the CA's terms of service
        server=server,
        config_dir=config_dir,
        domains=tuple(names),
        authenticator="standalone",
        **options,
    )
    plan = manager.plan_certificate()
    if isinstance(plan, Question):  # another certificate has some of the names: a person has to decide
        plan = manager.plan_certificate({plan.kind: "no"})
        assert not isinstance(plan, Question)
    for issue in plan.issues:
        print(f"{issue.name}: {issue.reason.sentence}")
    report = manager.apply(plan)
    for failed in report.failed:
        raise failed.error
    return report


def main(arguments: Sequence[str]) -> int:
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    server, config_dir, *names = arguments
    try:
        obtain(server, config_dir, names)
    except OperatorError as error:
        print(f"{error}; {error.remedy}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
