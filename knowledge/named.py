"""Classes of other libraries by name, with arguments written as words: how settings choose an adapter.

Only a class of the kind asked for is taken, and nothing is called before that is sure. Whoever writes the settings of a
workspace decides what code it runs, as with any Python program's configuration.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.errors import GroundsmithError, MissingDependency, MissingModel, SettingsError

_FROM_ENVIRONMENT = "env:"


def named_class(name: str, *, kind: type[Any], setting: str) -> type[Any]:
    """Return the class that `name` names as module:Class; `setting` is named in messages.

    Raises SettingsError where it is no class of `kind`, MissingDependency where its module is not installed.
    """
    module, colon, last = name.partition(":")
    if not colon or not last.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        raise SettingsError(f"{setting} is {name!r}, but must be a module and a class, as in package.module:Class")
    try:
        found = getattr(importlib.import_module(module), last, None)
    except ImportError as error:
        package = ".".join(module.split(".")[:3]).replace(".", "-").replace("_", "-")
        remedy = (
            f"install it, as in pip install {package}" if error.name and module.startswith(error.name) else str(error)
        )
        raise MissingDependency(f"{setting}: the module {module} cannot be imported; {remedy}") from error
    if not isinstance(found, type) or not issubclass(found, kind):
        raise SettingsError(f"{setting}: {name} is no {kind.__name__} of llama-index")
    return found


def made(kind: type[Any], arguments: Mapping[str, object], *, setting: str) -> Any:  # noqa: ANN401 - a class by name
    """Return an object of a class found by name; raises SettingsError with what it says of its arguments."""
    try:
        return kind(**arguments)
    except GroundsmithError:
        raise
    except ImportError as error:
        raise MissingDependency(
            f"{setting}: {kind.__name__} needs a package that is not installed ({error})"
        ) from error
    except Exception as error:  # each class refuses arguments in its own way
        given = ", ".join(arguments) or "none"
        raise SettingsError(
            f"{setting}: {kind.__name__} cannot be made with the arguments given ({given}): {error}"
        ) from error


def arguments(
    words: Sequence[str],
    *,
    setting: str,
    places: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return name=value words as keyword arguments: a value is JSON where it reads as JSON, else text.

    `{name}` in a value stands for one of `places`; env:NAME as a whole value for that environment variable, so that a
    secret is never written down. Raises SettingsError for a word without an equals sign, MissingModel for a variable that
    is not set.
    """
    given: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip().isidentifier():
            raise SettingsError(f"{setting} holds {word!r}; write each argument as name=value")
        for place, meaning in (places or {}).items():
            value = value.replace(f"{{{place}}}", meaning)
        given[name.strip()] = _value(value.strip(), setting, os.environ if environment is None else environment)
    return given


def _value(text: str, setting: str, environment: Mapping[str, str]) -> object:
    if text.startswith(_FROM_ENVIRONMENT):
        variable = text.removeprefix(_FROM_ENVIRONMENT)
        if not environment.get(variable):
            raise MissingModel(f"{setting}: the environment variable {variable} is not set")
        return environment[variable]
    try:
        return json.loads(text)
    except ValueError:
        return text
