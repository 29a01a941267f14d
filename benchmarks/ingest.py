"""Ingest of a folder, ours beside the pipeline llama-index documents, in one run.

    python benchmarks/ingest.py ../shared/data/corpora/nist-800-63/rev3 ... --model MODEL_FOLDER

Ours: load, split, embed (int8 ONNX), SQLite, Chroma, BM25. Theirs: SimpleDirectoryReader, SentenceSplitter
(256 tokens, 32 overlap), HuggingFaceEmbedding on torch with the MiniLM in MODEL_FOLDER, Chroma; it needs torch,
sentence-transformers, llama-index-embeddings-huggingface and llama-index-readers-file. Models are loaded before
the clock starts. Words are those of the text that each one loaded.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
    from knowledge.ingest import ingest, sync
    from knowledge.library import Library
    from knowledge.store import Database

    embedder = OnnxEmbedder()
    embedder.embed(["warm", "up"])
    with Database(scratch / "groundsmith.db") as database:
        library = Library(database)
        index = PassageIndex(scratch / "index", embedder=embedder, vectors=library.records)
        index.count()
        stages, begun, worked = {}, time.perf_counter(), time.process_time()
        ingest(folders, library=library, root=scratch)
        stages["load, split, store"] = time.perf_counter() - begun
        sync(library, index)
        stages["embed, Chroma"] = time.perf_counter() - begun - sum(stages.values())
        index.lexical(["identity"], 1)
        stages["BM25"] = time.perf_counter() - begun - sum(stages.values())
        worked = time.process_time() - worked
        entries = library.documents()
        index.close()
    return Figure(
        name="groundsmith",
        documents=len(entries),
        words=sum(entry.words for entry in entries),
        passages=sum(entry.passages for entry in entries),
        stages=stages,
        processor=worked,
    )


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


def main() -> int:
    """Run both where the other side is installed, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--model", type=Path, help="folder of all-MiniLM-L6-v2 for the other side")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        mine = ours(options.folders, Path(scratch))
        print(mine.line())
        needed = ("torch", "sentence_transformers", "llama_index.embeddings.huggingface")
        if not options.model or not all(importlib.util.find_spec(name) for name in needed):
            print("llama-index's side needs --model, torch, sentence-transformers, llama-index-embeddings-huggingface")
            return 0
        other = theirs(options.folders, Path(scratch), options.model)
    print(other.line())
    ratio = (mine.words / sum(mine.stages.values())) / (other.words / sum(other.stages.values()))
    work = (mine.words / mine.processor) / (other.words / other.processor)
    print(f"groundsmith reads {ratio:.1f} times as many words a second, {work:.1f} times as many a processor second")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
