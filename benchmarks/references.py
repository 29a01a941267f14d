r"""Where cross-references lead, against the resolved references published with the ADGM rulebooks, and a sample to read.

    python benchmarks/references.py ../shared/data/corpora/obliqa-adgm/docs \
        --gold ../shared/data/corpora/obliqa-adgm/qa/cross_references.jsonl
    python benchmarks/references.py ../shared/data/corpora/dc-code-html --sample 50
    python benchmarks/references.py ../shared/data/corpora/dc-code-html --links --sample 40

A published reference counts as found when a passage at or soon after its label has a reference of those words that leads
somewhere; as right when it leads to the document it should, and as exact when the label it should lead to is in the passage.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

if TYPE_CHECKING:
    from knowledge.document import Passage
    from knowledge.library import Library
    from knowledge.resolve import CrossReference, Resolver

NEAR = 4
"""Passages from the label on in which a published reference is looked for."""
SEED = 20261121


def judged(library: Library, resolver: Resolver, gold: Sequence[dict[str, Any]]) -> Counter[str]:
    """Return what became of the published references whose both documents are here."""
    documents = {Path(entry.source).name: entry.id for entry in library.documents()}
    texts = {id_: (list(library.passages(id_)), library.document_text(id_)) for id_ in documents.values()}
    counted: Counter[str] = Counter()
    for each in gold:
        source, target = documents.get(each["source_document"]), documents.get(each["target_document"])
        if source is None or target is None:
            continue
        passages, text = texts[source]
        start = text.find("\n" + each["source_label"].rstrip("."))
        first = next((n for n, passage in enumerate(passages) if passage.end > start + 1), 0)
        if start < 0:
            counted["label not found"] += 1
            continue
        found = _named(resolver, passages[first : first + NEAR], each["reference_text"].lower())
        counted[_verdict(library, found, target, each["target_label"].rstrip(".").lower())] += 1
    return counted


def _named(resolver: Resolver, passages: Sequence[Passage], words: str) -> list[CrossReference]:
    every = (found for passage in passages for found in resolver.of(passage))
    return [found for found in every if words in (found.reference.key, found.reference.target)]


def _verdict(library: Library, found: Sequence[CrossReference], target: str, label: str) -> str:
    if not found:
        return "not found"
    right = [each for each in found if each.target_document == target]
    if not right:
        return "wrong document"
    passages = library.passages_by_id([each.target_id for each in right]).values()
    shown = (" ".join((*passage.headings, passage.text)).lower() for passage in passages)
    return "right, label in the passage" if any(label in text for text in shown) else "right, label elsewhere"


def linked(library: Library, resolver: Resolver) -> tuple[list[CrossReference], dict[str, int | float]]:
    """Return the links that lead to a passage, and the counts of all."""
    from knowledge.resolve import CrossReference

    began = time.process_time()
    links = [each for passage in library.passages() for each in resolver.links(passage)]
    spent = time.process_time() - began
    found = [each for each in links if isinstance(each, CrossReference)]
    lost = [each for each in links if not isinstance(each, CrossReference)]
    counted: dict[str, int | float] = {
        "in passages": len(links),
        "lead to a passage": len(found),
        "of these not to the anchor named": sum(not each.exact for each in found),
        "lead to another site": sum(each.outside for each in lost),
        "lead to what the library lacks": sum(not each.outside for each in lost),
        "processor seconds": round(spent, 2),
    }
    return found, counted


def main() -> None:
    """Print totals, the comparison, or a sample to be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--gold", type=Path, help="published references, JSON Lines")
    parser.add_argument("--sample", type=int, default=0, help="print so many resolved references to be read")
    parser.add_argument("--links", action="store_true", help="count the links, and draw the sample from them")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    args = parser.parse_args()
    from knowledge.ingest import ingest
    from knowledge.library import Library
    from knowledge.reference import references
    from knowledge.resolve import Resolver
    from knowledge.store import Database

    with tempfile.TemporaryDirectory() as scratch, Database(Path(scratch) / "w.db") as database:
        library = Library(database)
        ingest(args.folders, library=library, root=args.folders[0].absolute().parent)
        began = time.process_time()
        resolver = Resolver(library)
        found = list(resolver.all())
        spent = time.process_time() - began
        passages = list(library.passages())
        named = [each for passage in passages for each in references(passage)]
        rows = [
            ("passages", len(passages)),
            ("references read", len(named)),
            ("of sources outside by their form", sum(each.outside for each in named)),
            ("resolved to another passage", len(found)),
            ("down to the paragraph named", sum(each.exact for each in found)),
            ("processor seconds", round(spent, 2)),
        ]
        if args.gold:
            gold = [json.loads(line) for line in args.gold.read_text(encoding="utf-8").splitlines()]
            rows += [(f"published: {name}", count) for name, count in sorted(judged(library, resolver, gold).items())]
        if args.links:
            found, counted = linked(library, resolver)
            rows += [(f"links: {name}", count) for name, count in counted.items()]
        text = "| | |\n|---|---|\n" + "".join(f"| {name} | {value:,} |\n" for name, value in rows)
        for each in random.Random(SEED).sample(found, min(args.sample, len(found))):
            sys.stdout.write(_shown(library, each) + "\n")
    if args.markdown:
        args.markdown.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _shown(library: Library, found: CrossReference) -> str:
    source, target = library.passage(found.source_id), library.passage(found.target_id)
    start, end = found.reference.start, found.reference.end
    around = f"{source.text[max(0, start - 60) : start]}[[{found.reference.text}]]{source.text[end : end + 50]}"
    return json.dumps(
        {
            "source": source.source,
            "text": around,
            "target": found.reference.link or found.reference.target,
            "exact": found.exact,
            "target_source": target.source,
            "target_headings": target.headings[-1:],
            "target_text": target.text[:160],
        },
        ensure_ascii=False,
    )


if __name__ == "__main__":
    main()
