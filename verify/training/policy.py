"""Pairs made by rule from public-domain policy text: sentences of a passage, changed for better or for worse."""

from __future__ import annotations

import html
import random
import re
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from verify import answerable
from verify.statement import statement
from verify.training import figures, perturb
from verify.training.cloze import Cloze, clozes
from verify.training.perturb import plain
from verify.training.restate import restated
from verify.training.window import content, sentences

ENTAILMENT, NEUTRAL, CONTRADICTION = 0, 1, 2
Pair = tuple[str, str, int]

_FIGURES = frozenset({"money", "percent", "date", "duration", "number"})

_ARTICLE = re.compile(r"<article[^>]*>(.*?)</article>", re.DOTALL)
_ASIDE = re.compile(r"<aside.*?</aside>|<table.*?</table>|<(?:script|style).*?</(?:script|style)>", re.DOTALL)
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_PARAGRAPH = re.compile(r"<p(?: class=\"text-indent-(\d)\")?[^>]*>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_MARK = re.compile(r"^(?:\([a-zA-Z0-9-]{1,5}\)\s*)+")
_LOOSE_START = re.compile(r"^(?:Is|Are|Does|Has|Have|Was|Were|Will|May|Shall|Must|And|Or|To)\b")
_LOOSE_END = re.compile(
    r"\b(?:of|to|is|are|be|shall|must|may|by|the|for|and|or|if|that|in|comprise|as|include|D\.C|is not)\.$"
)
_OPEN_LEAD = re.compile(
    r"(?:\b(?:shall|must|may|may not|shall not|to|includes?|including)|the following(?: [a-z]+){0,2})\s*:$"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A paragraph of a document with its depth in the list it belongs to."""

    text: str
    depth: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A passage, the sentences that it states, and what its document says elsewhere."""

    text: str
    facts: tuple[str, ...]
    elsewhere: tuple[str, ...]
    loose: tuple[Pair, ...] = field(default=())


def law_documents(archive: Path, leave_out: frozenset[str]) -> Iterator[tuple[str, list[Line]]]:
    """Heading and lines of every section in the archive, but for the file names to be left out."""
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.rsplit("/", 1)[-1]
            data = tar.extractfile(member) if name.endswith(".html") and name not in leave_out else None
            found = _ARTICLE.search(data.read().decode("utf-8", "replace")) if data else None
            if found:
                yield _section(_ASIDE.sub(" ", found.group(1)))


def _section(markup: str) -> tuple[str, list[Line]]:
    head = _HEADING.search(markup)
    title = re.sub(r"^§+\s*[\w–—.\-]+\.?\s*", "", _text(head.group(1))) if head else ""
    lines = [Line(text=_text(m.group(2)), depth=int(m.group(1) or 0)) for m in _PARAGRAPH.finditer(markup)]
    return title, [line for line in lines if len(line.text.split()) > 2]


def _text(markup: str) -> str:
    text = html.unescape(_TAG.sub("", re.sub(r"</span>\s*<span", "</span> <span", markup)))
    return re.sub(r"\s+", " ", text).strip()


def markdown_documents(folder: Path) -> Iterator[tuple[str, list[Line]]]:
    """Title and lines of every Markdown page under a folder."""
    for path in sorted(folder.rglob("*.md")):
        text = re.sub(
            r"^---.*?\n---\n", "", path.read_text(encoding="utf-8", errors="replace"), count=1, flags=re.DOTALL
        )
        text = re.sub(
            r"\[([^\]]*)\]\((?:[^()]|\([^)]*\))*\)",
            r"\1",
            re.sub(r"\{[%{:].*?[}%]\}|\{:[^}]*\}|<[^>]+>|[*_`|]+", "", text),
        )
        blocks = [re.sub(r"\s+", " ", b).strip() for b in re.split(r"\n\s*\n", text)]
        lines = [Line(text=re.sub(r"^[-+*#>\s]+", "", b), depth=0) for b in blocks if len(b.split()) > 4]
        yield path.stem.replace("-", " "), lines


def windows_of(title: str, lines: Sequence[Line], rng: random.Random, *, limit: int) -> list[Window]:
    """Up to `limit` windows of 60 to 170 words from a document, chosen at random."""
    groups: list[list[int]] = [[]]
    size, goal = 0, rng.randint(60, 150)
    for i, line in enumerate(lines):
        words = len(line.text.split())
        if groups[-1] and size + words > goal:
            groups.append([])
            size, goal = 0, rng.randint(60, 150)
        groups[-1].append(i)
        size += words
    chosen = rng.sample(groups, min(limit, len(groups)))
    made = [_window(title, lines, group, rng) for group in chosen if group]
    return [w for w in made if w.facts and 20 < len(w.text.split()) < 190]


def _window(title: str, lines: Sequence[Line], group: Sequence[int], rng: random.Random) -> Window:
    keep_marks, with_title = rng.random() < 0.7, rng.random() < 0.3
    shown = [lines[i].text if keep_marks else _MARK.sub("", lines[i].text) for i in group]
    text = (title + " " if with_title else "") + " ".join(shown)
    if len(text.split()) > 180:
        text = " ".join(text.split()[:175])
    facts = _facts([lines[i] for i in group])
    inside = set(group)
    outside = _facts([line for i, line in enumerate(lines) if i not in inside][:60])
    loose = list(_list_pairs([lines[i] for i in group], text))
    stated = tuple(f for f in facts if _stated(f, text))
    return Window(
        text=text, facts=stated, elsewhere=tuple(f for f in outside if not _stated(f, text)), loose=tuple(loose)
    )


def _stated(fact: str, text: str) -> bool:
    """Whether the end of the fact stands in the text (a cut window may have lost it)."""
    squeezed = re.sub(r"\W+", "", text.lower())
    return re.sub(r"\W+", "", fact.lower())[-30:] in squeezed


def _facts(lines: Iterable[Line]) -> list[str]:
    """Whole plain sentences of some lines."""
    found = [
        plain(s) for line in lines for s in sentences(_MARK.sub("", line.text)) if s[-1] in ".;" or len(s.split()) > 8
    ]
    return [
        s
        for s in found
        if 6 <= len(s.split()) <= 48
        and s[0].isupper()
        and ":" not in s
        and _verbal(s)
        and not (_LOOSE_START.match(s) or _LOOSE_END.search(s))
    ]


def _verbal(text: str) -> bool:
    return (
        re.search(
            r"\b(?:shall|must|may|is|are|was|were|has|have|means|includes?|will|can|applies|requires?|do|does)\b", text
        )
        is not None
    )


def _list_pairs(lines: Sequence[Line], text: str) -> Iterator[Pair]:
    """Yield each lead joined with its items, which is stated; with the items of another lead it is not."""
    lists = list(_lists(lines))
    for lead, items in lists:
        either = any(re.search(r";? or$", item) for item in items)
        wanted = not either or re.search(r"\bmay\s*:$", lead) is not None
        for item in items:
            yield text, _joined(lead, item), ENTAILMENT if wanted else NEUTRAL
        for other, _ in [x for x in lists if x[0] != lead][:1]:
            yield from ((text, _joined(other, item), NEUTRAL) for item in items[:2])


def _lists(lines: Sequence[Line]) -> Iterator[tuple[str, list[str]]]:
    for i, line in enumerate(lines):
        if not _OPEN_LEAD.search(line.text) or len(line.text.split()) > 40:
            continue
        items: list[str] = []
        for following in lines[i + 1 :]:
            if following.depth <= line.depth:
                break
            if following.depth == line.depth + 1 and 2 < len(following.text.split()) < 35 and ":" not in following.text:
                items.append(_MARK.sub("", following.text))
        if items:
            yield line.text, items


def _joined(lead: str, item: str) -> str:
    """Join "The Mayor shall:" and "Submit a report;" as one sentence."""
    item = re.sub(r"[;.,]\s*(?:and|or)?$", "", re.sub(r";? (?:and|or)$", "", item)).strip(" ;.,")
    start = re.sub(r"\s*the following(?: [a-z]+){0,2}\s*:$", "", re.sub(r"\s*:$", "", lead)).strip(" ,")
    start = sentences(start)[-1] if sentences(start) else start
    return plain(f"{start} {item[:1].lower() + item[1:] if not item[:3].isupper() else item}")


# -- pairs ----------------------------------------------------------------------------------------------------------


def with_neighbours(window: Window, other: Sequence[str]) -> Window:
    """Return the window with a neighbouring document's sentences added to what is said elsewhere."""
    fresh = tuple(f for f in other if not _stated(f, window.text))
    return Window(text=window.text, facts=window.facts, elsewhere=window.elsewhere + fresh, loose=window.loose)


def pairs_of(window: Window, rng: random.Random, *, count: int, name_swaps: bool = False) -> list[Pair]:
    """About `count` labelled pairs for a window: two in five entailed, the rest neutral or contradicted."""
    made: list[Pair] = []
    if window.loose and rng.random() < 0.5:
        made.append(rng.choice(window.loose))
    for _ in range(count):
        label = rng.choices((ENTAILMENT, NEUTRAL, CONTRADICTION), (0.37, 0.33, 0.30))[0]
        make = rng.choices((_stated_as, _restated, _asked, _answerable), (0.36, 0.24, 0.34, 0.06))[0]
        for _ in range(5):
            text = make(window, label, rng, name_swaps)
            if text and 4 <= len(text.split()) <= 70 and text not in {m[1] for m in made}:
                made.append((window.text, text, label))
                break
    return made


def _dressed(fact: str, rng: random.Random) -> str:
    """Return the fact, often trimmed and reworded; done for every label alike, so that wording gives nothing away."""
    if rng.random() < 0.5:
        fact = perturb.trim(fact, rng)
    return perturb.reword(fact, rng, rng.choice((0.0, 0.3, 0.6, 0.9)))


def _stated_as(window: Window, label: int, rng: random.Random, name_swaps: bool) -> str | None:
    fact = min(rng.choices(window.facts, k=2), key=len)
    if label == ENTAILMENT:
        return _dressed(fact, rng)
    if label == CONTRADICTION:
        edit = rng.choices((new_value, perturb.flip, perturb.oppose, new_name), (5, 3, 3, 4 if name_swaps else 0))[0]
        made = edit(fact, rng, window) if edit in (new_value, new_name) else edit(fact, rng)  # type: ignore[operator]
        return _dressed(made, rng) if made else None
    return _beyond(window, fact, rng)


def _restated(window: Window, label: int, rng: random.Random, _: bool) -> str | None:
    """A sentence of the window in another form, or in a form that it refutes."""
    if label == NEUTRAL:
        other = rng.choice(window.elsewhere) if window.elsewhere else ""
        found = [text for text, right in restated(other, rng) if right]
    else:
        found = [text for text, right in restated(rng.choice(window.facts), rng) if right == (label == ENTAILMENT)]
    return perturb.reword(rng.choice(found), rng, 0.3) if found else None


def new_value(fact: str, rng: random.Random, window: Window) -> str | None:
    """Return the fact with one figure replaced by another of its kind, from the window where there is one."""
    found = figures.slots(fact)
    if not found:
        return None
    slot = rng.choice(found)
    pool = figures.slots(window.text) + figures.slots(" ".join(window.elsewhere[:10]))
    value = figures.other_value(slot, [s for s in pool if s.text not in fact], rng)
    return figures.put(fact, slot, value) if value else None


def new_name(fact: str, rng: random.Random, window: Window) -> str | None:
    """Return the fact with one name replaced by another name of the window."""
    found = figures.entities(fact)
    names = [e.text for e in figures.entities(window.text) if e.text not in fact]
    names += [e.text for s in window.elsewhere[:10] for e in figures.entities(s) if e.text not in fact]
    return figures.put(fact, rng.choice(found), rng.choice(names)) if found and names else None


def _beyond(window: Window, fact: str, rng: random.Random) -> str | None:
    """Return a statement near the window's topic that it does not make."""
    way = rng.choices(("elsewhere", "subject", "detail", "condition", "widen"), (5, 3, 3, 3, 1.5))[0]
    others = [f for f in window.facts if f != fact] + list(window.elsewhere)
    if way == "elsewhere":
        made = _near(window, rng)
    elif way == "subject":
        made = perturb.with_subject(fact, [s for o in others if (s := perturb.subject(o))], rng)
    elif way == "detail":
        made = perturb.with_detail(fact, [c for o in others for c in perturb.conditions(o)], rng)
    elif way == "condition":
        made = perturb.unconditional(fact, rng)
    else:
        made = perturb.widen(fact, rng)
    return _dressed(made, rng) if made else None


def _near(window: Window, rng: random.Random) -> str | None:
    """Of a few sentences from elsewhere, the one that shares most words with the window."""
    if not window.elsewhere:
        return None
    words = content(window.text)
    few = rng.sample(window.elsewhere, min(6, len(window.elsewhere)))
    return max(few, key=lambda s: len(content(s) & words) / (len(content(s)) + 1))


def _answerable(window: Window, label: int, rng: random.Random, _: bool) -> str | None:
    """Claim that the passage answers a question, which its own sentence or one from elsewhere gave."""
    facts = window.facts if label == ENTAILMENT else window.elsewhere
    made = [c for c in clozes(rng.choice(facts), rng) if c.kind != "polar"] if facts and label != CONTRADICTION else []
    return answerable.CLAIM.format(rng.choice(made).question) if made else None


def _asked(window: Window, label: int, rng: random.Random, _: bool) -> str | None:
    """Return a question and an answer in one string, right or wrong as the label says."""
    fact = rng.choice(window.facts)
    made = clozes(plain(perturb.reword(fact, rng, 0.3)), rng)
    if not made:
        return None
    kinds = sorted({c.kind for c in made})
    kind = rng.choices(kinds, [3 if k in _FIGURES else 1 for k in kinds])[0]
    cloze = rng.choice([c for c in made if c.kind == kind])
    answer = cloze.answer if label == ENTAILMENT else _wrong(cloze, fact, label, window, rng)
    return _rendered(cloze.question, answer, rng) if answer else None


def _wrong(cloze: Cloze, fact: str, label: int, window: Window, rng: random.Random) -> str | None:
    """Return a wrong answer of the right type that fits the label."""
    if cloze.kind == "polar":
        return "No" if label == CONTRADICTION else None
    if cloze.kind in _FIGURES:
        found = figures.slots(cloze.answer)
        pool = [s for s in figures.slots(window.text) if s.text not in fact]
        value = figures.other_value(found[-1], pool, rng) if found and label == CONTRADICTION else None
        return figures.put(cloze.answer, found[-1], value) if value else None
    if label == CONTRADICTION:
        return perturb.flip(cloze.answer, rng) or perturb.oppose(cloze.answer, rng)
    others = [
        c for o in (*window.facts, *window.elsewhere) if o != fact for c in clozes(o, rng) if c.kind == cloze.kind
    ]
    fitting = [c.answer for c in others if c.answer.lower() != cloze.answer.lower()]
    return rng.choice(fitting) if fitting else None


def _rendered(question: str, answer: str, rng: random.Random) -> str:
    """Question and answer as one statement, or side by side two times in five."""
    return statement(question, answer) if rng.random() < 0.6 else f"{question} {answer}"
