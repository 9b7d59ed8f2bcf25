"""What a step left behind, as facts that two runs of it agree on: (path, field) -> value."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_IMODE

from configobj import ConfigObjError

from tests.differential.content import facts_of
from tests.differential.programs import Result
from tests.differential.scenario import Run, Step

Facts = Mapping[tuple[str, str], str]

FOLDERS = ("config", "work", "logs", "tmp", "home", "www")
# Where the programs differ by design after many a command: Everseal's own state, how logs are kept, a log
# that Certbot leaves behind below TMPDIR, the web servers' backups that it prepares. Only scenarios that ask
# for it look there, so that each such difference is listed once.
BY_DESIGN = ("config/.everseal", "logs", "tmp", "work")
# Likewise Everseal's own section of renewal files, the CA's renewal information, which Everseal asks for
# right after issuance, and the deploy hook's variable that Certbot leaves to the post hooks after it.
SECTIONS_BY_DESIGN = ("[everseal] ", "[acme_renewal_info] ")

# Lines that scripts look for, wherever a program prints them.
_SCRIPTED_LINES = re.compile(
    r"""^\s*(
    Saving\ debug\ log\ to | Account\ registered | Account\ deactivated | Deactivation\ aborted
    | Account\ details\ for | Account\ URL | Account\ Thumbprint | Email\ contacts?: | Your\ e-mail\ address
    | Could\ not\ find\ an\ existing\ account
    | Found\ the\ following | Certificate\ Name: | Serial\ Number: | Key\ Type: | Identifiers:
    | Expiry\ Date: | Certificate\ Path: | Private\ Key\ Path: | No\ certificates\ found
    | The\ following\ renewal\ configurations\ were\ invalid
    | Requesting\ a\ certificate\ for | Renewing\ an\ existing\ certificate | Simulating\b
    | Successfully\ received\ certificate | Certificate\ is\ saved\ at | Key\ is\ saved\ at
    | This\ certificate\ expires\ on | These\ files\ will\ be\ updated | NEXT\ STEPS
    | The\ dry\ run\ was\ successful | Deploying\ certificate | Successfully\ deployed
    | Congratulations | Processing\b | The\ following\ certificates
    | .*\ \((skipped|success|failure|parsefail)\)$
    | .*\ expires\ on\ .*skipped | No\ (simulated\ )?renewals\ were\ attempted | No\ hooks\ were\ run
    | The\ following\ (simulated\ )?renewals | All\ (simulated\ )?renewals\ failed
    | Additionally,\ the\ following | .*\ renew\ failure\(s\) | Failed\ to\ renew\ certificate
    | Certificate\ not\ yet\ due | Deleted\ all\ files | Hook\ ' | Successfully\ updated\ configuration
    | Changes\ will\ apply | No\ changes\ were\ made | Another\ instance | Error!\ Exactly
    | Unable\ to\ find\ .*-hook | Identifier:\  | Type:\ \  | Detail:\  | Some\ challenges\ have\ failed
    | \*\ (standalone|webroot|manual|null) | Use\ of\ --
    )""",
    re.VERBOSE,
)
_LOG_FOLDER = re.compile(r"certbot-log-\w+")
_MOMENT = re.compile(r"(?<=/)\d{9,}(\.\d+)?")
_ACCOUNT_ID = re.compile(r"\b[0-9a-f]{32}\b")
_REPLACED = (
    (_LOG_FOLDER, "<log folder>"),
    (re.compile(r"\b(certbot|everseal)\b", re.IGNORECASE), "<program>"),
    (re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d\+00:00)?"), "<date>"),
    (re.compile(r"(?<=Serial Number: )[0-9a-f]+"), "<serial>"),
    (re.compile(r"(?<=/my-account/)\w+"), "<account>"),
    (re.compile(r"(?<=Thumbprint: )\S+"), "<thumbprint>"),
    (re.compile(r"(?<=acme-challenge/)[\w-]{22,}"), "<token>"),
    (_MOMENT, "<moment>"),
)


@dataclass(slots=True)
class Observer:
    """Looks at one twin, step by step; remembers which account was the first one, and which the second."""

    here: Path
    looks_everywhere: bool = False
    names: Mapping[str, str] = field(
        default_factory=dict
    )  # what a run draws anew (a port) and how to call it
    _accounts: list[str] = field(default_factory=list)
    _hooks_read: int = 0

    def look(self, number: int, step: Step, result: Result | None) -> dict[tuple[str, str], str]:
        """All facts after the step of that number."""
        self._number_accounts()
        facts = dict(self._tree())
        if result is not None:
            here = f"step {number}"
            facts[here, "status"] = str(result.status)
            facts[here, "asked"] = " | ".join(self._plain(prompt) for prompt in result.asked)
            facts |= self._said(here, step.says if isinstance(step, Run) else (), result)
            facts |= self._hooks(here)
        return facts

    def _number_accounts(self) -> None:
        found = self.here.glob("config/accounts/**/private_key.json")
        for path in sorted(found, key=lambda path: path.stat().st_mtime_ns):
            if path.parent.name not in self._accounts:
                self._accounts.append(path.parent.name)

    def _plain(self, text: str) -> str:
        for drawn, name in self.names.items():
            text = text.replace(drawn, name)
        text = _ACCOUNT_ID.sub(self._account, text)
        for pattern, replacement in _REPLACED:
            text = pattern.sub(replacement, text)
        return text

    def _plain_path(self, name: str) -> str:
        for drawn, called in self.names.items():
            name = name.replace(drawn, called)
        name = _ACCOUNT_ID.sub(self._account, _LOG_FOLDER.sub("<log folder>", name))
        return _MOMENT.sub("<moment>", name)

    def _account(self, found: re.Match[str]) -> str:
        known = found.group() in self._accounts
        return f"<account {self._accounts.index(found.group()) + 1}>" if known else "<unknown account>"

    def _tree(self) -> Iterator[tuple[tuple[str, str], str]]:
        for folder in FOLDERS:
            top = self.here / folder
            for path in [top, *sorted(top.rglob("*"))] if top.exists() else []:
                name = str(path.relative_to(self.here))
                if name.startswith(BY_DESIGN) and not self._is_worth_a_look(name):
                    continue
                for label, value in _facts_of_entry(path).items():
                    if label.startswith(SECTIONS_BY_DESIGN) and not self.looks_everywhere:
                        continue
                    yield (self._plain_path(name), label), self._plain(value)

    def _is_worth_a_look(self, name: str) -> bool:
        return self.looks_everywhere and not name.startswith(f"{BY_DESIGN[0]}/")

    def _said(
        self, step: str, says: tuple[str, ...], result: Result
    ) -> Iterator[tuple[tuple[str, str], str]]:
        for stream, text in (("stdout", result.stdout), ("stderr", result.stderr)):
            lines = [self._plain(line.rstrip()) for line in _unfolded(text) if _SCRIPTED_LINES.match(line)]
            for line, times in Counter(lines).items():
                yield (step, f"{stream}: {line.strip()}"), str(times)
        everything = " ".join(f"{result.stdout} {result.stderr}".split())
        for sentence in says:
            yield (step, f"says: {sentence}"), str(sentence in self._plain(everything))

    def _hooks(self, step: str) -> Iterator[tuple[tuple[str, str], str]]:
        log = self.here / "hooks.log"
        records = log.read_bytes().split(b"\x02")[:-1] if log.exists() else []
        new, self._hooks_read = records[self._hooks_read :], len(records)
        for index, record in enumerate(new, 1):
            label, *variables = [part.decode() for part in record.strip(b"\n").split(b"\0") if part]
            yield (step, f"hook {index}"), label
            known = dict(variable.split("=", 1) for variable in variables)
            for name, value in known.items():
                if name == "RENEWED_LINEAGE" and "post" in label and not self.looks_everywhere:
                    continue
                yield (step, f"hook {index} {label} {name}"), self._plain(_variable(name, value, known))


def _unfolded(text: str) -> list[str]:
    """The lines; Certbot puts a path on a line of its own where that is too long for the rest of this one."""
    return re.sub(r"^Processing\n", "Processing ", text, flags=re.MULTILINE).splitlines()


def _variable(name: str, value: str, known: Mapping[str, str]) -> str:
    everyone = known.get("CERTBOT_ALL_DOMAINS", "").split(",")
    match name:
        case "CERTBOT_TOKEN":
            return f"<token of {len(value)} characters>"
        case "CERTBOT_VALIDATION":
            return " and ".join(f"<{len(part)} characters>" for part in value.split("."))
        case "CERTBOT_ALL_DOMAINS" | "CERTBOT_ALL_IDENTIFIERS":
            return f"in some order of the authority's: {' '.join(sorted(value.split(',')))}"
        case "CERTBOT_DOMAIN" | "CERTBOT_IDENTIFIER" if value in everyone:
            return f"number {everyone.index(value) + 1}"
        case _:
            return value


def _facts_of_entry(path: Path) -> dict[str, str]:
    if path.is_symlink():
        return {"kind": "link", "target": str(path.readlink())}
    mode = f"{S_IMODE(path.stat().st_mode):04o}"
    if path.is_dir():
        return {"kind": "directory", "mode": mode}
    try:
        return {"kind": "file", "mode": mode, **facts_of(path)}
    except (ValueError, ConfigObjError) as error:
        return {"kind": "file", "mode": mode, "unreadable": type(error).__name__}
