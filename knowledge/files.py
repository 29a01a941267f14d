"""Which files an ingest would read: a walk that is sorted, follows no links, and reports what it leaves out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

_DOCUMENTS = """
    adoc csv doc docm docx dotx eml epub htm html json jsonl markdown md mdown mhtml mkd msg ndjson odp ods odt org
    pdf ppt pptx rst rtf tex text tsv txt xhtml xls xlsm xlsx xml yaml yml
"""
DOCUMENT_SUFFIXES = frozenset(f".{suffix}" for suffix in _DOCUMENTS.split())
_OWN_FILES = frozenset({"groundsmith.yaml"})
_PEEK = 8192
_TEXT_CONTROLS = b"\t\n\r\f\v\x1b"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A file the walk came upon.

    `base` is the folder that its name is taken relative to when it lies outside the workspace. `skip` says why it
    is left out, if it is, and `wrong` why it must not be read. `named` is True for a file asked for by its own name.
    `body` is where the bytes of a file in an archive lie, whose `path` leads through the archive as through a folder.
    """

    path: Path
    base: Path
    skip: str = ""
    named: bool = False
    body: Path | None = None
    wrong: str = ""

    @property
    def file(self) -> Path:
        """Return where the bytes are."""
        return self.body or self.path


def absolute(path: Path) -> Path:
    """Return `path` made absolute without following links."""
    return Path(os.path.abspath(path))  # noqa: PTH100  resolve() would follow links


def find(paths: Sequence[Path]) -> Iterator[Found]:
    """Yield every file under `paths`, folders walked in sorted order, each file once.

    Hidden files and folders, links, and things that are not files are yielded with the reason they are
    skipped; what is named directly is taken as it is.
    """
    seen: set[Path] = set()
    for path in paths:
        for found in _under(absolute(path)):
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _under(path: Path) -> Iterator[Found]:
    if path.is_dir():
        yield from _walk(path, base=path.parent)
    else:
        yield Found(path=path, base=path.parent.parent, skip="" if path.is_file() else "not a file", named=True)


def _walk(folder: Path, *, base: Path) -> Iterator[Found]:
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Found(path=here, base=base, skip=f"the folder cannot be read ({error.strerror})")
            continue
        waiting.extend(Path(entry.path) for entry in reversed(inside) if _is_open_folder(entry))
        for entry in inside:
            if not _is_open_folder(entry):
                yield Found(path=Path(entry.path), base=base, skip=_why_not(entry))


def _is_open_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")


def _why_not(entry: os.DirEntry[str]) -> str:
    """Return why an entry of a folder is not read, or an empty string."""
    if entry.is_symlink():
        return "a link; name it to have it read"
    if entry.name.startswith("."):
        return "hidden; name it to have it read"
    if entry.name in _OWN_FILES:
        return "settings of Groundsmith itself"
    return "" if entry.is_file(follow_symlinks=False) else "not a file"


def looks_like_document(path: Path) -> bool:
    """Return whether a file's suffix, in any case, is one that documents have."""
    return path.suffix.lower() in DOCUMENT_SUFFIXES


def is_no_document(path: Path, body: Path | None = None) -> bool:
    """Return whether a file has neither a document's suffix nor the look of text: a picture or an archive, say.

    `body` is where its bytes lie, if not at `path`.
    """
    if looks_like_document(path):
        return False
    with (body or path).open("rb") as file:
        head = file.read(_PEEK)
    return any(byte < 32 and byte not in _TEXT_CONTROLS for byte in head)


def bytes_digest(path: Path) -> str:
    """Return a digest of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def printable(name: str) -> str:
    r"""Return a file name that can be stored and shown: bytes that are not UTF-8 become `\udcNN`."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def name_of(found: Found, root: Path) -> str:
    """Return a file's name for people: its path within the workspace `root`, else within its own folder."""
    base = root if found.path.is_relative_to(root) else found.base
    return printable(found.path.relative_to(base).as_posix())


def locate(path: Path, root: Path) -> str:
    """Return where a file lies: relative to `root` when it is inside, else the absolute path."""
    return printable((path.relative_to(root) if path.is_relative_to(root) else path).as_posix())


def is_gone(location: str, *, root: Path, present: AbstractSet[str]) -> bool:
    """Return whether no file lies at `location` any more; pages from the web are never gone.

    A file in an archive is gone with the archive, or when the archive is among those `present` and the file is not.
    """
    if "://" in location or location in present or (root / location).is_file():
        return False
    archive = next((above for above in (root / location).parents if above.is_file()), None)
    return archive is None or locate(archive, root) in present
