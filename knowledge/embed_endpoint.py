"""Embeddings from any endpoint that speaks OpenAI's protocol, remote or local."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from knowledge.embed import unit
from knowledge.errors import ModelCallError

if TYPE_CHECKING:
    import numpy
    import openai


class EndpointEmbedder:
    """Embeds by POST to `base_url`/embeddings, `batch` texts a call, `retries` further tries of a call that failed.

    `api_key_variable` names the environment variable with the key; where it is not set, none is sent that counts.
    `dimensions` asks for shorter vectors of models that offer them. `timeout` is in seconds. Raises ModelCallError with
    one line on what to do.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str,
        api_key_variable: str = "OPENAI_API_KEY",
        dimensions: int | None = None,
        batch: int = 64,
        timeout: float = 60.0,
        retries: int = 4,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = f"endpoint:{base_url.rstrip('/')}:{model}" + (f":{dimensions}" if dimensions else "")
        self._model, self._base_url, self._asked = model, base_url, dimensions
        self._variable, self._batch, self._timeout, self._retries = api_key_variable, batch, timeout, retries
        self._environment = os.environ if environment is None else environment
        self._connecting = threading.Lock()

    @cached_property
    def dimensions(self) -> int:
        """The length of a vector, found by embedding one word unless it was asked for."""
        return self._asked or int(self.embed(["word"]).shape[1])

    def embed(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one float32 unit vector for each text, in order; equal texts are sent once."""
        import numpy

        if not texts:
            return numpy.zeros((0, self.dimensions), dtype=numpy.float32)
        distinct = list(dict.fromkeys(texts))
        rows: list[Sequence[float]] = []
        for start in range(0, len(distinct), self._batch):
            rows += self._call(distinct[start : start + self._batch])
        place = {text: number for number, text in enumerate(distinct)}
        return unit(rows, count=len(distinct), name=self.name)[[place[text] for text in texts]]

    def close(self) -> None:
        """Close the connections; they open again at the next call."""
        connected = self.__dict__.pop("_connected", None)
        if connected is not None:
            connected.close()

    def _call(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """Return the vectors of at most one batch; an empty text is sent as a space, which endpoints accept."""
        import openai

        wanted = openai.omit if self._asked is None else self._asked
        try:
            reply = self._client.embeddings.create(
                model=self._model, input=[text or " " for text in texts], encoding_format="float", dimensions=wanted
            )
        except openai.AuthenticationError as error:
            raise ModelCallError(f"{self.name}: refused the key in {self._variable}; set that variable") from error
        except openai.APIError as error:
            raise ModelCallError(f"{self.name}: {type(error).__name__}: {error.message[:300]}") from error
        rows = sorted(reply.data or (), key=lambda each: each.index)
        if len(rows) != len(texts):
            raise ModelCallError(f"{self.name}: sent {len(rows)} vectors for {len(texts)} texts")
        return [row.embedding for row in rows]

    @property
    def _client(self) -> openai.OpenAI:
        with self._connecting:
            return self._connected

    @cached_property
    def _connected(self) -> openai.OpenAI:
        import openai

        key = self._environment.get(self._variable, "").strip() or "none"
        return openai.OpenAI(api_key=key, base_url=self._base_url, timeout=self._timeout, max_retries=self._retries)
