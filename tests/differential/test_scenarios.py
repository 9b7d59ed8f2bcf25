"""Each scenario is played by Certbot and by Everseal; what differs is listed, and what is listed differs."""

import pytest

from tests.differential.comparison import LIST, differences, read_allowed
from tests.differential.scenario import Run, Scenario
from tests.differential.scenarios import SCENARIOS
from tests.differential.twins import Stage, Story


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_leaves_what_certbot_leaves(scenario: Scenario, stage: Stage) -> None:
    certbot = stage.play(scenario, stage.certbot)
    assert_as_planned(scenario, certbot)
    everseal = stage.play(scenario, stage.everseal)
    allowed = {
        (row.path, row.field): row
        for row in read_allowed(LIST.read_text("utf-8"))
        if row.scenario == scenario.name
    }
    found = differences(certbot.facts, everseal.facts)
    new = [str(one) for one in found if (one.path, one.field) not in allowed]
    assert not new, "\n".join([*new, *spoken(scenario, everseal)])
    unused = allowed.keys() - {(one.path, one.field) for one in found}
    assert not unused, f"listed as different, and is not: {sorted(unused)}"


def assert_as_planned(scenario: Scenario, certbot: Story) -> None:
    """The scenario is about what Certbot really does: its statuses and sentences are as written down."""
    for number, (step, result) in enumerate(zip(scenario.steps, certbot.results, strict=True), 1):
        if isinstance(step, Run) and result is not None:
            text = f"step {number}: {step.words}\n{result.stdout}\n{result.stderr}"
            assert result.status == step.status, text
            for sentence in step.says:
                assert certbot.facts[number - 1][f"step {number}", f"says: {sentence}"] == "True", text


def spoken(scenario: Scenario, story: Story) -> list[str]:
    """Everything a program printed, for the report of a difference."""
    told = []
    for number, (step, result) in enumerate(zip(scenario.steps, story.results, strict=True), 1):
        if isinstance(step, Run) and result is not None:
            told.append(f"--- step {number}: {step.words} -> {result.status}\n{result.stdout}{result.stderr}")
    return told
