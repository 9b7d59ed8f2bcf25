"""Which of a plan's orders are worked on at the same time, and whose turn is next.

Nothing here runs anything: :mod:`everseal.wiring.parallel` does, and asks.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator

from everseal.model.frozen import dataclass
from everseal.planning.plan import Action, Issue, RegisterAccount, UseAccount


@dataclass(frozen=True, slots=True)
class Lane:
    """What an order shares with others: the CA, the account there, a pre hook.

    ``manual`` says that the operator's own hooks prove control: those are written for one order after the
    other.
    """

    server: str
    account: str
    manual: bool = False
    pre_hook: str | None = None


def lane_of(action: Action) -> Lane | None:
    """None for what orders nothing."""
    match action:
        case Issue(account=UseAccount(id=account)):
            pass
        case Issue(account=RegisterAccount()):
            account = ""
        case _:
            return None
    manual = action.parameters.get("authenticator") == "manual"
    return Lane(action.server, account, manual, action.configured_hooks.pre)


class Lanes:
    """Orders that wait, and how many are under way at each CA and for each account.

    The next is one of the CA with the fewest under way, there of the account with the fewest: whatever is
    slow or has many leaves room for the others.  An order whose pre hook no earlier one has is worked on
    alone, after those before it in the plan: the hook may stop a server that others need, or that is in
    their way.  Not thread-safe.
    """

    def __init__(self, orders: Iterable[tuple[int, Lane]], *, most_per_ca: int) -> None:
        """``orders`` are positions in a plan, in its order, and their lanes."""
        self._most_per_ca = most_per_ca
        self._stages = deque(_stages(orders))
        self._under_way: dict[int, Lane] = {}
        self._at_server: Counter[str] = Counter()
        self._for_account: Counter[tuple[str, str]] = Counter()

    @property
    def is_empty(self) -> bool:
        """Whether none waits."""
        return not any(self._stages)

    def begin(self) -> int | None:
        """The position whose turn it is; None where nothing may begin before something ends."""
        while self._stages and not self._stages[0] and not self._under_way:
            self._stages.popleft()
        stage = self._stages[0] if self._stages else {}
        open_lanes = [lane for lane in stage if self._may_begin(lane)]
        if not open_lanes:
            return None
        lane = min(open_lanes, key=lambda lane: (*self._under_way_in(lane), stage[lane][0]))
        position = stage[lane].popleft()
        if not stage[lane]:
            del stage[lane]
        self._under_way[position] = lane
        self._count(lane, 1)
        return position

    def end(self, position: int) -> None:
        """What ``begin`` gave is done."""
        self._count(self._under_way.pop(position), -1)

    def _may_begin(self, lane: Lane) -> bool:
        if self._at_server[lane.server] >= self._most_per_ca:
            return False
        return not (lane.manual and any(each.manual for each in self._under_way.values()))

    def _under_way_in(self, lane: Lane) -> tuple[int, int]:
        return self._at_server[lane.server], self._for_account[lane.server, lane.account]

    def _count(self, lane: Lane, change: int) -> None:
        self._at_server[lane.server] += change
        self._for_account[lane.server, lane.account] += change


def _stages(orders: Iterable[tuple[int, Lane]]) -> Iterator[dict[Lane, deque[int]]]:
    """What may be under way together; a stage begins when the one before has ended."""
    stage: dict[Lane, deque[int]] = {}
    run: set[str | None] = {None}
    for position, lane in orders:
        if lane.pre_hook in run:
            stage.setdefault(lane, deque()).append(position)
            continue
        run.add(lane.pre_hook)
        yield stage
        yield {lane: deque([position])}
        stage = {}
    yield stage
