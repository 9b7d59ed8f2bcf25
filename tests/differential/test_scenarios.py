"""Each scenario is played by Certbot and by Everseal; what differs is listed, and what is listed differs."""

from collections.abc import Iterator

import pytest

from tests.differential.comparison import LIST, Difference, differences, read_allowed
from tests.differential.scenario import Run, Scenario
from tests.differential.scenarios import SCENARIOS
from tests.differential.terminal import Unanswered
from tests.differential.twins import Stage, Story


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_leaves_what_certbot_leaves(scenario: Scenario, stage: Stage) -> None:
    complaints = dict(play(scenario, stage))
    if complaints:
        # pebble takes an authorization for valid that an earlier order has proved, in one of a hundred even
        # where it is told never to; then there is no challenge, and no hook. That does not happen twice.
        again = dict(play(scenario, stage))
        complaints = {what: text for what, text in again.items() if what in complaints}
    assert not complaints, "\n".join(complaints.values())


def play(scenario: Scenario, stage: Stage) -> Iterator[tuple[object, str]]:
    """What is wrong, each with what tells it apart from other wrongs."""
    try:
        certbot = stage.play(scenario, stage.certbot)
        everseal = stage.play(scenario, stage.everseal)
    except Unanswered as unanswered:
        yield Unanswered, str(unanswered)
        return
    yield from unplanned(scenario, certbot)
    found = {(one.path, one.field): one for one in differences(certbot.facts, everseal.facts)}
    allowed = allowed_of(scenario)
    for place in found.keys() - allowed:
        yield place, f"{found[place]}{spoken(scenario, everseal, found[place])}"
    for place in allowed - found.keys():
        yield ("listed", place), f"listed as different, and is not: {place}"


def allowed_of(scenario: Scenario) -> set[tuple[str, str]]:
    """Path and field of the differences that are listed for the scenario."""
    rows = read_allowed(LIST.read_text("utf-8"))
    return {(row.path, row.field) for row in rows if row.scenario == scenario.name}


def unplanned(scenario: Scenario, certbot: Story) -> Iterator[tuple[object, str]]:
    """Where the scenario is not about what Certbot really does: other statuses, other sentences."""
    for number, (step, result) in enumerate(zip(scenario.steps, certbot.results, strict=True), 1):
        if not isinstance(step, Run) or result is None:
            continue
        said = certbot.facts[number - 1]
        text = f"Certbot in step {number}: {step.words} -> {result.status}\n{result.stdout}\n{result.stderr}"
        if result.status != step.status:
            yield ("status of Certbot", number), text
        for sentence in step.says:
            if said[f"step {number}", f"says: {sentence}"] != "True":
                yield ("sentence of Certbot", number, sentence), f"{sentence!r} is not in\n{text}"


def spoken(scenario: Scenario, story: Story, difference: Difference) -> str:
    """What the program printed in the step of a difference, for the report."""
    told = ""
    for number, (step, result) in enumerate(zip(scenario.steps, story.results, strict=True), 1):
        if f"step {number}" == difference.path and isinstance(step, Run) and result is not None:
            told = f"\n--- {step.words} -> {result.status}\n{result.stdout}{result.stderr}"
    return told
