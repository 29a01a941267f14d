"""Web pages into the library: named ones, those of site maps, and those linked from them.

Each page is one transaction with what the server said of it, so a run may be stopped at any moment. A run that did
not finish goes on where it was when it is started again within a day; a run after that asks for each page only if
it has changed. What is wrong with one page is an outcome of that page; the others go on.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from knowledge.document import Document
from knowledge.entry import Entry, Refusal
from knowledge.errors import DocumentError, StorageError, UsageError
from knowledge.fetch.fetcher import GONE, Fetcher, Page
from knowledge.fetch.links import links_of
from knowledge.fetch.pace import Halted
from knowledge.fetch.page import load_page, record_of, renewed
from knowledge.fetch.records import PageRecord, WebRecords
from knowledge.fetch.sitemap import SiteMap, read_site_map
from knowledge.fetch.url import WebAddress, parse
from knowledge.fetch.visit import Cut, Role, Visit, WebReport
from knowledge.identity import digest
from knowledge.ingest import ingest_document, settle, stage_of
from knowledge.library import Library
from knowledge.load.limits import Limits
from knowledge.outcome import IngestEvent, Outcome, Status
from knowledge.sync import Index, Progress, follow

MOST_MAPS: Final = 500
MOST_QUEUED: Final = 200_000
MOST_NAMED: Final = 20
_NOT_KEPT: Final = (GONE, "refused", "robots")
"""Kinds of errors that leave no trace where nothing was taken in before: there is nothing to mend and try again."""
_DEFAULT_LIMITS: Final = Limits()


def ingest_pages(
    addresses: Sequence[str],
    *,
    library: Library,
    fetcher: Fetcher,
    index: Index | None = None,
    depth: int = 0,
    pages: int = 1_000,
    whole_site: bool = False,
    prune: bool = False,
    cut: Cut | None = None,
    limits: Limits = _DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> WebReport:
    """Bring web pages into the library and its index; return what became of each.

    An address may be a page or a site map. Links within the site are followed `depth` steps; at most `pages` pages
    are asked for. `whole_site` takes the site maps of each address's site in place of the address. `prune` removes
    documents whose page the server says is gone. Raises StorageError when the database cannot be written.
    """
    crawl = _Crawl(
        library=library,
        fetcher=fetcher,
        records=WebRecords(library.database),
        cut=cut or Cut(),
        limits=limits,
        prune=prune,
    )
    outcomes = crawl.run(addresses, depth=depth, pages=pages, whole_site=whole_site, progress=progress)
    outcomes += crawl.settle()
    added, dropped = follow(library, index, progress) if index is not None else (0, 0)
    if prune:
        library.records.forget_vectors()
    last = {outcome.source: outcome for outcome in outcomes}
    return WebReport(
        outcomes=tuple(last.values()),
        indexed=added,
        dropped=dropped,
        stopped=crawl.stopped,
        left=len(crawl.queue) if crawl.stopped else 0,
    )


@dataclass(kw_only=True)
class _Crawl:
    """One run. `since` is when the unfinished run began that this one continues, empty for a new one."""

    library: Library
    fetcher: Fetcher
    records: WebRecords
    cut: Cut
    limits: Limits
    prune: bool
    since: str = ""
    stopped: str = ""
    maps: int = 0
    asked: int = 0
    queue: deque[Visit] = field(default_factory=deque)
    seen: set[WebAddress] = field(default_factory=set)
    done: set[WebAddress] = field(default_factory=set)
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        cut = self.cut
        self.stage = stage_of(
            max_tokens=cut.max_tokens, count_tokens=cut.count_tokens, split=cut.split, limits=self.limits
        )
        self.refused = {refusal.location for refusal in self.library.refusals()}

    def run(
        self, words: Sequence[str], *, depth: int, pages: int, whole_site: bool, progress: Progress | None
    ) -> list[Outcome]:
        """Fetch until nothing is left, or a limit is reached; return what became of each page."""
        key = digest(["web", sorted(words), depth, whole_site])
        self.since = self.records.begin(key)
        self._seed(words, role=Role.SITE if whole_site else Role.NAMED, depth=depth)
        while self.queue and not self.stopped:
            if self.asked >= pages:
                self.stopped = f"library.site_pages = {pages} are reached"
                break
            visit = self.queue.popleft()
            try:
                self._take(visit)
            except Halted as halted:
                self.queue.appendleft(visit)
                self.stopped = str(halted)
            if progress:
                last = self.outcomes[-1] if self.outcomes else None
                count = len(self.outcomes)
                total = count + min(len(self.queue), max(0, pages - self.asked))
                progress(IngestEvent(stage="read", done=count, total=total, outcome=last))
        if not self.stopped:
            self.records.finish(key)
        return self.outcomes

    def settle(self) -> list[Outcome]:
        """Give passages to duplicates whose first copy changed or went."""
        cut = self.cut
        return settle(
            self.library, max_tokens=cut.max_tokens, count_tokens=cut.count_tokens, split=cut.split, limits=self.limits
        )

    # The queue -------------------------------------------------------------------------------------------------

    def _seed(self, words: Sequence[str], *, role: Role, depth: int) -> None:
        for word in words:
            try:
                address = parse(word)
                self.fetcher.check(address)
            except DocumentError as error:
                self._note(Outcome(source=error.source, status=Status.FAILED, error=str(error)))
            else:
                self._put(address, role=role, depth=depth)

    def _put(self, address: WebAddress, *, role: Role, depth: int) -> None:
        if address in self.seen:
            return
        if len(self.seen) >= MOST_QUEUED:
            self.stopped = f"more than {MOST_QUEUED} addresses are listed; take in a part of the site at a time"
            return
        self.seen.add(address)
        self.queue.append(Visit(address=address, role=role, depth=depth))

    def _put_listed(self, words: Iterable[str], *, role: Role, depth: int, base: WebAddress) -> None:
        """Queue the entries of a site map; of those that may not be fetched, name the first few."""
        left_out = 0
        for word in words:
            try:
                address = parse(word.replace(" ", "%20"), base=base, upgrade=True)
                self.fetcher.check(address)
            except DocumentError as error:
                left_out += 1
                if left_out <= MOST_NAMED:
                    self._note(_skipped(error.source, error))
            else:
                self._put(address, role=role, depth=depth)
        if left_out > MOST_NAMED:
            said = f"skipped: {left_out - MOST_NAMED} more of its entries may not be fetched"
            self._note(Outcome(source=str(base), status=Status.SKIPPED, warnings=(said,)))

    def _put_links(self, record: PageRecord, depth: int) -> None:
        if depth > 0:
            for link in record.links or ():
                self._put(parse(link), role=Role.LINKED, depth=depth - 1)

    def _note(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    # One visit -------------------------------------------------------------------------------------------------

    def _take(self, visit: Visit) -> None:
        """Note what became of one address, whatever is wrong with it."""
        if visit.address in self.done:
            return
        try:
            if visit.role is Role.SITE:
                self._expand_site(visit)
            elif not self._resume(visit):
                self._fetch(visit)
        except (StorageError, UsageError, Halted):
            raise
        except DocumentError as error:
            self._fail(visit, error)
        except Exception as error:  # noqa: BLE001  a parser's own bug in one page must not end the run
            reason = f"it could not be parsed ({type(error).__name__}: {error})"
            self._fail(visit, DocumentError(str(visit.address), reason, kind="damaged"))
        self.done.add(visit.address)

    def _expand_site(self, visit: Visit) -> None:
        """Queue the site maps of a site: those robots.txt names, or else the usual one."""
        named = self.fetcher.robots.rules(visit.address).site_maps or ["/sitemap.xml"]
        self._put_listed(named, role=Role.MAP, depth=visit.depth, base=visit.address)

    def _resume(self, visit: Visit) -> bool:
        """Return whether an unfinished run had this address already; what it leads to is queued then."""
        record = self.records.page(str(visit.address)) if self.since else None
        if record is None or record.fetched < self.since or str(visit.address) in self.refused:
            return False
        if record.redirect:
            self._put(parse(record.redirect), role=visit.role, depth=visit.depth)
            return True
        if record.is_map:
            self._put_map(record.links or (), visit)
            return True
        entry = self.library.records.entry_at(record.address)
        if entry is None or entry.stage != self.stage or (visit.depth > 0 and record.links is None):
            return False
        self._put_links(record, visit.depth)
        self._note(self._unchanged(entry))
        return True

    def _fetch(self, visit: Visit) -> None:
        wants_links = visit.depth > 0
        page = self.fetcher.fetch(visit.address, validators=lambda hop: self._condition(hop, links=wants_links))
        if page.address in self.done:
            source = str(visit.address)
            self._note(Outcome(source=source, status=Status.SKIPPED, warnings=(_redirected(page),)))
            return
        self.seen.add(page.address)
        self.records.put_redirects([str(hop) for hop in page.redirects], str(page.address))
        site_map = None if page.is_unchanged else self._site_map(page, visit)
        known = self.records.page(str(page.address)) if page.is_unchanged else None
        if site_map is not None:
            self._take_map(page, site_map, visit)
        elif known is not None and known.is_map:
            self.records.put(renewed(known, page))
            self._put_map(known.links or (), visit)
        else:
            self.asked += 1
            self._take_page(page, visit)
        self.done.add(page.address)

    def _condition(self, address: WebAddress, *, links: bool) -> Mapping[str, str]:
        """Return the headers that make a request conditional, if what is here is complete."""
        record = self.records.page(str(address))
        if record is None or record.redirect or record.address in self.refused:
            return {}
        entry = self.library.records.entry_at(record.address)
        whole = entry is not None and entry.stage == self.stage and not (links and record.links is None)
        return record.condition if record.is_map or whole else {}

    # Site maps -------------------------------------------------------------------------------------------------

    def _site_map(self, page: Page, visit: Visit) -> SiteMap | None:
        """Return the site map that a page is, where one may be; raises DocumentError where one must be."""
        if visit.role not in (Role.NAMED, Role.MAP):
            return None
        found = read_site_map(page.answer.body, source=str(page.address), max_bytes=self.fetcher.client.max_bytes)
        if found is None and visit.role is Role.MAP:
            raise DocumentError(str(page.address), "it is listed as a site map, but is none", kind="unsupported")
        if found is not None and not (found.pages or found.maps):
            raise DocumentError(str(page.address), "the site map lists nothing", kind="empty")
        return found

    def _take_map(self, page: Page, site_map: SiteMap, visit: Visit) -> None:
        links = (*(f"map {word}" for word in site_map.maps), *(f"page {word}" for word in site_map.pages))
        record = record_of(page, links=links, is_map=True)
        self.records.put(record)
        self.library.records.delete_refusal(str(page.address))
        self._put_map(links, visit)

    def _put_map(self, links: Sequence[str], visit: Visit) -> None:
        """Queue what a site map lists."""
        self.maps += 1
        if self.maps > MOST_MAPS:
            self.stopped = f"there are more than {MOST_MAPS} site maps; take them in one by one"
            return
        for kind, role in (("map ", Role.MAP), ("page ", Role.LISTED)):
            listed = [link.removeprefix(kind) for link in links if link.startswith(kind)]
            self._put_listed(listed, role=role, depth=visit.depth, base=visit.address)

    # Pages -----------------------------------------------------------------------------------------------------

    def _take_page(self, page: Page, visit: Visit) -> None:
        """Store a page and what the server said of it, in one transaction."""
        location = str(page.address)
        known = self.records.page(location)
        entry = self.library.records.entry_at(location)
        if page.is_unchanged and entry is not None and known is not None:
            record, outcome = renewed(known, page), self._unchanged(entry)
            self.records.put(record)
        else:
            record, outcome = self._read_page(page, visit, entry)
        if page.redirects:
            outcome = replace(outcome, warnings=(*outcome.warnings, _redirected(page)))
        self._note(outcome)
        self._put_links(record, visit.depth)

    def _read_page(self, page: Page, visit: Visit, entry: Entry | None) -> tuple[PageRecord, Outcome]:
        location, body = str(page.address), page.answer.body
        bytes_ = hashlib.blake2b(body, digest_size=16).hexdigest()
        same = entry is not None and entry.bytes_digest == bytes_ and entry.stage == self.stage
        document = None if same else load_page(page.answer, limits=self.limits)
        links = self._links(page, document, entry) if visit.depth > 0 else None
        record = record_of(page, links=links)
        with self.library.database.transaction():
            outcome = self._place(document, location, bytes_) if document else self._unchanged(entry)
            self.records.put(record)
        return record, outcome

    def _links(self, page: Page, document: Document | None, entry: Entry | None) -> tuple[str, ...]:
        media_type = document.media_type if document else entry.media_type if entry else ""
        if media_type != "text/html":
            return ()
        return tuple(str(link) for link in links_of(page.answer.body, address=page.address))

    def _place(self, document: Document, location: str, bytes_: str) -> Outcome:
        return ingest_document(
            document,
            library=self.library,
            location=location,
            bytes_digest=bytes_,
            max_tokens=self.cut.max_tokens,
            count_tokens=self.cut.count_tokens,
            split=self.cut.split,
            limits=self.limits,
        )

    def _unchanged(self, entry: Entry | None) -> Outcome:
        """Return the outcome of a page that is as it was."""
        if entry is None:
            raise UsageError("a page that is not in the library cannot be unchanged")
        if entry.location in self.refused:
            self.library.records.delete_refusal(entry.location)
        first = self.library.entry(entry.duplicate_of) if entry.duplicate_of else None
        return Outcome(
            source=entry.source,
            status=Status.DUPLICATE if first else Status.UNCHANGED,
            document_id=entry.id,
            passages=entry.passages,
            warnings=(*entry.warnings, *((f"duplicate: the same text as {first.source}",) if first else ())),
        )

    def _fail(self, visit: Visit, error: DocumentError) -> None:
        """Note that an address could not be had: an error, unless it was only a link and is not known."""
        self.asked += 1
        location = str(visit.address)
        entry = self.library.records.entry_at(location)
        if self.prune and error.kind == GONE and entry is not None:
            self._remove(entry)
            return
        if visit.role is Role.LINKED and entry is None and error.kind != "timeout":
            self._note(_skipped(location, error))
            return
        if entry is not None or error.kind not in _NOT_KEPT:
            self.library.refuse(Refusal(source=location, location=location, kind=error.kind, reason=str(error)))
        else:
            self.library.records.delete_refusal(location)
        kept = (f"kept: version {entry.version}, read before, stays in the library",) if entry else ()
        self._note(
            Outcome(
                source=entry.source if entry else location,
                status=Status.FAILED,
                document_id=entry.id if entry else None,
                error=str(error),
                warnings=kept,
            )
        )

    def _remove(self, entry: Entry) -> None:
        with self.library.database.transaction():
            self.library.remove(entry.id)
            self.records.forget(entry.location)
        self._note(Outcome(source=entry.source, status=Status.REMOVED, document_id=entry.id))


def _skipped(source: str, error: DocumentError) -> Outcome:
    return Outcome(source=source, status=Status.SKIPPED, warnings=(f"skipped: {error.reason}",))


def _redirected(page: Page) -> str:
    return f"redirect: {' → '.join(map(str, (*page.redirects, page.address)))}"
