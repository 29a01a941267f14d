"""What a fact-check writes for machines, and the corrections it suggests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from groundsmith.correction import corrections
from groundsmith.datasets import ForeignRow, Unreadable
from groundsmith.junit import write_junit
from groundsmith.sarif import write_sarif
from groundsmith.verdict_spool import VerdictSpool
from verify.evidence import Evidence
from verify.nli import LexicalEntailment
from verify.verifier import Item, Result, Verifier

QUOTE = {"kind": "replace", "suggestion": "The fee is $2.", "quote": "The fee is $2.", "source": "fees.md", "page": 3}
ROWS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (ForeignRow(number=1, question="Q?", answer="A."), {"groundsmith_verdict": "supported", "groundsmith_reason": ""}),
    (
        ForeignRow(number=2, question="What is the <fee> & when\x00?", answer="The fee is $3.", topic="fees"),
        {"groundsmith_verdict": "refuted", "groundsmith_reason": 'says "$2"', "groundsmith_confidence": 0.9,
         "groundsmith_corrections": [QUOTE]},
    ),
    (ForeignRow(number=3, question=None, answer="B.", part=1),
     {"groundsmith_verdict": "not enough evidence", "groundsmith_reason": "no passage says so"}),
    (Unreadable("row 4: not JSON", number=4), {"groundsmith_verdict": "failed", "groundsmith_reason": "row 4: not JSON"}),
    (ForeignRow(number=5, question="Q?", answer=""),
     {"groundsmith_verdict": "not checked", "groundsmith_reason": "no answer"}),
)  # fmt: skip


def spooled(rows: Sequence[tuple[Any, dict[str, Any]]] = ROWS) -> VerdictSpool:
    spool = VerdictSpool()
    for row, columns in rows:
        spool.add(row, columns)
    return spool


def test_sarif_has_what_the_standard_asks_for(tmp_path: Path) -> None:
    with spooled() as spool:
        assert write_sarif(tmp_path / "o.sarif", Path("data/my set.jsonl"), spool.entries(), lines=True) == 3
    document = json.loads((tmp_path / "o.sarif").read_text())
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "Groundsmith"
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(set(rules)) == len(rules)
    assert all(set(rule) == {"id", "shortDescription", "defaultConfiguration"} for rule in driver["rules"])
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "data/my%20set.jsonl"
        assert place["region"]["startLine"] >= 1
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    first = run["results"][0]
    assert (first["ruleId"], first["locations"][0]["physicalLocation"]["region"]["startLine"]) == ("refuted", 2)
    assert "Suggested: The fee is $2. Evidence: “The fee is $2.” (fees.md, page 3)" in first["message"]["text"]
    assert run["results"][1]["locations"][0]["logicalLocations"][0]["name"] == "row 3, reply 2"


def test_sarif_without_lines_or_findings(tmp_path: Path) -> None:
    with spooled() as spool:
        write_sarif(tmp_path / "o.sarif", tmp_path / "a.parquet", spool.entries(), lines=False)
        (run,) = json.loads((tmp_path / "o.sarif").read_text())["runs"]
        assert all("region" not in each["locations"][0]["physicalLocation"] for each in run["results"])
        place = run["results"][0]["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("file:///")
        write_sarif(tmp_path / "none.sarif", Path("a"), [], lines=True)
    assert json.loads((tmp_path / "none.sarif").read_text())["runs"][0]["results"] == []


def test_junit_counts_and_names_each_row(tmp_path: Path) -> None:
    with spooled() as spool:
        assert write_junit(tmp_path / "o.xml", Path("set.jsonl"), spool.entries(), spool.counts()) == 5
    suites = ElementTree.parse(tmp_path / "o.xml").getroot()
    (suite,) = suites
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "2", "1", "1"]
    cases = list(suite)
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], ["failure"], ["error"], ["skipped"]]
    assert cases[1].get("classname") == "set.fees"
    assert cases[1].get("name") == "row 2: What is the <fee> & when\ufffd?"
    assert "Suggested: The fee is $2." in (cases[1][0].text or "")
    assert cases[3][0].get("message") == "row 4: not JSON"


@given(st.text(), st.text(), st.text())
def test_any_text_gives_xml_and_json_that_can_be_read(question: str, answer: str, reason: str) -> None:
    import tempfile

    columns = {"groundsmith_verdict": "refuted", "groundsmith_reason": reason}
    with (
        tempfile.TemporaryDirectory() as name,
        spooled([(ForeignRow(number=1, question=question, answer=answer), columns)]) as spool,
    ):
        write_junit(Path(name) / "o.xml", Path("a"), spool.entries(), spool.counts())
        write_sarif(Path(name) / "o.sarif", Path("a"), spool.entries(), lines=True)
        assert len(ElementTree.parse(Path(name) / "o.xml").getroot()[0]) == 1
        assert json.loads((Path(name) / "o.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]


def judged(answer: str, text: str, judge: Verifier) -> Result:
    cited = Evidence(passage_id="p_1", document_id="d_1", text=text, title="Fees", source="fees.md", page=3)
    (result,) = judge.verify([Item(id="1", answer=answer, cited=(cited,))])
    return result


def test_a_wrong_figure_is_put_right_with_the_sentence_that_says_so() -> None:
    text = "Rooms are heated. The fee for one wash in the laundry room is $2. No fee is due on Sundays."
    judge = Verifier(LexicalEntailment(), cited_only=True)
    result = judged("The fee for one wash in the laundry room is $3.", text, judge)
    (found,) = corrections(result, judge, ())
    assert (found.kind, found.suggestion) == ("replace", "The fee for one wash in the laundry room is $2.")
    assert found.quote == text[found.quote_start : found.quote_end] == "The fee for one wash in the laundry room is $2."
    assert (found.source, found.page, found.passage) == ("fees.md", 3, "p_1")


def test_nothing_is_suggested_where_nothing_is_near_and_nothing_wrong() -> None:
    judge = Verifier(LexicalEntailment(), cited_only=True)
    text = "The fee for one wash in the laundry room is $2."
    assert corrections(judged("Bicycles stand under a blue tarpaulin in the cellar.", text, judge), judge, ()) == ()
    assert corrections(judged(text, text, judge), judge, ()) == ()


def test_a_contradiction_without_a_known_remedy_quotes_the_evidence() -> None:
    judge = Verifier(LexicalEntailment(), cited_only=True)
    text = "The manager may close the laundry room for repair."
    (found,) = corrections(judged("The manager may not close the laundry room for repair.", text, judge), judge, ())
    assert found.kind in ("replace", "quote")
    assert found.suggestion == found.quote == text


def test_a_nearest_sentence_is_quoted_without_a_suggestion() -> None:
    judge = Verifier(LexicalEntailment(), cited_only=True)
    text = "The laundry room is cleaned each morning. Rooms are heated."
    (found,) = corrections(judged("The laundry room is cleaned by the tenants of the tower.", text, judge), judge, ())
    assert (found.kind, found.suggestion) == ("near", "")
    assert found.quote == "The laundry room is cleaned each morning."
