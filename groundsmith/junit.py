"""JUnit XML: a test case for each checked row, as build servers show it.

Form: the `testsuites`/`testsuite`/`testcase` elements of the JUnit schema that Jenkins and GitLab read. Cases are written as
they come. A row that is not supported is a failure, one that cannot be read an error, one with nothing to check skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from groundsmith.atomic import atomic
from groundsmith.sarif import correction_text
from groundsmith.tally import FAILED, NOT_CHECKED
from groundsmith.verdict_spool import Entry

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def write_junit(target: Path, dataset: Path, entries: Iterable[Entry], counts: Mapping[str, int]) -> int:
    """Write a case for each entry; `counts` is how many have each verdict. Return how many were written."""
    errors, skipped = counts.get(FAILED, 0), counts.get(NOT_CHECKED, 0)
    tests = sum(counts.values())
    failures = tests - errors - skipped - counts.get("supported", 0)
    numbers = f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    name = _attribute(dataset.name)
    written = 0
    with atomic(target) as file:
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        suites = f'<testsuites name="groundsmith verify" {numbers}>\n<testsuite name={name} {numbers}>\n'
        file.write((head + suites).encode("utf-8", "replace"))
        for entry in entries:
            file.write(_case(entry, dataset).encode("utf-8", "replace"))
            written += 1
        file.write(b"</testsuite>\n</testsuites>\n")
    return written


def _case(entry: Entry, dataset: Path) -> str:
    part = f", reply {entry.part + 1}" if entry.part else ""
    about = " ".join((entry.question or entry.answer).split())[:120]
    name = _attribute(f"row {entry.row}{part}: {about}".removesuffix(": "))
    head = f"<testcase classname={_attribute(f'{dataset.stem}.{entry.topic}')} name={name}"
    inner = _outcome(entry)
    return f"{head}>{inner}</testcase>\n" if inner else f"{head}/>\n"


def _outcome(entry: Entry) -> str:
    label, reason = str(entry.columns["groundsmith_verdict"]), str(entry.columns["groundsmith_reason"])
    if label == "supported":
        return ""
    if label == NOT_CHECKED:
        return f"<skipped message={_attribute(reason)}/>"
    told = [f"Answer: {entry.answer}"] if entry.answer else []
    told += [correction_text(each) for each in entry.columns.get("groundsmith_corrections") or ()]
    tag = "error" if label == FAILED else "failure"
    body = escape(_FORBIDDEN.sub("\ufffd", "\n".join(told)))
    return f"<{tag} type={_attribute(label)} message={_attribute(reason)}>{body}</{tag}>"


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))
