"""Conditions of code that a model wrote: comparisons of named things with figures, and nothing that does anything. They are never run."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection
from typing import Final

_ALLOWED: Final = (
    *(
        ast.Expression,
        ast.BoolOp,
        ast.And,
        ast.Or,
        ast.UnaryOp,
        ast.Not,
        ast.USub,
        ast.BinOp,
        ast.Add,
        ast.Sub,
        ast.Mult,
    ),
    *(ast.Div, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Name, ast.Load, ast.Constant),
)
_NUMBER: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")
_WORDS: Final = {
    word: number
    for number, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
LONGEST: Final = 200


def fault(condition: str, *, names: Collection[str], sentence: str) -> str:
    """Return what is wrong with a condition, "" when nothing is.

    It must be a comparison in Python of some of `names` with constants, whose figures the sentence says, in digits or words.
    """
    if len(condition) > LONGEST:
        return f'"{condition[:40]}" is too long for a condition'
    try:
        tree = ast.parse(condition, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return f'"{condition[:60]}" is no Python'
    nodes = list(ast.walk(tree))
    foreign = next((node for node in nodes if not isinstance(node, _ALLOWED)), None)
    if foreign is not None:
        return f'"{condition[:60]}" does more than compare ({type(foreign).__name__})'
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    if not used or not used <= set(names) or any(keyword.iskeyword(name) for name in names):
        return f'"{condition[:60]}" is not about the parameters {", ".join(names)}'
    return _unsaid([node.value for node in nodes if isinstance(node, ast.Constant)], sentence)


def _unsaid(constants: list[object], sentence: str) -> str:
    """Return which figure the sentence does not say."""
    said = {float(number.replace(",", "")) for number in _NUMBER.findall(sentence)}
    said |= {float(_WORDS[word]) for word in re.findall(r"[a-z]+", sentence.lower()) if word in _WORDS}
    for constant in constants:
        if isinstance(constant, int | float) and not isinstance(constant, bool) and float(constant) not in said:
            return f'{constant} is not in "{sentence[:60]}"'
    return ""
