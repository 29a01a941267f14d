"""From the library's passages to stored extractions: only what changed is extracted again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from graph.extraction import DocumentPassages, Extractor
from graph.store import GraphStore
from knowledge.document import Passage
from knowledge.identity import digest


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildReport:
    """What a build did, in documents; `passages` counts those that were extracted anew.

    `failed` documents keep what was stored of them before and are tried again by the next build.
    """

    extracted: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    failed: int = 0


def build(
    library_documents: Iterable[DocumentPassages],
    *,
    store: GraphStore,
    extractor: Extractor,
    progress: Callable[[str], object] | None = None,
) -> BuildReport:
    """Bring the store up to date with all documents of the library and report what was done.

    A document is extracted again when its passages, their headings or the extractor changed; documents no longer
    given are removed. One document is one transaction, so a build that is stopped goes on where it was.
    `progress` is called with the id of each document that was looked at.
    """
    known = store.digests()
    seen: set[str] = set()
    pending: dict[str, Sequence[Passage]] = {}

    def changed() -> Iterator[DocumentPassages]:
        for document_id, passages in library_documents:
            seen.add(document_id)
            if known.get(document_id) != document_digest(passages, extractor.name):
                pending[document_id] = passages
                yield document_id, passages
            elif progress is not None:
                progress(document_id)

    extracted = count = 0
    for extraction in extractor.extract(changed()):
        passages = pending.pop(extraction.document_id)
        store.replace(extraction, passages, digest=document_digest(passages, extractor.name))
        extracted, count = extracted + 1, count + len(passages)
        if progress is not None:
            progress(extraction.document_id)
    gone = sorted(set(known) - seen)
    for document_id in gone:
        store.remove(document_id)
    return BuildReport(
        extracted=extracted,
        unchanged=len(seen) - extracted - len(pending),
        removed=len(gone),
        passages=count,
        failed=len(pending),
    )


def document_digest(passages: Sequence[Passage], extractor: str) -> str:
    """Return what an extraction of these passages by the extractor named is known by."""
    return digest([extractor, passages[0].title if passages else "", [passage.id for passage in passages]])
