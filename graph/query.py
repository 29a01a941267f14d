"""SPARQL over the graph, to read only: nothing a query says can reach a file, another host or change anything.

Small graphs are queried in rdflib's memory; above 200,000 triples in Oxigraph, which loads eight times faster and is
far quicker, if the extra `rdf` is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from graph.scheme import Scheme
from graph.skos import namespaces, triples
from knowledge.errors import MissingDependency, UsageError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from rdflib import Graph
    from rdflib.term import Node

LARGE: Final = 200_000
_REFUSED: Final = {
    "ServiceGraphPattern": "SERVICE asks another host",
    "DatasetClause": "FROM loads a file or an address",
}


class QueryError(UsageError):
    """A query is not SPARQL, or would do more than read this graph."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A table of what was found; a cell is a text, number or None. ASK has one column, CONSTRUCT three."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | bool | None, ...], ...]


class TripleStore:
    """A scheme as triples to query."""

    def __init__(self, rdf: Graph) -> None:
        self._rdf = rdf
        self.size = len(rdf)

    @classmethod
    def of(cls, vocabulary: Scheme, *, large: int = LARGE) -> TripleStore:
        """Return the store of a vocabulary: in memory up to `large` triples, then in Oxigraph.

        Raises MissingDependency when it is larger and Oxigraph is not installed.
        """
        from rdflib import Graph

        stream = iter(triples(vocabulary))
        first = list(islice(stream, large + 1))
        if len(first) <= large:
            rdf = Graph(bind_namespaces="none")
            for triple in first:
                rdf.add(triple)
            return cls(rdf)
        return cls(_oxigraph(_chained(first, stream)))

    def query(self, text: str, *, limit: int | None = None, seconds: float | None = None) -> Answer:
        """Answer a query; our prefixes need not be named.

        With `seconds` the query runs in a process of its own, which is ended when it takes longer, and by Ctrl-C. Raises
        QueryError for what is refused, is not SPARQL or takes too long.
        """
        checked(text)
        if seconds is not None:
            return _timed(lambda: self._answer(text, limit), seconds)
        return self._answer(text, limit)

    def _answer(self, text: str, limit: int | None) -> Answer:
        found = self._rdf.query(text, initNs=namespaces(), use_store_provided=True)
        if found.type == "ASK":
            return Answer(columns=("answer",), rows=((bool(found.askAnswer),),))
        if found.type == "SELECT":
            columns, rows_found = tuple(str(name) for name in found.vars or ()), cast("Iterable[Any]", found)
            rows: Iterable[Any] = ([row[name] for name in columns] for row in rows_found)
        else:
            columns, rows = ("subject", "predicate", "object"), found
        return Answer(columns=columns, rows=tuple(tuple(_cell(cell) for cell in row) for row in islice(rows, limit)))


def _timed(work: Callable[[], Answer], seconds: float) -> Answer:
    """Return what `work` returns; it runs in a fork, for neither store can be stopped from within."""
    from multiprocessing import get_context

    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(work, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            remedy = "ask for less, as with more exact patterns, or allow more time"
            raise QueryError(f"the query took more than {seconds:g} seconds and was stopped; {remedy}")
        found = ours.recv()
    except EOFError as error:
        raise QueryError("the query ended without an answer, perhaps for want of memory; ask for less") from error
    finally:
        child.kill()
        child.join()
        ours.close()
    if isinstance(found, Answer):
        return found
    raise QueryError(f"the query failed: {found}")


def _send(work: Callable[[], Answer], pipe: Connection) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pipe.send(work())
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent tells it
        pipe.send(f"{type(error).__name__}: {error}")


def _chained(first: Iterable[Any], rest: Iterable[Any]) -> Iterator[Any]:
    yield from first
    yield from rest


def _oxigraph(stream: Iterator[Any]) -> Graph:
    """Return an rdflib graph over Oxigraph; N-Triples is its fastest way in."""
    try:
        from oxrdflib import OxigraphStore
        from pyoxigraph import DefaultGraph, RdfFormat, Store
    except ImportError as error:
        remedy = "install it with: pip install 'groundsmith[rdf]'"
        raise MissingDependency(f"a graph of more than {LARGE:,} triples is queried in Oxigraph; {remedy}") from error
    from rdflib import Graph
    from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

    inner = Store()
    lines = (f"{s.n3()} {p.n3()} {_literal(o)} .\n".encode() for s, p, o in stream)
    while block := b"".join(islice(lines, 50_000)):
        inner.load(block, format=RdfFormat.N_TRIPLES, to_graph=DefaultGraph())
    return Graph(OxigraphStore(store=inner), identifier=DATASET_DEFAULT_GRAPH_ID)


def _literal(node: Node) -> str:
    from rdflib import Literal
    from rdflib.plugins.serializers.nt import _quoteLiteral

    return str(_quoteLiteral(node)) if isinstance(node, Literal) else str(node.n3())


def checked(text: str) -> None:
    """Raise QueryError unless the text is one SPARQL query that reads this graph and nothing else."""
    from pyparsing import ParseException
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        parsed = parseQuery(_prologue() + text)
    except (ParseException, RecursionError) as error:
        raise QueryError(_explained(text, error)) from error
    for part in _parts(parsed):
        name = getattr(part, "name", "")
        if name in _REFUSED:
            raise QueryError(f"the query is refused: {_REFUSED[name]}; write it without")


def _prologue() -> str:
    """Our prefixes, one a line: rdflib loses its way where one line holds a # and a SERVICE."""
    return "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in namespaces().items())


def _explained(text: str, error: Exception) -> str:
    from rdflib.plugins.sparql.parser import parseUpdate

    try:
        parseUpdate(_prologue() + text)
    except Exception:  # noqa: BLE001 - whatever it is, it is no update either
        where = max(1, getattr(error, "lineno", 1) - len(namespaces()))
        return f"not a SPARQL query: something is wrong on line {where}; try SELECT ?label WHERE {{ ?c skos:prefLabel ?label }}"
    return "the query is refused: it would change the graph; only SELECT, ASK, CONSTRUCT and DESCRIBE are answered"


def _parts(node: object) -> Iterator[Any]:
    from pyparsing import ParseResults

    waiting: list[Any] = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, ParseResults):  # first: it passes for a mapping, too, of its named parts only
            waiting.extend([*part, *part.as_dict().values()])
        elif isinstance(part, Mapping):
            waiting.extend(part.values())
        elif isinstance(part, list | tuple | set):
            waiting.extend(part)


def _cell(node: Node | None) -> str | int | float | bool | None:
    from decimal import Decimal

    if node is None:
        return None
    value = node.toPython() if hasattr(node, "toPython") else node
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, bool | int | float) else str(node)
