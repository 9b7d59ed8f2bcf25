"""How an error is told: the CA's verdict on each name first, then one sentence and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from everseal.model.errors import OperatorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everseal.acme.problems import Problem


def verdicts(error: OperatorError, *, program: str, authenticator: str | None) -> str | None:
    """What the CA found wrong with each name, in the lines that scripts match; None where it is not
    about names."""
    problems = [problem for problem in _problems(error) if problem.identifier is not None]
    if not problems or not _is_about_proofs(error):
        return None
    name = program.capitalize()
    head = (
        f"{name} failed to authenticate some domains (authenticator: {authenticator}). "
        "The Certificate Authority reported these problems:"
    )
    return "\n".join([head, *_lines(problems)])


class ChallengesFailed(OperatorError):
    """The CA's verdicts were told; this is what they come to."""

    def __init__(self, remedy: str) -> None:
        super().__init__("Some challenges have failed", remedy=remedy)


def gist(error: OperatorError) -> OperatorError:
    """The error in one sentence that repeats none of its :func:`verdicts`."""
    return ChallengesFailed(error.remedy) if _is_about_proofs(error) else error


def trailer(*, program: str, log_path: str) -> str:
    """Where to look further."""
    return (
        "Ask for help or search for solutions at https://community.letsencrypt.org. "
        f"See the logfile {log_path} or re-run {program.capitalize()} with -v for more details."
    )


def _is_about_proofs(error: OperatorError) -> bool:
    """Whether names could not be verified, rather than refused from the start."""
    from everseal.acme.orders import UNVERIFIED

    return getattr(error, "context", None) == UNVERIFIED


def _problems(error: OperatorError) -> Sequence[Problem]:
    problem = getattr(error, "problem", None)
    if problem is None:
        return ()
    return problem.subproblems or (problem,)


def _lines(problems: Sequence[Problem]) -> Iterator[str]:
    for problem in problems:
        yield f"  Identifier: {problem.identifier}"
        yield f"  Type:   {problem.type}"
        yield f"  Detail: {problem.detail}"
        yield ""
