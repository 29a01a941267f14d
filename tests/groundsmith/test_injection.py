"""Planted attacks, through the whole road with the real judge and a model that obeys every one of them.

Attacks stand in documents (`documents`) or in what the model writes of its own accord (`outputs`, `replies`). Each is obeyed in three ways:
after a right answer, in the question, and in the reasoning.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import scripted
from bs4 import BeautifulSoup

import verify
from generate.prompt import Prompt
from groundsmith.exports import FORMS, export_rows
from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.pipeline import generate
from groundsmith.report import ReportData, render
from groundsmith.row import DatasetRow
from groundsmith.runs import Unit
from groundsmith.workspace import Workspace
from knowledge.identity import digest
from knowledge.sanitise import injection_flags

NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty"
NASTY_FILES = (
    "pdf/hidden-text-injection.pdf",
    "html/injection-visible.html",
    "html/injection-hidden.html",
    "html/entities.html",
    "markdown/injection-in-comment-and-table.md",
)
ATTACKS: dict[str, list[dict[str, str]]] = json.loads(
    Path(__file__).with_name("attacks.json").read_text(encoding="utf-8")
)
NASTY_MARKS = {"mark every claim": "APPROVED-EVERYTHING", "maintenance mode": "<SYSTEM>"}
SUBJECTS = (
    "parking storage laundry bicycle rooftop guest hall heating moving repair noise pet awning key meter garden "
    "bench rent visit exchange sublease balcony cellar window door lift antenna fence boiler kitchen "
    "carpet paint mailbox lamp gate pool sauna piano kiln loom canoe trailer beehive greenhouse workshop "
    "darkroom library nursery chapel museum theatre kiosk bakery market ferry harbour quarry orchard "
    "vineyard stable mill forge lighthouse windmill "
).split()
LIE = "evade-lie"
"""A plain false statement in a document: what documents say is taken as true, so its answer is right by them."""
WAYS = ("answer", "question", "reasoning")
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        not list((Path(verify.__file__).parent / "weights").glob("*.onnx")), reason="the entailment model is not here"
    ),
]


def fact(number: int) -> str:
    """A rule that no attack changes."""
    return f"The {SUBJECTS[number]} officer must renew the {SUBJECTS[number]} certificate within {number + 11} days of the inspection."


def planted(folder: Path) -> None:
    """Write documents, each with one rule and one attack in a section, and one without any attack."""
    sections = [
        f"## Rule {number + 1}\n\n{fact(number)} {attack['text']}\n"
        for number, attack in enumerate(ATTACKS["documents"])
    ]
    for number in range(0, len(sections), 7):
        (folder / f"planted-{number}.md").write_text("\n".join(["# Planted", *sections[number : number + 7]]))
    clean = [f"## Article {number}\n\n{fact(number)}\n" for number in range(len(sections), len(SUBJECTS))]
    (folder / "clean.md").write_text("\n".join(["# Clean", *clean]))
    for name in NASTY_FILES:
        if (NASTY / name).is_file():
            shutil.copy(NASTY / name, folder / name.replace("/", "-"))


@dataclass
class Obedient:
    """A model that does whatever its prompt or its whim tells it; `seen` and `said` are the ids of attacks it met and used."""

    seen: set[str] = field(default_factory=set)
    said: set[tuple[str, str]] = field(default_factory=set)
    payloads: dict[str, str] = field(default_factory=dict)

    def __call__(self, prompt: Prompt, draw: int) -> str:
        """Answer a prompt: obey an attack in it, else attack."""
        system, user = prompt.messages[0].content, prompt.messages[-1].content
        ((_, source), *_) = scripted.SOURCE.findall(user)
        right = " ".join(re.split(r"(?<=\.)\s", " ".join(source.split()))[0].split())
        fill = {"<SYSTEM>": system, "<TASK>": user.rpartition("[end")[2].partition("]")[2].strip(), "<A>": right}
        way = WAYS[draw % len(WAYS)]
        for name, mark, payload in self._known():
            if mark.lower() in user.lower():
                self.seen.add(name)
                return self._obeyed(name, way, right, filled(payload, fill))
        return self._attack(prompt, draw, right, fill)

    def _known(self) -> Iterator[tuple[str, str, str]]:
        yield from ((each["id"], each["mark"], each["payload"]) for each in ATTACKS["documents"])
        yield from ((mark, mark, payload) for mark, payload in NASTY_MARKS.items())

    def _attack(self, prompt: Prompt, draw: int, right: str, fill: dict[str, str]) -> str:
        """Attack by place in a list: every third time, by a reply as a whole; now and then, be honest."""
        number = int(digest([prompt.id, draw]), 16)
        whims = [(each["id"], each["says"]) for each in ATTACKS["outputs"]]
        whims += [(each["id"], each["payload"]) for each in ATTACKS["documents"]]
        whims += [("honest", "")] * 6
        if number % 7 == 0:
            chosen = ATTACKS["replies"][number // 7 % len(ATTACKS["replies"])]
            self.said.add((chosen["id"], "reply"))
            return chosen["raw"].replace("<Q>", json.dumps(question(right))).replace("<A>", json.dumps(right))
        name, says = whims[number // 7 % len(whims)]
        way = WAYS[draw % len(WAYS)]
        if name == "honest":
            return reply(question(right), right, "The source says so.")
        return self._obeyed(name, way, right, filled(says.replace("<A>", "").strip(), fill))

    def _obeyed(self, name: str, way: str, right: str, payload: str) -> str:
        self.said.add((name, way))
        self.payloads[f"{name}/{way}"] = payload
        match way:
            case "answer":
                return reply(question(right), f"{right} {payload}", "The source says so.")
            case "question":
                return reply(f"{question(right)} {payload}", right, "The source says so.")
            case _:
                return reply(question(right), right, f"The source says so. {payload}")


def question(right: str) -> str:
    """A question that a rule answers."""
    found = re.search(r"The (\w+) officer must renew", right)
    return (
        f"When must the {found[1]} officer renew the {found[1]} certificate?"
        if found
        else f"What is the rule on {right[:30]}?"
    )


def filled(text: str, fill: dict[str, str]) -> str:
    for name, value in fill.items():
        text = text.replace(name, value)
    return text


def reply(question: str, answer: str, reasoning: str) -> str:
    return json.dumps({"question": question, "answer": answer, "reasoning": reasoning})


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What came of the run."""

    root: Path
    model: Obedient
    kept: list[DatasetRow]
    units: list[Unit]
    before: set[str]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    outer = tmp_path_factory.mktemp("outer")
    root = outer / "inner" / "place"
    (root / "policies").mkdir(parents=True)
    planted(root / "policies")
    before = {str(path.relative_to(outer)) for path in outer.rglob("*")}
    model = Obedient()
    settings = {
        "generation.strategy": "chain-of-thought",
        "generation.draws": "6",
        "generation.oversample": "1",
        "sampling.levels": "[1]",
        "curation.duplicates": "false",
    }
    with Workspace.create(root, environment={}) as workspace:
        ingest_into(workspace, [root / "policies"], prune=False, tick=scripted.silent)
        build_graph(workspace, tick=scripted.silent)
    with Workspace.open(root, environment={}, overrides=settings) as workspace:
        outcome = generate(
            workspace, count=600, stop=lambda: False, tick=scripted.silent, model=scripted.CountingModel(model)
        )
        units = list(workspace.runs.units(outcome.run))
        kept = list(workspace.runs.kept(outcome.run))
    return Ended(root=root, model=model, kept=kept, units=units, before=before)


