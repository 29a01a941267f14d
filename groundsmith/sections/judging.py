"""What a row must hold against, and how the rows that passed are handed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from groundsmith.sections.declaration import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationSection:
    """When a row passes."""

    model: str = setting(
        "builtin", "builtin (weights in the package), or another entailment model's name or folder.", kind="place"
    )
    second: str | None = setting(
        None, "Another entailment model's name or folder, which reads again where the first is unsure.", kind="place"
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
    answers: float | None = setting(
        None,
        "Least probability that an answer replies to its question; 0 switches this check off, null takes the judge's own.",
        minimum=0,
        maximum=1,
    )
    authority: tuple[str, ...] | None = setting(
        None, "Patterns of source or title, weightiest first; where documents disagree, the weightier wins."
    )
    prefer_newer: bool = setting(False, "Let a newer version of a document win over an older that disagrees.")
    joint: bool = setting(True, "Read up to three passages together where none suffices alone.")
    calibration: str = setting(
        "auto",
        "auto uses what `groundsmith calibrate` fitted in this workspace, if the judge is still the same; off uses none; else the path of "
        "a calibration file, or of a workspace that has one.",
        kind="place",
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
