"""Ingest of a folder, ours beside the pipeline llama-index documents, in one run.

    python benchmarks/ingest.py ../shared/data/corpora/nist-800-63/rev3 ... --model MODEL_FOLDER --python PYTHON
    python benchmarks/ingest.py --large FOLDER

Ours: load, split, embed (int8 ONNX), SQLite, Chroma, BM25. Theirs: SimpleDirectoryReader, SentenceSplitter
(256 tokens, 32 overlap), HuggingFaceEmbedding on torch with the MiniLM in MODEL_FOLDER, Chroma; it needs torch,
sentence-transformers, llama-index-embeddings-huggingface and llama-index-readers-file. Modules and models are loaded
before the clock starts, on both sides. Words are those of the text that each one loaded.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge.embed import OnnxEmbedder
    from knowledge.library import Library

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "ANONYMIZED_TELEMETRY": "False"}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What one pipeline did: documents, words, passages, seconds by stage, and seconds of processor time."""

    name: str
    documents: int
    words: int
    passages: int
    stages: dict[str, float]
    processor: float

    def line(self) -> str:
        """Return the figures as a line for a person."""
        seconds = sum(self.stages.values())
        parts = ", ".join(f"{stage} {spent:.1f}" for stage, spent in self.stages.items())
        return (
            f"{self.name:12} {self.documents:4} documents {self.words:7,} words {self.passages:5,} passages"
            f" {seconds:6.1f} s ({parts}):"
            f" {self.passages / seconds:6.1f} passages/s {self.words / seconds:7,.0f} words/s;"
            f" {self.processor:6.1f} s on the processor: {self.words / self.processor:7,.0f} words/s"
        )


def ours(folders: Sequence[Path], scratch: Path) -> Figure:
    """Ingest with Groundsmith into a fresh workspace."""
    from knowledge.embed import OnnxEmbedder
    from knowledge.index import PassageIndex
    from knowledge.ingest import ingest
    from knowledge.library import Library
    from knowledge.store import Database

    embedder = OnnxEmbedder()
    embedder.embed(["warm", "up"])
    warm(scratch / "warm")
    with Database(scratch / "groundsmith.db") as database:
        library = Library(database)
        index = PassageIndex(scratch / "index", embedder=embedder, vectors=library.records)
        index.count()
        stages, begun, worked = {}, time.perf_counter(), processor()
        ingest(folders, library=library, index=index, root=scratch, count_tokens=embedder.count_tokens, workers=None)
        stages["ingest"] = time.perf_counter() - begun
        index.lexical(["identity"], 1)
        stages["BM25"] = time.perf_counter() - begun - sum(stages.values())
        worked = processor() - worked
        entries = library.documents()
        report_bare(library, embedder, sum(stages.values()), worked)
        index.close()
    return Figure(
        name="groundsmith",
        documents=len(entries),
        words=sum(entry.words for entry in entries),
        passages=sum(entry.passages for entry in entries),
        stages=stages,
        processor=worked,
    )


def warm(folder: Path) -> None:
    """Take in one small file, so that all modules are loaded."""
    from knowledge.embed import OnnxEmbedder
    from knowledge.index import PassageIndex
    from knowledge.ingest import ingest
    from knowledge.library import Library
    from knowledge.store import Database

    folder.mkdir()
    (folder / "one.md").write_text("# One\n\nOne paragraph.\n")
    with Database(folder / "groundsmith.db") as database:
        library = Library(database)
        index = PassageIndex(folder / "index", embedder=OnnxEmbedder(), vectors=library.records)
        ingest([folder / "one.md"], library=library, index=index, root=folder, workers=0)
        index.lexical(["one"], 1)
        index.close()


