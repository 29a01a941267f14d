"""One value of one setting: from YAML or from text to the setting's type, or a SettingsError with the remedy."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin
from urllib.parse import urlsplit

from knowledge.errors import SettingsError

if TYPE_CHECKING:
    from groundsmith.settings import Setting

_VARIABLE = re.compile(r"(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_SECRET = re.compile(
    r"\b(?:sk|xai|gsk|hf|ghp|github_pat|pplx|r8)[-_][A-Za-z0-9_-]{8,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{30,}"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TRUE, _FALSE, _NULL = ("true", "yes", "on", "1"), ("false", "no", "off", "0"), ("", "null", "none", "~")
LONGEST = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a value was written: a label for messages, and how to read it.

    `text` says that the value is bare text (a flag or a variable); `folder` is what a relative path starts from;
    `environment` fills in `${VARIABLE}` and is None where that is not done.
    """

    label: str
    text: bool
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)


class _RefusedError(Exception):
    """A value does not fit; the message is what was expected."""


def accept(setting: Setting, value: object, place: Place) -> object:
    """Return `value` as the setting's type; raises SettingsError naming place, setting, value and remedy."""
    _refuse_secret(setting, value, place)
    text = place.text
    if isinstance(value, str) and not text:
        filled = _filled(setting.name, value, place)
        text, value = filled != value and "${" in value, filled
    elif isinstance(value, list):
        value = [_filled(setting.name, item, place) if isinstance(item, str) else item for item in value]
    _refuse_secret(setting, value, place)
    try:
        converted = _converted(setting, setting.type, value, text)
        _check_range(setting, converted)
    except _RefusedError as refused:
        raise SettingsError(f"{place.label}: {setting.name} is {show(value)}, but must be {refused}") from None
    return _placed(setting, converted, place)


def _filled(name: str, value: str, place: Place) -> str:
    """Fill in `${VARIABLE}` and `${VARIABLE:-default}`; `$${` stands for a literal `${`."""

    def replaced(match: re.Match[str]) -> str:
        escaped, variable, default = match.groups()
        if escaped:
            return match[0][1:]
        if place.environment.get(variable):
            return place.environment[variable]
        if default is None:
            remedy = f"set it, or write ${{{variable}:-default}}"
            raise SettingsError(f"{place.label}: {name} uses the variable {variable}, which is not set; {remedy}")
        return str(default)

    return _VARIABLE.sub(replaced, value)


def _refuse_secret(setting: Setting, value: object, place: Place) -> None:
    words = [word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)]
    if any(_SECRET.search(word) or _password(word) for word in words):
        remedy = "put the secret in an environment variable and the variable's name in model.api_key_variable"
        raise SettingsError(f"{place.label}: {setting.name} holds what looks like a secret; {remedy}")
    if setting.kind == "variable" and not all(_NAME.fullmatch(word) for word in words):
        remedy = "write the name of an environment variable, as in OPENAI_API_KEY"
        raise SettingsError(f"{place.label}: {setting.name} is not a variable's name; {remedy}")


def _password(word: str) -> bool:
    try:
        return "://" in word and urlsplit(word).password is not None
    except ValueError:
        return False


def _converted(setting: Setting, hint: Any, value: object, text: bool) -> object:  # noqa: ANN401 - a type
    options = get_args(hint)
    if NoneType in options:
        if value is None or (text and isinstance(value, str) and value.strip().lower() in _NULL):
            return None
        hint = next(option for option in options if option is not NoneType)
    if setting.choices:
        if value not in setting.choices:
            raise _RefusedError("one of " + ", ".join(setting.choices))
        return value
    if get_origin(hint) is tuple:
        return _items(setting, get_args(hint)[0], value, text)
    return _SCALARS[hint](value, text)


