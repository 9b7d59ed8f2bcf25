"""The table of options itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from everseal.model.export import FORMATS
from everseal.settings.authorities import KNOWN, LETS_ENCRYPT, directory_of, is_test_server
from everseal.settings.options import BY_DEST, CERTBOT_OPTIONS, OPTIONS, OWN_OPTIONS
from everseal.settings.plugin_options import PLUGINS
from everseal.settings.verbs import BY_NAME, CERTBOT_VERBS, OWN_VERBS, VERBS
from tests.loading import HEAVY

ROOT = Path(__file__).resolve().parents[2]
KEPT = """
config_dir logs_dir work_dir user_agent server account authenticator installer pre_hook post_hook renew_hook
http01_address preferred_chain key_type elliptic_curve preferred_profile required_profile rsa_key_size
http01_port must_staple allow_subset_of_names reuse_key autorenew pref_challs
"""
WORDS = """
run everything certonly auth renew reconfigure certificates delete revoke register update_account unregister
show_account install enhance rollback plugins
"""


def test_nothing_is_declared_twice() -> None:
    flags = [flag for option in OPTIONS for flag in option.flags + option.off_flags]
    assert len(flags) == len(set(flags))
    dests = [option.dest for option in OPTIONS]
    assert len(dests) == len(set(dests))
    keys = [option.key for option in CERTBOT_OPTIONS if option.key]
    assert len(keys) == len(set(keys))


def test_options_are_whole() -> None:
    assert all(option.own for option in OWN_OPTIONS)
    assert not any(option.own or option.verbs for option in CERTBOT_OPTIONS)
    for option in OPTIONS:
        assert option.flags or option.off_flags
        assert set(option.verbs) <= BY_NAME.keys()
        assert option.plugin is None or option.plugin in PLUGINS
        assert (option.kind == "choice") == bool(option.choices)
        assert not option.choices or option.default is None or option.default in option.choices


def test_certbots_renewal_keys_are_all_there() -> None:
    kept = {option.key for option in CERTBOT_OPTIONS if option.key and option.plugin is None}
    assert kept == set(KEPT.split())
    for option in CERTBOT_OPTIONS:
        if option.plugin is not None:
            assert option.key == option.dest
            assert option.dest.startswith(option.plugin.replace("-", "_") + "_")


def test_certbots_verbs_are_all_there() -> None:
    assert set(CERTBOT_VERBS) == set(WORDS.split())
    assert CERTBOT_VERBS["auth"] == "certonly"
    assert not set(CERTBOT_VERBS) & set(OWN_VERBS)
    assert all(verb.help and not verb.help.endswith(".") for verb in VERBS)


def test_authorities_have_https_directories() -> None:
    assert directory_of("letsencrypt") == LETS_ENCRYPT
    assert all(url.startswith("https://") for _, url in KNOWN)
    assert is_test_server(directory_of("letsencrypt-staging"))
    assert not is_test_server(LETS_ENCRYPT)


def test_the_reference_page_is_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "reference"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_reading_a_command_line_loads_little() -> None:
    script = (
        "import sys\n"
        "from everseal.settings.command_line import parse\n"
        "from everseal.settings.help import render_help\n"
        "from everseal.settings.renewal_params import restore\n"
        "from everseal.settings.directories import default_settings\n"
        "parse(['renew', '-q'], directory='/', read_config=open)\n"
        "render_help('all', program='everseal')\n"
        "print(' '.join(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": str(ROOT / "src")})  # fmt: skip
    loaded = set(done.stdout.split())
    ours = {"argparse", "dataclasses", "json", "logging", "subprocess"}
    assert not loaded & {*HEAVY, *ours, "ipaddress", "importlib.metadata", "pathlib", "difflib"}


def test_every_form_of_an_export_can_be_asked_for() -> None:
    assert BY_DEST["export_format"].choices == FORMATS
