from __future__ import annotations

import multiprocessing
import signal
import threading

import pytest

from graph.network import ConceptGraph
from graph.query import QueryError, TripleStore
from graph.scheme import Scheme, scheme
from graph.skos import to_rdf

COUNT = "SELECT ?label ?n WHERE { ?c skos:prefLabel ?label ; cg:passageFrequency ?n } ORDER BY DESC(?n) ?label LIMIT 3"


@pytest.fixture(scope="module", params=[10**6, 10], ids=["memory", "oxigraph"])
def store(request: pytest.FixtureRequest, policy_graph: ConceptGraph) -> TripleStore:
    return TripleStore.of(scheme(policy_graph), large=request.param)


@pytest.fixture(scope="module")
def vocabulary(policy_graph: ConceptGraph) -> Scheme:
    return scheme(policy_graph, titles={"d_a": 'Line\none "two" \\ <b>'})


def test_a_table_is_answered(store: TripleStore, policy_graph: ConceptGraph) -> None:
    answer = store.query(COUNT)
    assert answer.columns == ("label", "n")
    most = sorted(
        ((one.label, one.frequency) for one in policy_graph.concepts.values()), key=lambda row: (-row[1], row[0])
    )
    assert answer.rows == tuple(most[:3])
    assert len(store.query(COUNT, limit=1).rows) == 1


def test_ask_and_construct_are_answered(store: TripleStore) -> None:
    assert store.query("ASK { ?c a skos:Concept }").rows == ((True,),)
    assert len(store.query("CONSTRUCT WHERE { ?s a skos:ConceptScheme }").rows) == 1
    assert store.query('SELECT ?x WHERE { BIND("SERVICE <http://x/> FROM" AS ?x) }').rows == (
        ("SERVICE <http://x/> FROM",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "DELETE WHERE { ?s ?p ?o }",
        "LOAD <file:///etc/passwd>",
        "CLEAR ALL",
        "SELECT * FROM <file:///etc/passwd> WHERE { ?s ?p ?o }",
        "SELECT * FROM NAMED <http://127.0.0.1/> WHERE { ?s ?p ?o }",
        "DESCRIBE <urn:a> FROM <http://127.0.0.1/>",
        "SELECT * WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "select * { optional { service silent ?x { ?s ?p ?o } } }",
        "SELECT * WHERE { { SELECT ?s WHERE { { ?s ?p ?o } UNION { SERVICE <http://x/> { ?s ?p ?o } } } } }",
        "SELECT * WHERE { ?s ?p ?o FILTER(?s = 1 && NOT EXISTS { GRAPH ?g { SERVICE <http://x/> { ?s ?p ?o } } }) }",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o MINUS { SERVICE <http://x/> { ?s ?p ?o } } }",
        "SELECT (EXISTS { SERVICE <http://x/> { ?s ?p ?o } } AS ?y) WHERE { ?s ?p ?o }",
        "ASK { ?s ?p ?o } HAVING (EXISTS { SERVICE <http://x/> { ?s ?p ?o } })",
    ],
)
def test_what_does_more_than_read_is_refused(store: TripleStore, text: str) -> None:
    with pytest.raises(QueryError, match="refused"):
        store.query(text)


def test_what_is_not_sparql_is_explained(store: TripleStore) -> None:
    with pytest.raises(QueryError, match="not a SPARQL query: something is wrong on line"):
        store.query("which concepts are there?")


def test_both_stores_hold_the_same_triples(vocabulary: Scheme) -> None:
    import pyoxigraph

    rdf = to_rdf(vocabulary)
    loaded = pyoxigraph.Store()
    loaded.load(rdf.serialize(format="turtle").encode(), format=pyoxigraph.RdfFormat.TURTLE)
    assert len(loaded) == len(rdf) == TripleStore.of(vocabulary).size == TripleStore.of(vocabulary, large=5).size


ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a != ?j) }"


def test_a_query_that_takes_too_long_is_stopped(store: TripleStore) -> None:
    with pytest.raises(QueryError, match=r"more than 0\.2 seconds"):
        store.query(ENDLESS, seconds=0.2)
    assert multiprocessing.active_children() == []


def test_a_time_limit_changes_no_answer(store: TripleStore) -> None:
    assert store.query(COUNT, seconds=60) == store.query(COUNT)
    with pytest.raises(QueryError, match="refused"):
        store.query("CLEAR ALL", seconds=60)


def test_a_query_that_fails_in_its_process_says_why(policy_graph: ConceptGraph) -> None:
    oxigraph = TripleStore.of(scheme(policy_graph), large=10)
    with pytest.raises(QueryError, match="the query failed: "):
        oxigraph.query("SELECT ?x { BIND(1 AS ?x) BIND(2 AS ?x) }", seconds=60)


def test_an_interrupt_ends_a_query(store: TripleStore) -> None:
    alarm = threading.Timer(0.3, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT])
    alarm.start()
    with pytest.raises(KeyboardInterrupt):
        store.query(ENDLESS, seconds=60)
    alarm.join()
    assert multiprocessing.active_children() == []
