"""Does the fused retriever find the passage that answers? Beside BM25, dense search, and llama-index's default.

    python benchmarks/retrieval.py --data ../shared/data [--embedder FOLDER ...] [--cache FOLDER]

Five ways to search the same units with the same embedding model, in one run: BM25 over whole units; dense search over whole
units, exactly; llama-index as it comes (VectorStoreIndex of documents with SentenceSplitter's defaults, more results than its
two); our retriever over the same units, each a passage, with the settings as they come; and our retriever without a look at
wording, by reciprocal-rank fusion, by meaning alone and by words alone. Questions are divided by a hash: choices (kind and
weights of fusion) were made on one half (`--half tuning`), figures are of the other; all of NIST's questions are reported, and
nothing was learnt with them. Of PolicyQA and SQuAD only rows that training leaves alone are taken.
`--embedder` is repeatable: a folder with an ONNX encoder, `builtin` for the one in the package. `--milliseconds` measures the
time of a search in place of the figures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parents[1]))

from retrieval_metrics import NAMES, figures
from retrieval_sets import QuestionSet, question_sets

from knowledge.document import Document, Passage, passage_id
from knowledge.embed import Embedder, OnnxEmbedder
from knowledge.identity import digest
from knowledge.index import PassageIndex, exact
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.retrieve import Retriever, SearchOptions
from knowledge.store import Database

DEPTH = 10
DRAWS = 2_000
TIMED = 60
OTHERS = ("BM25 alone", "dense alone", "llama-index default")
Questions = Sequence[tuple[str, frozenset[str]]]
Rankings = list[list[str]]


class CachedEmbedder:
    """An embedder whose vectors are kept in a file between runs."""

    def __init__(self, embedder: Embedder, folder: Path | None) -> None:
        self.name, self._embedder = embedder.name, embedder
        self._path = None if folder is None else folder / f"{digest(embedder.name)}.npz"
        self._known: dict[str, numpy.ndarray] = {}
        if self._path and self._path.is_file():
            with numpy.load(self._path) as kept:
                self._known = dict(zip(kept["digests"].tolist(), kept["vectors"], strict=True))

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one unit vector for each text, embedding only texts never seen."""
        if not texts:
            return self._embedder.embed([])
        keys = [digest(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        self._known.update(zip(new, self._embedder.embed(list(new.values())), strict=True))
        return numpy.stack([self._known[key] for key in keys])

    def save(self) -> None:
        """Write the vectors to the file."""
        if self._path and self._known:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            numpy.savez(self._path, digests=list(self._known), vectors=numpy.stack(list(self._known.values())))


class TimedEmbedder(CachedEmbedder):
    """The same, with every question embedded anew."""

    def embed_queries(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return the vectors of questions."""
        return self._embedder.embed(texts)


def bm25(asked: QuestionSet, questions: Questions) -> Rankings:
    """BM25 over whole units."""
    index = LexicalIndex((id_, "", text) for id_, text in asked.units.items())
    return [[id_ for id_, _ in found] for found in index.search([question for question, _ in questions], DEPTH)]


def dense(asked: QuestionSet, questions: Questions, embedder: Embedder) -> Rankings:
    """The nearest whole units, all compared."""
    rows = dict(zip(asked.units, embedder.embed(list(asked.units.values())), strict=True))
    vectors = embedder.embed([question for question, _ in questions])
    return [[id_ for id_, _ in ranking] for ranking in exact(vectors, rows, DEPTH)]


def llama_index(asked: QuestionSet, questions: Questions, embedder: Embedder) -> Rankings:
    """llama-index's VectorStoreIndex with its own splitter and retriever."""
    from llama_index.core import Document as Theirs
    from llama_index.core import VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.node_parser import SentenceSplitter

    class Same(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return embedder.embed([text])[0].tolist()

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return embedder.embed(texts).tolist()

        _get_query_embedding = _get_text_embedding

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    documents = [Theirs(text=text, id_=id_) for id_, text in asked.units.items()]
    index = VectorStoreIndex.from_documents(documents, embed_model=Same(), transformations=[SentenceSplitter()])
    retriever = index.as_retriever(similarity_top_k=2 * DEPTH)
    return [_units(node.node.ref_doc_id for node in retriever.retrieve(question)) for question, _ in questions]


def ours(
    asked: QuestionSet, questions: Questions, embedder: Embedder, ways: dict[str, SearchOptions]
) -> dict[str, Rankings]:
    """Our library, index and retriever, each unit a document of one passage, searched in each of `ways`."""
    with tempfile.TemporaryDirectory() as scratch, Database(Path(scratch) / "w.db") as database:
        library, unit = _library(database, asked)
        index = PassageIndex(Path(scratch) / "index", embedder=embedder, vectors=library.records)
        index.sync(library.passages())
        found = {}
        for name, options in ways.items():
            hits = Retriever(library, index, options=options).search_many([q for q, _ in questions], DEPTH)
            found[name] = [[unit[hit.passage.document_id] for hit in each] for each in hits]
        index.close()
    return found


def _library(database: Database, asked: QuestionSet) -> tuple[Library, dict[str, str]]:
    """Return a library with each unit as a document of one passage, and the unit of each document."""
    library, unit = Library(database), {}
    with database.transaction():
        for id_, text in asked.units.items():
            document = Document(source=id_, title="", text=text, media_type="text/plain")
            library.add(document, [_passage(document)])
            unit[document.id] = id_
    return library, unit


def _passage(document: Document) -> Passage:
    id_ = passage_id(document_id=document.id, headings=(), text=document.text, occurrence=0)
    return Passage(
        id=id_, document_id=document.id, version=1, ordinal=0, start=0, end=len(document.text), text=document.text
    )


def _units(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))[:DEPTH]


WAYS = {
    "ours": SearchOptions(),
    "ours, wording left out": SearchOptions(wording=0, lexical_weight=1.0),
    "ours, rank fusion": SearchOptions(fusion="rank", lexical_weight=1.0),
    "ours, by meaning alone": SearchOptions(mode="dense"),
    "ours, by words alone": SearchOptions(mode="lexical"),
}


def measure(
    asked: QuestionSet, questions: Questions, embedder: CachedEmbedder, ways: dict[str, SearchOptions]
) -> dict[str, numpy.ndarray]:
    """Return, for each way to search, a row of figures for each question."""
    rankings = {
        "BM25 alone": bm25(asked, questions),
        "dense alone": dense(asked, questions, embedder),
        "llama-index default": llama_index(asked, questions, embedder),
        **ours(asked, questions, embedder, ways),
    }
    embedder.save()
    return {
        name: numpy.array([figures(found, right) for found, (_, right) in zip(each, questions, strict=True)])
        for name, each in rankings.items()
    }


def gain(rows: dict[str, numpy.ndarray], first: str, others: Sequence[str], figure: int) -> str:
    """Return how far `first` is above the best of `others` in a figure, with a paired bootstrap interval of 95 %."""
    best = max(others, key=lambda name: rows[name][:, figure].mean())
    differences = rows[first][:, figure] - rows[best][:, figure]
    draws = numpy.random.default_rng(7).integers(len(differences), size=(DRAWS, len(differences)))
    low, high = numpy.quantile(differences[draws].mean(axis=1), [0.025, 0.975])
    return f"{NAMES[figure]} {differences.mean():+.4f} over {best} [{low:+.4f}, {high:+.4f}]"


def report(asked: QuestionSet, questions: Questions, rows: dict[str, numpy.ndarray], label: str) -> str:
    """Return a Markdown table of one set."""
    lines = [
        f"**{asked.name}**, {label}: {asked.about}; {len(questions)} questions, {len(asked.units):,} units",
        "",
        "| | " + " | ".join(NAMES) + " |",
        "|---|" + "---|" * len(NAMES),
    ]
    lines += [
        f"| {name} | " + " | ".join(f"{value:.4f}" for value in each.mean(axis=0)) + " |" for name, each in rows.items()
    ]
    gains = "; ".join(gain(rows, "ours", OTHERS, figure) for figure in range(len(NAMES)))
    best = numpy.max([rows[name].mean(axis=0) for name in OTHERS], axis=0)
    short = [name for name, mine, other in zip(NAMES, rows["ours"].mean(axis=0), best, strict=True) if mine <= other]
    verdict = f"Not above the first three in {', '.join(short)}" if short else "Above the first three in all four"
    return "\n".join([*lines, "", f"{verdict}: {gains}.", ""])


def timed(asked: QuestionSet, questions: Questions, embedder: Embedder, ways: dict[str, SearchOptions]) -> str:
    """Return the processor's milliseconds for a question in each of `ways`, asked one by one, question embedded anew."""
    with tempfile.TemporaryDirectory() as scratch, Database(Path(scratch) / "w.db") as database:
        library, _ = _library(database, asked)
        index = PassageIndex(Path(scratch) / "index", embedder=embedder, vectors=library.records)
        index.sync(library.passages())
        spent = {}
        for name, options in ways.items():
            retriever = Retriever(library, index, options=options)
            retriever.search(questions[-1][0], k=DEPTH)
            begun = time.process_time()
            for question, _ in questions[:TIMED]:
                retriever.search(question, k=DEPTH)
            spent[name] = (time.process_time() - begun) / min(TIMED, len(questions)) * 1000
        index.close()
    figures_ = "; ".join(f"{name} {each:.1f} ms" for name, each in spent.items())
    return f"**{asked.name}**, {len(asked.units):,} units: {figures_}"


def main() -> int:
    """Measure each embedder on each set and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--embedder", action="append", default=[], help="builtin, or a folder; repeatable")
    parser.add_argument("--sets", nargs="*", default=[], help="names of sets; default: all")
    parser.add_argument("--questions", type=int, default=1000, help="most questions of a set")
    parser.add_argument("--half", choices=["reported", "tuning"], default="reported")
    parser.add_argument("--cache", type=Path, help="folder that keeps vectors between runs")
    parser.add_argument("--milliseconds", action="store_true", help="measure the time of a search instead")
    parser.add_argument("--markdown", type=Path, help="write the tables here too")
    options = parser.parse_args()
    parts = []
    for name in options.embedder or ["builtin"]:
        kind = TimedEmbedder if options.milliseconds else CachedEmbedder
        embedder = kind(OnnxEmbedder() if name == "builtin" else OnnxEmbedder(Path(name)), options.cache)
        label = f"embedder {name if name == 'builtin' else Path(name).name}"
        for asked in question_sets(options.data):
            if options.sets and asked.name not in options.sets:
                continue
            begun = time.perf_counter()
            if asked.name.startswith("nist") and options.half == "tuning":
                continue
            every = asked.name.startswith("nist")
            questions = (
                asked.questions if every else asked.half(tuning=options.half == "tuning", most=options.questions)
            )
            if options.milliseconds:
                parts.append(timed(asked, questions, embedder, WAYS))
                print(parts[-1], flush=True)
                continue
            parts.append(report(asked, questions, measure(asked, questions, embedder, WAYS), label))
            print(parts[-1], flush=True)
            print(f"{asked.name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    if options.markdown:
        options.markdown.write_text("\n".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
