"""The graph as a vocabulary from the command line, on two policies with the shipped models."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.workspace import Workspace
from knowledge.errors import GroundsmithError

TEXT = """# Rents

## Definitions

**Tenant** means a person who rents a home from the Authority. **Rent supplement** means a monthly payment to a tenant.

## Payment

The tenant must pay the rent on the first day. A tenant with a rent supplement pays less rent. The landlord receives
the rent supplement.

## Appeal

A tenant may appeal against the end of a rent supplement. The landlord must wait for the appeal.
"""
TERMS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://example.com/1> a skos:Concept ; skos:prefLabel "rent supplement"@en ; skos:altLabel "housing allowance"@en .
<http://example.com/2> a skos:Concept ; skos:prefLabel "lessee"@en ; skos:altLabel "tenant"@en .
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("terms")
    (root / "files").mkdir()
    (root / "files" / "rents.md").write_text(TEXT)
    (root / "terms.ttl").write_text(TERMS)
    (root / "groundsmith.yaml").write_text("{}\n")
    with Workspace.create(root) as workspace:
        silent = lambda advance=1, *, note="", total=None: None  # noqa: E731
        ingest_into(workspace, [root / "files"], prune=False, tick=silent)
        build_graph(workspace, tick=silent)
    return root


def cli(place: Path, *words: str, code: int = 0, stdin: str | None = None) -> str:
    result = CliRunner().invoke(app, ["graph", *words, "--workspace", str(place)], input=stdin)
    if isinstance(result.exception, GroundsmithError):
        assert result.exception.exit_code == code, result.exception
        return str(result.exception)
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.mark.model
def test_a_vocabulary_is_imported_aligned_reviewed_and_exported(place: Path) -> None:
    assert "no vocabulary yet" in cli(place, "align", code=2)
    assert json.loads(cli(place, "import", str(place / "terms.ttl"), "--json"))["concepts"] == 2
    listed = place / "matches.csv"
    cli(place, "align", "terms", "-o", str(listed), "--names-only")
    rows = list(csv.DictReader(listed.read_text().splitlines()))
    assert {(row["label"].lower(), row["iri"][-1], row["reason"]) for row in rows} == {
        ("rent supplement", "1", "label"),
        ("tenant", "2", "alias"),
    }
    listed.write_text(listed.read_text().replace("\n,exactMatch,1.0", "\naccept,exactMatch,1.0"))
    assert json.loads(cli(place, "align", "--apply", str(listed), "--json")) == {
        "accepted": 1, "rejected": 0, "open": 1, "failed": 0,
    }  # fmt: skip
    assert "skos:exactMatch <http://example.com/1>" in cli(place, "export", "-")
    query = "SELECT ?their WHERE { ?c skos:exactMatch ?their }"
    assert json.loads(cli(place, "query", query, "--json")) == [{"their": "http://example.com/1"}]
    assert "not an imported vocabulary" in cli(place, "align", "others", code=2)


@pytest.mark.model
def test_queries_are_answered_or_refused(place: Path) -> None:
    assert "Rent supplement".lower() in cli(place, "query", "SELECT ?l { ?c skos:prefLabel ?l }").lower()
    assert json.loads(cli(place, "query", "-", "--json", stdin="ASK { ?c a skos:Concept }")) == [{"answer": True}]
    assert "it would change the graph" in cli(place, "query", "DROP ALL", code=2)


@pytest.mark.model
def test_stats_tell_quality_and_conformance(place: Path) -> None:
    found = json.loads(cli(place, "stats", "--json"))
    assert found["shapes"] == {"checked": True, "conforms": True, "violations": []}
    assert {row["name"] for row in found["quality"]} >= {"undocumented", "orphans", "cycles"}
    assert "the export conforms" in cli(place, "stats")


@pytest.mark.model
def test_a_map_is_drawn_and_csv_is_two_files(place: Path) -> None:
    assert "Concepts by importance" in cli(place, "show")
    assert "rent supplement" in (place / ".groundsmith" / "map.html").read_text().lower()
    cli(place, "show", "--map", str(place / "own.html"), "--json")
    assert (place / "own.html").read_text().startswith("<!doctype html>")
    cli(place, "export", str(place / "graph.csv"), "-f", "csv")
    assert (place / "graph-nodes.csv").exists()
    assert (place / "graph-edges.csv").exists()
    assert "two files" in cli(place, "export", "-", "-f", "csv", code=2)
    assert json.loads(cli(place, "export", "-", "-f", "jsonld"))["@context"]["skos"].startswith("http://www.w3.org/")
