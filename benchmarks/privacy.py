"""Personal data planted in policy sentences and found again, and alarms on the policy text as it is.

    python benchmarks/privacy.py --data ../shared/data --markdown table.md --alarms alarms.txt

25 data of each of twelve kinds, made by Faker with a seed (see privacy_items.py), are planted in sentences of NIST SP 800-63, the sample
of the Code of the District of Columbia and CISA directives. The half "report" has documents, ways of writing and carrying clauses that
were not looked at while the recognisers were written. Alarms are counted on every sentence of its documents, nothing planted.
Beside ours: Presidio with the same spaCy pipeline as it comes, and ours with Presidio's recognisers (the privacy extra).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

BENCHMARKS = Path(__file__).parent
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS.parent)]

from changes.texts import FOLDERS, half_of, passages, plain_sentences  # noqa: E402
from privacy_items import Item, items  # noqa: E402

from knowledge.split import sentences  # noqa: E402
from verify.personal import Personal, Recognisers  # noqa: E402
from verify.personal_forms import Kind  # noqa: E402

Find = Callable[[str], Sequence[tuple[str, int, int]]]
COVERED = 0.5
"""Share of a datum that must be marked for it to be found."""


def ours() -> Find:
    """The default detector."""
    detector = Recognisers()
    return lambda text: _spans(detector.find(text))


def both() -> Find:
    """The default detector with Presidio's recognisers."""
    from verify.personal_presidio import PresidioDetector

    detector = PresidioDetector(Recognisers())
    return lambda text: _spans(detector.find(text))


def presidio() -> Find:
    """Presidio as it comes, less what asks the network for a list of domains and the kinds that are no personal data alone."""
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    from verify.personal_presidio import engine

    class Email(EmailRecognizer):  # type: ignore[misc]
        def validate_result(self, pattern_text: str) -> bool:
            return True

    found = engine(without=frozenset(("EmailRecognizer", "UrlRecognizer")))
    found.registry.add_recognizer(Email())
    skipped = {"DATE_TIME", "NRP", "ORGANIZATION", "UUID"}

    def find(text: str) -> list[tuple[str, int, int]]:
        results = found.analyze(text, language="en", score_threshold=0.35)
        return [(each.entity_type, each.start, each.end) for each in results if each.entity_type not in skipped]

    return find


def _spans(found: Sequence[Personal]) -> list[tuple[str, int, int]]:
    return [(str(each.kind), each.start, each.end) for each in found]


def covered(item: Item, spans: Sequence[tuple[str, int, int]]) -> bool:
    """Whether half of a datum or more is marked."""
    marked = {place for _, start, end in spans for place in range(max(start, item.start), min(end, item.end))}
    return len(marked) >= COVERED * len(item.value)


def plain(data: Path, half: str) -> tuple[list[str], list[str]]:
    """Whole plain sentences to plant in, and every sentence of the half's documents."""
    hosts, every = [], []
    for group in FOLDERS:
        found = passages(data / "corpora", group)
        hosts += [each.text for each in plain_sentences(found, group) if each.half == half]
        mine = [passage for passage in found if half_of(passage.document_id) == half]
        every += [passage.text[span.start : span.end] for passage in mine for span in sentences(passage.text)]
    return hosts, every


def measure(
    find: Find, planted: Sequence[Item], every: Sequence[str]
) -> tuple[Counter[str], list[str], list[str], float]:
    """Return how many of each kind are found, what is missed, the alarms on plain text, and the seconds those took."""
    found, missed = Counter[str](), []
    for item in planted:
        if covered(item, find(item.text)):
            found[item.kind] += 1
        else:
            missed.append(f"{item.kind}: {item.text[max(0, item.start - 40) : item.end + 10]}")
    started = time.perf_counter()
    alarms = [
        f"{kind}: {text[start:end]} | {text[max(0, start - 60) : end + 30]}".replace("\n", " ")
        for text in every
        for kind, start, end in find(text)
    ]
    return found, missed, alarms, time.perf_counter() - started


def table(
    planted: Sequence[Item], every: Sequence[str], results: dict[str, tuple[Counter[str], list[str], list[str], float]]
) -> Iterator[str]:
    """The table's lines."""
    counts = Counter(item.kind for item in planted)
    yield "| kind | planted | " + " | ".join(f"{name}, found" for name in results) + " |"
    yield "|---" * (len(results) + 2) + "|"
    for kind, count in counts.items():
        yield f"| {kind} | {count} | " + " | ".join(str(found[kind]) for found, *_ in results.values()) + " |"
    total = len(planted)
    shares = (f"{found.total()} ({100 * found.total() / total:.1f} %)" for found, *_ in results.values())
    yield f"| all | {total} | " + " | ".join(shares) + " |"
    rates = (f"{len(alarms)} ({1000 * len(alarms) / len(every):.1f})" for _, _, alarms, _ in results.values())
    yield f"| alarms on {len(every):,} sentences with nothing planted (a thousand) | | " + " | ".join(rates) + " |"
    people = {str(Kind.PERSON), "PERSON"}
    rest = (sum(each.partition(":")[0] not in people for each in alarms) for _, _, alarms, _ in results.values())
    yield "| of these, not names of people | | " + " | ".join(map(str, rest)) + " |"
    yield "| sentences a second | | " + " | ".join(f"{len(every) / each[3]:,.0f}" for each in results.values()) + " |"


def main() -> None:
    """Plant, find, count, and print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--half", choices=("development", "report"), default="report")
    parser.add_argument("--each", type=int, default=25)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--only", nargs="*", choices=("ours", "presidio", "both"), default=("ours", "presidio", "both"))
    parser.add_argument("--alarms", type=Path, help="file for what was missed and every alarm, to be read")
    parser.add_argument("--markdown", type=Path, help="file for the table")
    options = parser.parse_args()
    hosts, every = plain(options.data, "test" if options.half == "report" else "development")
    planted = list(items(hosts, each=options.each, half=options.half, seed=options.seed))
    makers = {"ours": ours, "presidio": presidio, "both": both}
    results = {name: measure(makers[name](), planted, every) for name in options.only}
    lines = list(table(planted, every, results))
    print("\n".join(lines))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if options.alarms:
        told = [
            f"{name} {what}: {each}"
            for name, (_, missed, alarms, _) in results.items()
            for what, found in (("missed", missed), ("alarm", alarms))
            for each in found
        ]
        options.alarms.write_text("\n".join(told) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
