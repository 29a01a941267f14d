"""Two-passage statements made by rule from cross-referenced policy text: one passage names a section or a term, the other says it.

Three kinds: `definition`, a rule with a defined term replaced by its meaning; `reference`, a rule with the section it
names replaced by what that section says; `compound`, a rule and what the section it names says, side by side. Terms and
sections are found here by means of their own (glossary tables and headings, the resolved references that
come with the ADGM rules, the section numbers of NIST headings and DC Code pages), not by those of the verifier.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from changes.texts import half_of, passages

from knowledge.split import sentences
from verify.evidence import Evidence

_DC = re.compile(r"§{1,2}\s?(\d+[-–]\d+(?:\.\d+)?[a-z]?)")
_NIST = re.compile(r"\b[Ss]ection\s+(\d+(?:\.\d+)+)")
_LABEL = re.compile(r"^(\d+(?:\.\d+)+)\b")
_VERB = re.compile(r"\b(?:shall|must|may|should|will|is|are|has|have|requires?|means)\b", re.IGNORECASE)
_BACK = re.compile(r"^(?:It|They|This|These|Those|That|Such|He|She|Its|Their|For example|And|Or|But|See|To)\b")
_SUBJECT = re.compile(
    r"(?:An?|The|Any|All|Each|Every|No|[A-Z]\w+s)\s.{0,90}?\b(?:shall|must|may|should|will|is|are|has|have)\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"^(?:\(?[a-zA-Z0-9]{1,5}[.)]\s+|\([a-zA-Z0-9-]{1,5}\)\s*|[-•*]\s+)+")
_LEAD = re.compile(r"^[A-Z][\w ,;'’-]{2,70}\.\s(?=[A-Z])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A statement that follows from `first` and `second` together, made of their sentences `stated`.

    `half` goes by the document of the first.
    """

    id: str
    kind: str
    group: str
    half: str
    statement: str
    first: Evidence
    second: Evidence
    stated: tuple[str, ...]


def cases(data: Path, *, seed: int, each: int = 8) -> tuple[list[Case], list[Evidence]]:
    """Return the cases, at most `each` on one second passage, and all passages they were drawn from."""
    draw = random.Random(seed)
    nist = {group: _product(data, group) for group in ("nist-rev3", "nist-rev4", "dc-code")}
    adgm, edges = _adgm(data / "corpora" / "obliqa-adgm")
    found = [*_adgm_references(adgm, edges), *_glossary(data / "corpora" / "obliqa-adgm", adgm)]
    for group, texts in nist.items():
        found += _sections(texts, group) if group != "dc-code" else _pages(texts)
        found += _headed(texts, group) if group != "dc-code" else []
    draw.shuffle(found)
    kept: list[Case] = []
    uses: defaultdict[str, int] = defaultdict(int)
    seen: set[tuple[str, str, str]] = set()
    said: set[str] = set()
    for case in found:
        pair = case.kind, case.first.passage_id, case.second.passage_id
        if (
            uses[case.second.passage_id] < each
            and uses[case.first.passage_id] < each
            and pair not in seen
            and case.statement not in said
        ):
            seen.add(pair)
            said.add(case.statement)
            uses[case.second.passage_id] += 1
            uses[case.first.passage_id] += 1
            kept.append(case)
    return kept, [*(text for texts in nist.values() for text in texts), *adgm.values()]


def _product(data: Path, group: str) -> list[Evidence]:
    return [Evidence.of(passage) for passage in passages(data / "corpora", group)]


def _adgm(folder: Path) -> tuple[dict[str, Evidence], list[dict[str, str]]]:
    """The passages of the ADGM rules by id, each headed by its label, and the references between them."""
    rows = [json.loads(line) for line in (folder / "qa/passages.jsonl").read_text(encoding="utf-8").splitlines()]
    found = {
        row["passage_id"]: Evidence(
            passage_id=row["passage_id"],
            document_id=row["document"],
            title=row["document"].partition(".")[0],
            headings=(row["label"],),
            text=row["text"].replace("\u200e", ""),
        )
        for row in rows
    }
    lines = (folder / "qa/cross_references.jsonl").read_text(encoding="utf-8").splitlines()
    return found, [json.loads(line) for line in lines]


def _adgm_references(texts: dict[str, Evidence], edges: Iterable[dict[str, str]]) -> Iterator[Case]:
    for edge in edges:
        first, second = texts.get(edge["source_passage_id"]), texts.get(edge["target_passage_id"])
        if first and second and first is not second and edge["source_label"] != edge["target_label"]:
            name = re.compile(
                rf"\b(?:Rules?|[Ss]ections?|[A-Z]{{3,5}}|Chapter)\s+{re.escape(edge['reference_text'])}(?![\d.(]\d?\w)"
            )
            yield from _referring(first, second, name, "adgm")


def _sections(texts: Sequence[Evidence], group: str) -> Iterator[Case]:
    """References from section to section of one NIST volume."""
    by: defaultdict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for text in texts:
        for heading in text.headings[-1:]:
            if number := _LABEL.match(heading):
                by[_volume(text), number[1]].append(text)
    for first in texts:
        for number in sorted(set(_NIST.findall(first.text))):
            for second in by[_volume(first), number]:
                if second.headings[-1:] != first.headings[-1:]:
                    yield from _referring(
                        first, second, re.compile(rf"\b[Ss]ection\s+{re.escape(number)}(?![\d.]\d)"), group
                    )


def _volume(text: Evidence) -> str:
    return text.source.rpartition("/")[0]


