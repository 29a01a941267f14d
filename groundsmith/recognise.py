"""What in a stranger's record is the question, the answer, and the text it claims to rest on.

Shapes understood: chat messages (OpenAI, ChatML), ShareGPT conversations, SQuAD, Ragas, DeepEval, Alpaca, FActScore, BEIR,
our own rows, bare statements, and plain columns under the names in use. Every text is data and is returned as it stands.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from knowledge.errors import RowError, UsageError

LONGEST_LITERAL = 1_000_000
ALPACA_CONTEXT_WORDS = 40


SHAPES = (
    *("alpaca", "sharegpt", "messages", "squad", "ragas", "deepeval", "beir", "factscore", "plain", "statement"),
    "groundsmith",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """Columns, or the shape, named by the user; each overrides what would be recognised."""

    question: str | None = None
    answer: str | None = None
    context: str | None = None
    topic: str | None = None
    shape: str | None = None

    def __post_init__(self) -> None:
        if self.shape is not None and self.shape not in SHAPES:
            close = difflib.get_close_matches(self.shape, SHAPES, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(SHAPES)}"
            raise UsageError(f"--shape {self.shape}: not a shape; {hint}")


class NothingToCheck(RowError):
    """A row that is well formed and holds nothing to be checked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One question and answer of a record; `question` is None when the record holds a bare statement."""

    shape: str
    question: str | None
    answer: str
    contexts: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Columns:
    """A shape made of columns: all of one question column, one answer column; the first that are there count."""

    shape: str
    question: tuple[str, ...]
    answer: tuple[str, ...]


_COLUMNS = (
    _Columns(shape="alpaca", question=("instruction",), answer=("output", "response")),
    _Columns(shape="ragas", question=("userinput",), answer=("reference", "response")),
    _Columns(shape="deepeval", question=("input",), answer=("expectedoutput", "actualoutput")),
    _Columns(shape="factscore", question=("topic",), answer=("output", "generation")),
    _Columns(
        shape="plain",
        question=("question", "query", "prompt", "input", "instruction", "userinput", "q"),
        answer=(
            *("answer", "response", "completion", "output", "generatedanswer", "goldanswer", "referenceanswer"),
            *("expectedanswer", "idealanswer", "groundtruth", "groundtruths", "reference", "expectedoutput", "chosen"),
            *("a", "answers", "claim", "statement", "hypothesis"),
        ),
    ),
    _Columns(shape="statement", question=(), answer=("claim", "statement", "fact", "hypothesis", "answer", "response")),
)
_WIDER = {
    "ragas": _Columns(
        shape="ragas",
        question=("userinput", "question"),
        answer=("reference", "response", "answer", "groundtruth", "groundtruths"),
    ),
    "squad": _Columns(shape="squad", question=("question",), answer=("answers", "answer")),
    "groundsmith": _Columns(shape="groundsmith", question=("question",), answer=("answer",)),
}
"""Shapes as they are read when the user names them: their older columns too."""
_TOPICS = ("topic", "category", "subject", "domain", "theme", "section", "title", "documenttitle")
_ASKED = frozenset({"question", "query", "prompt"})
LONGEST_TOPIC = 120
_ASKING = re.compile(
    r"(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|should|may|must|will|would|has|have)\b",
    re.I,
)
_CONTEXTS = (
    *("contexts", "context", "evidence", "evidences", "referencecontexts", "retrievedcontexts", "groundtruthcontext"),
    *("retrievalcontext", "passages", "passage", "documents", "sourcetext", "supportingtext", "premise"),
)
_TEXT_KEYS = ("text", "content", "page_content", "passage", "Passage", "chunk", "context", "sentences", "value")
_MESSAGES = ("messages", "conversations", "conversation", "dialogue", "turns")
_CHATML = re.compile(r"<\|im_start\|>(\w+)\n(.*?)<\|im_end\|>", re.DOTALL)
_ASKS = ("user", "human")
_ANSWERS = ("assistant", "gpt", "model", "bot", "chatgpt", "bing", "bard")


def recognise(record: Mapping[str, Any], fields: Fields = Fields()) -> tuple[Pair, ...]:
    """Return the pairs in `record`: one, or one for each reply of a conversation.

    Raises RowError saying what is missing and which columns there are.
    """
    names = {_folded(key): key for key in record}
    topic = _topic(record, names, fields)
    return tuple(replace(pair, topic=topic) for pair in _recognised(record, names, fields))


def _recognised(record: Mapping[str, Any], names: Mapping[str, str], fields: Fields) -> tuple[Pair, ...]:
    if fields.answer is not None:
        return (_named(record, names, fields),)
    if fields.shape == "beir" or (fields.shape is None and {"_id", "text"} <= record.keys() and "answer" not in names):
        return (_query(record, fields),)
    if fields.question is None and fields.shape in (None, "messages", "sharegpt"):
        turns = next((record[names[name]] for name in _MESSAGES if name in names), None)
        messages = _literal(turns) if turns is not None else _chatml(record.get("text"))
        if isinstance(messages, list):
            contexts = _contexts(record, names, fields)
            return tuple(_conversation(messages, contexts))
        if fields.shape is not None:
            raise RowError(
                f"no list of messages among the columns {_listed(record)}; --shape {fields.shape} asks for one"
            )
    return (_columns(record, names, fields),)


def _folded(key: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(key).lower())


def _named(record: Mapping[str, Any], names: Mapping[str, str], fields: Fields) -> Pair:
    answer = _text(_column(record, fields.answer or "", "--answer-column"))
    if not answer:
        raise RowError(f"the column {fields.answer!r} is empty")
    if fields.question is not None:
        question: str | None = _text(_column(record, fields.question, "--question-column")) or None
    else:
        plain = next(shape for shape in _COLUMNS if shape.shape == "plain")
        name = next((names[name] for name in plain.question if name in names and names[name] != fields.answer), None)
        question = (_text(record[name]) or None) if name else None
    return Pair(shape="named", question=question, answer=answer, contexts=_contexts(record, names, fields))


def _column(record: Mapping[str, Any], name: str, flag: str) -> object:
    if name not in record:
        raise RowError(f"there is no column {name!r} for {flag} among {_listed(record)}")
    return record[name]


def _columns(record: Mapping[str, Any], names: Mapping[str, str], fields: Fields) -> Pair:
    for shape in _shapes(fields):
        asked = [fields.question] if fields.question else [names[name] for name in shape.question if name in names]
        answers = [names[name] for name in shape.answer if name in names]
        if not answers or (shape.question and not asked):
            continue
        if shape.shape == "factscore" and fields.shape is None and _ASKED & names.keys():
            continue
        return _pair(record, names, fields, shape=shape, asked=asked, answers=answers)
    of = f" of the shape {fields.shape}" if fields.shape else ""
    raise RowError(f"no question and answer{of} among the columns {_listed(record)}; name them with --answer-column")


def _shapes(fields: Fields) -> tuple[_Columns, ...]:
    """Return the shapes to try in turn: all, or the one that the user named."""
    if fields.shape is None:
        return _COLUMNS
    return tuple(shape for shape in (*_WIDER.values(), *_COLUMNS) if shape.shape == fields.shape)[:1]


def _query(record: Mapping[str, Any], fields: Fields) -> Pair:
    """Return a query of BEIR: with the answer beside it or in its metadata, or as a claim of its own."""
    names = {_folded(key): key for key in record}
    metadata = record.get("metadata")
    asked = _text(record.get("text"))
    beside = metadata if isinstance(metadata, Mapping) else {}
    answer = next((text for key in ("answer", "answers") if (text := _text(beside.get(key)))), "")
    answer = answer or _text(record.get("answer"))
    if not asked:
        raise RowError(f"the query has no text among the columns {_listed(record)}")
    if not answer and (asked.rstrip().endswith("?") or _ASKING.match(asked)):
        raise NothingToCheck("the query is a question without an answer; there is no answer to check")
    contexts = _contexts(record, names, fields)
    return Pair(shape="beir", question=asked if answer else None, answer=answer or asked, contexts=contexts)


def _topic(record: Mapping[str, Any], names: Mapping[str, str], fields: Fields) -> str:
    """Return what the row says it is about: one short line, empty when it says nothing."""
    if fields.topic is not None:
        value = _column(record, fields.topic, "--topic-column")
    else:
        value = next((record[names[name]] for name in _TOPICS if name in names and record[names[name]]), None)
    text = " ".join(_text(value).split())
    return text if len(text) <= LONGEST_TOPIC else ""


def _pair(
    record: Mapping[str, Any],
    names: Mapping[str, str],
    fields: Fields,
    *,
    shape: _Columns,
    asked: Sequence[str],
    answers: Sequence[str],
) -> Pair:
    if record.get("is_impossible") is True:
        raise NothingToCheck("the question is marked unanswerable; there is no answer to check")
    question = next((text for name in asked if (text := _text(_column(record, name, "--question-column")))), None)
    answer = next((text for name in answers if (text := _text(record[name]))), None)
    if answer is None:
        raise RowError(f"the answer is empty (column {answers[0]!r})")
    contexts = _contexts(record, names, fields)
    if shape.shape == "factscore":
        given = _text(record[names["input"]]) if "input" in names else ""
        return Pair(shape="factscore", question=given or f"Tell me about {question}.", answer=answer, contexts=contexts)
    if shape.shape == "alpaca" and question and "input" in names and (given := _text(record[names["input"]])):
        if len(given.split()) > ALPACA_CONTEXT_WORDS:
            contexts = (*contexts, given)
        else:
            question = f"{question}\n\n{given}"
    name = (
        "groundsmith"
        if fields.shape is None and {"question", "claims", "verdict", "evidence"} <= record.keys()
        else shape.shape
    )
    name = "squad" if name == "plain" and isinstance(record.get("answers"), list | Mapping) else name
    return Pair(shape=name, question=question, answer=answer, contexts=contexts)


def _chatml(text: object) -> list[dict[str, str]] | None:
    """Return the messages of a text with ChatML's marks, None for any other."""
    if not isinstance(text, str) or not text.lstrip().startswith("<|im_start|>"):
        return None
    return [{"role": role, "content": said} for role, said in _CHATML.findall(text)]


