"""Files read by a llama-index reader that the settings name, for formats that are not built in."""

from __future__ import annotations

import importlib
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from knowledge.document import Document
from knowledge.errors import DocumentError, MissingDependency, SettingsError
from knowledge.load.draft import Writer
from knowledge.load.limits import Limits

_LINE: Final = re.compile(r"^(\.[\w.+-]+)\s*[=:]\s*([A-Za-z_][\w.]*):([A-Za-z_]\w*)$")
_MEDIA: Final = "text/x-read"


def reader_named(source: str, readers: Sequence[str]) -> tuple[str, str] | None:
    """Return the module and class that read files with the ending of `source`, None for none.

    Raises SettingsError for a line that does not name an ending, a module and a class.
    """
    suffix = PurePosixPath(source.lower()).suffix
    for line in readers:
        found = _LINE.match(line.strip())
        if not found:
            raise SettingsError(f"library.readers: {line!r} must read as .ending=module:Class")
        if found[1].lower() == suffix:
            return found[2], found[3]
    return None


def load(data: bytes, *, source: str, limits: Limits, reader: tuple[str, str]) -> Document:
    """Return what a llama-index reader makes of `data`, cleaned like any text; raises DocumentError when it fails.

    Raises MissingDependency when the reader cannot be imported.
    """
    module, name = reader
    made = _made(module, name)
    with tempfile.TemporaryDirectory(prefix="groundsmith-") as folder:
        path = Path(folder) / f"document{PurePosixPath(source.lower()).suffix}"
        path.write_bytes(data)
        try:
            parts = list(made.load_data(path))
        except ImportError as error:
            raise MissingDependency(f"library.readers: {module}:{name} needs a package: {error}") from error
        except Exception as error:  # a stranger's reader may raise anything
            reason = f"{module}:{name} could not read it ({type(error).__name__}: {error})"
            raise DocumentError(source, reason, kind="damaged") from error
    return _document(parts, source=source, limits=limits)


def _made(module: str, name: str) -> Any:  # noqa: ANN401 - a stranger's class
    try:
        return getattr(importlib.import_module(module), name)()
    except ImportError as error:
        package = module.removesuffix(".base").replace("_", "-").replace(".", "-")
        raise MissingDependency(
            f"library.readers: {module} is not installed ({error}); pip install {package}, or the package that has it"
        ) from error
    except AttributeError as error:
        raise SettingsError(f"library.readers: {module} has no {name}") from error


def _document(parts: Iterable[Any], *, source: str, limits: Limits) -> Document:
    """Return one document of what a reader gave, page numbers kept where it gave them."""
    from knowledge.load.markdown import looks_like_markdown, write_markdown
    from knowledge.load.text import write_text

    writer = Writer()
    title, length = "", 0
    for part in parts:
        text, fields = str(part.get_content(metadata_mode="none")), dict(part.metadata)
        length += len(text)
        if length > limits.max_unpacked_bytes:
            raise DocumentError(
                source, f"its text has more than {limits.max_unpacked_bytes} characters", kind="too-large"
            )
        title = title or str(fields.get("title") or "")
        for name, content in fields.items():
            writer.note(str(name), content)
        label = str(fields.get("page_label", ""))
        if not label.isdigit() and looks_like_markdown(text):
            write_markdown(text, writer)
        else:
            write_text(text, writer, page=int(label) if label.isdigit() and len(label) < 7 else None)
    return writer.document(source=source, media_type=_MEDIA, title=title or None)
