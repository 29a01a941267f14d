"""The table of settings, written as one frozen dataclass a section.

Each field is a setting: its annotation is the type (a `Literal` lists the choices), its default works offline, and
its metadata holds the help and the range. Nothing about a setting is said anywhere else; `groundsmith.settings`
derives the table, the checks and the commented file from these classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

T = TypeVar("T")


def setting(default: T, help: str, *, minimum: float | None = None, maximum: float | None = None, kind: str = "") -> T:  # noqa: A002
    """Declare a setting; `kind` is empty, "variable" (a variable's name) or "place" (a name or a relative path)."""
    return field(default=default, metadata={"help": help, "minimum": minimum, "maximum": maximum, "kind": kind})


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


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSection:
    """The language model that writes."""

    name: str | None = setting(None, "Model name; null takes the local model that is here.")
    base_url: str | None = setting(None, "An OpenAI-compatible endpoint, as in http://localhost:8000/v1.")
    api_key_variable: str = setting(
        "OPENAI_API_KEY", "Name of the environment variable that holds the key; never the key itself.", kind="variable"
    )
    path: Path | None = setting(None, "A local GGUF file, run in this process; relative to this file.")  # noqa: RUF009 - a field
    temperature: float | None = setting(
        None, "Randomness of the model; null takes what the strategy works best with.", minimum=0, maximum=2
    )
    max_tokens: int | None = setting(None, "Most tokens of one answer; null takes the task's own.", minimum=16)
    timeout: float = setting(120.0, "Seconds before a call is given up.", minimum=1)
    retries: int = setting(4, "Further tries of a call that failed.", minimum=0, maximum=20)
    parallel: int | None = setting(
        None,
        "Most calls under way at once; null finds out what an endpoint takes, and is 2 for a local model.",
        minimum=1,
        maximum=1024,
    )
    batch: bool = setting(
        False, "Hand calls over in batches (the endpoint's /files and /batches): slower, and often cheaper."
    )
    batch_calls: int = setting(1000, "Most calls in a batch.", minimum=1, maximum=50_000)
    batch_wait: float = setting(86_400.0, "Seconds that a batch is waited for.", minimum=1)
    context: int = setting(4096, "Tokens a local model holds, prompt and answer together.", minimum=512)
    input_price: float | None = setting(
        None, "Money for a million input tokens; null takes it from model.prices.", minimum=0
    )
    output_price: float | None = setting(
        None, "Money for a million output tokens; null takes it from model.prices.", minimum=0
    )
    prices: Path | None = setting(  # noqa: RUF009 - a field
        None, "A YAML file with the prices of models; relative to this file. An unknown price is said, not guessed."
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskSection:
    """What is written, for whom."""

    name: str = setting("question-answer", "The kind of sample to write; the docs list them.")
    file: Path | None = setting(  # noqa: RUF009 - a field
        None, "A YAML file with a kind of your own, in place of the name; relative to this file."
    )
    mix: tuple[str, ...] | None = setting(None, "Several kinds, taken in balanced turns, in place of the name.")
    templates: Path | None = setting(  # noqa: RUF009 - a field
        None, "A folder with prompt templates of your own (NAME.jinja); relative to this file."
    )
    role: str | None = setting(None, "Who the model writes as; null takes the task's own.")
    instruction: str | None = setting(None, "Words added to the task, as in: ask about deadlines.")
    language: str = setting("en", "Language of questions and answers, as a two-letter code.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ConditionSetting:
    """A condition in full, where a list of values does not suffice.

    `source` (in the file: `from`) is list, concepts, tree, vocabulary or model for values known beforehand, and frames, related,
    topics or words for those that follow from each prompt's passages. `weights` are of the values, `count` is how many values or
    words, `unless` maps a value to values of other conditions that it never stands beside, `ask` is what the model is asked for,
    `file` a list of words.
    """

    values: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    source: str = "list"
    count: int = 8
    unless: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    ask: str = ""
    file: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplingSection:
    """Which concepts are drawn together."""

    mode: Literal["balanced", "paper", "tree", "pairs", "random", "single"] = setting(
        "balanced",
        "balanced spreads over the corpus; paper follows SynthLLM; tree goes round the communities of concepts; "
        "pairs takes all pairs of a document (EntiGraph); random and single are for comparison.",
    )
    levels: tuple[int, ...] = setting(
        (1, 2, 3, 3),
        "1 one passage, 2 concepts of one document, 3 two documents; taken in turn, as often as named.",
        minimum=1,
        maximum=3,
    )
    quotas: Literal["off", "proportional", "equal"] = setting(
        "off",
        "Share samples out over the topics (the widest communities of concepts): proportional to their importance, or equal.",
    )
    concepts: tuple[str, ...] | None = setting(
        None, "Draw only for these concepts, by name or id: each prompt is about one of them. Not together with rounds."
    )
    seed: int = setting(7, "The same seed draws the same combinations.", minimum=0)
    epochs: int = setting(20, "Most times the graph is gone through.", minimum=1)
    round: int | None = setting(
        None,
        "Prompts of a round: each round is drawn for what the rows before it lack, and told what was refused; "
        "null draws all beforehand.",
        minimum=24,
    )
    retrieved: int = setting(
        0,
        "Passages found by search for the concepts of a prompt and put beside those drawn; at levels 1 and 2.",
        maximum=8,
        minimum=0,
    )
    novelty: float = setting(
        0.05,
        "With rounds: stop after two rounds in which a smaller share of rows named a new concept or pair of concepts.",
        minimum=0,
        maximum=1,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationSection:
    """How many rows, and how they are written."""

    count: int = setting(50, "Rows that must pass.", minimum=1)
    strategy: Literal["auto", "single", "decompose", "chain-of-thought", "facts", "dialogue"] = setting(
        "auto",
        "single asks once; decompose takes facts by rule and lets the model word the question; chain-of-thought reasons first; "
        "facts asks for facts, question, answer and explanation in turn; dialogue lets two sides talk; auto goes by model size.",
    )
    answers: int = setting(1, "Answers to each question that are compared; 1 compares none.", minimum=1, maximum=16)
    agreement: float = setting(0.5, "Share of the answers that must say the same.", minimum=0, maximum=1)
    refine: int = setting(0, "Most revisions of a draft that is refused.", minimum=0, maximum=8)
    critics: Literal["verdict", "validator", "both"] = setting(
        "verdict", "Who refuses a draft before revision: the judge's verdict, a validator model, or both in this order."
    )
    validator: str | None = setting(None, "Name of the model that validates; null takes the one that writes.")
    refiner: str | None = setting(None, "Name of the model that revises; null takes the one that writes.")
    evolve: tuple[str, ...] | None = setting(
        None, "Ways to make a sample harder that must stay supported: deepen, constrain, concretise."
    )
    closed_book: Literal["off", "mark", "reject"] = setting(
        "off", "Ask a model the question without the documents, and mark or reject rows that it answers alike."
    )
    recaller: str | None = setting(
        None, "Name of the model that is asked without the documents; null takes the one that writes."
    )
    turns: int = setting(3, "Turns of a conversation, with the strategy dialogue.", minimum=1, maximum=12)
    reasoning: bool = setting(True, "Keep the model's reasoning with the row, apart from the answer.")
    variety: bool = setting(False, "Vary the wording of prompts by chance, seeded by sampling.seed.")
    draws: int = setting(1, "Answers drawn for each prompt.", minimum=1, maximum=64)
    oversample: float = setting(20.0, "Give up after this many prompts for each row asked.", minimum=1)
    sentences: int = setting(2, "Most sentences of an answer.", minimum=1, maximum=20)


@dataclass(frozen=True, kw_only=True, slots=True)
class MixingSection:
    """Real rows among the synthetic ones."""

    file: Path | None = setting(  # noqa: RUF009 - a field
        None,
        "A dataset of real questions and answers, in any common shape; relative to this file. Its questions are not asked again, "
        "and exports hold its rows too.",
    )
    share: float = setting(0.5, "Share of real rows in what is exported.", minimum=0, maximum=0.95)


@dataclass(frozen=True, kw_only=True, slots=True)
class DemonstrationsSection:
    """Worked examples shown to the model."""

    selection: Literal["none", "random", "similar", "diverse", "vote-k", "unlike", "informative"] = setting(
        "none",
        "How examples are chosen: at random, most similar to the passages, spread out, by their neighbours' votes, "
        "least like the rows there are, or covering most words of the passages.",
    )
    number: int = setting(1, "Examples in a prompt.", minimum=1, maximum=8)
    file: Path | None = setting(  # noqa: RUF009 - a field
        None, "JSON Lines with question, answer, passage, explanation; null takes this run's verified rows."
    )
    explanations: bool = setting(False, "Show why the answer of an example follows, where it is known.")


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationSection:
    """When a row passes."""

    model: str = setting(
        "builtin", "builtin (weights in the package), or another entailment model's name or folder.", kind="place"
    )
    threshold: float | None = setting(
        None, "Entailment a claim needs; null takes the model's own.", minimum=0, maximum=1
    )
    contradiction: float | None = setting(
        None, "Contradiction that refutes a claim; null takes the model's own.", minimum=0, maximum=1
    )
    passages: int = setting(4, "Passages retrieved for each claim.", minimum=1, maximum=64)
    rules: bool = setting(True, "Check numbers, dates, amounts, modality and negation by rules too.")
    relevance: bool = setting(True, "Check that the answer is to the question.")
    authority: tuple[str, ...] | None = setting(
        None, "Patterns of source or title, weightiest first; where documents disagree, the weightier wins."
    )
    prefer_newer: bool = setting(False, "Let a newer version of a document win over an older that disagrees.")
    joint: bool = setting(True, "Read up to three passages together where none suffices alone.")
    calibration: Literal["auto", "off"] = setting(
        "auto", "auto uses what `groundsmith calibrate` fitted in this workspace, if the judge is still the same."
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeSection:
    """Language models as a second judge, in `groundsmith verify`."""

    mode: Literal["off", "uncertain", "alone"] = setting(
        "off", "uncertain asks where the entailment model is unsure; alone asks of every row."
    )
    models: tuple[str, ...] = setting(("default",), "Names of the models asked; default is that of the model section.")
    draws: int = setting(1, "Votes of each model.", minimum=1, maximum=16)
    low: float = setting(0.3, "Support from which a row is uncertain.", minimum=0, maximum=1)
    high: float = setting(0.8, "Support up to which a row is uncertain.", minimum=0, maximum=1)
    criteria: tuple[str, ...] = setting(
        ("builtin",), "The rubric: for each, a name, a colon, and a question whose yes speaks for the answer."
    )
    closed_book: bool = setting(False, "Mark rows that the model answers as well without the documents.")
    decompose: bool = setting(
        False, "Let the first model take claims apart; its parts count only if they add nothing and leave nothing out."
    )

    @property
    def asks(self) -> bool:
        """Whether a language model is asked at all."""
        return self.mode != "off" or self.closed_book or self.decompose


@dataclass(frozen=True, kw_only=True, slots=True)
class CurationSection:
    """What is dropped after verification."""

    duplicates: bool = setting(True, "Drop rows that repeat another.")
    similarity: float = setting(0.92, "Cosine similarity from which two questions are the same.", minimum=0, maximum=1)
    filters: tuple[str, ...] = setting(
        ("builtin",),
        "Rules of `groundsmith curate --filters`: builtin for those in the package, and others as measure: least..most, "
        "as in [builtin, 'answer_words: 3..60', 'confidence: 0.8..'].",
    )
    contradiction: float = setting(
        0.5, "Contradiction from which two answers to one question dispute (`--consistent`).", minimum=0, maximum=1
    )
    rater: str = setting("default", "Name of the model that rates (`--rating`); default is that of the model section.")
    coverage: float = setting(
        0.5, "Share of coverage in the choice of `--select`; the rest is likeness to all rows.", minimum=0, maximum=1
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewSection:
    """What people are asked to look at."""

    strategy: Literal["least-confidence", "entropy", "k-means", "vote-k", "random", "disagreement"] = setting(
        "least-confidence", "Which rows come first: `groundsmith review --strategy`."
    )
    rows: int = setting(100, "Rows a review asks for in all.", minimum=1)
    random_share: float = setting(
        0.2,
        "Share of the rows that is drawn at random: only these tell how often the judge is wrong, and certify a threshold.",
        minimum=0,
        maximum=1,
    )
    reviewer: str | None = setting(None, "Who decides; null takes the name of the user.")


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivacySection:
    """What no row may give away, when rows are made and when a dataset is evaluated."""

    personal: Literal["off", "made-up", "any"] = setting(
        "off", "Reject rows with personal data: made-up is what their evidence does not hold, any is all of it."
    )
    kinds: tuple[str, ...] | None = setting(
        None, "Kinds of personal data that are looked for, as in [email, phone]; null is all."
    )
    detector: Literal["auto", "builtin", "presidio"] = setting(
        "builtin",
        "presidio adds the recognisers of Microsoft Presidio (the privacy extra); auto does where it is installed.",
    )
    sensitive: tuple[str, ...] | None = setting(
        None,
        "Files and folders whose text must not come out, relative to this file; rows that quote them are rejected.",
    )
    overlap: int = setting(12, "Words of a run from which a text quotes another.", minimum=5, maximum=100)
    canaries: tuple[str, ...] | None = setting(
        None, "Strings planted in documents that must never come out; rows that hold one, or half of one, are rejected."
    )
    content: Literal["off", "reject"] = setting(
        "off", "Reject rows with insults, hate, threats, sexual content, self-harm or instructions to do harm."
    )
    content_threshold: float = setting(0.5, "Score from which content is rejected.", minimum=0, maximum=1)
    content_words: tuple[str, ...] | None = setting(
        None, "Words and phrases of your own that the content filter stops."
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetSection:
    """Hard ceilings for a run; null is none."""

    calls: int | None = setting(None, "Most model calls.", minimum=1)
    tokens: int | None = setting(None, "Most tokens, input and output together.", minimum=1)
    money: float | None = setting(None, "Most money, in the currency of the prices.", minimum=0)
    seconds: float | None = setting(None, "Most seconds.", minimum=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportSection:
    """How rows are written."""

    format: Literal[
        "jsonl", "csv", "parquet", "openai-chat", "chatml", "sharegpt", "alpaca", "preference", "recipe", "ragas", "deepeval",
        "llama-index", "squad", "beir", "lighteval", "hf", "prov",
    ] = setting("jsonl", "The format of `groundsmith export`; its help says what each is.")  # fmt: skip
    rejected: bool = setting(False, "Write the rejected rows, with reasons, in place of those that passed.")
    licence: str | None = setting(
        None, "Licence that a card and metadata state, as the hub names it (cc-by-4.0); null states none."
    )
    hub_token_variable: str = setting(
        "HF_TOKEN", "Name of the environment variable that holds the token for `export --push`.", kind="variable"
    )
