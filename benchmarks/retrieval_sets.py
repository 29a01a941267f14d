"""Question sets for retrieval: units to search among, questions, and the units that answer each."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.load import load_bytes
from verify.training.split import trainable

Rows = list[dict]

_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_ANCHOR = re.compile(r'<a name="([^"]+)"')
_CITED = re.compile(r"(sp800-63(?:-3|a|b|c))\.html#(.+)$")


@dataclass(frozen=True, kw_only=True)
class QuestionSet:
    """`units` are texts by id; each question comes with the ids of the units that answer it."""

    name: str
    about: str
    units: dict[str, str]
    questions: list[tuple[str, frozenset[str]]]

    def half(self, *, tuning: bool, most: int) -> list[tuple[str, frozenset[str]]]:
        """Return the first `most` questions of the half for choices, or of the other, divided by a hash of the question."""
        return [each for each in self.questions if is_for_tuning(each[0]) == tuning][:most]


def is_for_tuning(question: str) -> bool:
    """Return whether a question is of the half that may be looked at when choosing."""
    return hashlib.blake2b(question.encode()).digest()[-1] % 2 == 0


def read(path: Path) -> Rows:
    """Return the rows of a JSON Lines file, gzipped or not."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in raw.decode().splitlines()]


def question_sets(data: Path) -> Iterator[QuestionSet]:
    """Yield the sets made from the data folder."""
    yield adgm(data / "corpora/obliqa-adgm/qa")
    yield from nist(data / "corpora/nist-800-63")
    for name in ("obliqa_dev", "policyqa_dev", "squad2_answers_dev"):
        yield evidence_set(name, read(data / f"verification/dev/{name}.jsonl.gz"))


def adgm(folder: Path) -> QuestionSet:
    """The ADGM questions, with rulebook passages as units."""
    units = {row["passage_id"]: row["text"] for row in read(folder / "passages.jsonl")}
    asked = [
        (row["question"], frozenset(each["passage_id"] for each in row["evidence"]) & units.keys())
        for row in read(folder / "qa.jsonl")
    ]
    return QuestionSet(name="adgm", about="ADGM questions, rulebook passages", units=units, questions=_some(asked))


def nist(folder: Path) -> Iterator[QuestionSet]:
    """NIST's own questions on SP 800-63-3: the sections its answers cite, and the answers themselves."""
    units, anchors = _sections(folder / "rev3")
    rows = read(folder / "qa/nist_faq.jsonl")
    cited = [(row["question"], frozenset(_resolved(row["cited_urls"], anchors))) for row in rows]
    about = "NIST's questions, sections of SP 800-63-3 that NIST's answer cites"
    yield QuestionSet(name="nist-sections", about=about, units=units, questions=_some(cited))
    answers = {row["id"]: row["answer"] for row in rows}
    own = [(row["question"], frozenset([row["id"]])) for row in rows]
    about = "NIST's questions, NIST's answer among all answers and sections"
    yield QuestionSet(name="nist-answers", about=about, units=units | answers, questions=own)


def _sections(folder: Path) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Return the sections of all volumes as our loader reads them, and the section each anchor stands in."""
    units: dict[str, str] = {}
    anchors: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*/*.md")):
        raw = path.read_text(encoding="utf-8")
        starts = sorted({0, *(_with_anchor(raw, match.start()) for match in _HEADING.finditer(raw))})
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(raw)], strict=True)):
            text = load_bytes(raw[start:end].encode(), source=path.name).text if raw[start:end].strip() else ""
            if len(text.split()) < 8:
                continue
            id_ = f"{path.parent.name}/{path.stem}/{number}"
            units[id_] = text
            anchors.update({(path.parent.name, name.lower()): id_ for name in _ANCHOR.findall(raw[start:end])})
    return units, anchors


def _with_anchor(raw: str, start: int) -> int:
    """Return where a section begins whose heading begins at `start`: at an anchor that stands alone just above it."""
    match = re.search(r'<a name="[^"]+"[^>]*>(?:</a>)?\s*\Z', raw[max(0, start - 120) : start])
    return max(0, start - 120) + match.start() if match else start


def _resolved(urls: Iterable[str], anchors: dict[tuple[str, str], str]) -> Iterator[str]:
    for url in urls:
        match = _CITED.search(url)
        if match and (match[1], match[2].lower()) in anchors:
            yield anchors[match[1], match[2].lower()]


def evidence_set(name: str, rows: Rows) -> QuestionSet:
    """A set of verification rows: the evidence of a question's supported rows among all evidence of the set.

    Sites of PolicyQA and articles of SQuAD that the embedder may be trained on give no questions. PolicyQA repeats its
    questions over sites, so there the passages of those sites are left out too.
    """
    kept = [row for row in rows if not trainable(name, row)]
    rows, asked_of = (kept, kept) if name == "policyqa_dev" else (rows, kept)
    ids = {text: f"e{number}" for number, text in enumerate(dict.fromkeys(row["evidence"] for row in rows))}
    right: dict[str, set[str]] = defaultdict(set)
    for row in asked_of:
        if row["label"] == 1:
            right[row["question"]].add(ids[row["evidence"]])
    asked = [(question, frozenset(found)) for question, found in right.items()]
    units = {id_: text for text, id_ in ids.items()}
    return QuestionSet(name=name, about="questions, their evidence among all of the set", units=units, questions=asked)


def _some(asked: Iterable[tuple[str, frozenset[str]]]) -> list[tuple[str, frozenset[str]]]:
    return [(question, right) for question, right in asked if right]
