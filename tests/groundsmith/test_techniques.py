"""Techniques switched on from the settings, through the whole road, with a scripted model and a judge that counts words."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
import scripted
from typer.testing import CliRunner

from groundsmith.authorship import authorship
from groundsmith.cli import app
from groundsmith.conditioning import PENDING, Conditioner, proposed
from groundsmith.planning import condition_balance, planned
from groundsmith.workspace import Workspace
from knowledge.errors import SettingsError, UsageError


def configured(place: Path, text: str = "", **overrides: str) -> Workspace:
    """Open the workspace with conditions in the file and overrides besides."""
    if text:
        settings = place / "groundsmith.yaml"
        found = re.sub(r"^conditions:\n(?:  # .*\n)+", text, settings.read_text(), flags=re.MULTILINE)
        settings.write_text(found)
    named = {name.replace("__", "."): value for name, value in overrides.items()}
    return Workspace.open(place, environment={}, overrides=named)


SILLY = (
    "Purple elephants juggle seven silver trombones beneath the rings of Saturn at dusk.",
    "Nine striped tigers hum a slow tune in C beside the frozen lake.",
    "Blue ink rains on the paper moon whenever the clockmaker forgets his hat.",
)


def sentences(prompt) -> list[str]:
    """The sentences of the prompt's sources that can stand as an answer."""
    texts = [text for _, text in scripted.SOURCE.findall(prompt.messages[-1].content)]
    found = [" ".join(each.split()) for text in texts for each in re.split(r"(?<=[.])\s+", text)]
    return [each for each in found if len(each.split()) > 5] or found


def several(prompt, draw) -> str:
    """Answer in the form that the schema of the prompt asks for, from the sources alone."""
    said, wanted = sentences(prompt) or ["None."], prompt.schema["properties"]
    question = f"What do the rules of Harbourview say in full on matter {scripted.digest(prompt.id)[:8]}?"
    values = {
        "question": question,
        "answer": said[0],
        "items": said[:2] if len(said) > 1 else [said[0], said[0] + " "],
        "options": [said[0], *SILLY],
        "correct": 0,
        "reasoning": "It is the first sentence.",
        "valid": "yes",
        "problem": "nothing",
        "values": ["tenants of long standing", "people new to the city", "people new to the city"],
    }
    return json.dumps({name: values[name] for name in wanted})


def rows_of(workspace: Workspace, count: int, **options) -> list:
    outcome = scripted.run(workspace, count, model=scripted.CountingModel(several), **options)
    return list(workspace.runs.kept(outcome.run, limit=count))


def test_kinds_take_turns_and_each_row_says_its_kind(place):
    with configured(
        place, task__mix="[question-answer, multiple-choice, list-answer]", sampling__levels="[1]"
    ) as workspace:
        rows = rows_of(workspace, 9)
        kinds = Counter(item.conditions["kind"] for item in islice(planned(workspace, workspace.graph()), 30))
    assert kinds == {"question-answer": 10, "multiple-choice": 10, "list-answer": 10}
    assert {row.kind for row in rows} >= {"question-answer", "multiple-choice"}
    assert all("kind" not in row.conditions for row in rows)
    choice = next(row for row in rows if row.kind == "multiple-choice")
    assert choice.answer == json.loads(choice.parts["options"])[0]
    assert choice.verdict == "supported"


def test_a_second_right_option_rejects_the_question(place):
    def ambiguous(prompt, draw):
        said = sentences(prompt)
        question = f"What do the rules say in full on matter {scripted.digest(prompt.id)[:8]}?"
        options = [said[0], said[-1] if len(said) > 1 else f"Indeed, {said[0]}", *SILLY[:2]]
        return json.dumps({"question": question, "options": options, "correct": 0})

    with configured(
        place, task__name="multiple-choice", sampling__levels="[1]", generation__oversample="6"
    ) as workspace:
        outcome = scripted.run(workspace, 4, model=scripted.CountingModel(ambiguous))
        reasons = dict(workspace.runs.funnel(outcome.run).reasons)
    assert reasons.get("ambiguous", 0) > 0


