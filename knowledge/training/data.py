"""The pairs to learn from, and their batches: needs no torch."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

QUERY_TOKENS = 48
MAX_TOKENS = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A query and its passage as token ids. `group` is the number of its group of hard negatives, None when held out."""

    query: tuple[int, ...]
    passage: tuple[int, ...]
    source: str
    group: int | None


def tokenizer_of(base: Path, *, longest: int = MAX_TOKENS) -> Tokenizer:
    """Return the tokenizer in the folder `base`, cutting at `longest` tokens."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    return tokenizer


def read(path: Path, tokenizer: Tokenizer) -> list[Pair]:
    """Read the pairs and tokenise them; queries are cut at `QUERY_TOKENS`."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    queries, passages = ([c.ids for c in tokenizer.encode_batch([r[key] for r in rows])] for key in ("q", "p"))
    return [
        Pair(query=tuple(q[:QUERY_TOKENS]), passage=tuple(p), source=r["s"], group=r["g"])
        for q, p, r in zip(queries, passages, rows, strict=True)
    ]


def batches(pairs: Sequence[Pair], *, size: int, seed: int) -> list[list[int]]:
    """Numbers of the pairs to learn from in batches of about `size`, whole groups, those of like length together."""
    groups: dict[int, list[int]] = {}
    for number, pair in enumerate(pairs):
        if pair.group is not None:
            groups.setdefault(pair.group, []).append(number)
    rng = random.Random(seed)
    order = rng.sample(list(groups.values()), len(groups))
    made: list[list[int]] = []
    for start in range(0, len(order), size * 4):
        stretch = sorted(order[start : start + size * 4], key=lambda g: max(len(pairs[n].passage) for n in g))
        few = list(_filled(stretch, size))
        rng.shuffle(few)
        made += few
    return made


def _filled(groups: Sequence[Sequence[int]], size: int) -> Iterator[list[int]]:
    batch: list[int] = []
    for group in groups:
        batch += group
        if len(batch) >= size:
            yield batch
            batch = []
    if len(batch) > 1:
        yield batch
