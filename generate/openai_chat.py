"""`OpenAIChat`: any endpoint that speaks the OpenAI chat protocol, remote or local.

Failures that time may mend (429, 5xx, time-outs, a dropped connection) are retried with exponential back-off and full
jitter, or after what Retry-After says. An endpoint that refuses a JSON Schema, a seed or a temperature is asked again
without it, and remembered. The key is read from an environment variable and never appears in a message.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from generate.model import Completion, seed_for
from knowledge.errors import MissingDependency, MissingModel, ModelCallError, SettingsError

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletion

    from generate.prompt import Prompt
    from knowledge.identity import Canonical

STRUCTURED = ("json_schema", "json_schema_plain", "json_object", "none")
"""Ways to ask for JSON, the strictest first; `json_schema_plain` leaves out bounds that some endpoints refuse."""

_OPTIONAL = ("seed", "temperature")
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
_BOUNDS = {"minLength", "maxLength", "pattern", "minItems", "maxItems"}


class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint.

    `base_url` None is OpenAI's own. `api_key_variable` names the environment variable that holds the key; None sends none.
    `timeout` is in seconds for one attempt, `retries` counts attempts after the first. `temperature` and
    `max_tokens` replace the prompt's when given. `sleep` is called with seconds between attempts.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str | None = None,
        api_key_variable: str | None = "OPENAI_API_KEY",
        api_key: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
        temperature: float | None = None,
        max_tokens: int | None = None,
        structured: str = "json_schema",
        seed: int = 0,
        environment: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if structured not in STRUCTURED:
            raise SettingsError(f'model "{name}": structured is "{structured}"; it can be {", ".join(STRUCTURED)}')
        self.name = name
        self._base_url = base_url
        self._variable = api_key_variable
        self._key = (
            api_key if api_key is not None else self._read_key(os.environ if environment is None else environment)
        )
        self._timeout = timeout
        self._retries = retries
        self._overrides = {"temperature": temperature, "max_tokens": max_tokens}
        self._structured = STRUCTURED.index(structured)
        self._asked = structured
        self._seed = seed
        self._sleep = sleep
        self._jitter = random.Random(seed)
        self._refused: set[str] = set()
        self._client: openai.OpenAI | None = None
        self._lock = threading.Lock()

    def _read_key(self, environment: Mapping[str, str]) -> str:
        if self._variable is None:
            return "none"
        key = environment.get(self._variable, "").strip()
        if not key:
            raise MissingModel(
                f'model "{self.name}": the environment variable {self._variable} is not set; '
                "set it to the endpoint's key, or name another variable or model in the settings"
            )
        return key

    @property
    def parameters(self) -> Mapping[str, Canonical]:
        """What besides the prompt decides a reply; part of the journal's key."""
        return {
            "base_url": self._base_url,
            "structured": self._asked,
            "seed": self._seed,
            **{name: value for name, value in self._overrides.items() if value is not None},
        }

    @property
    def structured(self) -> str:
        """How JSON is asked for at present, after what the endpoint has refused."""
        return STRUCTURED[self._structured]

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return the reply to `prompt`; raises MissingModel or ModelCallError with one line on what to do."""
        client = self._connected()
        import openai

        started = time.perf_counter()
        attempt = 0
        while True:
            request = self._request(prompt, draw)
            try:
                reply = client.chat.completions.create(**request)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if not self._adapt(error, request):
                    raise ModelCallError(f"{self._label}: the request was refused: {self._clean(error)}") from None
            except openai.APIError as error:
                wait = self._wait(error, attempt)
                if wait is None or attempt >= self._retries:
                    raise self._translate(error, attempt + 1) from None
                attempt += 1
                self._sleep(wait)
            else:
                return self._completion(reply, time.perf_counter() - started)

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self) -> openai.OpenAI:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> openai.OpenAI:
        try:
            from openai import OpenAI
        except ImportError as error:
            raise MissingDependency('the package "openai" is not installed; pip install openai') from error
        return OpenAI(api_key=self._key, base_url=self._base_url, timeout=self._timeout, max_retries=0)

    def _request(self, prompt: Prompt, draw: int) -> dict[str, Any]:
        messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
        request: dict[str, Any] = {
            "model": self.name,
            "messages": messages,
            "temperature": _first(self._overrides["temperature"], prompt.temperature),
            "seed": seed_for(self._seed, prompt.id, draw),
        }
        limit = "max_completion_tokens" if "max_tokens" in self._refused else "max_tokens"
        request[limit] = _first(self._overrides["max_tokens"], prompt.max_tokens)
        for name in self._refused:
            request.pop(name, None)
        form = self.structured
        if form.startswith("json_schema"):
            schema = prompt.schema if form == "json_schema" else _plain(prompt.schema)
            request["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": schema},
            }
        else:
            messages[-1]["content"] += "\n\nReply with one JSON object of this schema: " + json.dumps(
                _plain(prompt.schema)
            )
            if form == "json_object":
                request["response_format"] = {"type": "json_object"}
        return request

    def _adapt(self, error: openai.APIStatusError, request: Mapping[str, Any]) -> bool:
        """Leave out what the endpoint refuses; False when nothing is left to leave out."""
        text = str(error).lower()
        for name in (*_OPTIONAL, "max_tokens"):
            if name in request and name in text:
                self._refused.add(name)
                return True
        about = any(word in text for word in ("response_format", "schema", "json", "grammar", "structured"))
        if about and "response_format" in request and self._structured < len(STRUCTURED) - 1:
            self._structured = max(self._structured, STRUCTURED.index(_form(request)) + 1)
            return True
        return False

    def _wait(self, error: openai.APIError, attempt: int) -> float | None:
        """Return the seconds to wait before the next attempt, None when none would help."""
        import openai

        if isinstance(error, openai.APIStatusError):
            if error.status_code not in (408, 409, 425, 429) and error.status_code < 500:
                return None
            if "insufficient_quota" in str(error):
                return None
            told = _seconds(error.response.headers.get("retry-after", ""))
            if told is not None:
                return min(told, _LONGEST_WAIT)
        elif not isinstance(error, openai.APIConnectionError):
            return None
        return self._jitter.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**attempt))

    def _translate(self, error: openai.APIError, attempts: int) -> MissingModel | ModelCallError:
        """Return the error a user sees in place of the client's."""
        import openai

        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            where = f"the key in {self._variable}" if self._variable else "a call without a key"
            return MissingModel(f"{self._label}: the endpoint refused {where} ({error.status_code}); check the key")
        if isinstance(error, openai.NotFoundError):
            return MissingModel(f"{self._label}: the endpoint does not have this model, or the address is wrong (404)")
        if isinstance(error, openai.RateLimitError) and "insufficient_quota" in str(error):
            return MissingModel(f"{self._label}: the account has no quota left; top it up or choose another model")
        tried = f"after {attempts} attempts" if attempts > 1 else "at the first attempt"
        if isinstance(error, openai.APITimeoutError):
            return ModelCallError(f"{self._label}: no answer within {self._timeout:g} s {tried}; raise the timeout")
        if isinstance(error, openai.APIConnectionError):
            return MissingModel(f"{self._label}: not reachable {tried}; is the server running and the address right?")
        return ModelCallError(f"{self._label}: the call failed {tried}: {self._clean(error)}")

    @property
    def _label(self) -> str:
        return f'model "{self.name}" at {self._base_url or "api.openai.com"}'

    def _clean(self, error: Exception) -> str:
        text = " ".join(str(error).split())[:300]
        return text.replace(self._key, "***") if len(self._key) > 4 else text

    def _completion(self, reply: ChatCompletion, seconds: float) -> Completion:
        if not reply.choices:
            raise ModelCallError(f"{self._label}: the reply has no choices")
        choice = reply.choices[0]
        usage = reply.usage
        return Completion(
            text=choice.message.content or getattr(choice.message, "refusal", None) or "",
            model=self.name,
            input_tokens=usage.prompt_tokens if usage else 0,
            output_tokens=usage.completion_tokens if usage else 0,
            finish=choice.finish_reason or "stop",
            seconds=seconds,
        )


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


def _seconds(header: str) -> float | None:
    """Return the seconds a Retry-After header asks for, given as a number or a date; None when it says nothing."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
