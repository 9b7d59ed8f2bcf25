"""Proving control of every identifier of an order (RFC 8555 section 7.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from everseal.acme.challenges import Challenge, Presentation
from everseal.acme.client import Account, Client
from everseal.acme.objects import Authorization, Order
from everseal.acme.orders import as_ordered
from everseal.acme.problems import AcmeError
from everseal.acme.states import AuthorizationStatus
from everseal.model.errors import OperatorError, SolverFailed
from everseal.model.events import Emit, Warned
from everseal.model.frozen import dataclass
from everseal.model.names import Identifier
from everseal.ports import Mapper, Solver

_FEW = 3


@dataclass(frozen=True, slots=True)
class OpenProof:
    """A pending authorization and the challenge chosen to satisfy it."""

    identifier: Identifier
    challenge: Challenge
    presentation: Presentation


@dataclass(frozen=True, slots=True)
class Proofs:
    """What an order still needs, and what the CA already believes."""

    open: tuple[OpenProof, ...]
    valid: tuple[Authorization, ...]

    @property
    def presentations(self) -> tuple[Presentation, ...]:
        return tuple(proof.presentation for proof in self.open)


class NoUsableChallenge(OperatorError):
    """The CA offers no challenge that the solver can answer."""

    def __init__(
        self, identifier: Identifier, solver: str, offered: Sequence[str], usable: Sequence[str]
    ) -> None:
        offers = ", ".join(offered) or "nothing"
        super().__init__(
            f"{solver} cannot prove control of {identifier}: the CA offers {offers}, "
            f"it can answer {', '.join(usable) or 'none of them'}",
            remedy="choose another authenticator; a wildcard needs dns-01, "
            "an IP address http-01 or tls-alpn-01",
        )


def read_proofs(client: Client, account: Account, order: Order, solver: Solver, each: Mapper) -> Proofs:
    """Read every authorization before anything is put in place; the valid ones need nothing."""

    def read(url: str) -> Authorization:
        return client.authorization(account, url)

    urls = order.authorizations
    authorizations = [read(url) for url in urls] if len(urls) <= _FEW else each(read, urls)
    valid = tuple(one for one in authorizations if one.status is AuthorizationStatus.VALID)
    pending = [one for one in authorizations if one.status is AuthorizationStatus.PENDING]
    return Proofs(tuple(_open_proof(one, solver, account) for one in pending), valid)


def give_up(client: Client, account: Account, valid: Sequence[Authorization], emit: Emit) -> None:
    """Deactivate proofs that the CA remembers (RFC 8555 section 7.5.2); one it keeps is only warned of."""
    for one in valid:
        try:
            client.deactivate_authorization(account, one.url)
        except AcmeError as error:
            emit(Warned(f"{as_ordered(one)} is not proved anew, the CA keeps its earlier proof: {error}"))


def respond_all(client: Client, account: Account, proofs: Sequence[OpenProof], each: Mapper) -> None:
    """Tell the CA to look, for every challenge; everything has been presented before."""

    def respond(proof: OpenProof) -> None:
        client.respond(account, proof.challenge)

    if len(proofs) <= _FEW:
        for proof in proofs:
            respond(proof)
    else:
        each(respond, proofs)


@contextmanager
def presented(
    solver: Solver,
    presentations: Sequence[Presentation],
    emit: Emit,
    *,
    pause: Callable[[], None] | None = None,
    cleared: Callable[[bool], None],
) -> Iterator[None]:
    """Everything in place inside the block, and gone after it, whatever happens.

    ``cleared`` is told when it is gone, and whether that was because the block has failed.
    """
    try:
        solver.present(presentations)
        solver.wait(presentations)
        if pause is not None:
            pause()
        yield
    except BaseException:
        if _clean_up(solver, presentations, emit):
            cleared(True)
        raise
    if _clean_up(solver, presentations, emit):
        cleared(False)


def _clean_up(solver: Solver, presentations: Sequence[Presentation], emit: Emit) -> bool:
    try:
        solver.clean_up(presentations)
    except (SolverFailed, OSError) as error:
        emit(Warned(f"what was put in place for the CA could not be removed: {error}"))
        return False
    return True


def _open_proof(authorization: Authorization, solver: Solver, account: Account) -> OpenProof:
    wanted = as_ordered(authorization)
    usable = solver.challenge_types(wanted)
    offered = {challenge.type: challenge for challenge in authorization.challenges}
    for kind in usable:
        if (challenge := offered.get(kind)) is not None and challenge.token is not None:
            presentation = Presentation.of(
                challenge, authorization.identifier, account.signer, wildcard=authorization.wildcard
            )
            return OpenProof(wanted, challenge, presentation)
    raise NoUsableChallenge(wanted, solver.name, tuple(offered), usable)
