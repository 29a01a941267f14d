"""The parts of the report: what is measured and within what bounds, the map, and the same as Markdown and as data."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import scripted
import specimen
import yaml
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.findings import report_data
from groundsmith.panel import Cell, Panel, Table, cells
from groundsmith.report import ReportData, common_command, render
from groundsmith.report_card import markdown, plain
from groundsmith.report_map import MOST, coverage_map
from groundsmith.report_measure import spaced
from groundsmith.report_quality import Quality, quality_panel
from groundsmith.row import DatasetRow
from groundsmith.runs import Spending
from groundsmith.workspace import Workspace
from knowledge.errors import UsageError


@pytest.fixture(scope="module")
def workspace(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Three policies and a run of fifteen rows."""
    root = shutil.copytree(library, tmp_path_factory.mktemp("panels") / "place")
    with Workspace.open(root, environment={}) as opened:
        scripted.run(opened, 15)
        yield opened


@pytest.fixture(scope="module")
def data(workspace: Workspace) -> ReportData:
    """All that is said of the run, with the packaged embedder and judge."""
    return report_data(workspace, workspace.latest_run().id)


def panel(data: ReportData, name: str) -> Panel:
    return next(each for each in data.panels if each.name == name)


def test_every_part_is_measured_and_every_figure_names_its_command(data: ReportData) -> None:
    assert [each.name for each in data.panels][:2] == ["quality", "diversity"]
    assert {"quality", "diversity", "relevance", "privacy", "bias", "content", "cost"} <= {p.name for p in data.panels}
    for each in data.panels:
        assert all(table.command.startswith("groundsmith ") and table.rows for table in each.tables)
    assert all(command.startswith("groundsmith ") for command in data.commands.values())
    assert "Round by round" in [table.caption for table in panel(data, "diversity").tables]


def test_the_commands_are_ones_that_there_are(data: ReportData) -> None:
    known = CliRunner()
    commands = {table.command for each in data.panels for table in each.tables} | set(data.commands.values())
    words = {tuple(part.split()[1:]) for command in commands for part in command.split(" && ")}
    for command in {(*word[:2],) if word[0] == "runs" else word[:1] for word in words}:
        helped = known.invoke(app, [*command, "--help"]).output
        used = {option for word in words if word[: len(command)] == command for option in word if option[:2] == "--"}
        assert used <= set(re.findall(r"--[a-z-]+", helped)), command


def test_measures_are_those_of_evaluate(data: ReportData, workspace: Workspace, tmp_path: Path) -> None:
    from groundsmith.evaluation import evaluate_file
    from groundsmith.evaluation.sources import of_workspace
    from groundsmith.evaluation.tools import tools_of
    from groundsmith.exports import export_rows

    file, place = tmp_path / "rows.jsonl", workspace
    export_rows(data.kept, file, form="jsonl")
    tools = tools_of(place.settings, place.embedder, of_workspace(place), areas=("diversity", "privacy"))
    found = evaluate_file(file, tools=tools, tick=scripted.silent)
    told = {
        (table.caption, row[0].text): float(row[1].text.replace(",", ""))
        for name in ("diversity", "privacy")
        for table in panel(data, name).tables
        if table.columns[1] == "Value"
        for row in table.rows
    }
    wanted = {(f"{each.area.capitalize()}: {each.of}", each.name): each.score.value for each in found.measures}
    assert told.keys() == wanted.keys()
    assert all(told[key] == pytest.approx(wanted[key], abs=0.51 if wanted[key] >= 100 else 0.0051) for key in wanted)


def test_the_measures_are_bounded_and_the_bound_is_said(workspace: Workspace) -> None:
    some = report_data(workspace, workspace.latest_run().id, most=6)
    assert "Measured on 6 of 15 rows" in panel(some, "privacy").lead
    none = report_data(workspace, workspace.latest_run().id, most=0)
    assert "without --quick" in panel(none, "diversity").text
    assert [each.name for each in none.panels] == ["quality", "diversity", "cost"]


@given(st.integers(0, 60), st.integers(1, 30))
def test_rows_are_drawn_evenly(total: int, most: int) -> None:
    rows = [DatasetRow(id=f"s_{at}", question="", answer="", created="") for at in range(total)]
    chosen = [int(row.id[2:]) for row in spaced(rows, total=total, most=most)]
    assert len(chosen) == min(total, most)
    gaps = [after - before for before, after in pairwise(chosen)]
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_the_map_tells_covered_concepts_from_others(workspace: Workspace) -> None:
    graph = workspace.graph()
    first = max(graph.concepts.values(), key=lambda concept: (concept.weight, concept.id))
    drawn = coverage_map(graph, workspace.library, counts={first.id: 2}, command="c")
    assert drawn is not None
    shown = BeautifulSoup(drawn.body, "lxml")
    assert len(shown.find_all("circle", class_="covered")) == 1
    assert len(shown.find_all("circle", class_="open")) == min(MOST, len(graph.concepts)) - 1
    assert f"{first.label}: 2 rows" in drawn.body
    for circle in shown.find_all("circle"):
        assert 0 < float(str(circle["cx"])) < drawn.width
        assert 0 < float(str(circle["cy"])) < drawn.height