def _pages(texts: Sequence[Evidence]) -> Iterator[Case]:
    """References from page to page of the DC Code."""
    by: defaultdict[str, list[Evidence]] = defaultdict(list)
    for text in texts:
        if number := _DC.search(text.title):
            by[number[1].replace("–", "-")].append(text)
    for first in texts:
        for number in sorted({found.replace("–", "-") for found in _DC.findall(first.text)}):
            for second in by[number]:
                if second.title != first.title:
                    name = re.compile(rf"§ ?{'[-–]'.join(map(re.escape, number.split('-')))}(?![\w.(]\w?)")
                    yield from _referring(first, second, name, "dc-code")


def _referring(first: Evidence, second: Evidence, name: re.Pattern[str], group: str) -> Iterator[Case]:
    """A reference case on the shortest thing the section says, a compound one on the next."""
    rules = [text for text in plain(first.text) if len(name.findall(text)) == 1]
    said = [
        text
        for text in plain(second.text)
        if _SUBJECT.match(text) and 8 <= len(text.split()) <= 28 and not name.search(text)
    ]
    if not rules or not said:
        return
    rule = min(rules, key=len)
    shown = name.search(rule)
    if shown is None or len(rule.split()) > 40:
        return
    for number, told in enumerate(sorted(said, key=len)[:2]):
        body = _lowered(told.rstrip("."))
        if told not in first.text and number % 2 == 0:
            yield _case(
                "reference", group, name.sub(f"the rule that {body}", rule, count=1), first, second, (rule, told)
            )
        elif told not in first.text:
            yield _case(
                "compound", group, f"{rule.rstrip('.')}, and {shown[0]} says that {body}.", first, second, (rule, told)
            )


def _glossary(folder: Path, texts: dict[str, Evidence]) -> Iterator[Case]:
    """Terms of the ADGM glossary, in rules that use them."""
    (path,) = (folder / "docs").glob("GLO_*.txt")
    terms: list[tuple[str, str, Evidence]] = []
    for line in path.read_text(encoding="utf-8").replace("\u200e", "").splitlines():
        term, _, meaning = line.partition("\t")
        found = re.match(r"(?:Means|means|A|An|The)\s+(?P<meaning>[^.;:]+)\.", meaning.strip())
        if found and " " in term and term[0].isupper() and 5 <= len(found["meaning"].split()) <= 30:
            source = Evidence(
                passage_id=f"glo:{term}",
                document_id="GLO",
                title="GLO Glossary",
                headings=("Defined Terms",),
                text=f"{term}\t{meaning}",
            )
            terms.append((term, found["meaning"], source))
    yield from _using(terms, list(texts.values()), "adgm")


def _headed(texts: Sequence[Evidence], group: str) -> Iterator[Case]:
    """Terms that head an entry of the NIST definitions, in rules of the same volume that use them."""
    terms = []
    for text in texts:
        if len(text.headings) > 1 and "efinitions" in " ".join(text.headings[:-1]):
            first = next((text.text[span.start : span.end] for span in sentences(text.text)), "").strip()
            if (
                6 <= len(first.split()) <= 30
                and re.match(r"An? |The ", first)
                and not re.search(r"[\[\]*:;]| are ", first)
            ):
                terms.append((text.headings[-1], first.rstrip("."), text))
    rules = [text for text in texts if "efinitions" not in " ".join((*text.headings, text.title))]
    yield from _using(terms, rules, group)


def _using(terms: Iterable[tuple[str, str, Evidence]], texts: Sequence[Evidence], group: str) -> Iterator[Case]:
    said = [(rule, text) for text in texts for rule in plain(text.text)]
    for term, meaning, source in terms:
        name = re.compile(rf"\b(?P<article>[Aa]n?\s+)(?P<term>{re.escape(term)})\b(?!\s+[A-Z])", re.IGNORECASE)
        bare = re.sub(r"^(?:an?|the)\s+", "", meaning, flags=re.IGNORECASE)
        fit = [(rule, text) for rule, text in said if name.search(rule) and len(rule.split()) <= 35]
        for rule, text in fit[:8]:
            if rule.lower().count(term.lower()) == 1 and meaning.lower() not in text.text.lower():
                article = "an" if bare[:1].lower() in "aeio" else "a"
                shown = name.search(rule)
                if shown is None:
                    continue
                article = article.capitalize() if shown["article"][0] == "A" else article
                statement = f"{rule[: shown.start()]}{article} {bare}{rule[shown.end() :]}"
                yield _case("definition", group, statement, text, source, (rule, meaning))


def plain(text: str) -> list[str]:
    """Return the whole sentences of a passage of 7 to 45 words with a verb, that do not open by pointing back; list marks removed."""
    found = []
    for span in sentences(text):
        sentence = _LEAD.sub("", _MARK.sub("", " ".join(text[span.start : span.end].split())))
        if (
            7 <= len(sentence.split()) <= 45
            and sentence.endswith(".")
            and sentence[0].isupper()
            and not sentence.startswith("SHALL ")
            and not re.search(r"[:;\[\]|_*]|https?", sentence)
            and sentence.count("(") == sentence.count(")")
            and not _BACK.match(sentence)
            and _VERB.search(sentence)
        ):
            found.append(sentence)
    return found


def _lowered(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if not first[1:] or first[1:].islower() else text


def _case(kind: str, group: str, statement: str, first: Evidence, second: Evidence, stated: tuple[str, ...]) -> Case:
    half = half_of(first.document_id + first.headings[0][:3] if first.headings else first.document_id)
    name = f"{group}:{kind}:{first.passage_id}:{second.passage_id}"
    return Case(
        id=name, kind=kind, group=group, half=half, statement=statement, first=first, second=second, stated=stated
    )
