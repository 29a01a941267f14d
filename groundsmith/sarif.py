"""SARIF 2.1.0: what a fact-check found, as code-scanning services show it beside the lines of a file.

Form: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, sections 3.13 to 3.27. Results are
written as they come. Rows of JSON Lines are lines of the file; other formats have no lines, there the row is a logical place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from groundsmith import __version__
from groundsmith.atomic import atomic
from groundsmith.tally import FAILED
from groundsmith.verdict_spool import Entry
from knowledge.identity import digest

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = {
    "refuted": ("error", "The documents say otherwise."),
    "conflicting": ("error", "The documents both support and contradict this."),
    "not enough evidence": ("warning", "No passage of the documents says this."),
    FAILED: ("error", "The row cannot be read."),
}
_NAMES = {label: label.replace(" ", "-") for label in _RULES}


def write_sarif(target: Path, dataset: Path, entries: Iterable[Entry], *, lines: bool) -> int:
    """Write a result for each row that is not supported; return how many.

    `lines` says that the rows are lines of the file `dataset`, numbered from 1.
    """
    head, tail = _frame().split('"RESULTS"')
    written = 0
    with atomic(target) as file:
        file.write(f"{head}[".encode())
        for entry in entries:
            if entry.columns["groundsmith_verdict"] not in _RULES:
                continue
            comma = "," if written else ""
            result = json.dumps(_result(entry, dataset, lines=lines), ensure_ascii=False)
            file.write(f"{comma}\n{result}".encode("utf-8", "replace"))
            written += 1
        file.write(f"\n]{tail}\n".encode())
    return written


def _frame() -> str:
    """Return the document with a mark where the results belong."""
    driver = {
        "name": "Groundsmith",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [
            {
                "id": _NAMES[label],
                "shortDescription": {"text": text},
                "defaultConfiguration": {"level": level},
            }
            for label, (level, text) in _RULES.items()
        ],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": "RESULTS"}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _result(entry: Entry, dataset: Path, *, lines: bool) -> dict[str, Any]:
    label = str(entry.columns["groundsmith_verdict"])
    name = _NAMES[label]
    result: dict[str, Any] = {
        "ruleId": name,
        "ruleIndex": list(_RULES).index(label),
        "level": _RULES[label][0],
        "message": {"text": _message(entry)},
        "locations": [_location(entry, dataset, lines=lines)],
        "partialFingerprints": {"rowContent/v1": digest([entry.question, entry.answer, name])},
        "properties": {
            "row": entry.row,
            "topic": entry.topic,
            "confidence": entry.columns.get("groundsmith_confidence"),
            "corrections": entry.columns.get("groundsmith_corrections", []),
        },
    }
    return result


def _location(entry: Entry, dataset: Path, *, lines: bool) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(dataset)}}
    if lines:
        place["region"] = {"startLine": entry.row}
    part = f", reply {entry.part + 1}" if entry.part else ""
    return {"physicalLocation": place, "logicalLocations": [{"name": f"row {entry.row}{part}", "kind": "element"}]}


def _uri(dataset: Path) -> str:
    """Return a path as a reference: relative as it was given, absolute with its scheme."""
    return dataset.as_uri() if dataset.is_absolute() else quote(dataset.as_posix())


def _message(entry: Entry) -> str:
    said = [f"{entry.columns['groundsmith_verdict']}: {entry.columns['groundsmith_reason']}".removesuffix(": ")]
    if entry.question:
        said.append(f"Question: {_line(entry.question)}")
    said += [correction_text(each) for each in entry.columns.get("groundsmith_corrections") or ()]
    return "\n".join(said)


def correction_text(correction: dict[str, Any]) -> str:
    """Return a suggestion as a sentence for a person, with its source."""
    source = correction.get("source") or "the row's own context"
    page = f", page {correction['page']}" if correction.get("page") else ""
    told = f"“{_line(correction['quote'])}” ({source}{page})"
    if correction["kind"] == "replace":
        return f"Suggested: {_line(correction['suggestion'])} Evidence: {told}"
    return f"{'Evidence' if correction['kind'] == 'quote' else 'Nearest sentence'}: {told}"


def _line(text: str) -> str:
    return " ".join(text.split())[:500]
