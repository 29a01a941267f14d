import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from groundsmith.settings import TABLE, Settings, load, template
from knowledge.errors import SettingsError


def write(folder: Path, text: str) -> Path:
    path = folder / "groundsmith.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, **environment: str) -> Settings:
    return load(write(folder, text), environment=environment)


def refusal(folder: Path, text: str, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(folder, text, **environment)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_every_setting_has_help_and_a_default_that_is_accepted(tmp_path: Path) -> None:
    defaults = load(None, environment={})
    assert read(tmp_path, template()).resolved() == defaults.resolved()
    assert all(row.help.endswith(".") for row in TABLE.values())
    assert all(row.name.partition(".")[2] in template() and row.help in template() for row in TABLE.values())


def test_nothing_but_the_file_that_is_there(tmp_path: Path) -> None:
    for text in ("", "# nothing\n", "library:\nmodel:\n", "\ufefflibrary:\n"):
        assert read(tmp_path, text).resolved() == load(None, environment={}).resolved()


def test_later_wins(tmp_path: Path) -> None:
    path = write(tmp_path, "generation: {count: 5, draws: 2, sentences: 3}\n")
    environment = {"GROUNDSMITH_GENERATION__COUNT": "6", "GROUNDSMITH_GENERATION__DRAWS": "4", "GROUNDSMITH_DEBUG": "1"}
    settings = load(path, environment=environment, overrides={"generation.count": "7"})
    assert (settings.generation.count, settings.generation.draws, settings.generation.sentences) == (7, 4, 3)
    assert settings["generation.count"] == 7
    assert settings.file == path


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("sampling.levels", "1,3", (1, 3)),
        ("sampling.levels", "[2]", (2,)),
        ("budget.calls", "null", None),
        ("budget.money", "2.5", 2.5),
        ("verification.rules", "no", False),
        ("generation.strategy", "single", "single"),
        ("model.name", "llama-3", "llama-3"),
        ("conditions.audience", "resident, case officer", ("resident", "case officer")),
    ],
)
def test_text_becomes_the_settings_type(name: str, text: str, expected: object) -> None:
    assert load(None, environment={}, overrides={name: text})[name] == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("generatoin: {count: 3}", ["groundsmith.yaml", "'generatoin'", "did you mean 'generation'"]),
        ("generation: {cuont: 3}", ["'generation.cuont'", "did you mean 'generation.count'"]),
        ("model: {api_key: x}", ["did you mean 'model.api_key_variable'"]),
        ("generation: {seed: 3}", ["did you mean"]),
        ("generation: {zzzzzz: 3}", ["known are", "generation.count"]),
        ("generation: {count: 0}", ["generation.count is 0", "at least 1"]),
        ("generation: {count: '50'}", ['generation.count is "50"', "a whole number, without quotes"]),
        ("generation: {count: 5.5}", ["generation.count is 5.5", "a whole number"]),
        ("generation: {count: true}", ["a whole number"]),
        ("curation: {similarity: 1.5}", ["curation.similarity is 1.5", "from 0 to 1"]),
        ("curation: {similarity: .nan}", ["a number"]),
        ("generation: {strategy: singel}", ["singel", "auto, single, decompose"]),
        ("sampling: {levels: []}", ["at least one value"]),
        ("sampling: {levels: 2}", ["a list"]),
        ("sampling: {levels: [1, 4]}", ["from 1 to 3"]),
        ("conditions: {reader: [tenant, tenant]}", ["without repeats"]),
        ("model: {name: 5}", ["text, in quotes"]),
        ("model: {name: ''}", ["not empty"]),
        ("model: {timeout: null}", ["model.timeout is null", "a number"]),
        ("generation: 5", ["generation must be a mapping"]),
        ("- a\n- b", ["must be a mapping of sections"]),
        ("conditions: {audience: resident}", ["conditions.audience", "a list"]),
        ("conditions: {two words: [a]}", ["'two words'", "a word of letters"]),
        ("generation:\n  count: 3\n  count: 4\n", ["line 3", "'count' occurs twice"]),
        ("generation: {count: 1}\ngeneration: {count: 2}", ["'generation' occurs twice"]),
        ("a: &x 1\nb: *x", ["aliases are not allowed"]),
        ("model: {name: !!python/object/apply:os.system [ls]}", ["could not determine a constructor"]),
        ("[" * 500, ["nested too deeply"]),
        ("generation: {count: 3", ["line"]),
        ("? [a, b]\n: 1", ["a key must be a word"]),
        ("model: {name: '${NOT_THERE}'}", ["NOT_THERE", "is not set", "${NOT_THERE:-default}"]),
        ("x: \x00", ["groundsmith.yaml"]),
    ],
)
def test_a_refusal_names_file_setting_value_and_remedy(tmp_path: Path, text: str, words: list[str]) -> None:
    message = refusal(tmp_path, text)
    assert message.startswith("groundsmith.yaml")
    for word in words:
        assert word in message