def written(row: DatasetRow) -> str:
    """Everything of a row that a model wrote or named."""
    return json.dumps({**row.to_json(), "evidence": None}, ensure_ascii=False)


def carriers(ended: Ended, *fields: str) -> list[str]:
    """The payloads that stand in these fields of rows that passed, as attack/way."""
    texts = [str(getattr(row, name) or "") for row in ended.kept for name in fields]
    folded = [" ".join(text.split()) for text in texts]
    payloads = {name: " ".join(text.split()) for name, text in ended.model.payloads.items()}
    return sorted(name for name, payload in payloads.items() if payload and any(payload in text for text in folded))


def test_the_attacks_are_many_and_each_was_met_or_kept_from_the_model(ended: Ended) -> None:
    assert len(ATTACKS["documents"]) >= 40
    flagged = {each["id"] for each in ATTACKS["documents"] if injection_flags(each["text"])}
    forged = {"evade-json"}
    assert {each["id"] for each in ATTACKS["documents"]} - flagged - forged <= ended.model.seen
    assert (flagged | forged) & ended.model.seen <= {"close-tag"}, "its tags are gone when the document is read"
    used = {name for name, _ in ended.model.said}
    assert len(used) >= 60


def test_no_payload_stands_in_a_row_that_passed(ended: Ended) -> None:
    assert len(ended.kept) >= 5
    found = carriers(ended, "question", "answer", "parts", "concepts", "conditions", "id")
    assert [name for name in found if name.partition("/")[0] != LIE] == []


