"""``run``, ``install``, ``enhance``, ``rollback`` and ``plugins`` without a plug-in for a web server."""

from __future__ import annotations

import pytest

from everseal.cli.installing import https_names
from everseal.reports.frames import RULE
from tests.cli.desk import Desk


def test_the_null_installer_installs_nothing(desk: Desk) -> None:
    desk.register()
    words = ("run", "-a", "standalone", "-i", "null", "-d", "a.test,b.test")
    first = desk.succeed(*words)
    assert first.out.index("Successfully received certificate.") < first.out.index("Deploying certificate")
    told = "Congratulations! You have successfully enabled HTTPS on https://a.test and https://b.test"
    assert told in first.out
    assert first.out.index(told) < first.out.index("NEXT STEPS")
    kept = desk.succeed(*words, "--keep", "--hsts")
    assert told in kept.out
    assert "Option hsts is not supported by the selected installer. Skipping enhancement." in kept.err
    renewed = desk.succeed(*words, "--force-renewal")
    assert "Your existing certificate has been successfully renewed, and the new certificate has been" in (
        renewed.out
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run",), "Missing command line flags. For non-interactive execution"),
        (("run", "--standalone"), 'you probably want to use the "certonly" command'),
        (("run", "--nginx"), "The requested nginx plugin does not appear to be installed"),
        (("run", "-a", "apache"), "The requested apache plugin does not appear to be installed"),
        (
            ("run", "-a", "standalone", "-i", "null", "--ip-address", "127.0.0.1"),
            "installation of IP address certificate not supported",
        ),
        (("install",), "Missing command line flags. For non-interactive execution"),
        (("install", "-i", "null"), "No existing certificates found"),
        (
            ("install", "-i", "null", "--cert-path", "/no/c", "--key-path", "/no/k"),
            "Error while reading certificate from path /no/c",
        ),
        (("enhance",), "Please specify one or more enhancement types to configure."),
        (("enhance", "--redirect"), "Missing command line flags. For non-interactive execution"),
        (("enhance", "-i", "null", "--auto-hsts"), "are not supported by the selected installer"),
        (("rollback",), "Missing command line flags. For non-interactive execution"),
        (("rollback", "-i", "apache"), "The requested apache plugin does not appear to be installed"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(desk: Desk, words: tuple[str, ...], sentence: str) -> None:
    desk.register()
    done = desk.run(*words)
    assert done.status == 1
    assert sentence in done.err


def test_run_alone_leads_on(desk: Desk) -> None:
    done = desk.run("run", answers=[])
    assert done.status == 1
    assert "Everseal doesn't know how to automatically configure the web server on this system." in done.err
    assert 'Please run "everseal certonly" to do so.' in done.err


def test_installing_and_enhancing_what_is_here(desk: Desk) -> None:
    desk.keep("a.test")
    assert desk.succeed("install", "-i", "null", "--cert-name", "a.test").out == "Deploying certificate\n"
    chosen = desk.run("install", "-i", "null", answers=["1"])
    assert "Which certificate would you like to install?" in chosen.out
    done = desk.succeed("enhance", "-i", "null", "--redirect", "--cert-name", "a.test")
    assert "Option redirect is not supported by the selected installer. Skipping enhancement." in done.err
    assert desk.succeed("rollback", "-i", "null").status == 0


def test_plugins_are_listed_in_blocks(desk: Desk) -> None:
    shown = desk.succeed("plugins").out
    assert shown.startswith(f"\n{RULE}\n* standalone\nDescription: Runs an HTTP server locally")
    assert "\n\n* webroot\nDescription: Saves the necessary validation files" in shown
    assert "Interfaces: Authenticator, Plugin\nEntry point: EntryPoint(name='standalone',\n" in shown
    assert "manual" not in shown
    assert desk.succeed("plugins", "--installers").out == f"\n{RULE}\nNo plugins\n{RULE}\n"
    assert desk.succeed("plugins", "--authenticators", "--prepare").out.count("Prep: True") == 2


def test_names_behind_https() -> None:
    assert https_names(["a"]) == "https://a"
    assert https_names(["a", "b", "c"]) == "https://a, https://b, and https://c"
