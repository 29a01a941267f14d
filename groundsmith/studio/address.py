"""Every address of the studio is built here; what comes from outside is quoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, urlencode

Query = Iterable[tuple[str, str]]


def link(path: str, **query: object) -> str:
    """Return a path with a query of the values that are not None and not empty."""
    pairs = [(name.rstrip("_"), str(value)) for name, value in query.items() if value not in (None, "")]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _part(text: str) -> str:
    return quote(text, safe="")


def overview() -> str:
    """Return the address of the first page."""
    return "/"


def documents(**query: object) -> str:
    """Return the address of the list of documents."""
    return link("/documents", **query)


def document(document_id: str, *, passage: str = "", **query: object) -> str:
    """Return the address of a document, at one passage if named."""
    anchor = f"#{_part(passage)}" if passage else ""
    at = passage or None
    return link(f"/documents/{_part(document_id)}", at=at, **query) + anchor


def changes(document_id: str, **query: object) -> str:
    """Return the address of two versions side by side."""
    return link(f"/documents/{_part(document_id)}/changes", **query)


def concepts(**query: object) -> str:
    """Return the address of the list of concepts."""
    return link("/concepts", **query)


def concept(concept_id: str, **query: object) -> str:
    """Return the address of a concept."""
    return link(f"/concepts/{_part(concept_id)}", **query)


def concept_map(**query: object) -> str:
    """Return the address of the concept map."""
    return link("/map", **query)


def coverage(**query: object) -> str:
    """Return the address of the coverage of the concepts."""
    return link("/coverage", **query)


def samples(**query: object) -> str:
    """Return the address of the dataset with a filter."""
    return link("/samples", **query)


def sample(row_id: str, *, run: str = "") -> str:
    """Return the address of a row; `run` tells rows with the same id apart."""
    return link(f"/samples/{_part(row_id)}", run=run)


def check() -> str:
    """Return the address where a text is checked."""
    return "/check"


def review(**query: object) -> str:
    """Return the address of people's review."""
    return link("/review", **query)


def report(report_id: str) -> str:
    """Return the address of the report on a checked text."""
    return f"/reports/{_part(report_id)}"


def runs(**query: object) -> str:
    """Return the address of the list of runs."""
    return link("/runs", **query)


def run(run_id: str, **query: object) -> str:
    """Return the address of a run."""
    return link(f"/runs/{_part(run_id)}", **query)


def job(job_id: str) -> str:
    """Return the address of a job that was started from the studio."""
    return f"/jobs/{_part(job_id)}"


def contradictions() -> str:
    """Return the address of the contradictions found in the library."""
    return "/contradictions"


def static(name: str) -> str:
    """Return the address of a file of the studio's own."""
    return f"/static/{name}"


def theme(name: str, *, back: str) -> str:
    """Return the address that chooses light, dark or the system's theme and leads back."""
    return link(f"/theme/{name}", back=back)


def twin(path: str, query: str = "") -> str:
    """Return the address of a page as data."""
    base = "/index" if path == "/" else path
    return f"{base}.json" + (f"?{query}" if query else "")


def changed(path: str, query: str, **changes: object) -> str:
    """Return an address with some values of its query replaced, or taken out where None; the page begins anew."""
    taken = {name.rstrip("_"): value for name, value in changes.items()}
    kept = [(name, value) for name, value in parse_qsl(query) if name not in taken and name != "after"]
    return link_pairs(path, [*kept, *((name, str(value)) for name, value in taken.items() if value not in (None, ""))])


def link_pairs(path: str, pairs: Query) -> str:
    """Return a path with a query in the order given."""
    text = urlencode(list(pairs))
    return f"{path}?{text}" if text else path


def local(address: str) -> str:
    """Return an address of this site, or the first page when the text leads elsewhere."""
    fine = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if fine else "/"


def values(query: str) -> Mapping[str, str]:
    """Return a query as a mapping; of a name given twice, the last."""
    return dict(parse_qsl(query))
