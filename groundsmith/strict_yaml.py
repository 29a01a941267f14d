"""Strict YAML: plain data, no duplicate keys, no aliases, and words such as `no` or `2026-01-01` stay words.

Scalars follow the YAML 1.2 core schema, which is what people expect: only `true` and `false` are booleans.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from knowledge.errors import SettingsError

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses what a settings file never needs."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - the library's own form
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose a node, refusing aliases and deep nesting."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", self.get_mark())
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, "nested too deeply", self.get_mark())
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping of distinct text keys."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not name or name in seen:
                what = f"the key {name!r} occurs twice" if name else "a key must be a word"
                raise yaml.constructor.ConstructorError(None, None, what, key.start_mark)
            seen.add(name)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


_SCALARS = (
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9][0-9_]*$", list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$",
        list("-+.0123456789"),
    ),
)
for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(str(node.value).replace("_", "")))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def parse(text: str, *, name: str) -> object:
    """Return the data in `text`; `name` is the file in messages.

    Raises SettingsError, with line and column, on anything but plain data.
    """
    if len(text) > MAX_CHARACTERS:
        raise SettingsError(
            f"{name}: {len(text):,} characters is too long for a settings file; at most {MAX_CHARACTERS:,}"
        )
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise SettingsError(f"{name}{where}: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{name}: not YAML ({' '.join(str(error).split())})") from error