def processor() -> float:
    """Return the processor seconds of this process and of those it started that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def report_bare(library: Library, embedder: OnnxEmbedder, seconds: float, worked: float) -> None:
    """Print what the embedding model alone takes for the same passages, as a share of the whole ingest."""
    from knowledge.embed import embedded_text

    texts = [embedded_text(passage) for passage in library.passages()]
    begun, busy = time.perf_counter(), processor()
    for start in range(0, len(texts), 512):
        embedder.embed(texts[start : start + 512])
    bare, busy = time.perf_counter() - begun, processor() - busy
    print(
        f"the embedder alone on these {len(texts):,} passages: {bare:.1f} s, {busy:.1f} s on the processor;"
        f" the ingest reaches {bare / seconds:.0%} of its throughput, {busy / worked:.0%} by processor time"
    )


def large(folder: Path, *, share: float, minutes: float) -> None:
    """Ingest a folder's files in name order for some minutes at most, and again; print time, memory and growth."""
    from knowledge.embed import OnnxEmbedder
    from knowledge.index import PassageIndex
    from knowledge.ingest import ingest
    from knowledge.library import Library
    from knowledge.store import Database

    files = sorted(path for path in folder.rglob("*.html"))
    files = files[:: max(1, round(1 / share))]
    few, embedder, deadline = max(1, len(files) // 100), OnnxEmbedder(), time.monotonic() + 60 * minutes
    embedder.embed(["warm", "up"])
    with tempfile.TemporaryDirectory() as scratch, Database(Path(scratch) / "groundsmith.db") as database:
        library = Library(database)
        index = PassageIndex(Path(scratch) / "index", embedder=embedder, vectors=library.records)

        def take(paths: Sequence[Path], what: str) -> tuple[float, float]:
            begun, busy, before = time.perf_counter(), processor(), library.passage_count()
            root, count = Path(scratch), embedder.count_tokens
            ingest(paths, library=library, index=index, root=root, count_tokens=count, workers=None)
            begun, busy = time.perf_counter() - begun, processor() - busy
            more = library.passage_count() - before
            mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            each = f"; {1000 * begun / more:.1f} ms, processor {1000 * busy / more:.1f} ms a passage" if more else ""
            print(
                f"{what}: {len(paths):,} files, {more:,} passages, {begun:.1f} s, processor {busy:.1f} s{each};"
                f" peak {mib:,.0f} MiB",
                flush=True,
            )
            return begun, busy

        taken, spent = list(files[:few]), list[tuple[float, float]]()
        spent.append(take(taken, "a hundredth"))
        for start in range(few, len(files), few):
            if time.monotonic() > deadline:
                break
            some = files[start : start + few]
            taken += some
            spent.append(take(some, f"to {start + len(some):,} of {len(files):,}"))
        again = take(taken, "again, unchanged")
        whole, busy = (sum(each[part] for each in spent) for part in (0, 1))
        print(f"in all {whole:.1f} s, processor {busy:.1f} s; again {again[0] / whole:.1%}, {again[1] / busy:.1%}")
        index.close()


def theirs(folders: Sequence[Path], scratch: Path, model: Path) -> Figure:
    """Ingest as llama-index's documentation shows it."""
    import chromadb
    from chromadb.config import Settings
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    embedding = HuggingFaceEmbedding(model_name=str(model))
    embedding.get_text_embedding("warm up")
    client = chromadb.PersistentClient(str(scratch / "chroma"), settings=Settings(anonymized_telemetry=False))
    store = ChromaVectorStore(chroma_collection=client.create_collection("bench", embedding_function=None))
    stages, begun, worked = {}, time.perf_counter(), time.process_time()
    documents = [d for folder in folders for d in SimpleDirectoryReader(str(folder), recursive=True).load_data()]
    nodes = SentenceSplitter(chunk_size=256, chunk_overlap=32).get_nodes_from_documents(documents)
    stages["load, split"] = time.perf_counter() - begun
    VectorStoreIndex(nodes, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=embedding)
    stages["embed, Chroma"] = time.perf_counter() - begun - sum(stages.values())
    worked = time.process_time() - worked
    return Figure(
        name="llama-index",
        documents=len({document.metadata["file_path"] for document in documents}),
        words=sum(len(document.text.split()) for document in documents),
        passages=len(nodes),
        stages=stages,
        processor=worked,
    )


def peer(folders: Sequence[Path], model: Path, python: str) -> Figure:
    """Run the other side in a Python of its own; return its figures."""
    command = [python, __file__, "--peer", "--model", str(model), *map(str, folders)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return Figure(**json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Run both where the other side is installed, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--model", type=Path, help="folder of all-MiniLM-L6-v2 for the other side")
    parser.add_argument("--python", default=sys.executable, help="the Python that the other side is installed in")
    parser.add_argument("--large", action="store_true", help="ingest one large folder in growing steps, ours alone")
    parser.add_argument("--share", type=float, default=1.0, help="with --large: the share of the files, evenly spread")
    parser.add_argument("--minutes", type=float, default=60.0, help="with --large: begin no further step after this")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.large:
        large(options.folders[0], share=options.share, minutes=options.minutes)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        if options.peer:
            print(json.dumps(asdict(theirs(options.folders, Path(scratch), options.model))))
            return 0
        mine = ours(options.folders, Path(scratch))
    print(mine.line(), flush=True)
    if not options.model:
        print("llama-index's side needs --model, and --python with torch and llama-index-embeddings-huggingface")
        return 0
    other = peer(options.folders, options.model, options.python)
    print(other.line())
    ratio = (mine.words / sum(mine.stages.values())) / (other.words / sum(other.stages.values()))
    work = (mine.words / mine.processor) / (other.words / other.processor)
    print(f"groundsmith reads {ratio:.1f} times as many words a second, {work:.1f} times as many a processor second")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
