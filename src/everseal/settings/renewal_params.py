"""Which settings a renewal file keeps, how it writes them, and how they are read for a renewal.

``[renewalparams]`` holds what Certbot knows, in its own words; ``[everseal]`` holds the rest, which
Certbot leaves as it is.  Only what somebody set is kept, and always the server and the key's type.
"""

from __future__ import annotations

from everseal.model.errors import OperatorError
from everseal.settings.authorities import LETS_ENCRYPT, LETS_ENCRYPT_STAGING, LETS_ENCRYPT_V01
from everseal.settings.gathering import convert, parse_challenges
from everseal.settings.options import BY_DEST, CERTBOT_OPTIONS, OWN_OPTIONS
from everseal.settings.renewal_file import RenewalFileBroken
from everseal.settings.values import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from everseal.settings.option import Option
    from everseal.settings.renewal_quoting import Value
    from everseal.settings.values import Settings

_ALWAYS: Final = frozenset({"server", "key_type"})
_ONLY_WHEN_CHOSEN: Final = frozenset({"authenticator", "installer", "account"})
_KEPT: Final = tuple(option for option in CERTBOT_OPTIONS if option.key is not None)
_KEPT_OWN: Final = tuple(option for option in OWN_OPTIONS if option.key is not None)
_CERTBOT_CHALLENGES: Final = ("http-01", "dns-01")
_ALSO_CALLED: Final = {"renew_hook": "deploy_hook"}
_BY_KEY: Final = {option.key: option for option in _KEPT}
_BY_OTHER_KEY: Final = {other: _BY_KEY[key] for key, other in _ALSO_CALLED.items()}
_BY_OWN_KEY: Final = {option.key: option for option in (*_KEPT_OWN, BY_DEST["pref_challs"])}
_DROPPED: Final = frozenset(
    {
        "os_packages_only",
        "no_self_upgrade",
        "no_bootstrap",
        "no_permissions_check",
        "manual_public_ip_logging_ok",
        "dns_route53_propagation_seconds",
        "certbot_route53:auth_propagation_seconds",
    }
)
"""Keys of old files that mean nothing any more."""


