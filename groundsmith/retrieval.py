"""From settings to what retrieval is made of: the embedder, the vector store, the re-ranker, the retriever."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.settings import FILE_NAME, Settings
from knowledge.errors import MissingModel, SettingsError
from knowledge.identity import digest
from knowledge.named import arguments, made, named_class

if TYPE_CHECKING:
    from groundsmith.workspace import Workspace
    from knowledge.embed import Embedder
    from knowledge.index import PassageIndex
    from knowledge.rerank import Reranker
    from knowledge.retrieve import Retriever, SearchOptions
    from knowledge.vector_store import VectorStore


def embedder(settings: Settings) -> Embedder:
    """Return the embedding model that the settings name.

    Raises SettingsError for a name that is none, MissingModel or MissingDependency where it cannot be had.
    """
    from knowledge.embed import PrefixedEmbedder

    wanted = settings.embedding
    model = _embedder(settings)
    if wanted.query_prefix or wanted.passage_prefix:
        return PrefixedEmbedder(model, query=wanted.query_prefix or "", passage=wanted.passage_prefix or "")
    return model


@cache
def _builtin() -> Embedder:
    """Return the embedder of the package: one a process, since threads and workspaces may share it."""
    from knowledge.embed import OnnxEmbedder

    return OnnxEmbedder()


def _embedder(settings: Settings) -> Embedder:
    from knowledge.embed import OnnxEmbedder

    wanted = settings.embedding
    if wanted.base_url:
        from knowledge.embed_endpoint import EndpointEmbedder

        if wanted.model == "builtin":
            raise SettingsError(f"{FILE_NAME}: embedding.base_url is set; name the model there as embedding.model")
        return EndpointEmbedder(
            wanted.model,
            base_url=wanted.base_url,
            api_key_variable=wanted.api_key_variable,
            dimensions=wanted.dimensions,
            batch=wanted.batch,
            timeout=wanted.timeout,
            retries=wanted.retries,
        )
    if wanted.model == "builtin":
        return _builtin()
    if _is_path(wanted.model):
        return OnnxEmbedder(Path(wanted.model))
    return _llama_index_embedder(wanted.model, wanted.options or ())


def _llama_index_embedder(model: str, words: tuple[str, ...]) -> Embedder:
    from knowledge.embed_llama_index import LlamaIndexEmbedder

    setting = "embedding.model"
    if ":" not in model:
        known = (
            "builtin, a folder (./weights), or a llama-index embedding as module:Class; with base_url, a model there"
        )
        raise SettingsError(f"{FILE_NAME}: {setting} is {model!r}, but must be {known}")
    from llama_index.core.base.embeddings.base import BaseEmbedding

    kind = named_class(model, kind=BaseEmbedding, setting=setting)
    made_with = arguments(words, setting="embedding.options")
    return LlamaIndexEmbedder(made(kind, made_with, setting=setting), name=f"{model}:{digest(list(words))}")


def index(workspace: Workspace) -> PassageIndex:
    """Return the index of a workspace, in the store that its settings name."""
    from knowledge.index import PassageIndex

    wanted = workspace.settings.retrieval
    return PassageIndex(
        workspace.state / "index",
        embedder=workspace.embedder,
        vectors=workspace.library.records,
        store=_store(workspace),
        k1=wanted.k1,
        b=wanted.b,
    )


def _store(workspace: Workspace) -> VectorStore | None:
    """Return the vector store that the settings name, None for Chroma in the workspace's folder."""
    wanted = workspace.settings.library
    if wanted.store == "chroma":
        return None
    if wanted.store == "chroma-server":
        from knowledge.chroma_store import ChromaStore

        return ChromaStore.on_server(
            wanted.store_host,
            wanted.store_port,
            embedder=workspace.embedder,
            collection=_collection(workspace),
            ssl=wanted.store_ssl,
            headers=_token(wanted.store_token_variable),
        )
    if wanted.store == "qdrant" or ":" in wanted.store:
        return _llama_index_store(workspace)
    known = "chroma, chroma-server, qdrant, or a llama-index store as module:Class"
    raise SettingsError(f"{FILE_NAME}: library.store is {wanted.store!r}, but must be {known}")


def _llama_index_store(workspace: Workspace) -> VectorStore:
    from knowledge.llama_index_store import LlamaIndexStore, qdrant

    wanted, folder = workspace.settings.library, workspace.state / "index-llama"
    given = arguments(wanted.store_options or (), setting="library.store_options", places={"index": str(folder)})

    def make() -> Any:  # noqa: ANN401 - llama-index's types are not seen by the checker
        from llama_index.core.vector_stores.types import BasePydanticVectorStore

        if wanted.store == "qdrant":
            return qdrant(folder / "qdrant", collection=_collection(workspace), options=given)
        kind = named_class(wanted.store, kind=BasePydanticVectorStore, setting="library.store")
        return made(kind, given, setting="library.store")

    return LlamaIndexStore(folder, make, embedder=workspace.embedder)


def _collection(workspace: Workspace) -> str:
    return workspace.settings.library.store_collection or f"groundsmith-{digest(str(workspace.root))}"


def _token(variable: str | None, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    if variable is None:
        return {}
    token = (os.environ if environment is None else environment).get(variable, "").strip()
    if not token:
        raise MissingModel(f"library.store_token_variable: the environment variable {variable} is not set")
    return {"Authorization": f"Bearer {token}"}


def options(settings: Settings) -> SearchOptions:
    """Return how the settings want passages found."""
    from knowledge.retrieve import SearchOptions

    wanted = settings.retrieval
    return SearchOptions(
        mode=wanted.mode,
        fusion=wanted.fusion,
        constant=wanted.constant,
        dense_weight=wanted.dense_weight,
        lexical_weight=wanted.lexical_weight,
        phrase_weight=wanted.phrase_weight,
        letter_weight=wanted.letter_weight,
        wording=wanted.wording,
        candidates=wanted.candidates,
        diversity=wanted.diversity,
        rerank=wanted.rerank,
        context=wanted.context,
        context_passages=wanted.context_passages,
    )


def retriever(workspace: Workspace) -> Retriever:
    """Return the retriever of a workspace, with the re-ranker that its settings name, if any."""
    from knowledge.retrieve import Retriever

    reranker = _reranker(workspace.settings)
    return Retriever(workspace.library, workspace.index, options=options(workspace.settings), reranker=reranker)


def _reranker(settings: Settings) -> Reranker | None:
    from knowledge.rerank import LlamaIndexReranker, OnnxReranker

    name, setting = settings.retrieval.reranker, "retrieval.reranker"
    given = arguments(settings.retrieval.reranker_options or (), setting="retrieval.reranker_options")
    if name == "off":
        return None
    if _is_path(name):
        return made(OnnxReranker, {"path": Path(name), **given}, setting=setting)  # type: ignore[no-any-return]
    if ":" not in name:
        known = "off, a path to an ONNX cross-encoder, or a llama-index postprocessor as module:Class"
        raise SettingsError(f"{FILE_NAME}: {setting} is {name!r}, but must be {known}")
    from llama_index.core.postprocessor.types import BaseNodePostprocessor

    kind = named_class(name, kind=BaseNodePostprocessor, setting=setting)
    return LlamaIndexReranker(made(kind, given, setting=setting))


def _is_path(name: str) -> bool:
    """Return whether a setting names a place: the settings have made relative ones absolute."""
    return Path(name).is_absolute()
