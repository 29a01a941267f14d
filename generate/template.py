"""Prompt templates: Jinja files with a version, rendered in a sandbox that knows no undefined name.

A template has a block for each message, `system` and `user`. Its first line is a comment with its version, as in
`{# version: 1 #}`; the version is raised by hand when the meaning changes, and is part of every prompt's identity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.errors import SettingsError

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_VERSION = re.compile(r"\A\{#-?\s*version:\s*(\d+)\s*-?#\}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_BLANKS = re.compile(r"\n{3,}")


class TemplateError(SettingsError):
    """A prompt template is missing, has no version or the wrong one, or does not render."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A prompt template as read: its name, version and text."""

    name: str
    version: int
    text: str

    def render(self, block: str, values: Mapping[str, Any], *, finalise: Callable[[str], str]) -> str:
        """Return block `block` rendered with `values`, "" when there is none; `finalise` cleans every value put in.

        Raises TemplateError for an undefined name, a syntax error, or an operation the sandbox forbids.
        """
        from jinja2 import TemplateError as JinjaError

        try:
            template = _template(self.text, finalise)
            if block not in template.blocks:
                return ""
            rendered = "".join(template.blocks[block](template.new_context(dict(values))))
        except (JinjaError, TypeError, OverflowError) as error:
            raise TemplateError(f'template "{self.name}": {error}') from error
        return _BLANKS.sub("\n\n", rendered).strip()


@lru_cache(maxsize=64)
def _template(text: str, finalise: Callable[[str], str]) -> Any:  # noqa: ANN401 - a Jinja template
    return _environment(finalise).from_string(text)


@lru_cache(maxsize=8)
def _environment(finalise: Callable[[str], str]) -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined, Undefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def clean(value: Any) -> Any:  # noqa: ANN401 - Jinja hands over whatever an expression gives
        return value if isinstance(value, Undefined) else finalise(str(value))

    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=clean, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )


def render_text(expression: str, values: Mapping[str, Any]) -> str:
    """Return a Jinja expression of a task file rendered over a reply, values as they are; raises TemplateError."""
    from jinja2 import TemplateError as JinjaError

    if "{" not in expression:
        return expression
    try:
        return str(_compiled(expression).render(dict(values)))
    except (JinjaError, TypeError, OverflowError, LookupError, ValueError) as error:
        raise TemplateError(f'expression "{expression[:60]}": {error}') from error


@lru_cache(maxsize=256)
def _compiled(expression: str) -> Any:  # noqa: ANN401 - a Jinja template
    return _environment(str).from_string(expression)


class Templates:
    """The templates of a folder of the user's, if given, and below it those that ship."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def get(self, name: str, *, version: int | None = None) -> Template:
        """Return the template `name`; raises TemplateError when it is not there or not of that version."""
        text = self._text(name)
        found = _VERSION.match(text)
        if found is None:
            raise TemplateError(f'template "{name}": its first line must be a comment such as {{# version: 1 #}}')
        if version is not None and version != int(found[1]):
            raise TemplateError(
                f'template "{name}" is version {found[1]}, the task asks for {version}; change the task or the file'
            )
        return Template(name=name, version=int(found[1]), text=text)

    def _text(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise TemplateError(f'template "{name}": a template name has letters, digits, - and _ only')
        if self._folder is not None and (path := self._folder / f"{name}.jinja").is_file():
            return path.read_text(encoding="utf-8")
        return _shipped(name)


@lru_cache(maxsize=32)
def _shipped(name: str) -> str:
    folder = resources.files("generate.templates")
    file = folder / f"{name}.jinja"
    if not file.is_file():
        known = ", ".join(
            sorted(each.name.removesuffix(".jinja") for each in folder.iterdir() if each.name.endswith(".jinja"))
        )
        raise TemplateError(f'there is no template "{name}"; known: {known}')
    return file.read_text(encoding="utf-8")