def test_a_kind_from_a_file_of_ones_own(place):
    (place / "riddle.yaml").write_text(
        "instruction: Write a riddle.\nreply:\n  question: {type: string}\n  answer: {type: string}\n"
        'evidence:\n  - {answer: "{{ answer }}"}\n'
    )
    with configured(place, task__file=str(place / "riddle.yaml"), sampling__levels="[1]") as workspace:
        rows = rows_of(workspace, 3)
    assert {row.kind for row in rows} == {"riddle"}


def test_a_changed_file_makes_another_run(place):
    path = place / "mine.yaml"
    names = []
    for word in ("riddle", "proverb"):
        path.write_text(
            f"instruction: Write a {word}.\nreply:\n  question: {{type: string}}\n  answer: {{type: string}}\n"
        )
        with configured(place, task__file=str(path)) as workspace:
            names.append(authorship(workspace.settings).name)
    assert names[0] != names[1]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"task__name": "multiple-choise"}, 'did you mean "multiple-choice"'),
        ({"task__name": "multi-hop"}, r"set sampling.levels to \[3\]"),
        ({"generation__evolve": "[widen]"}, "known: deepen"),
    ],
)
def test_what_cannot_be_written_is_refused_with_the_remedy(place, overrides, words):
    with configured(place, **overrides) as workspace, pytest.raises(SettingsError, match=words):
        authorship(workspace.settings)


def test_a_model_of_its_own_validates_and_calls_are_stated(place):
    with configured(
        place,
        generation__refine="1",
        generation__critics="validator",
        generation__strategy="single",
        sampling__levels="[1]",
    ) as workspace:
        model = scripted.CountingModel(several)
        outcome = scripted.run(workspace, 4, model=model)
        author = authorship(workspace.settings)
        item = next(planned(workspace, workspace.graph()))
        calls = author.expected_calls(item)
    assert outcome.kept == 4
    assert len(model.calls) == outcome.funnel.made * 2
    assert (calls.least, calls.most) == (1, 3)


def test_reasoning_is_kept_apart_or_dropped(place):
    with configured(place, generation__strategy="chain-of-thought", sampling__levels="[1]") as workspace:
        kept = rows_of(workspace, 3)
    with configured(
        place, generation__strategy="chain-of-thought", generation__reasoning="false", sampling__levels="[1]"
    ) as workspace:
        dropped = rows_of(workspace, 3)
    assert {row.reasoning for row in kept} == {"It is the first sentence."}
    assert {row.reasoning for row in dropped} == {None}
    assert [row.answer for row in kept] == [row.answer for row in dropped]


def test_demonstrations_are_verified_rows_of_the_run(place):
    seen: list[str] = []

    def watching(prompt, draw):
        seen.append(prompt.messages[-1].content)
        return several(prompt, draw)

    with configured(
        place,
        demonstrations__selection="similar",
        demonstrations__number="2",
        demonstrations__explanations="true",
        sampling__levels="[1]",
        generation__strategy="single",
    ) as workspace:
        outcome = scripted.run(workspace, 30, model=scripted.CountingModel(watching))
        kept = {row.question for row in workspace.runs.kept(outcome.run)}
    shown = [each for each in seen if each.startswith("Example")]
    assert not seen[0].startswith("Example")
    assert shown
    assert all(each.count("Example") <= 2 and "take no fact from them" in each for each in shown)
    assert all(
        json.loads(question) in kept for each in shown for question in re.findall(r'"question": ("[^"]*")', each)
    )
    assert any("Why: " in each for each in shown)


def test_demonstrations_come_from_a_file(place):
    file = place / "examples.jsonl"
    file.write_text(
        '{"question": "What is the toll on the bridge?", "answer": "Nothing.", "explanation": "It is free."}\n'
    )
    with configured(
        place, demonstrations__selection="random", demonstrations__file=str(file), generation__strategy="single"
    ) as workspace:
        author = authorship(workspace.settings)
        prompt = author.prompts(next(planned(workspace, workspace.graph())))[0].messages[-1].content
    assert "What is the toll on the bridge?" in prompt
    assert "It is free." not in prompt


