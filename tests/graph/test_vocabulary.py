from __future__ import annotations

from pathlib import Path

import pytest

from graph.scheme import Match, Relation
from graph.skos import VocabularyError
from graph.vocabulary import load, parse
from graph.vocabulary_store import VocabularyStore
from knowledge.store import Database

FOLDER = Path(__file__).parent / "vocabularies"
EX = "http://www.example.com/housing/"


def test_a_skos_vocabulary_comes_in() -> None:
    vocabulary = load(FOLDER / "primer.ttl")
    by_iri = {concept.iri.removeprefix(EX): concept for concept in vocabulary.concepts}
    assert vocabulary.name == "primer"
    assert vocabulary.title == "Housing terms"
    assert vocabulary.unlabelled == 1
    assert set(by_iri) == {"person", "tenant", "landlord", "lease", "deposits", "hearing", "loyer"}
    tenant = by_iri["tenant"]
    assert (tenant.label, tenant.aliases) == ("tenant", ("lessee", "renter", "tennant"))
    assert (tenant.broader, tenant.related, tenant.notation) == ((EX + "person",), (EX + "lease",), "T1")
    assert tenant.matches == ("http://www.example.org/terms/occupier",)
    assert by_iri["lease"].related == (EX + "tenant",)
    assert by_iri["lease"].definition == "a contract to let"
    assert by_iri["landlord"].aliases == ("landlord",)
    assert by_iri["deposits"].broader == (EX + "lease",)
    assert by_iri["hearing"].label == "hearing"


def test_languages_are_taken_in_order() -> None:
    by_iri = {each.iri: each.label for each in load(FOLDER / "primer.ttl", languages=("fr", "en")).concepts}
    assert by_iri[EX + "tenant"] == "locataire"
    assert by_iri[EX + "person"] == "person"


def test_an_ontology_comes_in_and_imports_nothing() -> None:
    vocabulary = load(FOLDER / "ontology.owl", name="homes")
    assert [(each.label, len(each.broader)) for each in vocabulary.concepts] == [("benefit", 0), ("subsidy", 1)]
    assert vocabulary.concepts[0].definition == "money paid out"


@pytest.mark.parametrize(
    ("data", "form", "reason"),
    [
        (b"nonsense", "turtle", "cannot be read as turtle"),
        (b"<a", "xml", "cannot be read as xml"),
        (b"<urn:a> <urn:b> <urn:c> .", "nt", "holds no skos:Concept"),
        (b"{", "json-ld", "is not JSON"),
        (b'{"@context": "http://127.0.0.1:9/c", "@id": "urn:a"}', "json-ld", "context elsewhere"),
        (b'[{"a": {"@context": [{"@import": "file:///etc/passwd"}]}}]', "json-ld", "context elsewhere"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', "xml", "entities of other files"),
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, form: str, reason: str) -> None:
    with pytest.raises(VocabularyError, match=reason):
        parse(data, form=form, name="x")


def test_a_file_of_unknown_kind_or_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="not a known ending"):
        load(tmp_path / "terms.docx")
    with pytest.raises(VocabularyError, match="cannot be read"):
        load(tmp_path / "terms.ttl")


def test_vocabularies_and_matches_are_kept() -> None:
    vocabulary = load(FOLDER / "primer.ttl")
    match = Match(concept="c_1", iri=EX + "tenant", relation=Relation.EXACT)
    with Database(":memory:") as database:
        store = VocabularyStore(database)
        store.put(vocabulary)
        store.put(vocabulary)
        assert store.names() == ("primer",)
        kept = store.get("primer")
        assert kept is not None
        assert kept.concepts == vocabulary.concepts
        store.match([match])
        assert store.matches() == (match,)
        store.match([], [("c_1", EX + "tenant")])
        assert store.matches() == ()
        store.remove("primer")
        assert store.get("primer") is None