def test_words_stay_words(tmp_path: Path) -> None:
    settings = read(tmp_path, "task: {language: no}\nconditions: {year: [2024, 2025-01-01], answer: [yes, true]}\n")
    assert settings.task.language == "no"
    assert settings.conditions == {"year": ("2024", "2025-01-01"), "answer": ("yes", "true")}


def test_variables_are_filled_in(tmp_path: Path) -> None:
    text = "model: {base_url: '${HOST:-http://localhost}:${PORT}/v1', name: '$${PORT}'}\ngeneration: {count: '${N}'}\n"
    settings = read(tmp_path, text, PORT="8000", N="12")
    assert settings.model.base_url == "http://localhost:8000/v1"
    assert settings.model.name == "${PORT}"
    assert settings.generation.count == 12


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = read(
        tmp_path, "model: {path: models/small.gguf}\nverification: {model: ./judge}\nembedding: {model: a/b}"
    )
    assert settings.model.path == tmp_path / "models/small.gguf"
    assert settings.verification.model == str(tmp_path / "judge")
    assert settings.embedding.model == "a/b"


KEY = "sk-proj-0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        f"model: {{name: {KEY}}}",
        f"model: {{api_key_variable: {KEY}}}",
        f"model: {{api_key_variable: 'Bearer {KEY}'}}",
        "model: {base_url: 'https://me:hunter2@example.org/v1'}",
        "model: {name: '${OPENAI_API_KEY}'}",
        f"conditions: {{audience: [{KEY}]}}",
    ],
)
def test_secrets_are_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    message = refusal(tmp_path, text, OPENAI_API_KEY=KEY)
    assert "environment variable" in message
    assert KEY not in message
    assert "hunter2" not in message


def test_an_unknown_variable_of_ours_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"variable GROUNDSMITH_GENERATION__CUONT.*did you mean 'generation.count'"):
        load(None, environment={"GROUNDSMITH_GENERATION__CUONT": "3"})


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"--set: unknown setting 'count'; did you mean 'generation.count'"):
        load(None, environment={}, overrides={"count": "3"})


def test_a_file_that_is_not_text_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "groundsmith.yaml"
    with pytest.raises(SettingsError, match="cannot be read"):
        load(path, environment={})
    path.write_bytes(b"task: \xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load(path, environment={})


def test_the_record_is_plain_json(tmp_path: Path) -> None:
    record = read(tmp_path, "model: {path: a.gguf}\nconditions: {audience: [a, b]}").resolved()
    assert json.loads(json.dumps(record)) == record
    assert record["conditions"] == {"audience": ["a", "b"]}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner)))
def test_any_value_is_accepted_or_refused_cleanly(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = write(tmp_path_factory.mktemp("any"), json.dumps({"generation": {"count": value}, "model": {"name": value}}))
    try:
        settings = load(path, environment={})
    except SettingsError as error:
        message = str(error)
    else:
        assert settings.generation.count >= 1
        return
    assert message.startswith("groundsmith.yaml: ")


@example("~0")
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_cleanly(text: str) -> None:
    for name in ("sampling.levels", "budget.money", "verification.rules", "model.path", "conditions.a"):
        with suppress(SettingsError):
            load(None, environment={}, overrides={name: text})
