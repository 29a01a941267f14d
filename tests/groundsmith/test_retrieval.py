"""The settings of retrieval: each does what it says, and `search` says why a passage was found."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.retrieval import options
from groundsmith.sections import RetrievalSection
from groundsmith.settings import load
from groundsmith.workspace import Workspace
from knowledge.chroma_store import ChromaStore
from knowledge.embed import OnnxEmbedder, PrefixedEmbedder
from knowledge.embed_endpoint import EndpointEmbedder
from knowledge.embed_llama_index import LlamaIndexEmbedder
from knowledge.embed_onnx import WEIGHTS
from knowledge.errors import MissingDependency, MissingModel, SettingsError, StorageError
from knowledge.named import arguments
from knowledge.retrieve import SearchOptions

ROOT = Path(__file__).parents[2]
MOCK = "llama_index.core.embeddings.mock_embed_model:MockEmbedding"
POLICIES = {
    "records.md": "---\ntitle: Records\ndate: 2019-05-01\n---\n# Records\n\nFinancial records must be kept for seven years.\n\n"
    "Personnel files must be kept for six years.\n\n# Disposal\n\nExpired records are shredded.\n",
    "badges.md": "---\ntitle: Badges\ndate: 2024-01-31\n---\n# Badges\n\nVisitors must wear a badge at all times.\n",
}


def opened(folder: Path, **overrides: str) -> Workspace:
    named = {name.replace("__", "."): value for name, value in overrides.items()}
    Workspace.create(folder, environment={}).close()
    return Workspace.open(folder, environment={}, overrides=named)


# Embedding ---------------------------------------------------------------------------------------------------------


def test_the_embedder_is_the_one_in_the_package(tmp_path: Path) -> None:
    with opened(tmp_path) as workspace, Workspace.open(tmp_path, environment={}) as again:
        assert isinstance(workspace.embedder, OnnxEmbedder)
        assert again.embedder is workspace.embedder, "it is loaded once a process"


@pytest.mark.model
def test_a_folder_with_weights(tmp_path: Path) -> None:
    for name in ("minilm.onnx", "tokenizer.json"):
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / name).symlink_to(WEIGHTS / name)
    (tmp_path / "groundsmith.yaml").write_text("embedding: {model: ./mine}\n")
    with Workspace.open(tmp_path, environment={}) as workspace:
        assert workspace.embedder.embed(["word"]).shape == (1, 384)
        assert workspace.embedder.name == OnnxEmbedder().name


def test_an_embedding_of_llama_index_by_name(tmp_path: Path) -> None:
    words = {"embedding__model": MOCK, "embedding__options": "embed_dim=5"}
    with opened(tmp_path, **words) as workspace:
        assert isinstance(workspace.embedder, LlamaIndexEmbedder)
        assert workspace.embedder.dimensions == 5
        name = workspace.embedder.name
    with opened(tmp_path, **words | {"embedding__options": "embed_dim=6"}) as workspace:
        assert workspace.embedder.name != name


def test_an_endpoint_with_all_its_settings(tmp_path: Path) -> None:
    words = {
        "embedding__model": "small",
        "embedding__base_url": "http://127.0.0.1:9/v1",
        "embedding__api_key_variable": "KEY",
        "embedding__dimensions": "16",
        "embedding__batch": "7",
        "embedding__timeout": "3",
        "embedding__retries": "0",
    }
    with opened(tmp_path, **words) as workspace:
        found = workspace.embedder
        assert isinstance(found, EndpointEmbedder)
        assert (found._variable, found._batch, found._timeout, found._retries) == ("KEY", 7, 3.0, 0)
        assert found.dimensions == 16
        assert found.name == "endpoint:http://127.0.0.1:9/v1:small:16"


def test_closing_the_workspace_closes_connections(tmp_path: Path) -> None:
    words = {"embedding__model": "small", "embedding__base_url": "http://127.0.0.1:9/v1"}
    for prefix in ({}, {"embedding__query_prefix": "query: "}):
        with opened(tmp_path, **words, **prefix) as workspace:
            found = workspace.embedder
            client = getattr(found, "_embedder", found)._client
        assert client.is_closed()


def test_prefixes_are_put_before_questions_and_passages(tmp_path: Path) -> None:
    words = {"embedding__model": MOCK, "embedding__options": "embed_dim=5", "embedding__passage_prefix": "passage: "}
    with opened(tmp_path, **words, embedding__query_prefix="query: ") as workspace:
        assert isinstance(workspace.embedder, PrefixedEmbedder)
        assert workspace.embedder.name.endswith(":passage: ")
        assert (workspace.embedder._query, workspace.embedder._passage) == ("query: ", "passage: ")


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"embedding__model": "other"}, SettingsError, r"embedding\.model is 'other'"),
        ({"embedding__model": "no.such.module:Thing"}, MissingDependency, r"no\.such\.module cannot be imported"),
        ({"embedding__model": "os:system"}, SettingsError, "os:system is no BaseEmbedding"),
        ({"embedding__model": "pathlib:Path"}, SettingsError, "no BaseEmbedding"),
        ({"embedding__model": MOCK}, SettingsError, r"MockEmbedding cannot be made .*none"),
        ({"embedding__model": MOCK, "embedding__options": "embed_dim"}, SettingsError, "name=value"),
        ({"embedding__base_url": "http://127.0.0.1:9/v1"}, SettingsError, r"name the model there"),
    ],
)
def test_a_wrong_embedder_names_the_remedy(
    tmp_path: Path, words: dict[str, str], error: type[Exception], said: str
) -> None:
    with opened(tmp_path, **words) as workspace, pytest.raises(error, match=said):
        _ = workspace.embedder


def test_arguments_are_json_or_text_or_from_the_environment() -> None:
    words = ["a=1", "b=[1, 2]", "c=plain words", 'd="1"', "e={index}/x", "f=env:TOKEN", "g=a=b"]
    assert arguments(words, setting="s", places={"index": "/place"}, environment={"TOKEN": "secret"}) == {
        "a": 1,
        "b": [1, 2],
        "c": "plain words",
        "d": "1",
        "e": "/place/x",
        "f": "secret",
        "g": "a=b",
    }
    with pytest.raises(MissingModel, match="the environment variable TOKEN is not set"):
        arguments(["a=env:TOKEN"], setting="s", environment={})


# Stores ------------------------------------------------------------------------------------------------------------

STORES = {
    "chroma": {},
    "qdrant": {},
    "qdrant in memory": {"library__store": "qdrant", "library__store_options": "location=:memory:"},
    "simple": {"library__store": "llama_index.core.vector_stores:SimpleVectorStore"},
}


@pytest.mark.parametrize("name", STORES)
def test_a_store_by_configuration(tmp_path: Path, name: str) -> None:
    if "qdrant" in name:
        pytest.importorskip("llama_index.vector_stores.qdrant")
    words = {"library__store": name, "embedding__model": MOCK, "embedding__options": "embed_dim=5"} | STORES[name]
    with opened(tmp_path, **words) as workspace:
        written(workspace)
        assert workspace.index.count() == workspace.library.passage_count() > 2
        assert (workspace.state / "index").exists() == (name == "chroma")
    with opened(tmp_path, **words) as workspace:
        hits = workspace.retriever.search("financial records", k=1)
        assert hits[0].passage.text.startswith("Financial records")
        assert workspace.index.count() == workspace.library.passage_count()


def written(workspace: Workspace) -> None:
    """Put the policies into the library and the index."""
    from groundsmith.ingestion import ingest_into

    folder = workspace.root / "policies"
    folder.mkdir(exist_ok=True)
    for name, text in POLICIES.items():
        (folder / name).write_text(text, encoding="utf-8")
    ingest_into(workspace, [folder], prune=False, tick=lambda *_, **__: None)


def test_a_chroma_server_by_configuration(tmp_path: Path) -> None:
    words = {
        "library__store": "chroma-server",
        "library__store_host": "127.0.0.1",
        "library__store_port": "9",
        "library__store_ssl": "false",
        "library__store_collection": "policies-of-mine",
        "embedding__model": MOCK,
        "embedding__options": "embed_dim=5",
    }
    with opened(tmp_path, **words) as workspace:
        assert isinstance(workspace.index.store, ChromaStore)
        assert workspace.index.store._prefix == "policies-of-mine-"
        with pytest.raises(StorageError, match=r"Chroma at 127\.0\.0\.1:9"):
            workspace.index.count()


def test_workspaces_have_collections_of_their_own(tmp_path: Path) -> None:
    prefixes = []
    for name in ("one", "two"):
        with opened(tmp_path / name, library__store="chroma-server") as workspace:
            store = workspace.index.store
            assert isinstance(store, ChromaStore)
            prefixes.append(store._prefix)
    assert len(set(prefixes)) == 2


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"library__store": "redis"}, SettingsError, r"library\.store is 'redis'"),
        ({"library__store": "pathlib:Path"}, SettingsError, "pathlib:Path is no BasePydanticVectorStore"),
        (
            {"library__store": "chroma-server", "library__store_token_variable": "NO_TOKEN_HERE"},
            MissingModel,
            "NO_TOKEN",
        ),
    ],
)
def test_a_wrong_store_names_the_remedy(
    tmp_path: Path, words: dict[str, str], error: type[Exception], said: str
) -> None:
    with opened(tmp_path, **words) as workspace, pytest.raises(error, match=said):
        workspace.index.count()


# Search ------------------------------------------------------------------------------------------------------------

DIFFERENT = {
    "mode": "lexical",
    "passages": "3",
    "fusion": "rank",
    "constant": "7",
    "dense_weight": "2.5",
    "lexical_weight": "0.7",
    "phrase_weight": "0.2",
    "letter_weight": "0.3",
    "wording": "12",
    "candidates": "9",
    "k1": "1.2",
    "b": "0.4",
    "diversity": "0.3",
    "context": "section",
    "context_passages": "2",
    "reranker": "llama_index.core.postprocessor:SimilarityPostprocessor",
    "reranker_options": "similarity_cutoff=0.5",
    "rerank": "5",
}
ELSEWHERE = {"passages", "k1", "b", "reranker", "reranker_options"}


def test_every_setting_of_retrieval_has_a_value_here() -> None:
    assert {each.name for each in fields(RetrievalSection)} == set(DIFFERENT)


@pytest.mark.parametrize("name", sorted(set(DIFFERENT) - ELSEWHERE))
def test_a_setting_reaches_the_retriever(name: str) -> None:
    settings = load(None, environment={}, overrides={f"retrieval.{name}": DIFFERENT[name]})
    assert str(getattr(options(settings), name)) in (DIFFERENT[name], f"{DIFFERENT[name]}.0")
    assert getattr(options(load(None, environment={})), name) == getattr(SearchOptions(), name)


def test_the_other_settings_reach_index_and_reranker(tmp_path: Path) -> None:
    words = {f"retrieval__{name}": DIFFERENT[name] for name in ELSEWHERE}
    with opened(tmp_path, **words) as workspace:
        assert (workspace.index._k1, workspace.index._b) == (1.2, 0.4)
        reranker = workspace.retriever._reranker
        assert reranker is not None
        assert reranker._postprocessor.similarity_cutoff == 0.5


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("best", SettingsError, r"retrieval\.reranker is 'best'"),
        ("pathlib:Path", SettingsError, "no BaseNodePostprocessor"),
        ("./nothing", MissingModel, r"tokenizer\.json"),
    ],
)
def test_a_wrong_reranker_names_the_remedy(tmp_path: Path, name: str, error: type[Exception], said: str) -> None:
    (tmp_path / "groundsmith.yaml").write_text(f"retrieval: {{reranker: '{name}'}}\n")
    with Workspace.open(tmp_path, environment={}) as workspace, pytest.raises(error, match=said):
        _ = workspace.retriever


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("place")
    with opened(root) as workspace:
        written(workspace)
    return root


def search(place: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["search", *words, "-w", str(place)])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.model
def test_search_says_why(place: Path) -> None:
    text = search(place, "How long are financial records kept?", "-k", "1")
    assert "why: meaning rank 1 (cosine 0." in text
    assert "words rank 1 (BM25 " in text
    assert "financial, records, kept" in text
    assert 'phrases 0.25 ("financial records"); letters 1.00' in text
    [found] = json.loads(search(place, "How long are financial records kept?", "-k", "1", "--json"))
    why = found["why"]
    assert found["text"].startswith("Financial records must be kept for seven years.")
    assert (why["rank"], why["dense"]["rank"], why["lexical"]["rank"]) == (1, 1, 1)
    assert why["lexical"]["words"] == ["financial", "records", "kept"]
    assert why["wording"]["found"] == ["financial records"]
    assert why["wording"]["phrases"] == pytest.approx(1 / 4)
    assert why["wording"]["letters"] == 1
    assert why["fused"] == found["score"]
    assert (
        (why["dense"]["cosine"] + 1 / 4 + 0.5) / 3.5 < found["score"] < (why["dense"]["cosine"] + 1 + 1 / 4 + 0.5) / 3.5
    )
    assert why["filter"] == {}
    assert why["reranker"] is None


@pytest.mark.model
def test_search_with_filters_and_surroundings(place: Path) -> None:
    found = json.loads(
        search(place, "records", "--heading", "disposal", "--after", "2019", "--before", "2019", "--json")
    )
    assert [each["text"] for each in found] == ["Expired records are shredded."]
    assert found[0]["why"]["filter"] == {"heading": "disposal", "after": "2019", "before": "2019"}
    assert json.loads(search(place, "badge", "--document", "*records*", "--meta", "issued=2024*", "--json")) == []
    text = search(place, "shredded", "-k", "1", "--set", "retrieval.context=neighbours")
    assert "… Financial records must be kept" in text
    [found] = json.loads(search(place, "badge", "--version", "1", "--meta", "issued=2024*", "--json"))
    assert found["source"].endswith("badges.md")


@pytest.mark.model
def test_the_number_of_passages_is_a_setting(place: Path) -> None:
    assert len(json.loads(search(place, "records", "--json", "--set", "retrieval.passages=2"))) == 2


@pytest.mark.model
def test_a_cross_encoder_reads_the_candidates_again(place: Path) -> None:
    judge = ROOT / "verify/weights"
    words = ["--set", f"retrieval.reranker={judge}", "--set", "retrieval.reranker_options=passage_first=true"]
    [found] = json.loads(search(place, "Visitors wear a badge.", "-k", "1", "--json", *words))
    assert found["text"].startswith("Visitors must wear a badge")
    assert found["why"]["reranker"] > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--meta", "licence"], "--meta licence"), (["--after", "soon"], "after soon"), (["--version", "0"], "")],
)
def test_wrong_filters_exit_with_2(place: Path, words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["search", "x", "-w", str(place), *words])
    assert done.exit_code == 2 or said in str(done.exception)
