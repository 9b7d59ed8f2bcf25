"""Planning what ``renew`` does: every lineage, or one, each by its own settings."""

from __future__ import annotations

from collections.abc import Sequence

from everseal.engine.mending import mended
from everseal.model.errors import LineageBroken, OperatorError
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName
from everseal.planning.plan import Action, Blocked, Plan, Report
from everseal.planning.reasons import DueReason
from everseal.planning.renew_interval import BadRenewInterval
from everseal.settings.renewal_file import RenewalFileBroken
from everseal.wiring import wishes
from everseal.wiring.decisions import decide
from everseal.wiring.drafts import leave
from everseal.wiring.house import House
from everseal.wiring.inquiry import ask_about
from everseal.wiring.planner import Planner
from everseal.wiring.rollcall import RollCall
from everseal.wiring.rollcall_actions import among


class Renewals:
    """Plans for the lineages that are here."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._planner = Planner(house)

    def plan(self, *, remember_advice: bool, roll: RollCall | None = None) -> Plan:
        """What ``renew`` would do; the CA is asked for nothing but its renewal information.

        ``remember_advice`` is for a plan that is carried out: it keeps the CA's fresh answers, and asks the
        OCSP responders that certificates name.  Lineages that rest by the ``roll``, or by what their CAs say
        to those that it has asking, are not looked at again.
        """
        if remember_advice:
            self._house.keep_secret()
        if roll is not None and roll.asking:
            ask_about(roll, self._house, keeps=remember_advice)
        awake = None if roll is None else [name for name in roll.names if name not in roll.resting]
        chosen = self._chosen(awake)
        if remember_advice:
            chosen = self._mended(chosen)
        sound = [each for each in chosen if isinstance(each, Lineage)]

        def act(lineage: Lineage) -> Action:
            return self._action(lineage, ask_ocsp=remember_advice)

        planned = dict(zip((each.name for each in sound), self._house.each_request(act, sound), strict=True))
        if remember_advice:
            self._house.counsel.keep(now=self._house.surroundings.clock.now())
        actions: dict[CertificateName, Action] = {
            each.name: planned[each.name]
            if isinstance(each, Lineage)
            else Report(each.conf_path, each.error.message, each.error.remedy)
            for each in chosen
        }
        return self._planner.plan(list(actions.values()) if roll is None else among(roll, actions))

    def _chosen(self, names: Sequence[str] | None) -> Sequence[Lineage | Damaged]:
        """Those of ``names``; where none are given those that this run is for."""
        store = self._house.store
        if names is not None:
            return store.load_each([CertificateName(name) for name in names])
        name = wishes.certificate_name(self._house.settings)
        if name is None:
            return store.load_all()
        try:
            return [store.load(name)]
        except LineageBroken as error:
            return [Damaged(name, store.layout.conf(name), error)]

    def _mended(self, chosen: Sequence[Lineage | Damaged]) -> Sequence[Lineage | Damaged]:
        """What is damaged is looked at again after an attempt to mend it."""
        store, emit = self._house.store, self._house.surroundings.emit
        return [mended(each, store, emit) if isinstance(each, Damaged) else each for each in chosen]

    def _action(self, lineage: Lineage, *, ask_ocsp: bool) -> Action:
        try:
            settings = self._house.restored(lineage)
            explicit = not self._house.surroundings.unattended
            decision = decide(self._house, lineage, settings, ask_ocsp=ask_ocsp, explicit=explicit)
            if not isinstance(decision.reason, DueReason):
                return leave(lineage, decision.reason, decision.renew_at)
            names = lineage.certificate.identifiers
            return self._planner.renewal(settings, lineage, names, decision.reason)
        except (RenewalFileBroken, BadRenewInterval) as error:
            return Report(lineage.conf_path, error.message, error.remedy)
        except OperatorError as error:
            names = lineage.certificate.identifiers
            return Blocked(lineage.name, names, lineage.conf_path, lineage.fullchain_path, error)
