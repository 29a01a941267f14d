"""What does the first search of a process cost before it searches? In a library of many passages, with a stand-in embedder.

    python benchmarks/first_search.py [--passages 250000] [--folder FOLDER]

The first search sees whether the index is what the library holds. Measured in one run: comparing all ids, as a whole
comparison does; following what the library noted as changed, with nothing noted, and with one document of 100 passages new;
and reading the words for BM25, which is done once a process and is no part of the comparison. `--folder` keeps the library.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parents[1]))

from knowledge.document import Document, Passage, passage_id
from knowledge.index import PassageIndex
from knowledge.library import Library
from knowledge.store import Database
from knowledge.sync import follow, sync

WIDTH = 16
SIZE = 100


class StandIn:
    """Vectors at random: their making costs nothing, and what is measured does not look at them."""

    name, dimensions = "stand-in", WIDTH

    def embed(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return a unit vector for each text."""
        rows = numpy.random.default_rng(len(texts)).normal(size=(len(texts), WIDTH)).astype(numpy.float32)
        return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def add(library: Library, number: int) -> None:
    """Add one document of 100 passages."""
    texts = [f"Rule {number}.{part} applies to case {part * 7 % 31}." for part in range(SIZE)]
    document = Document(source=f"{number}.txt", title="", text="\n".join(texts), media_type="text/plain")
    passages, start = [], 0
    for ordinal, text in enumerate(texts):
        id_ = passage_id(document_id=document.id, headings=(), text=text, occurrence=0)
        place = {"ordinal": ordinal, "start": start, "end": start + len(text)}
        passages.append(Passage(id=id_, document_id=document.id, version=1, text=text, **place))
        start += len(text) + 1
    library.add(document, passages)


def seconds(action: Callable[[], object]) -> float:
    """Return the processor's seconds that an action takes."""
    begun = time.process_time()
    action()
    return time.process_time() - begun


def main() -> int:
    """Build the library where it is not there, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=250_000)
    parser.add_argument("--folder", type=Path, help="where the library is kept, or will be")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        database = Database(folder / "w.db")
        library = Library(database)
        index = PassageIndex(folder / "index", embedder=StandIn())
        for number in range(len(library.documents()), options.passages // SIZE):
            add(library, number)
        follow(library, index)
        index.close()
        index = PassageIndex(folder / "index", embedder=StandIn())
        index.vectors_of(["p_none"])  # opens the store
        nothing = seconds(lambda: follow(library, index))
        whole = seconds(lambda: sync(library, index))
        add(library, len(library.documents()))
        some = seconds(lambda: follow(library, index))
        words = seconds(lambda: index.lexical(["rule"], 10))
        index.reread(library.passage_ids)
        kept = seconds(lambda: index.lexical(["rule"], 10))
        print(
            "| passages | nothing changed | 100 new passages | comparing all ids | words for BM25 made | known, and read from disk |"
        )
        print("|---" * 6 + "|")
        print(
            f"| {library.passage_count():,} | {nothing:.3f} s | {some:.3f} s | {whole:.2f} s | {words:.1f} s"
            f" | {kept:.2f} s |"
        )
        index.close()
        database.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
