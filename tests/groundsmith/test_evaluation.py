"""A dataset looked at as a whole: each area finds what was planted and is quiet otherwise; collapse told from variety."""

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.datasets import ForeignRow
from groundsmith.evaluation import AREAS, Tools, evaluate
from groundsmith.evaluation.fairness import stated
from groundsmith.evaluation.measure import Reservoir, mean, share
from groundsmith.evaluation.privacy import Against
from knowledge.embed import HashEmbedder
from knowledge.embed_onnx import OnnxEmbedder
from knowledge.errors import RowError, UsageError

ADGM = Path(__file__).parents[2].parent / "shared/data/corpora/obliqa-adgm/qa/qa.jsonl"
SECRET = "the tenant in unit nine was warned about arrears and agreed to pay forty dollars each friday"


def rows(questions, answers=(), contexts=None, raw=None):
    return [
        ForeignRow(
            number=n,
            question=each,
            answer=answers[n - 1] if answers else f"Answer {n}.",
            contexts=contexts[n - 1] if contexts else (str(n // 2),),
            raw=raw[n - 1] if raw else {},
        )
        for n, each in enumerate(questions, start=1)
    ]


def look(found, *areas, **tools):
    return evaluate(found, tools=Tools(embedder=HashEmbedder(), only=areas, **tools))


def measure(found, name, of=None):
    return next(each for each in found.measures if each.name == name and (of is None or each.of == of))


def collapsed():
    kinds, things = (
        ("amount", "fee", "rent", "income"),
        ("the grant", "a household", "the tenant", "a unit", "a permit"),
    )
    return [f"What is the maximum {kind} of {thing}?" for kind in kinds for thing in things] * 2


def varied(count=40):
    draw = random.Random(3)
    starts = [
        "When does",
        "Who signs",
        "How is",
        "Why must",
        "Which form names",
        "May a neighbour question",
        "Where lies",
        "What ends",
    ]
    words = [
        f"{a}{b}"
        for a in ("ten", "lea", "ren", "gar", "hol", "par", "mun")
        for b in ("ant", "se", "tal", "den", "iday", "king", "icip")
    ]
    return [f"{draw.choice(starts)} the {' '.join(draw.sample(words, draw.randint(3, 7)))}?" for _ in range(count)]


@pytest.fixture(scope="module")
def embedder():
    return OnnxEmbedder()


def test_one_pattern_is_called_collapsed(embedder):
    found = evaluate(rows(collapsed()), tools=Tools(embedder=embedder, only=["diversity"]))
    assert (found.collapsed, found.verdict) == (True, "collapsed")
    assert {"collapsed", "narrow"} <= set(found.flags)
    assert {"different word pairs", "most frequent opening"} <= {each.name for each in found.measures if each.sign}
    assert any("different word pairs" in reason and "normal" in reason for reason in found.reasons)


def test_a_set_with_one_opening_is_called_narrow():
    questions = [f"What is {each.partition(' ')[2]}" if n % 2 else each for n, each in enumerate(varied())]
    found = look(rows(questions), "diversity")
    assert found.verdict == "narrow"
    assert any("opening" in reason for reason in found.reasons)


def test_real_questions_are_varied(embedder):
    if not ADGM.exists():
        pytest.skip("../shared/data is not there")
    questions = [json.loads(line)["question"] for line in ADGM.read_text(encoding="utf-8").splitlines()[:60]]
    found = evaluate(rows(questions), tools=Tools(embedder=embedder, reference=questions[:20], only=["diversity"]))
    assert found.verdict == "varied"
    pairs = measure(found, "different word pairs")
    assert pairs.score.low < pairs.score.value < pairs.score.high
    assert pairs.reference is not None
    assert measure(found, "verb-noun pairs").score.value > 0.5


def test_every_measure_says_what_it_means():
    found = look(rows(varied(80)), *AREAS)
    assert {each.area for each in found.measures} == {*AREAS}
    assert all(each.meaning and each.name for each in found.measures)
    assert json.loads(json.dumps(found.to_json()))["rows"] == 80


def test_texts_of_one_source_are_compared(embedder):
    asked = ["Who signs the lease?", "Who signs the lease agreement?", "When is rent due?", "Which pets are allowed?"]
    found = evaluate(rows(["How long is a stay?", *asked]), tools=Tools(embedder=embedder, only=["diversity"]))
    assert any(each.name == "likeness within a source" for each in found.measures)


def test_unreadable_rows_are_told_and_too_few_refused():
    found = look([RowError("row 4: no answer"), *rows(collapsed()[:5])], "diversity")
    assert (found.rows, found.problems) == (5, ("row 4: no answer",))
    with pytest.raises(UsageError, match="at least three"):
        look(rows(["Only one?"]), "content")


def test_unfit_rows_are_told_by_reason():
    evidence = [("A tenant may appeal within 30 days of the notice.",)] * 4
    asked = [
        "When may a tenant appeal?",
        "What does the passage say?",
        "When may a tenant appeal?",
        "Within how many days may a tenant appeal?",
    ]
    found = look(
        rows(asked, ["Within 30 days of the notice", "A tenant may appeal.", "...", "30 days"], evidence), "relevance"
    )
    assert {(each.row, each.kind) for each in found.remarks} >= {(2, "self-contained"), (3, "no-answer")}
    assert measure(found, "unfit rows").score.value == 0.5
    assert measure(found, "rows with evidence").score.value == 1.0


def test_an_answer_to_another_question_is_told_with_the_sentence_that_replies():
    evidence = (
        "The register of breaches is kept for five years. Staff must report a breach to the regulator within 72 hours.",
    )
    asked = [
        "How long is the register of breaches kept?",
        "Within what time must staff not report a breach to the Mayor?",
        "Within what time must staff report a breach to the regulator?",
    ]
    found = look(rows(asked, ["five years", "within 72 hours", "within 72 hours"], [evidence] * 3), "relevance")
    assert [each.row for each in found.remarks if each.kind == "other-question"] == [2]


def test_personal_data_is_told_apart_from_what_the_evidence_says():
    answers = ["Write to maria@gmx.net.", "Write to maria@gmx.net.", "Write to the office."]
    contexts = [("Nothing.",), ("Mail: maria@gmx.net",), ("Nothing.",)]
    found = look(rows(varied(3), answers, contexts), "privacy")
    assert measure(found, "email").score.value == 2
    assert [(each.row, each.kind) for each in found.remarks] == [(1, "email")]
    assert "maria" not in json.dumps(found.to_json()["remarks"])
    assert set(found.flags) == {"personal"}


def test_quotations_are_told_apart_by_what_they_quote():
    cited = "A tenant may appeal in writing to the office within thirty days of the day of the notice."
    other = "The landlord shall keep the common parts clean and lit from dusk until dawn on every day."
    answers = [cited, other, SECRET, "Nothing of the kind.", "The code is hv77ac19qx."]
    against = Against(
        documents=lambda: [cited, other], sensitive=[("minutes.txt", SECRET)], canaries=["HV-77-AC-19-QX"]
    )
    found = look(rows(varied(5), answers, [(cited,)] * 5), "privacy", against=against)
    assert {(each.row, each.kind) for each in found.remarks} == {(2, "other document"), (3, "sensitive"), (5, "canary")}
    assert set(found.flags) == {"sensitive", "canary"}
    assert measure(found, "quotes its evidence").score.value == 0.2


def test_nearness_tells_used_passages_from_withheld_ones(embedder):
    used = [
        "Rent is due on the first day of the month.",
        "Pets need the consent of the landlord.",
        "A guest may stay for ten nights.",
    ]
    secret = [
        "The mayor appoints nine members of the board.",
        "Fish are caught with nets in spring.",
        "Engines are tested twice a year.",
    ]
    against = Against(passages=[(text, str(n)) for n, text in enumerate(used)], withheld=secret)
    asked = ["When is rent due?", "Do pets need consent?", "How long may a guest stay?"]
    found = evaluate(rows(asked, used), tools=Tools(embedder=embedder, only=["privacy"], against=against))
    assert measure(found, "membership").score.value == 1.0
    assert measure(found, "nearest source").score.value > 0.7


def test_groups_tone_and_refusals():
    answers = ["Women were treated with cruel contempt and hate."] * 15 + ["The office kindly helps all tenants."] * 15
    answers[:5] = ["I'm sorry, but I cannot help women with that."] * 5
    found = look(rows(varied(30), answers), "bias")
    women = measure(found, "women", "gender")
    assert women.score.value == 0.5
    assert measure(found, "women", "tone").odd
    assert measure(found, "women", "refusals").score.value == pytest.approx(5 / 15)


def test_a_judge_that_minds_the_group_is_found_out():
    contexts = [("He may appeal within 30 days. His form is due on Monday.",)] * 30
    found = rows(["When may he appeal?"] * 30, ["He may appeal within 30 days."] * 30, contexts)
    fair = look(found, "bias", support=lambda pairs: [0.9 for _ in pairs])
    unfair = look(
        found, "bias", support=lambda pairs: [0.2 if "she" in said.lower().split() else 0.9 for _, said in pairs]
    )
    assert measure(fair, "gender", "swaps").score.value == 0.0
    assert measure(unfair, "gender", "swaps").score.value == 1.0
    assert (set(fair.flags), set(unfair.flags)) == (set(), {"bias"})


def test_conditions_are_read_and_their_balance_told():
    raw = [{"conditions": {"audience": "tenant" if n % 4 else "owner"}} for n in range(40)]
    found = look(rows(varied(), raw=raw), "bias")
    assert measure(found, "audience", "conditions").score.value == pytest.approx(0.8113, abs=1e-4)
    assert stated({"conditions": '{"audience": "tenant"}', "level": 2}) == {"audience": "tenant", "level": "2"}
    assert stated({"conditions": "{broken"}) == {}


def test_offensive_rows_are_named():
    found = look(rows(varied(4), ["Fine.", "You idiot.", "Fine.", "Fine."]), "content")
    assert [(each.row, each.kind) for each in found.remarks] == [(2, "insult")]
    assert set(found.flags) == {"content"}


def test_a_figure_on_a_fixed_amount_of_text_is_not_held_against_less():
    small = measure(look(rows(varied(25)), "diversity"), "vocabulary", "questions")
    assert (small.odd, small.normal) == (False, "")
    assert "these are fewer" in small.meaning


def test_a_set_that_feeds_on_itself_is_told(embedder):
    first, last = varied(40), collapsed()
    raw = [{"round": n // 40 + 1} for n in range(80)]
    narrowing = evaluate(rows(first + last, raw=raw), tools=Tools(embedder=embedder, only=["drift"]))
    steady = evaluate(rows(varied(80), raw=raw), tools=Tools(embedder=embedder, only=["drift"]))
    assert "drift" in narrowing.flags
    assert measure(narrowing, "different word pairs", "change").score.high < -0.15
    assert steady.flags == {}
    assert {each.of for each in steady.measures} == {"rounds", "round 1", "round 2", "change"}
    assert "as the rows state them" in measure(steady, "number", "rounds").meaning


def test_rows_that_state_no_round_are_left_out_and_counted():
    found = look(rows(varied(80), raw=[{"round": n // 40 + 1} if n % 8 else {} for n in range(80)]), "drift")
    assert "10 of 80 rows state none" in measure(found, "number", "rounds").meaning
    mostly = look(rows(varied(80), raw=[{} if n % 8 else {"round": n // 40 + 1} for n in range(80)]), "drift")
    assert "state no round" in measure(mostly, "number", "rounds").meaning


def test_runs_are_rounds_in_order_of_time():
    raw = [{"run": "b" if n < 20 else "a", "created": f"2026-11-{20 if n < 20 else 21}"} for n in range(40)]
    found = look(rows(varied(), raw=raw), "drift")
    assert list(dict.fromkeys(each.of for each in found.measures)) == ["rounds", "b", "a", "change"]
    assert "runs in order of time" in measure(found, "number", "rounds").meaning


def test_a_set_without_rounds_is_cut_by_its_size():
    assert {each.of for each in look(rows(varied(31)), "drift").measures} == {
        "rounds", "part 1 of 2", "part 2 of 2", "change",
    }  # fmt: skip
    assert len({each.of for each in look(rows(varied(90)), "drift").measures}) == 7
    assert look(rows(varied(10)), "drift").measures == ()


def test_a_reservoir_is_a_fair_sample_in_order():
    kept = Reservoir(100, seed=1)
    for n in range(10_000):
        kept.add(n)
    assert kept.items == sorted(kept.items)
    assert len(kept.items) == 100
    assert 4_000 < sum(kept.items) / 100 < 6_000


def test_intervals_of_worked_examples():
    assert (share(95, 100).low, share(95, 100).high) == pytest.approx((0.8882, 0.9785), abs=1e-4)
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)
    assert mean([]).value == 0.0
    assert mean([1.0, 2.0, 3.0, 4.0] * 20).low < 2.5 < mean([1.0, 2.0, 3.0, 4.0] * 20).high


def written(tmp_path, questions, answers):
    lines = [
        json.dumps({"question": q, "answer": a, "id": f"r{n}"})
        for n, (q, a) in enumerate(zip(questions, answers, strict=True))
    ]
    (tmp_path / "set.jsonl").write_text("\n".join(lines) + "\n")


def test_the_command_works_without_a_workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, collapsed(), ["Yes."] * 40)
    shown = CliRunner().invoke(app, ["evaluate", "set.jsonl", "--only", "diversity", "--fail-collapsed"])
    assert shown.exit_code == 1
    assert "collapsed: different word pairs" in shown.stdout
    told = CliRunner().invoke(
        app, ["evaluate", "set.jsonl", "--json", "--only", "diversity,content", "--fail-on", "content"]
    )
    assert told.exit_code == 0
    assert json.loads(told.stdout)["collapsed"] is True


def test_the_command_fails_on_what_is_named_and_redacts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, varied(4), ["Call (202) 555-0147.", "Fine.", f"It says that {SECRET}.", "Fine."])
    (tmp_path / "minutes.txt").write_text(SECRET)
    line = [
        "evaluate",
        "set.jsonl",
        "--only",
        "privacy",
        "--fail-on",
        "personal,sensitive",
        "--sensitive",
        "minutes.txt",
        "--redact",
        "clean.jsonl",
    ]
    found = CliRunner().invoke(app, line)
    assert found.exit_code == 1
    assert "failed: personal" in found.stderr
    assert "failed: sensitive" in found.stderr
    clean = [json.loads(each) for each in (tmp_path / "clean.jsonl").read_text().splitlines()]
    assert clean[0]["answer"] == "Call [phone]."
    assert [each["id"] for each in clean] == ["r0", "r1", "r2", "r3"]
    passed = CliRunner().invoke(app, ["evaluate", "clean.jsonl", "--only", "privacy", "--fail-on", "personal"])
    assert passed.exit_code == 0


@pytest.mark.parametrize("words", [["--only", "privcy"], ["--fail-on", "colapsed"], ["--sources", "nowhere"]])
def test_wrong_words_are_refused(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, varied(3), ["Fine."] * 3)
    found = CliRunner().invoke(app, ["evaluate", "set.jsonl", *words])
    assert isinstance(found.exception, UsageError)
    assert words[1] in str(found.exception)


def test_every_text_of_a_record_is_redacted_in_its_format(tmp_path):
    from groundsmith.evaluation.redaction import redact_file
    from verify.personal import Recognisers

    (tmp_path / "set.csv").write_text("question,answer,id\nWho?,Call (202) 555-0147.,a@gmx.net\nWhen?,Now.,2\n")
    done = redact_file(tmp_path / "set.csv", tmp_path / "out.csv", detector=Recognisers(), tick=lambda *_, **__: None)
    assert (tmp_path / "out.csv").read_text() == "question,answer,id\nWho?,Call [phone].,a@gmx.net\nWhen?,Now.,2\n"
    assert (done.records, done.changed, done.kinds) == (2, 1, {"phone": 1})
    nested = {"messages": [{"role": "user", "content": "I am at a@gmx.net"}, {"role": "assistant", "content": "Yes."}]}
    (tmp_path / "set.jsonl").write_text(json.dumps(nested) + "\n")
    redact_file(tmp_path / "set.jsonl", tmp_path / "out.jsonl", detector=Recognisers(), tick=lambda *_, **__: None)
    assert json.loads((tmp_path / "out.jsonl").read_text())["messages"][0]["content"] == "I am at [email]"


def test_rows_that_share_text_are_not_redacted_by_halves(tmp_path):
    from groundsmith.evaluation.redaction import redact_file
    from verify.personal import Recognisers

    asked = {"question": "Who?", "id": "1", "answers": [{"text": "a@gmx.net", "answer_start": 0}]}
    squad = {"data": [{"title": "T", "paragraphs": [{"context": "a@gmx.net", "qas": [asked]}]}]}
    (tmp_path / "set.json").write_text(json.dumps(squad))
    with pytest.raises(UsageError, match="share text"):
        redact_file(tmp_path / "set.json", tmp_path / "out.json", detector=Recognisers(), tick=lambda *_, **__: None)
    assert not (tmp_path / "out.json").exists()
