"""Whether a vocabulary is sound: our SHACL shapes, and a table of quality counts.

The counts are those of qSKOS (Mader, Haslhofer and Isaac 2012) that concern a vocabulary by itself. They warn; the
shapes decide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graph.scheme import Scheme, related
from knowledge.errors import MissingDependency

if TYPE_CHECKING:
    from rdflib import Graph

MOST_CHECKED: Final = 200_000
EXAMPLES: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A count of a quality table: `examples` are labels or ids, at most three; `means` says what to make of it."""

    name: str
    count: int
    means: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Conformance:
    """What the shapes say: `violations` are (message, node), in order, and empty when the export conforms."""

    conforms: bool
    violations: tuple[tuple[str, str], ...] = ()


def shapes() -> str:
    """Return our SHACL shapes as Turtle."""
    from importlib.resources import files

    return (files("graph") / "shapes" / "concepts.ttl").read_text(encoding="utf-8")


def conformance(rdf: Graph) -> Conformance:
    """Check an RDF graph against our shapes, without inference; raises MissingDependency where pyshacl is not."""
    try:
        from pyshacl import validate
    except ImportError as error:
        raise MissingDependency("SHACL needs pyshacl; install it with: pip install 'groundsmith[rdf]'") from error
    from rdflib import SH
    from rdflib import Graph as Rdf

    wanted = Rdf().parse(data=shapes(), format="turtle")
    conforms, report, _ = validate(rdf, shacl_graph=wanted, inference="none", advanced=False, do_owl_imports=False)
    found = []
    for result in report.subjects(SH.focusNode):
        message = report.value(result, SH.resultMessage) or ""
        path = report.value(result, SH.resultPath)
        found.append((f"{path or 'node'}: {message}", str(report.value(result, SH.focusNode))))
    return Conformance(conforms=bool(conforms), violations=tuple(sorted(found)))


def quality(vocabulary: Scheme) -> tuple[Finding, ...]:
    """Return the quality table of a vocabulary; time grows with its concepts and ties."""
    label = {concept.id: concept.label for concept in vocabulary.concepts}
    joined = [*vocabulary.broader, *related(vocabulary)]
    clusters = _clusters(label, joined)
    alone = sorted(next(iter(group)) for group in clusters if len(group) == 1)
    parents = defaultdict(list)
    for child, parent in vocabulary.broader:
        parents[child].append(parent)
    rows = (
        ("concepts", list(label), "all there are"),
        ("undocumented", _undocumented(vocabulary), "have no definition"),
        ("orphans", alone, "have no broader, narrower or related concept"),
        (
            "clusters",
            [min(group) for group in clusters if len(group) > 1],
            "groups joined by any relation; one is best",
        ),
        ("overlapping labels", _overlapping(vocabulary), "share a preferred or alternative label with another"),
        ("label conflicts", _conflicting(vocabulary), "have one text as preferred and as alternative label"),
        ("empty labels", [c.id for c in vocabulary.concepts if not c.label.strip()], "have a label without a letter"),
        ("cycles", _cyclic(parents), "are broader than themselves"),
        ("redundant broader", _redundant(parents), "are told a broader concept that a longer path gives already"),
        ("without source", _unsourced(vocabulary), "name no document"),
        ("unmatched", _unmatched(vocabulary), "are matched with no other vocabulary"),
    )
    return tuple(
        Finding(
            name=name, count=len(ids), means=means, examples=tuple(label.get(each, each) for each in ids[:EXAMPLES])
        )
        for name, ids, means in rows
    )


def _undocumented(vocabulary: Scheme) -> list[str]:
    quoted = {quotation.concept for quotation in vocabulary.quotations}
    return [each.id for each in vocabulary.concepts if each.definition is None and each.id not in quoted]


def _unsourced(vocabulary: Scheme) -> list[str]:
    sourced = {concept for concept, documents in vocabulary.documents if documents}
    return [each.id for each in vocabulary.concepts if each.id not in sourced]


def _unmatched(vocabulary: Scheme) -> list[str]:
    matched = {match.concept for match in vocabulary.matches}
    return [each.id for each in vocabulary.concepts if each.id not in matched]


def _overlapping(vocabulary: Scheme) -> list[str]:
    names = {
        concept.id: {text.casefold() for text in (concept.label, *concept.aliases)} for concept in vocabulary.concepts
    }
    used = Counter(text for texts in names.values() for text in texts)
    return [concept for concept, texts in names.items() if any(used[text] > 1 for text in texts)]


def _conflicting(vocabulary: Scheme) -> list[str]:
    return [concept.id for concept in vocabulary.concepts if concept.label in concept.aliases]


def _clusters(nodes: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    import networkx

    network = networkx.Graph()
    network.add_nodes_from(nodes)
    network.add_edges_from(pairs)
    return sorted(networkx.connected_components(network), key=lambda group: (-len(group), min(group)))


def _cyclic(parents: Mapping[str, list[str]]) -> list[str]:
    import networkx

    network = networkx.DiGraph([(child, parent) for child, above in parents.items() for parent in above])
    loops = [group for group in networkx.strongly_connected_components(network) if len(group) > 1]
    return sorted({node for group in loops for node in group} | {child for child in parents if child in parents[child]})


def _redundant(parents: Mapping[str, list[str]]) -> list[str]:
    """Concepts with a parent that is also a parent's ancestor."""
    found = []
    for child, above in parents.items():
        waiting, seen = [each for one in above if one != child for each in parents.get(one, ())], {child}
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting.extend(parents.get(node, ()))
        if seen.intersection(above) - {child}:
            found.append(child)
    return sorted(found)
