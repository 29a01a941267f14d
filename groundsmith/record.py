"""Frozen dataclasses to JSON and back, strictly: the annotations are the schema.

Understood are str, bool, int, float, None, optional values, tuples of one type, mappings from text, and nested
dataclasses. Fields without a default must be present; unknown keys are passed over, so that newer rows stay readable.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from knowledge.errors import RowError

T = TypeVar("T")
_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", NoneType: "null"}


def encode(value: object) -> Any:  # noqa: ANN401 - JSON
    """Return `value` as plain JSON data."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: encode(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    return value


def decode(kind: type[T], data: object, *, where: str = "row") -> T:
    """Return `data` as an instance of the dataclass `kind`; raises RowError naming the field."""
    if not isinstance(data, Mapping):
        raise RowError(f"{where}: must be an object, not {_name(data)}")
    values = {}
    for name, hint, required in shape(kind):
        if name in data:
            values[name] = _value(hint, data[name], f"{where}.{name}")
        elif required:
            raise RowError(f"{where}: {name!r} is missing")
    return kind(**values)


_shapes: dict[type[Any], tuple[tuple[str, Any, bool], ...]] = {}


def shape(kind: type[Any]) -> tuple[tuple[str, Any, bool], ...]:
    """Return name, type, and whether it must be present, of each field; worked out once a class."""
    if kind not in _shapes:
        hints, items = get_type_hints(kind), fields(kind)
        needed = (item.default is MISSING and item.default_factory is MISSING for item in items)
        _shapes[kind] = tuple((item.name, hints[item.name], must) for item, must in zip(items, needed, strict=True))
    return _shapes[kind]


def _value(hint: Any, data: object, where: str) -> object:  # noqa: ANN401 - a type
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        if data is None:
            return None
        return _value(next(option for option in get_args(hint) if option is not NoneType), data, where)
    if origin is tuple and isinstance(data, list):
        return tuple(_value(get_args(hint)[0], item, f"{where}[{number}]") for number, item in enumerate(data))
    if origin is Mapping and isinstance(data, Mapping):
        return {str(key): _value(get_args(hint)[1], item, f"{where}.{key}") for key, item in data.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return decode(hint, data, where=where)
    return _scalar(hint, data, where)


def _scalar(hint: Any, data: object, where: str) -> object:  # noqa: ANN401 - a type
    if hint is float and isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data):
        return float(data)
    if hint in (str, bool, int) and type(data) is hint:
        return data
    expected = _JSON_TYPES.get(hint) or ("array" if get_origin(hint) is tuple else "object")
    raise RowError(f"{where}: must be {expected}, not {_name(data)}")


def _name(data: object) -> str:
    if isinstance(data, float) and not math.isfinite(data):
        return str(data)
    return _JSON_TYPES.get(type(data), "array" if isinstance(data, list | tuple) else "object")


def schema(kind: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of the dataclass `kind`."""
    properties = {name: _schema(hint) for name, hint, _ in shape(kind)}
    required = [name for name, _, needed in shape(kind) if needed]
    description = " ".join((kind.__doc__ or "").split())
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _schema(hint: Any) -> dict[str, Any]:  # noqa: ANN401 - a type
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(option) for option in get_args(hint)]}
    if origin is tuple:
        return {"type": "array", "items": _schema(get_args(hint)[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema(get_args(hint)[1])}
    return schema(hint) if isinstance(hint, type) and is_dataclass(hint) else {"type": _JSON_TYPES[hint]}