FRAMES = "conditions:\n  frame: {from: frames}\n  audience: [layperson, lawyer]\n"


def test_frames_come_from_the_passages_of_each_prompt(place):
    with configured(place, FRAMES) as workspace:
        graph = workspace.graph()
        known: dict[str, set[str]] = {}
        for frame in workspace.graph_store.frames():
            known.setdefault(frame.passage_id, set()).add(str(frame.kind))
        items = list(islice(planned(workspace, graph), 40))
    used = Counter(item.conditions["frame"] for item in items if "frame" in item.conditions)
    assert len(used) >= 5
    for item in items:
        there = set().union(*(known.get(passage.id, set()) for passage in item.passages))
        assert item.conditions.get("frame") in (there or {None})
        assert item.conditions["audience"] in {"layperson", "lawyer"}


SOURCES = (
    "conditions:\n  topic: {from: topics}\n  related: {from: related}\n  words: {from: words, count: 3}\n"
    "  area: {from: tree, count: 3}\n  term: {from: concepts, count: 4}\n  difficulty: [default]\n"
)


def test_values_come_from_the_tree_the_graph_and_the_passages(place):
    with configured(place, SOURCES) as workspace:
        graph = workspace.graph()
        items = list(islice(planned(workspace, graph), 48))
        labels = {concept.label for concept in graph.concepts.values()}
        table, (found, possible) = condition_balance(workspace, 48)
    for item in items:
        text = " ".join(passage.text.lower() for passage in item.passages)
        assert all(word in text for word in item.conditions["words"].split(", "))
        assert item.conditions["term"] in labels
        assert item.conditions.get("related", item.concepts[0].label) in labels
    assert Counter(item.conditions["difficulty"] for item in items) == dict.fromkeys(
        ("remember", "understand", "apply", "analyse", "evaluate", "create"), 8
    )
    fixed = [row for row in table if row.wanted is not None]
    assert {row.condition for row in fixed} == {"area", "term", "difficulty"}
    assert max(abs(row.planned - row.wanted) for row in fixed) < 1
    assert found == possible


def test_words_that_must_be_used_are_checked(place):
    with configured(
        place, "conditions:\n  words: {from: words, count: 3}\n", sampling__levels="[1]", generation__oversample="2"
    ) as workspace:
        outcome = scripted.run(workspace, 5, model=scripted.CountingModel(several))
        failures = dict(workspace.runs.funnel(outcome.run).failures)
        kept = list(workspace.runs.kept(outcome.run))
    assert failures.get("mentions", 0) > 0
    for row in kept:
        assert all(word[:4] in f"{row.question} {row.answer}".lower() for word in row.conditions["words"].split(", "))


MODEL = 'conditions:\n  reader: {from: model, ask: "Name two kinds of people who rent homes.", count: 4}\n'


def test_a_model_proposes_values_once(place):
    with configured(place, MODEL, sampling__levels="[1]") as workspace:
        before = next(planned(workspace, workspace.graph())).conditions
        model = scripted.CountingModel(several)
        scripted.run(workspace, 4, model=model)
        rows = list(workspace.runs.kept(workspace.latest_run().id))
        asked = [call for call in model.calls if call[1] == 0]
        again = scripted.CountingModel(several)
        scripted.run(workspace, 4, model=again)
    assert before == {"reader": PENDING}
    assert {row.conditions["reader"] for row in rows} == {"tenants of long standing", "people new to the city"}
    assert asked
    assert not again.calls


def test_a_model_that_proposes_nothing_is_said_so(place):
    with configured(place, MODEL) as workspace, pytest.raises(UsageError, match="fewer than two values"):
        scripted.run(workspace, 1, model=scripted.CountingModel(lambda prompt, draw: '{"values": ["only"]}'))


def test_a_vocabulary_that_was_not_imported_is_said_so(place):
    with (
        configured(place, "conditions:\n  term: {from: vocabulary}\n") as workspace,
        pytest.raises(UsageError, match="nothing to take"),
    ):
        next(planned(workspace, workspace.graph()))


EXCLUDING = (
    "conditions:\n  audience: [resident, lawyer]\n"
    "  style: {values: [plain, legal], weights: [3, 1], unless: {legal: {audience: [resident]}}}\n"
)