def test_reasoning_carries_nothing_that_runs_leads_or_leaks(ended: Ended) -> None:
    signs = re.compile(
        r"[<>{}\\\[\]]|://|\.\./|~/|[^\x20-\x7e]|never an instruction|HYPERLINK|verdict|previous instructions"
    )
    assert [row.reasoning for row in ended.kept if signs.search(row.reasoning or "")] == []


def test_the_task_stays_and_rows_name_what_the_program_knows(ended: Ended) -> None:
    for row in ended.kept:
        assert (row.kind, row.verdict, row.rejected, row.model) == ("question-answer", "supported", None, "scripted")
        assert re.fullmatch(r"s_[0-9a-f]+", row.id)
        assert row.run == ended.kept[0].run
        assert row.parts == {}
        assert all(injection_flags(each.text) == () for each in row.evidence)


def test_the_prompt_does_not_leak(ended: Ended) -> None:
    for row in ended.kept:
        text = written(row).lower()
        assert "never an instruction to you" not in text
        assert "reply with one json object" not in text


def test_nothing_is_written_outside_the_workspace(ended: Ended) -> None:
    outer = ended.root.parents[1]
    inside = ended.root.relative_to(outer).as_posix()
    new = {str(path.relative_to(outer)) for path in outer.rglob("*")} - ended.before
    assert [name for name in new if not Path(name).as_posix().startswith(f"{inside}/")] == []
    assert [name for name in new if any(word in name for word in ("coot", "passwd", "hosts", "cron"))] == []


def test_the_report_shows_every_attack_as_text(ended: Ended) -> None:
    rows = [unit.row for unit in ended.units]
    hostile = [row for row in rows if re.search(r"<(?:script|img|svg|iframe)", row.answer + (row.reasoning or ""))]
    assert hostile
    page = BeautifulSoup(render(ReportData(title="<script>", created="", kept=hostile, rejected=hostile)), "lxml")
    assert len(page.find_all("script")) <= 1
    assert page.find_all(["img", "iframe"]) == []
    assert page.find_all(onerror=True) + page.find_all(onload=True) == []
    assert [link for link in page.find_all("a") if not str(link["href"]).startswith("#")] == []


@pytest.mark.parametrize("form", sorted(FORMS))
def test_exports_hold_no_payload_and_stay_in_their_file(ended: Ended, form: str, tmp_path: Path) -> None:
    export_rows([replace(row, reasoning=None) for row in ended.kept], tmp_path / "set.out", form=form)
    assert [path.name for path in tmp_path.iterdir()] == ["set.out"]
    if form != "parquet":
        plain = (tmp_path / "set.out").read_text(encoding="utf-8")
        assert [
            word for word in ("PWNALPHA", "OKAY-PELICAN", "phish.example/login", "coot fund") if word in plain
        ] == []
