"""`ChatForm`: a prompt as a request in the OpenAI chat protocol, and the reply as a completion; for single calls and batches.

What an endpoint refuses (a JSON Schema, a seed, a temperature) is left out from then on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from generate.model import Completion, seed_for
from knowledge.errors import ModelCallError, SettingsError

if TYPE_CHECKING:
    from generate.prompt import Prompt
    from knowledge.identity import Canonical

STRUCTURED = ("json_schema", "json_schema_plain", "json_object", "none")
"""Ways to ask for JSON, the strictest first; `json_schema_plain` leaves out bounds that some endpoints refuse."""

_OPTIONAL = ("seed", "temperature", "logprobs")
_BOUNDS = {"minLength", "maxLength", "pattern", "minItems", "maxItems"}


class ChatForm:
    """How one model is asked. `temperature` and `max_tokens` replace the prompt's when given; `logprobs` asks for those of the reply."""

    def __init__(
        self,
        name: str,
        *,
        structured: str = "json_schema",
        seed: int = 0,
        temperature: float | None = None,
        max_tokens: int | None = None,
        logprobs: bool = False,
    ) -> None:
        if structured not in STRUCTURED:
            raise SettingsError(f'model "{name}": structured is "{structured}"; it can be {", ".join(STRUCTURED)}')
        self.name = name
        self._structured = STRUCTURED.index(structured)
        self._asked = structured
        self._seed = seed
        self._overrides = {"temperature": temperature, "max_tokens": max_tokens}
        self._wanted = {"logprobs": True} if logprobs else {}
        self._refused: set[str] = set()

    @property
    def parameters(self) -> Mapping[str, Canonical]:
        """What of this decides a reply."""
        given = {name: value for name, value in self._overrides.items() if value is not None}
        return {"structured": self._asked, "seed": self._seed, **given, **self._wanted}

    @property
    def structured(self) -> str:
        """How JSON is asked for at present, after what the endpoint has refused."""
        return STRUCTURED[self._structured]

    def request(self, prompt: Prompt, draw: int) -> dict[str, Any]:
        """Return the body of a call."""
        messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
        limit = "max_completion_tokens" if "max_tokens" in self._refused else "max_tokens"
        request: dict[str, Any] = {
            "model": self.name,
            "messages": messages,
            "temperature": _first(self._overrides["temperature"], prompt.temperature),
            "seed": seed_for(self._seed, prompt.id, draw),
            limit: _first(self._overrides["max_tokens"], prompt.max_tokens),
            **self._wanted,
        }
        for name in self._refused:
            request.pop(name, None)
        form = self.structured
        if form.startswith("json_schema"):
            schema = prompt.schema if form == "json_schema" else _plain(prompt.schema)
            described = {"name": "reply", "strict": True, "schema": schema}
            request["response_format"] = {"type": "json_schema", "json_schema": described}
            return request
        messages[-1]["content"] += f"\n\nReply with one JSON object of this schema: {json.dumps(_plain(prompt.schema))}"
        if form == "json_object":
            request["response_format"] = {"type": "json_object"}
        return request

    def adapt(self, complaint: str, request: Mapping[str, Any]) -> bool:
        """Leave out what the endpoint refuses by its words; False when nothing is left to leave out."""
        text = complaint.lower()
        for name in (*_OPTIONAL, "max_tokens"):
            if name in request and name in text:
                self._refused.add(name)
                return True
        about = any(word in text for word in ("response_format", "schema", "json", "grammar", "structured"))
        if about and "response_format" in request and self._structured < len(STRUCTURED) - 1:
            self._structured = max(self._structured, STRUCTURED.index(_form(request)) + 1)
            return True
        return False

    def completion(self, reply: Mapping[str, Any], seconds: float) -> Completion:
        """Return what a reply's body says; raises ModelCallError when it is not one of the protocol."""
        try:
            choice = reply["choices"][0]
            message = choice["message"]
            usage = reply.get("usage") or {}
            return Completion(
                text=message.get("content") or message.get("refusal") or "",
                model=self.name,
                input_tokens=int(usage.get("prompt_tokens") or 0),
                output_tokens=int(usage.get("completion_tokens") or 0),
                finish=choice.get("finish_reason") or "stop",
                seconds=seconds,
                mean_logprob=_mean_logprob(choice),
            )
        except (LookupError, TypeError, AttributeError, ValueError):
            raise ModelCallError(f'model "{self.name}": the reply has no choices that hold a message') from None


def _mean_logprob(choice: Mapping[str, Any]) -> float | None:
    """Return the mean log-probability of a reply's tokens; None where there are none, or one is no number of at most 0."""
    tokens = (choice.get("logprobs") or {}).get("content") or ()
    found = [float(token["logprob"]) for token in tokens]
    return sum(found) / len(found) if found and all(-math.inf < each <= 0 for each in found) else None


def _first(override: float | None, value: float) -> float:
    return value if override is None else override


def _form(request: Mapping[str, Any]) -> str:
    """Return how `request` asked for JSON."""
    form: Mapping[str, Any] = request["response_format"]
    if form["type"] != "json_schema":
        return "json_object"
    schema = form["json_schema"]["schema"]
    return "json_schema_plain" if schema == _plain(schema) else "json_schema"


def _plain(schema: Any) -> Any:  # noqa: ANN401 - a schema is nested JSON
    """Return `schema` without the bounds that strict endpoints refuse."""
    if isinstance(schema, Mapping):
        return {key: _plain(value) for key, value in schema.items() if key not in _BOUNDS or isinstance(value, Mapping)}
    return [_plain(each) for each in schema] if isinstance(schema, list) else schema
