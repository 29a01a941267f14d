"""What is written, by which model, and what that may cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from groundsmith.sections.declaration import setting


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
    logprobs: bool = setting(
        False, "Ask the endpoint for the log-probabilities of its tokens; their mean is kept with each row."
    )
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
class BudgetSection:
    """Hard ceilings for a run; null is none."""

    calls: int | None = setting(None, "Most model calls.", minimum=1)
    tokens: int | None = setting(None, "Most tokens, input and output together.", minimum=1)
    money: float | None = setting(None, "Most money, in the currency of the prices.", minimum=0)
    seconds: float | None = setting(None, "Most seconds.", minimum=1)
