"""`OpenAIChat`: any endpoint that speaks the OpenAI chat protocol, remote or local.

Calls run in an event loop of the model's own, as many at once as the endpoint takes (`generate.concurrency`). Failures that time may
mend (429, 5xx, time-outs, a dropped connection) are retried. The key is read from an environment variable and never appears in a message.
The HTTP client is aiohttp, which costs a quarter of the time of the `openai` client a call (benchmarks/engine.py).
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from math import isfinite
from typing import TYPE_CHECKING, Any

from generate.chat_form import STRUCTURED, ChatForm
from generate.concurrency import MOST, START, Dispatcher, Limit, Setback
from knowledge.errors import MissingDependency, MissingModel, ModelCallError, ModelError
from knowledge.identity import digest

if TYPE_CHECKING:
    import aiohttp

    from generate.model import Completion
    from generate.prompt import Prompt
    from knowledge.identity import Canonical

__all__ = ["STRUCTURED", "OpenAIChat", "read_key"]

OPENAI = "https://api.openai.com/v1"
_MAY_MEND = frozenset({408, 409, 425, 429})
_NO_ROOM = frozenset({429, 503, 529})
_CONNECT = 15.0


class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint; `complete` waits for one call, `submit` queues one of many.

    `base_url` None is OpenAI's own. `api_key_variable` names the environment variable that holds the key; None sends none.
    `timeout` is in seconds for one attempt, `retries` counts attempts after the first. `parallel` bounds the calls under way at once; None
    finds out how many the endpoint takes. `temperature` and `max_tokens` replace the prompt's when given;
    `logprobs` asks for those of a reply's tokens. `sleep` is awaited with seconds between attempts. Use it in a `with` block or `close` it.
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
        parallel: int | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        logprobs: bool = False,
        structured: str = "json_schema",
        seed: int = 0,
        environment: Mapping[str, str] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._form = ChatForm(
            name, structured=structured, seed=seed, temperature=temperature, max_tokens=max_tokens, logprobs=logprobs
        )
        self.name = name
        self._base_url = base_url
        self._variable = api_key_variable
        self._key = api_key if api_key is not None else read_key(name, api_key_variable, environment)
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._calls: Dispatcher[tuple[Prompt, int], Completion] = Dispatcher(
            self._attempt,
            limit=Limit(start=START, most=MOST)
            if parallel is None
            else Limit(start=min(START, parallel), most=parallel),
            retries=retries,
            last=self._final,
            stop=self._disconnect,
            sleep=sleep,
            seed=seed,
        )

    @property
    def parameters(self) -> Mapping[str, Canonical]:
        """What besides the prompt decides a reply; part of the journal's key."""
        return {"base_url": self._base_url, **self._form.parameters}

    @property
    def structured(self) -> str:
        """How JSON is asked for at present, after what the endpoint has refused."""
        return self._form.structured

    @property
    def limit(self) -> Limit:
        """How many calls the endpoint is given at once."""
        return self._calls.limit

    @property
    def ahead(self) -> int:
        """How many calls are best submitted before the first reply is waited for."""
        return self._calls.ahead

    def submit(self, prompt: Prompt, *, draw: int) -> Future[Completion]:
        """Queue a call; its future can be cancelled until it is sent, and raises what `complete` raises."""
        return self._calls.submit((prompt, draw))

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return the reply to `prompt`; raises MissingModel or ModelCallError with one line on what to do."""
        return self.submit(prompt, draw=draw).result()

    def close(self) -> None:
        """Close the connections; what is under way is given up."""
        self._calls.close()

    def __enter__(self) -> OpenAIChat:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def _attempt(self, job: tuple[Prompt, int]) -> Completion:
        """Make one call; an option that the endpoint refuses is left out at once. Raises Setback where another try may help."""
        prompt, draw = job
        session = self._session or self._connect()
        headers = {"Idempotency-Key": digest([prompt.id, draw, dict(self.parameters)])}
        started = time.perf_counter()
        while True:
            request = self._form.request(prompt, draw)
            status, told, body = await self._post(session, json.dumps(request).encode(), headers)
            if status < 300:
                return self._form.completion(self._decoded(body), time.perf_counter() - started)
            message = _message(body)
            if status not in (400, 422):
                self._raise(status, told, message)
            if not self._form.adapt(message, request):
                raise ModelCallError(f"{self._label}: the request was refused: {self._clean(status, message)}")

    async def _post(
        self, session: aiohttp.ClientSession, data: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str, bytes]:
        """Return status, Retry-After and body."""
        import aiohttp

        try:
            async with session.post(self._address, data=data, headers=headers, allow_redirects=False) as response:
                return response.status, response.headers.get("retry-after", ""), await response.read()
        except TimeoutError as error:
            raise Setback("late", error) from None
        except aiohttp.ClientConnectorError as error:
            raise Setback("unreachable", error) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Setback("broken", error) from None

    def _decoded(self, body: bytes) -> Mapping[str, Any]:
        try:
            value = json.loads(body)
        except ValueError as error:
            raise Setback("broken", ModelCallError(f"the reply is no JSON: {error}")) from None
        if not isinstance(value, dict):
            raise Setback("broken", ModelCallError("the reply is no JSON object"))
        return value

    def _raise(self, status: int, told: str, message: str) -> None:
        """Raise what an HTTP status other than success means: Setback where time may mend it."""
        quota = "insufficient_quota" in message
        if (status in _MAY_MEND or status >= 500) and not quota:
            error = ModelCallError(self._clean(status, message))
            raise Setback("refused" if status in _NO_ROOM else "broken", error, wait=_seconds(told))
        if status in (401, 403):
            where = f"the key in {self._variable}" if self._variable else "a call without a key"
            raise MissingModel(f"{self._label}: the endpoint refused {where} ({status}); check the key")
        if status == 404:
            raise MissingModel(f"{self._label}: the endpoint does not have this model, or the address is wrong (404)")
        if quota:
            raise MissingModel(f"{self._label}: the account has no quota left; top it up or choose another model")
        raise ModelCallError(f"{self._label}: the call failed: {self._clean(status, message)}")

    def _final(self, setback: Setback, attempts: int) -> ModelError:
        """Return the error a user sees when the last try failed."""
        tried = f"after {attempts} attempts" if attempts > 1 else "at the first attempt"
        if setback.kind == "late":
            return ModelCallError(f"{self._label}: no answer within {self._timeout:g} s {tried}; raise the timeout")
        if setback.kind == "unreachable":
            return MissingModel(f"{self._label}: not reachable {tried}; is the server running and the address right?")
        what = " ".join(str(setback.error).split()) or type(setback.error).__name__
        return ModelCallError(f"{self._label}: the call failed {tried}: {self._hidden(what)[:300]}")

    def _connect(self) -> aiohttp.ClientSession:
        try:
            import aiohttp
        except ImportError as error:
            raise MissingDependency('the package "aiohttp" is not installed; pip install aiohttp') from error
        secure = self._address.startswith("https:")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=_certificates() if secure else True),
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=min(_CONNECT, self._timeout)),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
            proxy=proxy_for(self._address),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session

    async def _disconnect(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def _address(self) -> str:
        return f"{(self._base_url or OPENAI).rstrip('/')}/chat/completions"

    @property
    def _label(self) -> str:
        return f'model "{self.name}" at {self._base_url or "api.openai.com"}'

    def _clean(self, status: int, message: str) -> str:
        return self._hidden(f"{status} {' '.join(message.split())}"[:300])

    def _hidden(self, text: str) -> str:
        return text.replace(self._key, "***") if len(self._key) > 4 else text


def proxy_for(address: str) -> str | None:
    """Return the proxy that the environment names for an address, None without one.

    Asked for once: aiohttp's own `trust_env` asks in another thread before every call.
    """
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(address)
    return None if proxy_bypass(parts.netloc.rpartition("@")[2]) else getproxies().get(parts.scheme)


def read_key(name: str, variable: str | None, environment: Mapping[str, str] | None = None) -> str:
    """Return the key in the environment variable, "none" when no variable is named; raises MissingModel when it is not set."""
    if variable is None:
        return "none"
    key = (os.environ if environment is None else environment).get(variable, "").strip()
    if not key:
        raise MissingModel(
            f'model "{name}": the environment variable {variable} is not set; '
            "set it to the endpoint's key, or name another variable or model in the settings"
        )
    return key


def _message(body: bytes) -> str:
    """Return what the body of an error says: its message and code, or its beginning."""
    text = body[:4000].decode("utf-8", "replace")
    try:
        error = json.loads(text)["error"]
    except (ValueError, LookupError, TypeError):
        return text[:500]
    if not isinstance(error, dict):
        return str(error)
    return " ".join(str(error[name]) for name in ("message", "code", "param") if error.get(name))


def _certificates() -> Any:  # noqa: ANN401 - an SSL context
    """Return a context that trusts what Python trusts, and the certificates of certifi, which some systems lack."""
    import ssl

    context = ssl.create_default_context()
    if not os.environ.get("SSL_CERT_FILE"):
        try:
            import certifi
        except ImportError:
            return context
        context.load_verify_locations(cafile=certifi.where())
    return context


def _seconds(header: str) -> float | None:
    """Return the seconds a Retry-After header asks for, given as a number or a date; None when it says nothing."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        seconds = float(header)
        return max(0.0, seconds) if isfinite(seconds) else None
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