def _items(setting: Setting, hint: Any, value: object, text: bool) -> tuple[object, ...]:  # noqa: ANN401 - a type
    if text and isinstance(value, str):
        value = [part.strip() for part in value.strip().removeprefix("[").removesuffix("]").split(",")]
    if setting.kind == "words" and isinstance(value, list):
        value = [show(item) if isinstance(item, bool | int | float) else item for item in value]
    if not isinstance(value, list) or not value or any(item in ("", None) for item in value):
        raise _RefusedError("a list with at least one value, as in [a, b]")
    items = tuple(_SCALARS[hint](item, text) for item in value)
    if hint is str and len(set(items)) < len(items):
        raise _RefusedError("a list without repeats")
    return items


def _boolean(value: object, text: bool) -> bool:
    if text and isinstance(value, str) and value.strip().lower() in (*_TRUE, *_FALSE):
        return value.strip().lower() in _TRUE
    if not isinstance(value, bool):
        raise _RefusedError("true or false")
    return value


def _integer(value: object, text: bool) -> int:
    if text and isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d[\d_]*\s*", value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _RefusedError("a whole number" + (", without quotes" if isinstance(value, str) and not text else ""))
    return value


def _number(value: object, text: bool) -> float:
    if text and isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise _RefusedError("a number") from None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _RefusedError("a number" + (", without quotes" if isinstance(value, str) and not text else ""))
    return float(value)


def _words(value: object, text: bool) -> str:
    if not isinstance(value, str):
        raise _RefusedError("text" + (", in quotes" if isinstance(value, bool | int | float) else ""))
    if not value.strip():
        raise _RefusedError("text that is not empty")
    return value


def _path(value: object, text: bool) -> Path:
    path = Path(_words(value, text))
    try:
        return path.expanduser()
    except RuntimeError:
        raise _RefusedError("a path; the home folder it begins with is not known") from None


_SCALARS: dict[Any, Callable[[object, bool], object]] = {
    bool: _boolean,
    int: _integer,
    float: _number,
    str: _words,
    Path: _path,
}


def _check_range(setting: Setting, value: object) -> None:
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, bool) or not isinstance(item, int | float):
            continue
        low, high = setting.minimum, setting.maximum
        if (low is not None and item < low) or (high is not None and item > high):
            raise _RefusedError(_range(setting))


def _range(setting: Setting) -> str:
    low, high = setting.minimum, setting.maximum
    if low is not None and high is not None:
        return f"from {low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}"


def _placed(setting: Setting, value: object, place: Place) -> object:
    """Make a relative path absolute: all `Path` values, and names that begin like a path."""
    if isinstance(value, Path):
        return (place.folder / value).absolute()
    if setting.kind == "place" and isinstance(value, str) and value.startswith(("./", "../", "~/", "/")):
        return str((place.folder / Path(value).expanduser()).absolute())
    return value


def show(value: object) -> str:
    """Return a value as YAML writes it on one line, cut when long, for a message."""
    shown = written(value)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def written(value: object) -> str:
    """Return a value as YAML writes it on one line."""
    if isinstance(value, tuple):
        value = list(value)
    if (
        isinstance(value, str)
        and re.fullmatch(r"[A-Za-z][\w./-]*", value)
        and value.lower() not in (*_TRUE, *_FALSE, *_NULL)
    ):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def show_type(setting: Setting) -> str:
    """Return the type and range of a setting in words, as in "whole number, at least 1, or null"."""
    if setting.choices:
        return ", ".join(setting.choices)
    options = [option for option in get_args(setting.type) if option is not NoneType]
    optional = NoneType in get_args(setting.type)
    hint = options[0] if optional else setting.type
    words = {bool: "true or false", int: "whole number", float: "number", str: "text", Path: "path"}
    word = f"list of {words[get_args(hint)[0]]}s" if get_origin(hint) is tuple else words[hint]
    if setting.minimum is not None or setting.maximum is not None:
        word += f", {_range(setting)}"
    return f"{word}, or null" if optional else word
