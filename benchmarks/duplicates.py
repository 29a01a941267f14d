"""Repeats planted in a real set: recall of exact, near and paraphrased copies and precision of all; and speed and memory by size.

    python benchmarks/duplicates.py --data ../shared/data --markdown table.md
    python benchmarks/duplicates.py --data ../shared/data --fresh --errors wrong.txt
    python benchmarks/duplicates.py --data ../shared/data --sizes 10000 100000 --markdown table.md
    python benchmarks/duplicates.py --data ../shared/data --sizes 1000000 --no-vectors --markdown table.md

The set: 2,000 rows of SQuAD 2.0 and PolicyQA (questions with the answers labelled right, no two with the same question and answer; of
PolicyQA, which asks a few things in many words, those with answers of five words and more),
200 exact copies (letter case, punctuation, white space), 200 near copies (a slip of the pen, a filler, an article or a contraction),
200 paraphrases (other form of the question and two synonyms, by the rules below), and 200 rows that look like copies and are none:
another figure, name, or denial, or the question with another answer. Originals whose number is even choose thresholds; figures are of
those whose number is odd. Rules for paraphrases were written before any figure was looked at.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from groundsmith.curating import MEANING, NEAR, On, Rules, curate  # noqa: E402
from groundsmith.datasets import Dataset  # noqa: E402
from knowledge.embed_onnx import OnnxEmbedder  # noqa: E402

ROWS, PLANTED, SEED = 2_000, 200, 7
SETS = ("squad2_answers_dev", "policyqa_dev")
FRESH = ("dream_dev",)
"""Sets of which nothing was looked at before the thresholds and guards were made."""
Pair = tuple[str, str]

SYNONYMS = {
    "share": "pass on", "collect": "gather", "collected": "gathered", "information": "data", "data": "information", "use": "make use of",
    "used": "employed", "called": "named", "name": "title", "large": "big", "many": "numerous", "began": "started", "begin": "start",
    "start": "begin", "started": "began", "ended": "finished", "created": "made", "built": "constructed", "company": "firm",
    "located": "situated", "type": "kind", "types": "kinds", "kind": "sort", "famous": "well-known", "important": "significant",
    "purpose": "aim", "reason": "cause", "third parties": "other companies", "third party": "other company", "protect": "safeguard",
    "protected": "safeguarded", "secure": "safe", "help": "assist", "helped": "assisted", "show": "display", "get": "obtain",
    "give": "provide", "gave": "provided", "receive": "get", "received": "got", "allow": "permit", "allowed": "permitted",
    "think": "believe", "thought": "believed", "wanted": "wished", "people": "persons", "area": "region", "part": "portion",
    "result": "outcome", "happened": "occurred", "main": "chief", "primary": "main", "population": "number of inhabitants",
    "website": "site", "site": "website", "users": "people who use it", "personal": "private", "store": "keep", "stored": "kept",
    "occur": "happen", "force": "power", "system": "arrangement", "method": "way", "group": "body", "leader": "head", "war": "conflict",
    "my": "a user's", "first": "earliest", "died": "passed away", "country": "nation", "law": "statute", "often": "frequently",
}  # fmt: skip
FORMS: tuple[tuple[str, str], ...] = (
    (r"^When (was|were|did|is|are|does|do) (.+)\?$", r"At what time \1 \2?"),
    (r"^In what year (.+)\?$", r"What was the year when \1?"),
    (r"^What year (.+)\?$", r"In which year \1?"),
    (r"^Where (.+)\?$", r"In which place \1?"),
    (r"^Who (was|is|were|are) (.+)\?$", r"Tell me the person who \1 \2."),
    (r"^Who (.+)\?$", r"Which person \1?"),
    (r"^How many (.+)\?$", r"What is the number of \1?"),
    (r"^Why (.+)\?$", r"For what reason \1?"),
    (r"^How (do|does|did|can|is|are|was|were) (.+)\?$", r"In what way \1 \2?"),
    (r"^What (is|was|are|were) (.+)\?$", r"Please say what \2 \1."),
    (r"^What (do|does|did) (.+)\?$", r"Can you say what it is that \1 \2?"),
    (r"^What (\w+) (.+)\?$", r"Can you tell me which \1 \2?"),
    (r"^Which (.+)\?$", r"Can you tell me what \1?"),
    (r"^(?:Do|Does|Will|Is|Are|Can) (.+)\?$", r"I would like to know whether \1."),
    (r"^(.+)\?$", r"I would like to know: \1."),
)
"""Other forms of a question, tried in order."""
LAST = re.compile(r"^(.+\S) ((?:in|during|under|after|before|between|of|for|from|with|by) [^?,]{4,40})\?$")
OTHER_NAME = {
    "France": "Spain",
    "Warsaw": "Prague",
    "Victoria": "Queensland",
    "California": "Nevada",
    "Newcastle": "Leeds",
}


READ_AS_SAME = frozenset(
    (
        "What are the main legislative bodies of the European Union?",
        "What concept was developed by Baran while researching at RAND",
        "What is the current main judicial body of the EU?",
        "What are some supplementary sources of European Union law?",
        "What does Packet switching contrast with",
        "In cases with shared medium how is it delivered",
        "What legitimate dynasty came after the Yuan?",
        "Will you notify me if your policy changes?",
        "When do treaties apply?",
        "What is the highest court in European Union law?",
        "When year was the Maastrich Treaty signed?",
        "What is the CJEU's duty?",
        "What are the main sources of primary law?",
    )
)
"""Real rows found to repeat another real row that were read, after the thresholds were chosen, and do repeat it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of the set: its kind, and for a copy the number of its original."""

    pair: Pair
    kind: str
    of: int


def originals(data: Path, count: int, *, sets: Sequence[str] = SETS) -> list[Pair]:
    """Real rows, no two alike; the first set first, in an order drawn with a seed."""
    found: dict[Pair, Pair] = {}
    for name in sets:
        with gzip.open(data / "verification/dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["label"] == 1 and (name != "policyqa_dev" or len(row["claim"].split()) >= 5):
                    pair = (" ".join(row["question"].split()), " ".join(row["claim"].split()))
                    found.setdefault((re.sub(r"\W+", " ", pair[0].lower()), re.sub(r"\W+", " ", pair[1].lower())), pair)
    pairs = list(found.values())[:count]
    random.Random(SEED).shuffle(pairs)
    return pairs


def planted(pairs: Sequence[Pair]) -> list[Row]:
    """The originals, then the copies and look-alikes of others drawn with a seed."""
    draw = random.Random(SEED + 1)
    seen = set(pairs)
    rows = [Row(pair=pair, kind="real", of=number) for number, pair in enumerate(pairs)]
    for kind, make in MAKERS.items():
        made = 0
        for number in draw.sample(range(len(pairs)), len(pairs)):
            pair = make(pairs[number], draw)
            if pair is not None and pair != pairs[number] and not (kind == "lookalike" and pair in seen):
                rows.append(Row(pair=pair, kind=kind, of=number))
                seen.add(pair)
                made += 1
            if made == PLANTED:
                break
    return rows


def copied(pair: Pair, draw: random.Random) -> Pair:
    """The same words with other letter case, punctuation and white space."""
    change = draw.choice((str.upper, str.lower, lambda text: f"  {text} ", lambda text: text.rstrip("?. ") + "??"))
    return (change(pair[0]), pair[1].rstrip(".") + draw.choice(("", ".", " .")))


def edited(pair: Pair, draw: random.Random) -> Pair | None:
    """One or two small edits of the question, and sometimes one of the answer."""
    question = pair[0]
    for edit in draw.sample((_slip, _filler, _article, _contraction), draw.choice((1, 2))):
        question = edit(question, draw)
    answer = _slip(pair[1], draw) if len(pair[1]) > 24 and draw.random() < 0.3 else pair[1]
    folded = [re.sub(r"\W+", " ", text.lower()).strip() for text in (question, pair[0])]
    return (question, answer) if folded[0] != folded[1] else None


def _slip(text: str, draw: random.Random) -> str:
    """Swap, drop or double a letter inside a long word that is no figure."""
    words = text.split()
    long = [place for place, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return text
    place = draw.choice(long)
    word, at = words[place], draw.randrange(1, len(words[place]) - 2)
    words[place] = draw.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )
    return " ".join(words)


def _filler(text: str, draw: random.Random) -> str:
    """Put a word that says nothing before or into the text."""
    words = text.split()
    if draw.random() < 0.5:
        return f"{draw.choice(('So,', 'And', 'Now,', 'Exactly'))} {words[0].lower()} {' '.join(words[1:])}"
    at = draw.randrange(1, len(words)) if len(words) > 1 else 1
    return " ".join([*words[:at], draw.choice(("exactly", "actually", "really")), *words[at:]])


def _article(text: str, _: random.Random) -> str:
    """Take the first article out."""
    return re.sub(r" (?:the|a|an) ", " ", text, count=1)


def _contraction(text: str, _: random.Random) -> str:
    """Draw a verb to the word before."""
    return re.sub(r"^(What|Who|Where|When|How) is ", r"\1's ", text)


def paraphrased(pair: Pair, draw: random.Random) -> Pair | None:
    """Another form of the question with up to two synonyms, or its last part in front; at times the answer as a sentence."""
    question = pair[0]
    known = [word for word in SYNONYMS if re.search(rf"\b{word}\b", question)]
    for word in draw.sample(known, min(2, len(known))):
        question = re.sub(rf"\b{word}\b", SYNONYMS[word], question, count=1)
    moved = LAST.match(question)
    if moved and draw.random() < 0.4:
        head, tail = moved[1], moved[2]
        question = f"{tail[0].upper()}{tail[1:]}, {head[0].lower()}{head[1:]}?"
    else:
        question = next((re.sub(form, other, question) for form, other in FORMS if re.match(form, question)), question)
    answer = draw.choice((pair[1], f"It is {pair[1]}.", f"{pair[1]}, as the text says"))
    return (question, answer)


def lookalike(pair: Pair, draw: random.Random) -> Pair | None:
    """A row that shares most words and is no copy: another figure, name, denial, or answer."""
    figure = re.search(r"\d+", pair[0] + " | " + pair[1])
    if figure:
        other = str(int(figure[0]) + draw.choice((1, 7, 10)))
        question, _, answer = (pair[0] + " | " + pair[1]).replace(figure[0], other, 1).partition(" | ")
        return (question, answer)
    for name, other in OTHER_NAME.items():
        if name in pair[0]:
            return (pair[0].replace(name, other), pair[1])
    denied = re.sub(r"\b(is|are|was|were|do|does|did|can|will) (?!not)(\w+)", r"\1 \2 not", pair[0], count=1)
    if denied != pair[0] and draw.random() < 0.5:
        return (denied, pair[1])
    return (
        pair[0],
        draw.choice(
            ("the opposite party", "about a tenth of it", "nobody before the reform", "an office in the capital")
        ),
    )


MAKERS: dict[str, Callable[[Pair, random.Random], Pair | None]] = {
    "exact": copied,
    "near": edited,
    "paraphrase": paraphrased,
    "lookalike": lookalike,
}


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--fresh", action="store_true", help="report recall and precision on DREAM instead, all of it")
    parser.add_argument("--sizes", type=int, nargs="*", help="numbers of rows to measure speed and memory at, instead")
    parser.add_argument("--no-vectors", action="store_true", help="leave meaning out of the measured sizes")
    parser.add_argument("--errors", type=Path, help="file for rows rejected wrongly and copies missed, to be read")
    parser.add_argument("--markdown", type=Path, help="file for the tables")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _measure(options.data, options.one, vectors=not options.no_vectors)
        return
    lines = _by_size(options) if options.sizes else _fresh(options) if options.fresh else _quality(options)
    print("\n".join(lines))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


HEAD = [
    "| thresholds | half | rows | exact | near | paraphrase | precision | precision as read (of) | look-alikes rejected |",
    "|---" * 9 + "|",
]


def _fresh(options: argparse.Namespace) -> list[str]:
    """All of the sets that nothing was chosen on."""
    pairs = originals(options.data, ROWS, sets=FRESH)
    rules = Rules(near=NEAR, meaning=MEANING)
    return [*HEAD, _line(planted(pairs), rules, _Kept(OnnxEmbedder()), "**fresh**", options.errors)]


def _quality(options: argparse.Namespace) -> list[str]:
    rows = planted(originals(options.data, ROWS))
    embedder = _Kept(OnnxEmbedder())
    halves = [[row for row in rows if row.of % 2 == half] for half in (0, 1)]
    lines = list(HEAD)
    for near in (0.5, 0.6, 0.7):
        for meaning in (0.7, 0.73, 0.75, 0.77, 0.79, 0.85):
            lines.append(_line(halves[0], Rules(near=near, meaning=meaning), embedder, "choosing"))
    lines.append(_line(halves[1], Rules(near=NEAR, meaning=MEANING), embedder, "**reported**", options.errors))
    return lines


def _line(rows: Sequence[Row], rules: Rules, embedder: _Kept, half: str, errors: Path | None = None) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "set.jsonl"
        _write(path, (row.pair for row in rows))
        with Dataset(path) as dataset:
            found = curate(dataset, embedder=embedder, rules=rules)
    places = {(row.kind, row.of): number for number, row in enumerate(rows, start=1)}
    away = {each.number: each for each in found.rejected}
    origin = {number: row.of for number, row in enumerate(rows, start=1)}
    share, right, read = {}, 0, 0
    for kind in MAKERS:
        numbers = [number for (name, _), number in places.items() if name == kind]
        share[kind] = sum(number in away for number in numbers) / len(numbers)
    for number, each in away.items():
        kind = rows[number - 1].kind
        read += kind == "real" and rows[number - 1].pair[0] in READ_AS_SAME
        right += (
            kind in ("exact", "near", "paraphrase") and origin[int(each.repeats.removeprefix("row "))] == origin[number]
        )
    if errors is not None:
        _told(errors, rows, away)
    precision, precision_read = right / len(away), (right + read) / len(away)
    return (
        f"| {rules.near} / {rules.meaning} | {half} | {len(rows)} | {share['exact']:.3f} | {share['near']:.3f} | {share['paraphrase']:.3f} "
        f"| {precision:.3f} | {precision_read:.3f} ({len(away)}) | {share['lookalike']:.3f} |"
    )


def _told(path: Path, rows: Sequence[Row], away: dict) -> None:  # type: ignore[type-arg]
    lines = []
    for number, row in enumerate(rows, start=1):
        wrong = number in away and row.kind in ("real", "lookalike")
        missed = number not in away and row.kind in ("exact", "near", "paraphrase")
        if wrong:
            other = rows[int(away[number].repeats.removeprefix("row ")) - 1]
            lines.append(f"WRONG {row.kind} {away[number].stage} {away[number].score:.2f} {row.pair} ~ {other.pair}")
        if missed:
            origin = next(other for other in rows if other.kind == "real" and other.of == row.of)
            lines.append(f"MISSED {row.kind} {row.pair} ~ {origin.pair}")
    path.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")


class _Kept:
    """An embedder that remembers."""

    def __init__(self, embedder: OnnxEmbedder) -> None:
        self.name, self.dimensions, self._embedder = embedder.name, embedder.dimensions, embedder
        self._found: dict[str, np.ndarray] = {}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in self._found]
        self._found.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._found[text] for text in texts])


def _by_size(options: argparse.Namespace) -> list[str]:
    """Each size in a process of its own, so that its memory is its own."""
    lines = ["| rows | stages | seconds | of a processor | rows a second | peak memory, GB | kept |", "|---" * 7 + "|"]
    for size in options.sizes:
        command = [sys.executable, __file__, "--data", str(options.data), "--one", str(size)]
        command += ["--no-vectors"] if options.no_vectors else []
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        lines.append(done.stdout.strip().splitlines()[-1])
        print(lines[-1], flush=True)
    return lines


def _measure(data: Path, size: int, *, vectors: bool) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "set.jsonl"
        _write(path, _many(data, size))
        start, used = time.perf_counter(), time.process_time()
        with Dataset(path) as dataset:
            found = curate(dataset, embedder=OnnxEmbedder() if vectors else None, rules=Rules(on=On.BOTH))
        taken, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    stages = "all" if vectors else "exact, near"
    print(f"| {size:,} | {stages} | {taken:.0f} | {used:.0f} | {size / taken:,.0f} | {peak:.2f} | {found.kept:,} |")


def _many(data: Path, size: int) -> Iterator[Pair]:
    """Rows put together from two real questions and two real answers, and one copy in ten of each kind in turn."""
    pairs, draw = originals(data, ROWS), random.Random(SEED + 2)
    kinds = [MAKERS["exact"], MAKERS["near"], MAKERS["paraphrase"]]
    last: list[Pair] = []
    for number in range(size):
        if number % 10 == 9:
            made = kinds[number // 10 % 3](draw.choice(last), draw)
            if made is not None:
                yield made
                continue
        one, other = draw.choice(pairs), draw.choice(pairs)
        pair = (f"{one[0].rstrip('?')}, and {other[0][0].lower()}{other[0][1:]}", f"{one[1]}; {other[1]}")
        last = [*last[-99:], pair]
        yield pair


def _write(path: Path, pairs: Iterator[Pair] | Sequence[Pair]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for question, answer in pairs:
            file.write(json.dumps({"question": question, "answer": answer}) + "\n")


if __name__ == "__main__":
    main()
