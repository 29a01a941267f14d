"""Conditions known by name: said in words, and checked where they can be."""

import pytest

from generate.check import Surroundings, problem
from generate.prompt import compose
from generate.scope import SCOPES, scope_checks, scope_values, worded
from generate.task import PRESETS
from knowledge.document import Passage

TEXT = "A tenant must request a hearing within 14 days."
PASSAGE = Passage(id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=len(TEXT), text=TEXT)


def verdict(conditions, question, answer):
    found = problem(scope_checks(conditions), {"question": question, "answer": answer}, Surroundings())
    return found[0] if found else None


def test_bloom_levels_are_the_usual_values_of_difficulty():
    assert scope_values("difficulty") == ("remember", "understand", "apply", "analyse", "evaluate", "create")
    assert "given case" in worded("difficulty", "apply")


def test_values_of_ones_own_are_said_plainly_and_unknown_names_too():
    assert worded("audience", "resident") == "Audience: resident."
    assert worded("place_of_work", "harbour") == "Place of work: harbour."
    assert scope_values("place_of_work") == ()


@pytest.mark.parametrize("name", sorted(SCOPES))
def test_every_usual_value_is_said_in_the_prompt(name):
    for value in scope_values(name):
        prompt = compose(PRESETS["question_answer"], {name: value}, passages=[PASSAGE])
        assert worded(name, value) in prompt.messages[-1].content


@pytest.mark.parametrize(
    ("conditions", "question", "answer", "wrong"),
    [
        ({"length": "short"}, "Q?", "word " * 10, None),
        ({"length": "short"}, "Q?", "word " * 40, "words"),
        ({"length": "long"}, "Q?", "word " * 10, "words"),
        ({"length": "medium"}, "Q?", "word " * 30, None),
        ({"words": "notice, appeals"}, "Which notice?", "An appeal is possible.", None),
        ({"words": "notice, appeals"}, "Which notice?", "A letter.", "mentions"),
        ({"frame": "deadline"}, "By when must it be paid?", "Within 14 days.", None),
        ({"frame": "deadline"}, "Who pays?", "The tenant pays.", "frame"),
        ({"frame": "prohibition"}, "What may staff not do?", "Staff may not accept gifts.", None),
        ({"frame": "exception"}, "Who must pay?", "All tenants must pay.", "frame"),
        ({"frame": "conflict"}, "Who must pay?", "All tenants.", None),
        ({"audience": "lawyer"}, "Who must pay?", "All tenants.", None),
    ],
)
def test_what_a_condition_asks_for_is_checked(conditions, question, answer, wrong):
    assert verdict(conditions, question, answer) == wrong


def test_wordings_vary_by_chance_and_seed_only_where_they_are_asked_to():
    from graph.concept import Concept

    concept = Concept(id="c_1", key="hearing", label="hearing", kind="concept")

    def text(variant):
        return (
            compose(PRESETS["question_answer"], passages=[PASSAGE], concepts=[concept], variant=variant)
            .messages[-1]
            .content
        )

    assert text(0) == text(0)
    assert "The question is about: hearing." in text(0)
    assert len({text(variant) for variant in range(1, 40)}) > 2
    assert text(5) == text(5)
