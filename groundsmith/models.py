"""Which models a workspace uses, which are on this machine, and how to get others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generate.model import LanguageModel
    from groundsmith.settings import Settings
    from groundsmith.workspace import Workspace
    from verify.nli import EntailmentModel

DEFAULT_REMOTE = "gpt-4o-mini"
SMALL = 1000
"""Millions of parameters below which a local model is asked for one thing at a time."""
LOCAL_CALLS = 2
"""Calls of a local model under way at once, unless the settings say otherwise."""


def is_remote(settings: Settings, environment: Mapping[str, str] | None = None) -> bool:
    """Return whether an endpoint is used: one is named, or a key is there and no local model is asked for."""
    environment = os.environ if environment is None else environment
    if settings.model.base_url:
        return True
    local = settings.model.path is not None or _is_local_name(settings.model.name)
    return not local and bool(environment.get(settings.model.api_key_variable, "").strip())


def _is_local_name(name: str | None) -> bool:
    from generate.local import KNOWN_MODELS

    return name is not None and (name in KNOWN_MODELS or name.endswith(".gguf"))


def is_small(settings: Settings) -> bool:
    """Return whether the model in force is small: a local one of fewer than SMALL million parameters, or of unknown size."""
    from generate.local import DEFAULT_MODEL, KNOWN_MODELS

    if is_remote(settings):
        return False
    known = KNOWN_MODELS.get(settings.model.name or DEFAULT_MODEL)
    return known is None or known.parameters < SMALL


def model_name(workspace: Workspace) -> str:
    """Return the name of the language model that the settings name; nothing is loaded. Raises MissingModel when it is not here."""
    from generate.local import DEFAULT_MODEL, find_gguf

    model = workspace.settings.model
    if is_remote(workspace.settings):
        return model.name or DEFAULT_REMOTE
    return find_gguf(model.path or model.name or DEFAULT_MODEL, folders=(workspace.root / "models",)).stem


@contextmanager
def language_model(workspace: Workspace, *, name: str | None = None) -> Iterator[LanguageModel]:
    """Yield the language model the settings name, or the one of this `name` instead, and stop it after.

    Raises MissingModel with the remedy.
    """
    from generate.batch import BatchChat
    from generate.local import DEFAULT_MODEL, LocalModel, find_gguf
    from generate.openai_chat import OpenAIChat
    from groundsmith.render import say

    settings = workspace.settings
    if name is not None:
        settings = replace(settings, model=replace(settings.model, name=name, path=None))
    model, seed = settings.model, settings.sampling.seed
    if is_remote(settings):
        say(f"using {model.name or DEFAULT_REMOTE} at {model.base_url or 'OpenAI'}; passages are sent there")
        key_needed = model.base_url is None or bool(os.environ.get(model.api_key_variable))
        options: dict[str, Any] = {
            "base_url": model.base_url,
            "api_key_variable": model.api_key_variable if key_needed else None,
            "timeout": model.timeout,
            "retries": model.retries,
            "temperature": model.temperature,
            "max_tokens": model.max_tokens,
            "logprobs": model.logprobs,
            "seed": seed,
        }
        if model.batch:
            options |= {"ledger": workspace.journal, "calls": model.batch_calls, "wait": model.batch_wait, "say": say}
        with closing(
            BatchChat(model.name or DEFAULT_REMOTE, **options)
            if model.batch
            else OpenAIChat(model.name or DEFAULT_REMOTE, parallel=model.parallel, **options)
        ) as chat:
            yield chat
        return
    path = find_gguf(model.path or model.name or DEFAULT_MODEL, folders=(workspace.root / "models",))
    with LocalModel(
        path, slots=model.parallel or LOCAL_CALLS, context=model.context, seed=seed, timeout=model.timeout
    ) as local:
        yield local


@contextmanager
def role_models(workspace: Workspace) -> Iterator[Mapping[str, LanguageModel]]:
    """Yield the models of the roles that have one of their own: validate, refine, recall; one model serves all where it is the same."""
    wanted = workspace.settings.generation
    names = {"validate": wanted.validator, "refine": wanted.refiner} if wanted.refine or wanted.evolve else {}
    if wanted.closed_book != "off":
        names["recall"] = wanted.recaller
    with ExitStack() as stack:
        made: dict[str, LanguageModel] = {}
        for name in dict.fromkeys(filter(None, names.values())):
            made[name] = stack.enter_context(language_model(workspace, name=name))
        yield {role: made[name] for role, name in names.items() if name}


def entailment_model(settings: Settings) -> EntailmentModel:
    """Return the entailment model the settings name: the one in the package, a hub name, a folder, an ONNX file.

    Raises MissingModel or MissingDependency with the remedy.
    """
    from verify.nli_hub import hub_model
    from verify.nli_onnx import OnnxEntailment

    name = settings.verification.model
    return OnnxEntailment() if name == "builtin" else hub_model(name)


def second_model(settings: Settings) -> EntailmentModel | None:
    """Return the entailment model that reads again where the first is unsure; None where the settings name none.

    Raises MissingModel or MissingDependency with the remedy.
    """
    from verify.nli_hub import hub_model

    name = settings.verification.second
    return hub_model(name) if name else None


def listing() -> list[dict[str, Any]]:
    """Return the models there are: the two in the package and the local language models, with their state."""
    import knowledge
    import verify

    packaged = (
        ("Groundsmith MiniLM embedder, 8 bit", "embedder", Path(knowledge.__file__).parent / "weights"),
        ("Groundsmith NLI MiniLM, 8 bit", "entailment", Path(verify.__file__).parent / "weights"),
    )
    rows = [_packaged(*each) for each in packaged]
    return rows + _language_models()


def _packaged(name: str, role: str, folder: Path) -> dict[str, Any]:
    files = sorted(folder.glob("*.onnx"))
    size = f"{sum(file.stat().st_size for file in files) / 1e6:.0f} MB" if files else ""
    state = "here" if files else "missing"
    return {"name": name, "role": role, "state": state, "licence": "Apache-2.0", "size": size, "path": str(folder)}


def _language_models() -> list[dict[str, Any]]:
    from generate.local import KNOWN_MODELS, find_gguf
    from knowledge.errors import MissingModel

    rows = []
    for known in KNOWN_MODELS.values():
        try:
            path, state = str(find_gguf(known.name)), "here"
        except MissingModel:
            path, state = f"groundsmith models pull {known.name}", "can be pulled"
        size = f"{known.size / 1e6:.0f} MB"
        rows.append(
            {
                "name": known.name,
                "role": "language model",
                "state": state,
                "licence": known.licence,
                "size": size,
                "path": path,
            }
        )
    return rows


def fetch(name: str) -> Path:
    """Fetch the weights of a known language model and check their hash; raises MissingModel when it cannot be had."""
    from generate.local import pull

    return pull(name)
