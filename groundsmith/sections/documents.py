"""What is read, and how it is found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from groundsmith.sections.declaration import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class LibrarySection:
    """Documents: what is taken in and how it is cut."""

    max_bytes: int = setting(50_000_000, "Largest file taken in, in bytes.", minimum=1)
    max_pages: int = setting(5_000, "Most pages of one document.", minimum=1)
    passage_tokens: int = setting(160, "Longest passage, in tokens of the embedding model.", minimum=32, maximum=512)
    workers: int | None = setting(
        None,
        "Processes that read files while others are embedded; null is one a core, 0 reads in the main process.",
        minimum=0,
        maximum=256,
    )
    memory: int = setting(
        1024,
        "Megabytes that those processes share, each with an equal part and at least 256; a file that needs more fails alone "
        "(the bound holds on Linux).",
        minimum=256,
    )
    readers: tuple[str, ...] | None = setting(
        None,
        "llama-index readers by ending, for formats that are not built in: [.rtf=llama_index.readers.file:RTFReader]. "
        "They are imported and run: name only what you trust.",
    )
    ocr: bool = setting(False, "Recognise the text of scanned pages and pictures; needs the ocr extra, and is slow.")
    exclude_flagged: bool = setting(
        False, "Leave out passages that read like instructions to a model; else they are kept as data, and flagged."
    )
    sites: tuple[str, ...] | None = setting(
        None, "Web sites that may be fetched from: hosts, as in [www.example.gov, '*.example.org', example.net:8443]."
    )
    site_depth: int = setting(0, "Steps that links are followed within a site.", minimum=0, maximum=20)
    site_pages: int = setting(1_000, "Most pages fetched in one run; the next goes on there.", minimum=1)
    site_delay: float = setting(
        1.0, "Seconds between requests to one host; robots.txt may ask for more.", minimum=0, maximum=3600
    )
    site_timeout: float = setting(60.0, "Seconds one request may take in all.", minimum=1, maximum=3600)
    site_seconds: float | None = setting(None, "Most seconds of one run; null is no limit.", minimum=1)
    site_agent: str = setting(
        "groundsmith",
        "Name sent to sites, which robots.txt may address; add a contact, as in rules (mailto:data@example.gov).",
    )
    store: str = setting(
        "chroma",
        "Where vectors are kept: chroma (in the workspace), chroma-server, qdrant (in the workspace, or at a url), or a "
        "llama-index store as module:Class.",
    )
    store_host: str = setting("localhost", "Host of the Chroma server.")
    store_port: int = setting(8000, "Port of the Chroma server.", minimum=1, maximum=65535)
    store_ssl: bool = setting(False, "Speak https with the Chroma server.")
    store_token_variable: str | None = setting(
        None, "Name of the environment variable that holds the Chroma server's token.", kind="variable"
    )
    store_collection: str | None = setting(
        None, "Name that sets this workspace's collections on a server apart; null makes one from the folder."
    )
    store_options: tuple[str, ...] | None = setting(
        None,
        "Arguments of a llama-index store, or of Qdrant's client, as name=value: JSON, text, or env:VARIABLE for a secret; "
        "{index} is the index folder.",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbeddingSection:
    """Vectors for retrieval."""

    model: str = setting(
        "builtin",
        "builtin is in the package; or a folder with one .onnx file and tokenizer.json, a llama-index embedding as "
        "module:Class, or with base_url a model's name there.",
        kind="place",
    )
    base_url: str | None = setting(None, "An OpenAI-compatible endpoint, as in http://localhost:8000/v1.")
    api_key_variable: str = setting(
        "OPENAI_API_KEY", "Name of the environment variable that holds the endpoint's key.", kind="variable"
    )
    dimensions: int | None = setting(
        None, "Length of a vector that the endpoint is asked for; null takes its own.", minimum=1
    )
    batch: int = setting(64, "Texts sent to the endpoint at once.", minimum=1, maximum=2048)
    timeout: float = setting(60.0, "Seconds before a call of the endpoint is given up.", minimum=1)
    retries: int = setting(4, "Further tries of a call of the endpoint that failed.", minimum=0, maximum=20)
    query_prefix: str | None = setting(None, "Text put before each question, as some models want it.")
    passage_prefix: str | None = setting(None, "Text put before each passage, as some models want it.")
    options: tuple[str, ...] | None = setting(
        None, "Arguments of a llama-index embedding as name=value, values as JSON or text."
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalSection:
    """How passages are found, by `search` and for every claim that is checked."""

    mode: Literal["hybrid", "dense", "lexical"] = setting(
        "hybrid", "dense goes by meaning, lexical by words (BM25), hybrid by both."
    )
    passages: int = setting(8, "Passages that `groundsmith search` shows.", minimum=1, maximum=100)
    fusion: Literal["score", "rank"] = setting(
        "score", "How the lists become one: score is the weighted mean of scores, rank is reciprocal-rank fusion."
    )
    constant: float = setting(60.0, "The constant of reciprocal-rank fusion.", minimum=0)
    dense_weight: float = setting(1.0, "Weight of the list by meaning.", minimum=0)
    lexical_weight: float = setting(1.0, "Weight of the list by words.", minimum=0)
    phrase_weight: float = setting(1.0, "Weight of the question's words side by side, in hybrid by score.", minimum=0)
    letter_weight: float = setting(0.5, "Weight of the letters of its words, in hybrid by score.", minimum=0)
    wording: int = setting(
        60, "Best candidates whose wording, phrases and letters, is compared.", minimum=0, maximum=1000
    )
    candidates: int = setting(100, "Candidates taken of each list, at least.", minimum=1, maximum=10_000)
    k1: float = setting(1.5, "BM25: how soon further occurrences of a word count for less.", minimum=0)
    b: float = setting(0.75, "BM25: how much length is held against a passage.", minimum=0, maximum=1)
    diversity: float = setting(0.0, "How much a passage that resembles a better one is put back.", minimum=0, maximum=1)
    context: Literal["none", "neighbours", "section"] = setting(
        "none", "Passages shown around a hit: its neighbours, or those of its section."
    )
    context_passages: int = setting(1, "Passages of context on either side, at most.", minimum=1, maximum=100)
    reranker: str = setting(
        "off",
        "A second look at the best candidates: off, an ONNX cross-encoder's folder or file, or a llama-index "
        "postprocessor as module:Class.",
        kind="place",
    )
    reranker_options: tuple[str, ...] | None = setting(
        None, "Arguments of the re-ranker as name=value, values as JSON or text."
    )
    rerank: int = setting(20, "Candidates that the re-ranker reads.", minimum=1, maximum=1000)


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphSection:
    """The concept graph."""

    extractor: Literal["spacy", "model"] = setting(
        "spacy",
        "spacy needs no language model; model lets the language model choose among what spaCy found, and add to it.",
    )
    spacy_model: str | None = setting(None, "An installed spaCy pipeline; null takes the small English one.")
    processes: int = setting(1, "Processes that extract concepts.", minimum=1, maximum=256)
    concepts_per_passage: int = setting(12, "Most concepts kept of one passage.", minimum=1, maximum=100)
    rerank: bool = setting(False, "Choose a passage's concepts by the embedding model too; better, and slower.")
    frames: bool = setting(True, "Find duties, permissions, prohibitions, deadlines and other policy frames.")
