"""What a document states of itself: author, dates, version, language, licence. Names are those of Dublin Core."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final

NAMES: Final = ("creator", "publisher", "subject", "issued", "modified", "valid", "version", "language", "licence")
"""What is kept, in this order; `valid` is the day from which the document is in force."""
LONGEST: Final = 300
_ALIASES: Final = {
    "author": "creator",
    "authors": "creator",
    "created": "issued",
    "creationdate": "issued",
    "date": "issued",
    "published": "issued",
    "published_time": "issued",
    "date_published": "issued",
    "datepublished": "issued",
    "publish_date": "issued",
    "publication_date": "issued",
    "pubdate": "issued",
    "moddate": "modified",
    "modified_time": "modified",
    "date_modified": "modified",
    "datemodified": "modified",
    "last-modified": "modified",
    "last_modified": "modified",
    "last_updated": "modified",
    "updated": "modified",
    "revised": "modified",
    "effective": "valid",
    "effective_date": "valid",
    "effective-date": "valid",
    "in_force": "valid",
    "revision": "version",
    "edition": "version",
    "lang": "language",
    "license": "licence",
    "rights": "licence",
    "copyright": "licence",
    "keywords": "subject",
    "tags": "subject",
}
_PREFIX: Final = re.compile(r"^(?:dc|dcterms|citation|article|og|schema|sailthru|parsely)[.:_-]", re.IGNORECASE)
_PDF_DATE: Final = re.compile(r"^D:(\d{4})(\d{2})?(\d{2})?")
_ISO: Final = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$")
_MONTHS: Final = "january february march april may june july august september october november december".split()
_MONTH: Final = rf"(?:{'|'.join(_MONTHS)})"
_WRITTEN: Final = rf"(?:{_MONTH}\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}\s+{_MONTH}\s+\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}})"
_SAID: Final = (
    ("valid", re.compile(rf"\b(?:effective|in force)(?: date)?(?: (?:from|as of|on))?\s*[:\s]\s*({_WRITTEN})", re.I)),
    (
        "modified",
        re.compile(
            rf"\b(?:last (?:updated|revised|modified|amended)|revised|amended)(?: on)?\s*[:\s]\s*({_WRITTEN})", re.I
        ),
    ),
    (
        "issued",
        re.compile(
            rf"\b(?:date of issue|issue date|issued|published|publication date)(?: on)?\s*[:\s]\s*({_WRITTEN})", re.I
        ),
    ),
    (
        "version",
        re.compile(
            r"^[^\n]{0,60}?\b(?<!license, )(?<!licence, )(?:version|revision|edition)\s*[:\s]\s*(?:no\.?\s*)?v?(\d+(?:\.\d+){0,3})\b",
            re.I | re.M,
        ),
    ),
)
"""What the first lines of a document say in words."""
OPENING: Final = 1500


def named(name: str) -> str:
    """Return which of NAMES a field of a file is, "" for none: "DC.date" and "article:published_time" are "issued"."""
    plain = _PREFIX.sub("", name.strip()).strip().lower().replace(" ", "_")
    return plain if plain in NAMES else _ALIASES.get(plain, "")


def value(content: object) -> str:
    """Return a field's content as one line of at most 300 characters; dates of any make as YYYY-MM-DD."""
    if isinstance(content, datetime):
        return content.date().isoformat()
    if isinstance(content, date):
        return content.isoformat()
    if isinstance(content, list | tuple):
        return ", ".join(filter(None, map(value, content)))[:LONGEST]
    if not isinstance(content, str | int | float) or isinstance(content, bool):
        return ""
    return dated(" ".join(str(content).split()))[:LONGEST]


def dated(text: str) -> str:
    """Return a date written as "D:20210305…", "2021-03-05T10:00Z" or "March 5, 2021" as 2021-03-05; other text as it is."""
    if found := _PDF_DATE.match(text):
        return "-".join(filter(None, found.groups()))
    if found := _ISO.match(text):
        return found[1]
    words = re.findall(r"[a-z]+|\d+", text.lower())
    if len(words) == 3 and re.fullmatch(_WRITTEN, text, re.IGNORECASE) and (month := {*words} & {*_MONTHS}):
        day, year = sorted(int(word) for word in words if word.isdigit())
        return f"{year:04}-{_MONTHS.index(month.pop()) + 1:02}-{day:02}"
    return text


def said(text: str) -> Iterator[tuple[str, str]]:
    """Yield what the opening of a document says of itself in words: dates of issue, change and force, and its version."""
    opening = text[:OPENING]
    for name, form in _SAID:
        if found := form.search(opening):
            yield name, value(found[1])


def stated(fields: Iterable[tuple[str, object]], text: str) -> tuple[tuple[str, str], ...]:
    """Return what is known of a document by name: first what its fields state, then what its opening says in words."""
    known: dict[str, str] = {}
    for name, content in fields:
        if (field := named(name)) and (words := value(content)):
            known.setdefault(field, words)
    for name, words in said(text):
        known.setdefault(name, words)
    return tuple((name, known[name]) for name in NAMES if name in known)
