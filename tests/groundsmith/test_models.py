"""Which model is used: the one named, the endpoint when there is one, the local one else."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundsmith.models import entailment_model, is_remote, is_small, language_model, listing
from groundsmith.settings import Settings, load
from groundsmith.workspace import Workspace
from knowledge.errors import MissingModel

KEY = {"OPENAI_API_KEY": "a key"}


def settings(**overrides: str) -> Settings:
    named = {name.replace("__", "."): value for name, value in overrides.items()}
    return load(None, environment={}, overrides=named)


def test_an_endpoint_or_a_key_is_remote_and_a_local_name_is_not() -> None:
    assert is_remote(settings(model__base_url="http://127.0.0.1:9/v1"), {})
    assert is_remote(settings(), KEY)
    assert not is_remote(settings(), {})
    assert not is_remote(settings(), {"OPENAI_API_KEY": "  "})
    assert not is_remote(settings(model__name="mine.gguf"), KEY)
    assert not is_remote(settings(model__path="mine.gguf"), KEY)
    assert is_remote(settings(model__api_key_variable="OTHER_KEY"), {"OTHER_KEY": "a key"})
    assert not is_remote(settings(model__api_key_variable="OTHER_KEY"), KEY)


def test_the_model_that_comes_along_is_small_and_an_endpoint_is_not() -> None:
    assert is_small(settings(model__name="smollm2-135m-instruct"))
    assert not is_small(settings(model__base_url="http://127.0.0.1:9/v1"))


def test_an_endpoint_is_opened_without_a_call(tmp_path: Path) -> None:
    Workspace.create(tmp_path, environment={}).close()
    options = {"model.base_url": "http://127.0.0.1:9/v1", "model.name": "far"}
    with Workspace.open(tmp_path, environment={}, overrides=options) as workspace, language_model(workspace) as model:
        assert model.name == "far"


def test_a_local_model_that_is_not_there_says_where_it_was_looked_for(tmp_path: Path) -> None:
    Workspace.create(tmp_path, environment={}).close()
    with (
        Workspace.open(tmp_path, environment={}, overrides={"model.name": "nowhere.gguf"}) as workspace,
        pytest.raises(MissingModel, match=r"nowhere\.gguf.*models"),
        language_model(workspace),
    ):
        pass


def test_the_listing_names_each_model_with_its_state() -> None:
    rows = listing()
    assert {row["role"] for row in rows} == {"embedder", "entailment", "language model"}
    assert all(set(row) == {"name", "role", "state", "licence", "size", "path"} for row in rows)
    assert all(row["state"] in {"here", "missing", "can be pulled"} for row in rows)
    assert all(row["licence"] for row in rows)


@pytest.mark.model
def test_the_builtin_judge_is_the_one_in_the_package() -> None:
    (scores,) = entailment_model(settings()).entail([("The fee is $5.", "The fee is $5.")])
    assert scores.entailment > 0.5