def test_confidence_and_verdicts_are_counted() -> None:
    quality = Quality()
    for row in (*specimen.kept(), *specimen.rejected()):
        quality.add(row)
    rows, claims, sure = quality.tables("c")
    assert rows.rows[0][0].text == "supported"
    assert sum(int(row[1].text) for row in rows.rows) == 6
    assert sum(int(row[1].text) for row in claims.rows) == sum(
        len(row.claims) for row in (*specimen.kept(), *specimen.rejected())
    )
    assert sum(int(row[1].text) for row in sure.rows) == 5
    assert sure.note == "1 rows have no confidence."
    assert sure.rows[-1][0].text == "0.9 to 1.0"


def test_calibration_and_reviews_are_shown_once_there_are_some(workspace: Workspace) -> None:
    from groundsmith.calibrating import Judge, Store, fitted_on
    from groundsmith.reviews import ReviewQueue
    from verify.calibration import Labelled

    run = workspace.latest_run().id
    before = quality_panel(workspace, run, Quality(), "c")
    assert "not calibrated" in before.text
    assert "Nobody has reviewed" in before.text
    rows = [Labelled(score=at / 40, right=at > 12, group="", drawn=True) for at in range(40)]
    judge = Judge.of(workspace, "some-judge")
    fitted = fitted_on(rows, error=0.2, confidence=0.9, name="labels.jsonl", digest="d", judge=judge)
    Store(workspace.state).write(fitted)
    for name in ("ann", "ben"):
        queue = ReviewQueue(workspace, run=run, strategy="random", reviewer=name, blind=True, rows=2)
        for _ in range(2):
            offer = queue.next()
            assert offer is not None
            queue.decide(offer.id, "accept", seen_version=offer.version)
    after = quality_panel(workspace, run, Quality(), "c")
    captions = [table.caption for table in after.tables]
    assert any(each.startswith("Calibration on labels.jsonl") for each in captions)
    assert "What 2 reviewers decided" in captions
    assert [each.title for each in after.drawings] == ["Reliability"]
    assert after.text == ""


def test_the_report_is_of_the_rows_as_people_left_them(produced: Path, tmp_path: Path) -> None:
    from groundsmith.calibrating import Judge, Store, fitted_on
    from groundsmith.labelling import Columns, recorded_rows
    from groundsmith.review_labels import labelled_reviews
    from groundsmith.reviews import ReviewQueue
    from groundsmith.standing import reviewed_run

    shutil.copytree(produced, tmp_path / "place")
    with scripted.opened(tmp_path / "place") as workspace:
        run = workspace.latest_run().id
        before = report_data(workspace, run, most=0)
        queue = ReviewQueue(workspace, run=run, strategy="random", reviewer="ann", rows=12)
        refused = []
        for number in range(12):
            offer = queue.next()
            assert offer is not None
            wrong = number % 4 == 0
            refused += [offer.id] if wrong else []
            queue.decide(
                offer.id, "reject" if wrong else "accept", seen_version=offer.version, reason="wrong" if wrong else ""
            )
        path = labelled_reviews(workspace)
        labelled = recorded_rows(path, columns=Columns(), stop=lambda: False, tick=scripted.silent).rows
        assert len(labelled) == 12
        fitted = fitted_on(
            labelled, error=0.3, confidence=0.8, name=path.name, digest="d", judge=Judge.of(workspace, "some-judge")
        )
        Store(workspace.state).write(fitted)
        after = report_data(workspace, run, most=0)
        left = list(reviewed_run(workspace, run, kept=False))
        passed = {row.id for row in workspace.runs.kept(run)}
    reasons = dict(after.reasons)
    mine = sum(row.id in passed for row in left if row.id in refused)
    assert reasons["refused by a person"] == mine > 0
    assert (after.rejected_total, [row.id for row in after.rejected]) == (len(left), [row.id for row in left[:30]])
    assert after.rejected_total != before.rejected_total
    assert not {row.id for row in after.kept} & set(refused)
    quality = next(each for each in after.panels if each.name == "quality")
    calibration = next(each for each in quality.tables if each.caption.startswith("Calibration"))
    assert calibration.caption.startswith("Calibration on what people decided, ")
    assert calibration.command == "groundsmith calibrate --error 0.3 --confidence 0.8"
    assert "12 rows are few" in calibration.note
    page = render(after)
    assert "What 1 reviewer decided" in page
    assert "refused by a person" in page
    assert "reviewed.jsonl" not in page


