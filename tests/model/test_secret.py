import copy
import json
import pickle

import pytest

from everseal.model.secret import Secret


def test_a_secret_shows_nothing() -> None:
    secret = Secret("hunter2")
    shown = [repr(secret), str(secret), f"{secret}", repr([secret]), repr({"a": secret})]
    assert not any("hunter2" in text for text in shown)
    assert secret.reveal() == "hunter2"


def test_a_secret_goes_nowhere_by_itself() -> None:
    secret = Secret("hunter2")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_secrets_are_compared_by_content() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert hash(Secret("a")) != hash("a")
    assert Secret("a")
    assert not Secret("")
