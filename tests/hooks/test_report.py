"""The sentences about hooks that scripts look for."""

from __future__ import annotations

from everseal.hooks.report import HookReport, describe
from everseal.model.events import HookRan


def test_output_is_indented_by_one_blank() -> None:
    hook = HookRan("pre", "echo", 0, "\none\n\n  two\n\n", "")
    assert describe(hook) == HookReport("Hook 'pre-hook' ran with output:\n one\n\n   two", ())


def test_a_silent_success_says_nothing() -> None:
    assert describe(HookRan("post", "true", 0, " \n", "")) == HookReport("", ())


def test_an_error_and_its_output_are_warnings() -> None:
    assert describe(HookRan("deploy", "false", 3, "", "broken\nbadly\n")) == HookReport(
        "",
        (
            "Hook 'deploy-hook' reported error code 3",
            "Hook 'deploy-hook' ran with error output:\n broken\n badly",
        ),
    )


def test_a_manual_hook_names_its_identifier() -> None:
    hook = HookRan("manual-auth", "x", 0, "done", "", subject="example.com")
    assert describe(hook).output == "Hook '--manual-auth-hook' for example.com ran with output:\n done"
