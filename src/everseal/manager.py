"""The library's front door: plan, apply, look, revoke, delete, and accounts.

A manager is made from settings and what it may see of the world around it.  It prints nothing and
exits never; it returns values, raises :class:`~everseal.model.errors.OperatorError`, and emits the
events of :mod:`everseal.model.events`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from socket import gethostname

from everseal.acme.client import Account
from everseal.engine import exporting
from everseal.engine.account import as_account
from everseal.engine.mending import mend
from everseal.engine.outcome import RunReport
from everseal.engine.run import carry_out
from everseal.hooks.runner import HookCommands
from everseal.model.account import StoredAccount, UnreadableAccount
from everseal.model.csr import read_csr
from everseal.model.events import Emit, ignore
from everseal.model.export import ExportTarget
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName, Identifier
from everseal.planning.choose import Answer, Question, QuestionKind
from everseal.planning.plan import Plan, PlannedFile, RegisterAccount
from everseal.settings.values import Settings, Source
from everseal.system.clock import SystemClock, SystemRandom
from everseal.wiring.accounts import account_step
from everseal.wiring.bindings import keep_bindings
from everseal.wiring.house import House
from everseal.wiring.planner import Planner, Reconfiguration
from everseal.wiring.surroundings import AlwaysConsent, NoConsent, Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from everseal.engine.lifecycle import Deletion
    from everseal.engine.pruning import PrunePlan
    from everseal.engine.rename import Renaming
    from everseal.engine.revoke import Reason
    from everseal.engine.switch import Switched
    from everseal.model.backup import Manifest
    from everseal.model.diagnosis import Diagnosis, Fix, Mending
    from everseal.model.history import History
    from everseal.planning.biography import Biography
    from everseal.planning.errands import AccountChange, AccountVerb, DeletionPlan, Revocation
    from everseal.planning.scheduling import ScheduleOutline
    from everseal.planning.standing import Survey
    from everseal.planning.switching import Switch
    from everseal.planning.tally import CaStanding, Forgotten
    from everseal.reports.authorities import CheckUp, Reading
    from everseal.reports.certificates import Listing
    from everseal.store.backup.restoring import Restored, RestorePlan
    from everseal.store.backup.sealing import Opening, Sealing
    from everseal.store.backup.taking import Taken
    from everseal.wiring.rollcall import RollCall
    from everseal.wiring.upkeep import ExportPlan


class Manager:
    """Plans and carries out the life of certificates in one configuration directory."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self._house = House(settings, surroundings)
        self._settings = settings
        self._planner = Planner(self._house)
        self._clock = surroundings.clock
        self._chance = surroundings.random

    @classmethod
    def open(
        cls,
        *,
        emit: Emit = ignore,
        agree_to_terms: bool = False,
        environment: Mapping[str, str] | None = None,
        **options: object,
    ) -> Manager:
        """A manager for a program that embeds Everseal.

        ``options`` are options of the command line by their names in the reference (``config_dir``,
        ``server``, ``authenticator``, ``domains``, ``webroot_path`` ...), with values of their types;
        an unknown one raises KeyError.  ``agree_to_terms`` says that the CA's terms of service are agreed
        to; ``environment`` is what hooks inherit (default: nothing).
        """
        settings = Settings.defaults().with_values(options, Source("command line"))
        surroundings = Surroundings(
            clock=SystemClock(),
            random=SystemRandom(),
            host=gethostname(),
            environment=environment or {},
            emit=emit,
            consent=AlwaysConsent() if agree_to_terms else NoConsent(),
        )
        return cls(settings, surroundings)

    @property
    def house(self) -> House:
        """The instruments themselves, for programs that need more than this class offers."""
        return self._house

    def mend(self) -> None:
        """Mend what an interrupted run left half done, and run the hooks it owes.

        A program that is going to write calls it before it plans, so that the plan is made for what is
        really there.  Raises Busy while Certbot is at work, StoreUnusable.
        """
        from everseal.wiring.upkeep import remind

        remind(self._house)
        with self._house.store.run_lock():
            mend(self._house.workshop())

    def plan_certificate(
        self, answers: Mapping[QuestionKind, Answer] | None = None, *, remember_advice: bool = False
    ) -> Plan | Question:
        """What obtaining the certificate asked for in the settings would do.

        A :class:`Question` comes back where a person has to decide; call again with the answer.
        ``remember_advice`` keeps the CA's fresh renewal information in the renewal file.
        """
        return self._planner.certificate(answers or {}, remember_advice=remember_advice)

    def plan_names(
        self, name: CertificateName, *, add: Sequence[Identifier] = (), remove: Sequence[Identifier] = ()
    ) -> Plan:
        """What giving a lineage other names would do; everything else about it stays.

        Raises LineageMissing, LineageBroken, NotAmongNames, NoNamesLeft.
        """
        return self._planner.names(name, add=add, remove=remove)

    def plan_csr(self, csr: bytes, files: Sequence[PlannedFile] = ()) -> Plan:
        """What a certificate for an operator's own signing request (PEM or DER) would take.

        ``files`` are where the caller will save it.  Raises BadCsr.
        """
        return self._planner.for_csr(read_csr(csr), files)

    def plan_reconfiguration(self, name: CertificateName) -> Reconfiguration:
        """The rehearsal that shows whether a lineage can be renewed with the settings given.

        Raises LineageMissing, LineageBroken, NotReconfigurable.
        """
        return self._planner.reconfiguration(name)

    def keep_reconfiguration(self, change: Reconfiguration) -> bool:
        """Save the settings of a rehearsal that went well; False where they are what they were."""
        return self._planner.keep(change)

    def ask_about(self, roll: RollCall) -> None:
        """Ask the CAs about the lineages that a roll call has asking, keep the answers, and tidy up."""
        from everseal.engine.mending import tidy
        from everseal.wiring.inquiry import ask_about

        tidy(self._house.store, self._house.surroundings.emit)
        self._house.keep_secret()
        ask_about(roll, self._house, keeps=True)
        self._house.clients.remember()
        self._house.clients.hang_up()

    def plan_renewals(self, *, remember_advice: bool = False, roll: RollCall | None = None) -> Plan:
        """What ``renew`` would do; the CA is asked for nothing but its renewal information.

        ``remember_advice``, for a plan that is carried out, keeps the fresh answers in the renewal files,
        and asks the OCSP responders that certificates name.  ``roll`` says which lineages rest, where that
        is known already.
        """
        from everseal.wiring.renewals import Renewals

        return Renewals(self._house).plan(remember_advice=remember_advice, roll=roll)

    def check_hooks(self) -> None:
        """Raises HookCommandMissing for a hook given for this run whose command is not there."""
        if self._settings.flag("validate_hooks"):
            given = {
                kind: self._settings.text(f"{kind}_hook")
                for kind in ("pre", "deploy", "post")
                if self._settings.is_explicit(f"{kind}_hook")
            }
            self._house.hooks.validate(HookCommands(**given))

    def rest(self, seconds: float) -> None:
        """Wait, by the clock of the surroundings."""
        self._clock.sleep(seconds)

    def draw(self, low: float, high: float) -> float:
        """A number by the chance of the surroundings."""
        return self._chance.uniform(low, high)

    def apply(
        self, plan: Plan, *, jobs: int = 0, before_post: Callable[[RunReport], None] | None = None
    ) -> RunReport:
        """Carry a plan out, ``jobs`` orders at the same time (0: a sensible number).

        ``before_post`` sees the outcomes before the post hooks run.
        """
        keep_bindings(self._settings, self._house.accounts, self._house.store.state)
        try:
            with self._house.limits:
                report = carry_out(plan, self._house.workshop(jobs=jobs), before_post=before_post)
            self._house.clients.remember()
        finally:
            self._house.clients.hang_up()
        return report

    def authority_readings(self) -> Mapping[str, Reading]:
        """What was last read of the known authorities' directories here, by their URLs.  Asks no CA."""
        from everseal.wiring.authorities import readings

        return readings(self._house)

    def check_authority(self, target: str) -> CheckUp:
        """What a CA offers, by its directory's URL or its name in ``ca list``; nothing is kept.

        Raises AuthorityClosed, UsageError, NotAnAcmeDirectory, AcmeError, HttpFailure, UnsafeUrl.
        """
        from everseal.wiring.authorities import check

        return check(self._house, target)

    def limits(self) -> tuple[CaStanding, ...]:
        """What is used of the CAs' limits, and what they said that is in force.  Raises BadLimits."""
        return self._house.limits.standings(now=self._clock.now())

    def forget_limits(self, name: str, *, rehearse: bool = False) -> tuple[Forgotten, ...]:
        """Wait no longer for what a CA said about an identifier, a registered domain, an account or
        directory URL, or about the names of the certificate called ``name``.  Raises Busy, BadLimits."""
        from everseal.wiring.waits import forget

        return forget(self._house, name, rehearse=rehearse)

    def lineages(self) -> Sequence[Lineage | Damaged]:
        """Every lineage, in the order of the renewal files' names; the damaged ones with their error."""
        return self._house.store.load_all()

    def certificate_names(self) -> Sequence[CertificateName]:
        """The names of all lineages, in the order of their renewal files, without looking into them."""
        return self._house.store.names()

    def lineage(self, name: CertificateName) -> Lineage:
        """Raises LineageMissing, LineageBroken."""
        return self._house.store.load(name)

    def listing(self, *, name: str | None = None, identifiers: Collection[Identifier] = ()) -> Listing:
        """Every lineage verified, with its blemishes: those called ``name`` with all of ``identifiers``."""
        from everseal.wiring.listing import listing

        return listing(
            self._house.store.layout.config_dir,
            now=self._clock.now(),
            name=name,
            identifiers=identifiers,
            is_revoked=self.is_revoked,
        )

    def history(self, name: CertificateName) -> History:
        """Every version of a lineage, also of one whose links are damaged.

        Raises LineageMissing, and LineageBroken where the renewal file cannot be read.
        """
        from everseal.engine.history import history

        return history(name, self._house.store, now=self._clock.now())

    def plan_switch(self, name: CertificateName, to: int, *, even_if_expired: bool = False) -> Switch:
        """What making version ``to`` of a lineage live would do.

        Raises LineageMissing, LineageBroken, VersionMissing, and Unsound for a version not fit for use.
        """
        from everseal.wiring.upkeep import plan_switch

        return plan_switch(self._house, name, to, even_if_expired=even_if_expired)

    def switch(self, step: Switch) -> Switched:
        """Make the version live and run the deploy hooks.  Raises as :meth:`plan_switch`, and Busy."""
        from everseal.engine.switch import switch

        return switch(step, self._house.workshop())

    def examine(self, names: Collection[CertificateName] = (), *, network: bool = False) -> Diagnosis:
        """What is wrong in the directory, or with the lineages called ``names``; changes nothing.

        ``network`` also asks name servers whether the names lead to this machine.  Raises LineageMissing,
        StoreUnusable.
        """
        from everseal.wiring.doctor import Surgery

        return Surgery(self._house).examine(names, network=network)

    def mend_findings(self, fixes: Sequence[Fix]) -> tuple[Mending, ...]:
        """Carry out fixes of a diagnosis, each as far as it is still called for.

        Raises Busy while Certbot is at work, StoreUnusable.
        """
        from everseal.wiring.doctor import Surgery

        return Surgery(self._house).mend(fixes)

    def plan_export(self, name: CertificateName, target: ExportTarget | None = None) -> ExportPlan:
        """What copying the live version to ``target``, or to every place that is kept, would write.

        Raises LineageMissing, LineageBroken, NothingToExport, and what speaks against the target.
        """
        from everseal.wiring.upkeep import plan_export

        return plan_export(self._house, name, target)

    def export(self, plan: ExportPlan, *, keep: bool = False) -> tuple[exporting.ExportDone, ...]:
        """Write the copies; with ``keep`` each new version goes there too.

        Raises Busy, LineageMissing, LineageBroken, Unsound, StoreUnusable, OwnerRefused.
        """
        workshop = self._house.workshop()
        done = exporting.export_now(plan.name, plan.targets, workshop)
        for target in plan.targets if keep else ():
            exporting.keep_export(plan.name, target, workshop)
        return done

    def forget_export(self, name: CertificateName, directory: str) -> bool:
        """Copy no further version to a directory; False where none went there.  Its files stay."""
        return exporting.forget_export(name, directory, self._house.workshop())

    def plan_backup(
        self, path: str, names: Sequence[CertificateName] = (), sealing: Sealing | None = None
    ) -> tuple[CertificateName, ...]:
        """Which lineages ``backup`` would take.

        Raises LineageMissing, StoreUnusable, InsideTheDirectory, AgeMissing, BadRecipient.
        """
        from everseal.wiring.backup import would_back_up

        return would_back_up(self._house, path, names, sealing)

    def backup(
        self, path: str, names: Sequence[CertificateName] = (), sealing: Sealing | None = None
    ) -> Taken:
        """Write these lineages, or everything, to one file that another machine can go on from.

        ``sealing`` encrypts it.  Raises LineageMissing, Busy, StoreUnusable, InsideTheDirectory, AgeMissing,
        BadRecipient.
        """
        from everseal.wiring.backup import back_up

        return back_up(self._house, path, names, sealing)

    def read_backup(
        self, path: str, opening: Opening | None = None, *, verify: bool = True
    ) -> tuple[Manifest, bool]:
        """What a backup says it holds, and whether it is encrypted; ``verify`` checks every octet of it.

        Raises BackupMissing, BadBackup, AgeMissing, BadIdentity, CannotOpen, StoreUnusable.
        """
        from everseal.wiring.backup import look_into

        return look_into(path, opening, verify=verify)

    def plan_restore(
        self,
        path: str,
        names: Sequence[CertificateName] = (),
        opening: Opening | None = None,
        *,
        overwrite: bool = False,
    ) -> RestorePlan:
        """What bringing back a backup, or these lineages of it, would do; nothing newer is replaced unless
        ``overwrite`` says so.

        Raises BackupMissing, BadBackup, NotInBackup, AgeMissing, BadIdentity, CannotOpen, StoreUnusable.
        """
        from everseal.wiring.restoring import plan_restore

        return plan_restore(self._house, path, names, opening, overwrite=overwrite)

    def restore(self, plan: RestorePlan) -> Restored:
        """Bring back what the plan says, as far as it is still called for.  Raises Busy, StoreUnusable."""
        from everseal.wiring.restoring import restore

        return restore(self._house, plan)

    def schedule(self, *, draws: bool = False) -> ScheduleOutline:
        """What starts renewals here, and what should; ``draws`` settles the minute where it is not yet.

        Raises StoreUnusable.
        """
        from everseal.wiring.scheduling import Scheduler

        if draws:
            self._house.keep_secret()
        return Scheduler(self._house).outline()

    def install_schedule(self) -> tuple[str, ...]:
        """See to it that renewals are started; gives the paths that were written or removed.

        Raises NotOurFile, StoreUnusable, ServiceManagerRefused.
        """
        from everseal.wiring.scheduling import Scheduler

        return Scheduler(self._house).install()

    def remove_schedule(self) -> tuple[str, ...]:
        """Remove what :meth:`install_schedule` has written; gives the paths.

        Raises StoreUnusable, ServiceManagerRefused.
        """
        from everseal.wiring.scheduling import Scheduler

        return Scheduler(self._house).remove()

    def plan_prune(self, names: Sequence[CertificateName] = (), *, expired: bool = False) -> PrunePlan:
        """Which versions of these lineages go, and why; without names of all, and leftover files too.

        With ``expired`` the lineages named go whole.  Raises NamesWanted, NotExpired, LineageMissing,
        LineageBroken.
        """
        from everseal.wiring.pruning import plan_prune

        return plan_prune(self._house, names, expired=expired)

    def prune(self, plan: PrunePlan) -> tuple[str, ...]:
        """Remove what still has to go; gives the paths.  Raises Busy, NotExpired, StoreUnusable."""
        from everseal.engine.pruning import prune

        return prune(plan, self._house.workshop())

    def plan_rename(self, old: CertificateName, new: CertificateName) -> Renaming:
        """What calling a lineage ``new`` would move.  Raises LineageMissing, LineageBroken, LineageExists."""
        from everseal.engine.rename import plan_rename

        return plan_rename(old, new, self._house.store)

    def rename(self, old: CertificateName, new: CertificateName) -> Lineage:
        """Give a lineage another name.  Raises as :meth:`plan_rename`, Busy, StoreUnusable."""
        from everseal.engine.rename import rename

        return rename(old, new, self._house.workshop())

    def status(self, names: Collection[CertificateName] = ()) -> Survey:
        """How every certificate, or those called ``names``, stands: due or not and why, when it next will
        be, and what about it needs a person.  Asks no CA.  Raises LineageMissing, StoreUnusable.
        """
        from everseal.wiring.standing import survey

        return survey(self._house.store, now=self._clock.now(), names=names)

    def explain(self, name: CertificateName) -> Biography:
        """The life of a certificate, as far as it is on disk.  Raises LineageMissing, LineageBroken."""
        from everseal.wiring.biography import biography

        return biography(self._house, name)

    def plan_deletion(self, names: Sequence[CertificateName]) -> DeletionPlan:
        """What of these lineages would go, also of damaged ones.  Raises LineageMissing."""
        from everseal.wiring.errands import plan_deletion

        return plan_deletion(self._house, names)

    def delete(self, plan: DeletionPlan) -> tuple[Deletion, ...]:
        """Remove these lineages' files.  Raises LineageMissing, Busy, StoreUnusable."""
        from everseal.wiring.errands import delete

        return delete(self._house, plan)

    def plan_revocation(
        self,
        path: str,
        certificate_pem: bytes,
        reason: Reason,
        *,
        with_key: bool = False,
        holders: Sequence[Lineage] = (),
        deletes: bool = False,
    ) -> Revocation:
        """What revoking a certificate (from ``path``) with its own key or as the account would take.

        ``deletes`` the lineage it is of, the first of ``holders``, afterwards.  Raises BadCertificate,
        AccountMissing, AccountAmbiguous, AccountUnknown.
        """
        from everseal.wiring.errands import plan_revocation

        return plan_revocation(
            self._house,
            path,
            certificate_pem,
            reason,
            with_key=with_key,
            holders=holders,
            deletes=deletes,
        )

    def revoke(self, plan: Revocation, *, key_pem: bytes | None = None) -> None:
        """Revoke the certificate, with ``key_pem`` where the plan says so; deletes nothing.

        Raises AcmeError, BadKey, AccountMissing.
        """
        from everseal.wiring.errands import revoke

        revoke(self._house, plan, key_pem)

    def plan_account(self, verb: AccountVerb) -> AccountChange:
        """What opening an account at the CA, changing its contacts or closing it would take.

        Raises AccountExists, AccountMissing, AccountAmbiguous, AccountUnknown.
        """
        from everseal.wiring.errands import plan_account

        return plan_account(self._house, verb)

    def change_account(self, plan: AccountChange) -> Account:
        """Open, change or close the account; a closed one is removed here too.

        Raises AccountExists, AccountMissing, RegistrationFailed, AcmeError.
        """
        from everseal.wiring.errands import change_account

        return change_account(self._house, plan)

    def accounts(self) -> Sequence[StoredAccount | UnreadableAccount]:
        """Every account on disk at the CA of the settings, those that cannot be used too."""
        return self._house.accounts.examine(self._settings.required("server"))

    def account(self) -> StoredAccount:
        """The account on disk that the settings mean.  Raises AccountMissing, AccountUnknown,
        AccountAmbiguous."""
        from everseal.engine.lifecycle import AccountMissing

        step = account_step(self._house, self._settings)
        server = self._settings.required("server")
        if isinstance(step, RegisterAccount):
            raise AccountMissing(server)
        return next(each for each in self._house.accounts.accounts(server) if each.id == step.id)

    def account_at_ca(self) -> Account:
        """The account as the CA knows it (RFC 8555 section 7.3.3)."""
        client = self._house.clients.client(self._settings)
        return client.read_account(as_account(self.account()))

    def is_revoked(self, name: CertificateName, version: int) -> bool:
        """What the CA's OCSP responder says of a version; False where it cannot be asked."""
        return self._house.is_revoked(self._house.store.load(name), version, self._settings)