def test_cost_is_told_a_row(workspace: Workspace) -> None:
    from groundsmith.report_cost import cost_panel

    run = workspace.latest_run().id
    workspace.runs.spend(run, Spending(made=10, calls=20, cached=0, input_tokens=3000, output_tokens=500, money=None))
    table = cost_panel(workspace, run, rows=10).tables[0]
    figures = {row[0].text: row[1].text for row in table.rows}
    assert figures["money, in the price table's currency"] == "price not known"
    assert cost_panel(workspace, "r_none", rows=10).tables == ()


def test_a_panel_with_one_command_tells_it_once() -> None:
    one = Table(caption="A", columns=("a", "b"), rows=(cells("x", 1),), command="c")
    both = Panel(name="p", title="P", lead="", tables=(one, one))
    assert common_command(both) == "c"
    assert common_command(replace(both, tables=(one, replace(one, command="d")))) == ""
    page = BeautifulSoup(render(replace(specimen.data(), panels=[both])), "lxml")
    assert [code.get_text() for code in page.find("section", id="p").find_all("code")] == ["c"]  # type: ignore[union-attr]


def test_the_card_is_one_that_the_hub_reads(data: ReportData) -> None:
    text = markdown(data)
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["pretty_name"] == data.title
    assert front["size_categories"] == ["n<1K"]
    for title in (
        "From plan to dataset",
        "Coverage",
        "Quality and calibration",
        "Diversity",
        "Privacy",
        "Bias",
        "Cost",
        "Samples",
    ):
        assert f"\n## {title}\n" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1


def test_markdown_shows_text_as_it_is() -> None:
    attack = "<script>x</script> | [a](https://evil.example) `c` **b**\n# head"
    row = replace(specimen.kept()[0], question=attack, answer=attack, claims=())
    odd = Table(caption=attack, columns=("a",), rows=((Cell(text=attack, note=attack, odd=True),),), command="c")
    text = markdown(
        replace(
            specimen.data(),
            title=attack,
            kept=[row],
            panels=[Panel(name="p", title=attack, lead=attack, tables=(odd,))],
        )
    ).split("---\n", 2)[2]
    assert not re.search(r"(?<!\\)<script", text)
    assert not re.search(r"(?<!\\)\]\(https", text)
    assert "\n# head" not in text


def test_the_command_writes_all_forms(workspace: Workspace, tmp_path: Path) -> None:
    run = CliRunner()
    root = str(workspace.root)
    for name, start in (("r.html", "<!doctype html>"), ("r.md", "---\n")):
        done = run.invoke(app, ["report", "--quick", "-o", str(tmp_path / name), "-w", root])
        assert done.exit_code == 0, done.output
        assert (tmp_path / name).read_text().startswith(start)
    told = run.invoke(app, ["report", "--quick", "--json", "-w", root])
    assert json.loads(told.stdout)["rows"] == 15
    assert json.loads(told.stdout)["panels"][0]["tables"][0]["rows"][0]["Verdict"] == "supported"
    for wrong in (["-o", str(tmp_path / "r.docx")], ["--format", "pdf"]):
        assert isinstance(run.invoke(app, ["report", *wrong, "-w", root]).exception, UsageError)


def test_no_address_is_in_the_file(data: ReportData) -> None:
    page = BeautifulSoup(render(data), "lxml")
    assert page.find_all(["img", "link", "iframe", "object", "embed", "base", "form"]) == []
    for element in page.find_all(True):
        for name, value in element.attrs.items():
            words = value if isinstance(value, list) else [value]
            if name in {"href", "src", "srcset", "action", "poster", "data", "ping"} or name.endswith(":href"):
                assert all(word.startswith(("#", "data:")) for word in words), (element.name, name)
            assert name == "data-x" or not any(re.search(r"\w+://|url\(", word) for word in words), (element.name, name)
    for part in page.find_all(["style", "script"]):
        assert not re.search(r"url\(|@import|\w+://|fetch\(|XMLHttpRequest|import\(", part.text)


def test_plain_data_is_json(data: ReportData) -> None:
    found = json.loads(json.dumps(plain(data)))
    assert found["coverage"]["concepts"] > 0
    assert [each["name"] for each in found["panels"]] == [each.name for each in data.panels]


def test_names_on_the_map_do_not_meet(workspace: Workspace) -> None:
    drawn = coverage_map(workspace.graph(), workspace.library, counts={}, command="c")
    assert drawn is not None
    names = BeautifulSoup(drawn.body, "lxml").find_all("text")
    assert len(names) > 10
    places = [(float(str(name["x"])), float(str(name["y"]))) for name in names]
    assert len(set(places)) == len(places)
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in places)


def test_rounds_of_a_large_run_are_left_to_their_command(workspace: Workspace) -> None:
    from groundsmith.report_measure import rounds_table

    run = workspace.latest_run().id
    made = workspace.runs.funnel(run).made
    assert rounds_table(workspace, run, most=made - 1) is None
    table = rounds_table(workspace, run, most=made)
    assert table is not None
    assert table.command == f"groundsmith runs show {run}"
