"""A batch API on loopback: files, batches that end after so many looks, replies out of order, calls that fail, a batch that expires."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], tuple[int, str] | None]
"""From a call's body its status and text; None when its batch ends without it."""


class Endpoint:
    """The endpoint. A batch ends at its `looks`-th look; of the first, only `expires` calls are done before it expires.

    `handed` are the calls of each batch, `done` counts the calls that were done, and so paid for.
    """

    def __init__(
        self,
        *,
        looks: int = 2,
        answer: Answer = lambda body: (200, "yes"),
        ends: str = "completed",
        expires: int | None = None,
    ) -> None:
        self.looks, self.answer, self.ends, self.expires = looks, answer, ends, expires
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.looked: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.handed: list[list[str]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["content-length"]))
                self.reply(endpoint.post(self.path, data))

            def do_GET(self) -> None:
                self.reply(endpoint.get(self.path))

            def reply(self, found: tuple[int, Any]) -> None:
                status, content = found
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    @property
    def calls(self) -> list[str]:
        """Every call of every batch."""
        return [key for batch in self.handed for key in batch]

    def post(self, path: str, data: bytes) -> tuple[int, Any]:
        """Take a file, or make a batch of one."""
        if path == "/v1/files":
            found = re.search(rb'name="file".*?\r\n\r\n(.*?)\r\n--', data, re.DOTALL)
            name = f"file-{len(self.files)}"
            self.files[name] = found[1] if found else b""
            return 200, self._file(name)
        if path != "/v1/batches":
            return 404, {"error": {"message": "this endpoint takes batches only"}}
        sent = json.loads(data)
        name = f"batch-{len(self.batches)}"
        lines = [json.loads(line) for line in self.files[sent["input_file_id"]].splitlines()]
        self.handed.append([line["custom_id"] for line in lines])
        most = self.expires if self.expires is not None and not self.batches else len(lines)
        self.batches[name] = sent | {"ends": "expired" if most < len(lines) else self.ends}
        self._work(name, lines, most)
        return 200, self._batch(name)

    def get(self, path: str) -> tuple[int, Any]:
        """Give a file, a batch as it is at this look, or all batches."""
        if path.startswith("/v1/files/"):
            return 200, self.files[path.split("/")[3]]
        name = path.partition("?")[0].removeprefix("/v1/batches").strip("/")
        if not name:
            listed = [self._batch(each) for each in reversed(self.batches)]
            return 200, {"object": "list", "data": listed, "has_more": False}
        if name not in self.batches:
            return 404, {"error": {"message": "no such batch"}}
        self.looked[name] += 1
        return 200, self._batch(name)

    def _work(self, name: str, lines: list[dict[str, Any]], most: int) -> None:
        """Write the output file, the last call first, and the error file."""
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        for number, line in enumerate(lines):
            found = self.answer(line["body"]) if number < most else None
            if found is None:
                late = {"code": "batch_expired", "message": "not executed before the completion window expired"}
                bad += [{"custom_id": line["custom_id"], "response": None, "error": late}] if number >= most else []
                continue
            status, text = found
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
            usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
            body = {"choices": [choice], "usage": usage} if status == 200 else {"error": {"message": text}}
            told = {"custom_id": line["custom_id"], "response": {"status_code": status, "body": body}, "error": None}
            (good if status == 200 else bad).append(told)
            self.done[line["custom_id"]] += status == 200
        for kind, written in (("out", good[::-1]), ("err", bad)):
            self.files[f"{name}-{kind}"] = "\n".join(map(json.dumps, written)).encode()

    @staticmethod
    def _file(name: str) -> dict[str, Any]:
        shape = {"object": "file", "bytes": 1, "created_at": 1, "filename": "f", "purpose": "batch"}
        return {"id": name, "status": "processed", **shape}

    def _batch(self, name: str) -> dict[str, Any]:
        ended = self.looked[name] >= self.looks
        sent = self.batches[name]
        return {
            "id": name,
            "object": "batch",
            "endpoint": sent["endpoint"],
            "input_file_id": sent["input_file_id"],
            "completion_window": "24h",
            "created_at": 1,
            "status": sent["ends"] if ended else "in_progress",
            "output_file_id": f"{name}-out" if ended and self.files[f"{name}-out"] else None,
            "error_file_id": f"{name}-err" if ended and self.files[f"{name}-err"] else None,
            "metadata": sent.get("metadata"),
        }

    def __enter__(self) -> Endpoint:
        serve = self.server.serve_forever
        threading.Thread(target=serve, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
