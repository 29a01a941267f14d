"""Settings: defaults, then groundsmith.yaml, then environment variables, then flags; later wins.

The table is derived from `groundsmith.sections`. Unknown names are refused with a suggestion, wrong values with the
remedy. Secrets stand in environment variables, and the settings hold the variable's name only.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from groundsmith import sections
from groundsmith.condition_setting import condition_setting
from groundsmith.setting_value import Place, accept, show, show_type, written
from groundsmith.strict_yaml import parse
from knowledge.errors import SettingsError

FILE_NAME = "groundsmith.yaml"
PREFIX = "GROUNDSMITH_"
CONDITIONS = "conditions"
_CONDITION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One row of the table: `type` is the annotation, `minimum` and `maximum` bound a number or each list item."""

    name: str
    type: Any
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    kind: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The settings in force: `settings.generation.count`, or `settings["generation.count"]`.

    `conditions` maps the name of a condition to its values. `file` is the groundsmith.yaml they were read from.
    """

    library: sections.LibrarySection = field(default_factory=sections.LibrarySection)
    embedding: sections.EmbeddingSection = field(default_factory=sections.EmbeddingSection)
    retrieval: sections.RetrievalSection = field(default_factory=sections.RetrievalSection)
    graph: sections.GraphSection = field(default_factory=sections.GraphSection)
    model: sections.ModelSection = field(default_factory=sections.ModelSection)
    task: sections.TaskSection = field(default_factory=sections.TaskSection)
    conditions: Mapping[str, tuple[str, ...] | sections.ConditionSetting] = field(default_factory=dict)
    sampling: sections.SamplingSection = field(default_factory=sections.SamplingSection)
    generation: sections.GenerationSection = field(default_factory=sections.GenerationSection)
    demonstrations: sections.DemonstrationsSection = field(default_factory=sections.DemonstrationsSection)
    mixing: sections.MixingSection = field(default_factory=sections.MixingSection)
    verification: sections.VerificationSection = field(default_factory=sections.VerificationSection)
    judge: sections.JudgeSection = field(default_factory=sections.JudgeSection)
    review: sections.ReviewSection = field(default_factory=sections.ReviewSection)
    curation: sections.CurationSection = field(default_factory=sections.CurationSection)
    privacy: sections.PrivacySection = field(default_factory=sections.PrivacySection)
    budget: sections.BudgetSection = field(default_factory=sections.BudgetSection)
    export: sections.ExportSection = field(default_factory=sections.ExportSection)
    file: Path | None = None

    def __getitem__(self, name: str) -> object:
        section, _, key = name.partition(".")
        if section == CONDITIONS:
            return self.conditions[key]
        if name not in TABLE:
            raise KeyError(name)
        return getattr(getattr(self, section), key)

    def __iter__(self) -> Iterator[str]:
        yield from TABLE
        yield from (f"{CONDITIONS}.{name}" for name in self.conditions)

    def resolved(self) -> dict[str, dict[str, Any]]:
        """Return every setting as plain data by section, for a run's record; there is no secret among them."""
        record = {name: _plain(asdict(getattr(self, name))) for name in SECTIONS}
        record[CONDITIONS] = {name: _plain_condition(each) for name, each in self.conditions.items()}
        return record


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    plain: dict[type, Any] = {tuple: list, type(Path()): str}
    return {key: plain[type(value)](value) if type(value) in plain else value for key, value in values.items()}


def _plain_condition(condition: tuple[str, ...] | sections.ConditionSetting) -> object:
    return list(condition) if isinstance(condition, tuple) else json.loads(json.dumps(asdict(condition), default=str))


SECTIONS: dict[str, type[Any]] = {
    name: kind
    for name, kind in get_type_hints(Settings).items()
    if isinstance(kind, type) and kind.__name__.endswith("Section")
}


def _table() -> dict[str, Setting]:
    rows = {}
    for section, kind in SECTIONS.items():
        hints = get_type_hints(kind)
        for item in fields(kind):
            hint = hints[item.name]
            choices = get_args(hint) if str(get_origin(hint)) == "typing.Literal" else ()
            name = f"{section}.{item.name}"
            rows[name] = Setting(name=name, type=hint, default=item.default, choices=choices, **item.metadata)
    return rows


TABLE: dict[str, Setting] = _table()


