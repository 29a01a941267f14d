"""An OpenAI-compatible endpoint on loopback that follows a script, for runs in processes of their own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import scripted

from knowledge.identity import digest


def quoting(text: str) -> str:
    """Answer with a sentence of the source as it stands, and a question that names its place."""
    sources = scripted.SOURCE.findall(text)
    number = int(digest(text), 16)
    chosen = [scripted._sentence(body, number) for _, body in sources]
    question = f"What do the rules of Harbourview say in full on matter {number % 10**6}?"
    return json.dumps({"question": question, "reasoning": "The source says so.", "answer": " ".join(chosen)})


@contextmanager
def endpoint(
    script: Callable[[str], str] = quoting, *, delay: float = 0.0, logprob: Callable[[str], float] | None = None
) -> Iterator[str]:
    """Serve the script; yield the address to name in `model.base_url`. `logprob` of a reply is given where it is asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            time.sleep(delay)
            reply = {"role": "assistant", "content": script(body["messages"][-1]["content"])}
            usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
            choice: dict[str, Any] = {"index": 0, "message": reply, "finish_reason": "stop"}
            if logprob is not None and body.get("logprobs"):
                choice["logprobs"] = {"content": [{"token": "x", "logprob": logprob(reply["content"])}] * 2}
            data = {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "scripted",
                "choices": [choice],
                "usage": usage,
            }
            sent = json.dumps(data).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