def _conversation(messages: Sequence[object], contexts: tuple[str, ...]) -> Iterator[Pair]:
    """Yield each reply with the question before it; raises RowError when there is no reply."""
    question: str | None = None
    replies = 0
    for message in messages:
        if not isinstance(message, Mapping):
            raise RowError("a message is not an object with role and content")
        shape = "sharegpt" if "from" in message else "messages"
        role = str(message.get("from") or message.get("role") or "").lower()
        text = _text(message.get("value") if "value" in message else message.get("content"))
        if role in _ASKS:
            question = text or None
        elif role in _ANSWERS and text:
            replies += 1
            yield Pair(shape=shape, question=question, answer=text, contexts=contexts)
    if not replies:
        raise RowError("the conversation holds no reply of an assistant")


def _text(value: object) -> str:
    """Return the text in a cell: itself, the first of a list, the content of the last message, or the "text" inside."""
    if isinstance(value, str):
        return value if value.strip() else ""
    if isinstance(value, Mapping):
        return _text(next((value[key] for key in _TEXT_KEYS if key in value), None))
    if isinstance(value, list | tuple):
        chat = [item for item in value if isinstance(item, Mapping) and "role" in item]
        return _text(chat[-1]) if chat else next((text for item in value if (text := _text(item))), "")
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _contexts(record: Mapping[str, Any], names: Mapping[str, str], fields: Fields) -> tuple[str, ...]:
    if fields.context is not None:
        return tuple(_texts(_literal(_column(record, fields.context, "--context-column"))))
    found = next((record[names[name]] for name in _CONTEXTS if name in names and record[names[name]]), None)
    return tuple(_texts(_literal(found)))


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a cell of contexts: a text, a list of texts or of objects, or an object of lists."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, Mapping):
        yield from _texts(next((value[key] for key in _TEXT_KEYS if key in value), None))
    elif isinstance(value, list | tuple):
        if all(isinstance(item, list) for item in value):
            yield from (" ".join(_texts(item)) for item in value if item)
        else:
            for item in value:
                yield from _texts(item)


def _literal(value: object) -> object:
    """Return a list written as text (JSON or Python, as CSV files hold them) as a list; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("[") or len(value) > LONGEST_LITERAL:
        return value
    for reader in (json.loads, ast.literal_eval):
        try:
            found = reader(value.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list):
            return found
    return value


def _listed(record: Mapping[str, Any]) -> str:
    shown = [repr(str(key)[:40]) for key in list(record)[:12]]
    return ", ".join(shown) + (", …" if len(record) > len(shown) else "") if shown else "none"