def load(
    path: Path | None, *, environment: Mapping[str, str] | None = None, overrides: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings in force.

    `path` is groundsmith.yaml, or None for defaults; `environment` is the process's unless given; `overrides` maps
    "section.name" to text, as flags give it. Raises SettingsError.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    if path is not None:
        values.update(_from_file(path, environment))
    for variable in sorted(environment):
        section, inner, key = variable.removeprefix(PREFIX).partition("__")
        if variable.startswith(PREFIX) and inner:
            name, place = f"{section}.{key}".lower(), Place(label=f"variable {variable}", text=True, folder=Path())
            values[name] = _checked(name, environment[variable], place)
    for name, text in (overrides or {}).items():
        values[name] = _checked(name, text, Place(label="--set", text=True, folder=Path()))
    return _assembled(values, path)


def _assembled(values: Mapping[str, Any], path: Path | None) -> Settings:
    built: dict[str, Any] = {}
    for section, kind in SECTIONS.items():
        chosen = {name.partition(".")[2]: value for name, value in values.items() if name.startswith(f"{section}.")}
        built[section] = kind(**chosen)
    prefix = f"{CONDITIONS}."
    built[CONDITIONS] = {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
    return Settings(**built, file=path)


def _from_file(path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    label = path.name
    try:
        data = parse(path.read_text(encoding="utf-8-sig"), name=label)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 text at byte {error.start}; save it as UTF-8") from error
    if not isinstance(data, dict | None):
        raise SettingsError(f"{label}: must be a mapping of sections, not {show(data)}; `groundsmith init` writes one")
    place = Place(label=label, text=False, folder=path.absolute().parent, environment=environment)
    return {name: _checked(name, value, place) for name, value in _flat(data or {}, label)}


def _flat(data: Mapping[str, Any], label: str) -> Iterator[tuple[str, Any]]:
    for section, content in data.items():
        if section not in SECTIONS and section != CONDITIONS:
            known = (*SECTIONS, CONDITIONS)
            raise SettingsError(f"{label}: unknown section {section!r}{_suggestion(section, known)}")
        if not isinstance(content, dict | None):
            raise SettingsError(f"{label}: {section} must be a mapping of settings, not {show(content)}")
        yield from ((f"{section}.{key}", value) for key, value in (content or {}).items())


def _checked(name: str, value: object, place: Place) -> object:
    section, _, key = name.partition(".")
    if section == CONDITIONS:
        if not _CONDITION_NAME.fullmatch(key):
            raise SettingsError(f"{place.label}: condition {key!r} must be a word of letters, digits, _ and -")
        if isinstance(value, Mapping):
            return condition_setting(name, value, place)
        row = Setting(name=name, type=tuple[str, ...], default=(), help="", kind="words")
    elif name in TABLE:
        row = TABLE[name]
    else:
        raise SettingsError(f"{place.label}: unknown setting {name!r}{_suggestion(name, TABLE)}")
    return accept(row, value, place)


def _suggestion(name: str, known: Collection[str]) -> str:
    """Return "; did you mean ...?": a name like it in its section, the same last part elsewhere, or a name like it."""
    section, dot, last = name.rpartition(".")
    inside = [item for item in known if item.startswith(section + dot)]
    same = [item for item in known if item.rpartition(".")[2] == last]
    keys = difflib.get_close_matches(last, [item.removeprefix(section + dot) for item in inside], n=1)
    close = [section + dot + key for key in keys] or same or ([] if inside else difflib.get_close_matches(name, known))
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are {', '.join(inside or sorted({item.partition('.')[0] for item in known}))}"


def template() -> str:
    """Return a groundsmith.yaml with every setting at its default, each under its help."""
    lines = [
        "# Settings of this workspace. Every one has a default that works offline; a line left out means its default.",
        "# Environment variables (GROUNDSMITH_GENERATION__COUNT=200) and flags (--set generation.count=200) override",
        "# what stands here. ${VARIABLE} and ${VARIABLE:-default} are filled in. Paths are relative to this file.",
    ]
    for section in (item.name for item in fields(Settings) if item.name != "file"):
        lines += ["", *(_CONDITIONS_TEMPLATE if section == CONDITIONS else _section_lines(section))]
    return "\n".join(lines) + "\n"


_CONDITIONS_TEMPLATE = (
    "# Conditions: names of your own, each with its values; prompts rotate through all pairs of values. [default] takes the",
    "# usual values of audience, channel, difficulty, frame, length, persona, sentiment or style; see the docs for other sources.",
    f"{CONDITIONS}:",
    "  # audience: [resident, case officer]",
    "  # difficulty: [plain, applied]",
    "  # frame: {from: frames}",
)


def _section_lines(section: str) -> list[str]:
    lines = [f"# {(SECTIONS[section].__doc__ or '').strip()}", f"{section}:"]
    for row in TABLE.values():
        if row.name.startswith(f"{section}."):
            lines += [f"  # {row.help} ({show_type(row)})", f"  {row.name.partition('.')[2]}: {written(row.default)}"]
    return lines