def test_weights_and_exclusions_of_the_settings_hold(place):
    with configured(place, EXCLUDING) as workspace:
        rows = [item.conditions for item in islice(planned(workspace, workspace.graph()), 40)]
    assert Counter(row["style"] for row in rows) == {"plain": 30, "legal": 10}
    assert ("resident", "legal") not in {(row["audience"], row["style"]) for row in rows}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{form: frames}", "did you mean 'from'"),
        ("{from: frame}", "it can be one of list"),
        ("{}", "has no values"),
        ("{values: [a], weights: x}", "a list of numbers"),
        ("{values: [a], count: 0}", "from 1 to 500"),
        ("{values: [a], unless: {a: b}}", "must say for a value"),
        ("{values: [[a]]}", "a list of texts"),
    ],
)
def test_a_condition_that_cannot_be_used_is_refused(place, text, words):
    with pytest.raises(SettingsError, match=words):
        configured(place, f"conditions:\n  frame: {text}\n")


def test_usual_values_of_an_unknown_condition_are_refused(place):
    with (
        configured(place, "conditions:\n  colour: [default]\n") as workspace,
        pytest.raises(SettingsError, match="no usual values"),
    ):
        Conditioner.of(workspace, workspace.graph())


FIVE = (
    "conditions:\n  audience: [a1, a2, a3, a4, a5]\n  difficulty: [d1, d2, d3, d4, d5]\n  style: [s1, s2, s3, s4, s5]\n"
    "  channel: [c1, c2, c3, c4, c5]\n  sentiment: [e1, e2, e3, e4, e5]\n"
)


def test_plan_shows_a_table_that_proves_the_balance(place):
    with configured(place, FIVE) as workspace:
        table, pairs = condition_balance(workspace, 50)
    assert {row.planned for row in table} == {10}
    assert pairs == (250, 250)
    result = CliRunner().invoke(app, ["plan", "-n", "25", "--workspace", str(place)])
    assert result.exit_code == 0, result.output
    assert "Conditions of the first 25 combinations" in result.output
    assert "250 of 250 pairs of values stand together in a prompt" in result.output


def test_wordings_vary_with_the_seed_where_they_are_asked_to(place):
    texts = []
    for overrides in ({}, {"generation__variety": "true"}, {"generation__variety": "true"}):
        with configured(place, generation__strategy="single", **overrides) as workspace:
            author = authorship(workspace.settings)
            items = list(islice(planned(workspace, workspace.graph()), 12))
            texts.append([author.prompts(item)[0].messages[-1].content for item in items])
    assert texts[0] != texts[1] == texts[2]
    assert all("The question is about: " in text for text in texts[0])


def test_a_folder_of_templates_replaces_those_that_ship(place):
    folder = place / "prompts"
    folder.mkdir()
    (folder / "grounded.jinja").write_text(
        "{# version: 7 #}\n{% block user %}{{ fenced }}\nMy own words about {{ concepts | join(', ') }}.{% endblock %}\n"
    )
    with configured(place, task__templates=str(folder), generation__strategy="single") as workspace:
        author = authorship(workspace.settings)
        prompt = author.prompts(next(planned(workspace, workspace.graph())))[0]
    assert "My own words about" in prompt.messages[-1].content
    assert "grounded.v7" in author.name


def test_siblings_of_the_graph_are_named_for_the_wrong_options(place):
    with configured(
        place, task__name="multiple-choice", generation__strategy="single", sampling__levels="[1]"
    ) as workspace:
        graph = workspace.graph()
        author = authorship(workspace.settings, graph=graph)
        texts = [author.prompts(item)[0].messages[-1].content for item in islice(planned(workspace, graph), 6)]
    assert sum("Near concepts: " in text for text in texts) >= 4


def test_proposals_are_none_before_the_model_was_asked(place):
    from groundsmith.conditioning import condition_settings

    with configured(place, MODEL) as workspace:
        (wanted,) = condition_settings(workspace.settings).values()
        assert proposed(workspace, "reader", wanted) == ()