def to_parameters(settings: Settings, existing: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """The content of ``[renewalparams]``.

    Keys of ``existing`` that no option accounts for (another plugin's, say) are kept.
    """
    written: dict[str, Value] = {}
    for option in _KEPT:
        value = settings.get(option.dest)
        if value is None and option.dest in _ONLY_WHEN_CHOSEN:
            continue
        if option.dest in _ALWAYS or settings.is_set(option.dest):
            _write(written, option, value)
    written.update(_unknown(existing or {}, _KEPT))
    return written


def to_own_section(settings: Settings, existing: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """The content of ``[everseal]``; empty where nothing was set that Certbot does not have."""
    written: dict[str, Value] = {}
    for option in _KEPT_OWN:
        if settings.is_set(option.dest):
            _write(written, option, settings.get(option.dest))
    challenges = settings.items("pref_challs")
    if settings.is_set("pref_challs") and set(challenges) - set(_CERTBOT_CHALLENGES):
        written["pref_challs"] = challenges
    written.update(_unknown(existing or {}, (*_KEPT_OWN, BY_DEST["pref_challs"])))
    return written


def restore(
    parameters: Mapping[str, Value],
    settings: Settings,
    *,
    path: str,
    own: Mapping[str, Value] | None = None,
) -> Settings:
    """The settings for renewing one lineage: what its file keeps, under what was said for this run.

    Only options of the lineage's own authenticator and installer are taken up.  A dry run of a lineage
    of Let's Encrypt goes to its staging server, one of any other authority to that authority.

    Raises RenewalFileBroken where the file makes no sense.
    """
    if not isinstance(parameters.get("authenticator"), str):
        raise RenewalFileBroken(
            path,
            0,
            "does not specify an authenticator",
            remedy=f"add `authenticator = webroot` or the like to [renewalparams] in {path}",
        )
    reading = _Reading(settings, path)
    plugins = {_plugin_name(reading.settled(name, parameters)) for name in ("authenticator", "installer")}
    for option in _KEPT:
        if option.plugin is None or option.plugin in plugins:
            reading.take(option, parameters)
    for option in _KEPT_OWN:
        reading.take(option, own or {})
    reading.take(BY_DEST["pref_challs"], own or {})
    if "key_type" not in parameters and not settings.is_explicit("key_type"):
        reading.found["key_type"] = "rsa"
    _restore_authority(reading, settings, reading.found.get("server", parameters.get("server")))
    return settings.with_values(reading.found, Source("renewal file", path))


class Reading:
    """Tells which renewal files :func:`restore` has no complaint about, whatever is said for the run.

    It looks at more than a run does: the settings of plugins that the lineage does not use, too.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: set[tuple[str, object]] = set()

    def goes_well(self, parameters: Mapping[str, Value], own: Mapping[str, Value]) -> bool:
        """``parameters`` and ``own`` as for :func:`restore`."""
        return (
            isinstance(parameters.get("authenticator"), str)
            and all(
                self._is_fine(_BY_KEY.get(key) or _BY_OTHER_KEY.get(key), key, value)
                for key, value in parameters.items()
            )
            and all(self._is_fine(_BY_OWN_KEY.get(key), key, value) for key, value in own.items())
        )

    def _is_fine(self, option: Option | None, key: str, value: Value) -> bool:
        if option is None or (not isinstance(value, dict) and (key, value) in self._known):
            return True
        try:
            _read(option, value)
        except OperatorError:
            return False
        if isinstance(value, str | tuple):
            self._known.add((key, value))
        return True


class _Reading:
    """Values taken from one renewal file."""

    __slots__ = ("_path", "_settings", "found")

    def __init__(self, settings: Settings, path: str) -> None:
        self._settings = settings
        self._path = path
        self.found: dict[str, object] = {}

    def settled(self, dest: str, parameters: Mapping[str, Value]) -> object:
        """What the option is, said for this run or kept in the file."""
        return self._settings.get(dest) if self._settings.is_explicit(dest) else parameters.get(dest)

    def take(self, option: Option, parameters: Mapping[str, Value]) -> None:
        key = option.key or option.dest
        written = parameters.get(key, parameters.get(_ALSO_CALLED.get(key, key)))
        if written is None or self._is_overridden(option.dest):
            return
        try:
            self.found[option.dest] = _read(option, written)
        except OperatorError as error:
            raise RenewalFileBroken(
                self._path, 0, f"{key}: {error.message}", remedy=f"{error.remedy}, in {self._path}"
            ) from None

    def _is_overridden(self, dest: str) -> bool:
        if dest == "webroot_map" and self._settings.is_explicit("webroot_path"):
            return True
        return self._settings.is_explicit(dest)


class _NotRead(OperatorError):
    """A kept value that is not what its option takes."""


def _restore_authority(reading: _Reading, settings: Settings, saved: object) -> None:
    """Which server and account, when tests or another server are asked for."""
    if not isinstance(saved, str) or saved in {"", "None", LETS_ENCRYPT_V01}:
        saved = LETS_ENCRYPT
    if "server" in reading.found:
        reading.found["server"] = saved
    elsewhere = (
        any(map(settings.is_explicit, ("server", "ca", "staging"))) and settings.get("server") != saved
    )
    tested = settings.flag("dry_run") and saved in {LETS_ENCRYPT, LETS_ENCRYPT_STAGING}
    if elsewhere or tested:
        reading.found.pop("server", None)
        reading.found.pop("account", None)


def _plugin_name(name: object) -> str:
    return name.replace("_", "-") if isinstance(name, str) else ""


def _unknown(existing: Mapping[str, Value], options: tuple[Option, ...]) -> dict[str, Value]:
    known = {option.key for option in options} | set(_ALSO_CALLED.values()) | _DROPPED
    return {key: value for key, value in existing.items() if key not in known}


def _write(written: dict[str, Value], option: Option, value: object) -> None:
    key = option.key or option.dest
    if option.kind == "challenges" and isinstance(value, tuple):
        value = tuple(name for name in value if name in _CERTBOT_CHALLENGES)
    if isinstance(value, dict | tuple):
        if value:
            written[key] = value
    else:
        written[key] = str(value)


def _read(option: Option, written: Value) -> object:
    """The value of an option from its key; raises OperatorError."""
    match option.kind:
        case "webroot map":
            return _read_map(written)
        case "webroots" | "texts":
            return _as_tuple(written)
        case "challenges":
            return tuple(parse_challenges(",".join(_as_tuple(written))))
        case _:
            return _read_text(option, _as_text(written))


def _read_text(option: Option, text: str) -> object:
    if option.kind == "flag":
        if text.lower() not in {"true", "false"}:
            raise _NotRead(f"Expected True or False but found {text}", remedy="write True or False")
        return text.lower() == "true"
    if text == "None" and (option.plugin is not None or option.kind != "int"):
        return option.default
    if option.kind == "int" and not text.isdecimal():
        raise _NotRead(f"Expected a numeric value but found {text}", remedy="write a whole number")
    if option.kind == "path":
        return text
    return convert(option, text, "")


def _read_map(written: Value) -> dict[str, str]:
    if isinstance(written, str | tuple):
        raise _NotRead(
            "is no section", remedy="write a section [[webroot_map]] with a line NAME = DIR for each name"
        )
    return {name: _as_text(root) for name, root in written.items()}


def _as_tuple(written: Value) -> tuple[str, ...]:
    if isinstance(written, str):
        return (written,) if written else ()
    if isinstance(written, tuple):
        return written
    raise _NotRead("is a section, not a value", remedy="write it as `key = value`")


def _as_text(written: Value) -> str:
    return written if isinstance(written, str) else ", ".join(_as_tuple(written))
