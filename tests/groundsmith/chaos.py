"""An endpoint on loopback that fails in every way endpoints do, and keeps the books; and a driver for a process of its own.

Of all tries, a tenth each is refused with and without Retry-After, broken by a 500, reset, or left without a reply. Of the replies,
a fifth each is cut, of another form, or empty: a tenth of all tries. Which reply is which depends on the call alone.

As a program: `python chaos.py FOLDER COUNT URL` generates in the workspace FOLDER with the endpoint at URL.
"""

import asyncio
import json
import random
import sys
import threading
from collections import Counter
from pathlib import Path

import scripted

from generate.openai_chat import OpenAIChat
from groundsmith.workspace import Workspace
from knowledge.identity import digest

TIMEOUT = 0.5
SETTINGS = {"generation.strategy": "single", "generation.draws": "4"}
FAULTS = ("refused", "told", "broken", "reset", "stalled")


class Endpoint:
    """The endpoint; `delivered` counts whole replies by call, `faults` what went wrong. `chance` of each fault is a share of the tries."""

    def __init__(self, *, chance=0.1, seed=5):
        self.delivered, self.faults, self.tokens = Counter(), Counter(), 0
        self.under_way = self.most = 0
        self._chance, self._random = chance, random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop
        ).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    def __exit__(self, *error):
        async def end():
            self._server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                body = json.loads(await reader.readexactly(length))
                self.under_way += 1
                self.most = max(self.most, self.under_way)
                try:
                    going_on = await self._answer(body, reader, writer)
                finally:
                    self.under_way -= 1
                if not going_on:
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, body, reader, writer):
        """Answer one try; False when the connection is to be dropped."""
        drawn = self._random.random()
        fault = FAULTS[int(drawn / self._chance)] if drawn < self._chance * len(FAULTS) else ""
        if fault:
            self.faults[fault] += 1
        if fault == "reset":
            writer.write(
                b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"choices": ['
            )
            await writer.drain()
            writer.transport.abort()
            return False
        if fault == "stalled":
            await asyncio.sleep(TIMEOUT * 3)
            return False
        if fault:
            status = {"refused": 429, "told": 429, "broken": 500}[fault]
            told = "retry-after: 0.02\r\n" if fault == "told" else ""
            self._send(writer, status, {"error": {"message": "not now"}}, told)
            return True
        await asyncio.sleep(0.005)
        if reader.at_eof() or writer.transport.is_closing():
            return False  # whoever asked has given up
        reply, finish = content(body)
        sent = sum(len(message["content"]) for message in body["messages"]) // 4
        usage = {"prompt_tokens": sent, "completion_tokens": len(reply) // 4}
        choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": reply}}
        self.delivered[call_of(body)] += 1
        self.tokens += sum(usage.values())
        self._send(writer, 200, {"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage})
        await writer.drain()
        return True

    @staticmethod
    def _send(writer, status, content, head=""):
        data = json.dumps(content).encode()
        start = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n{head}\r\n"
        writer.write(start.encode() + data)


def call_of(body):
    """The call that a request is a try of."""
    return digest([body["messages"], body["seed"]])


def content(body):
    """Return the text of a reply and how it ended; the same for the same call."""
    number = int(call_of(body), 16)
    text = body["messages"][-1]["content"]
    chosen = [scripted._sentence(found, number) for _, found in scripted.SOURCE.findall(text)]
    question = f"What do the rules of Harbourview say in full on matter {number % 10**6}?"
    whole = json.dumps({"question": question, "reasoning": "The sources say so.", "answer": " ".join(chosen)})
    match number % 10:
        case 0 | 1:
            return whole[: len(question) // 2], "length"
        case 2 | 3:
            return json.dumps({"title": question, "content": chosen}), "stop"
        case 4 | 5:
            return "", "stop"
    return whole, "stop"


def model(url, **options):
    """A client that is patient enough for this endpoint."""
    return OpenAIChat(
        "chaotic",
        base_url=url,
        api_key_variable=None,
        **{"timeout": TIMEOUT, "retries": 20, "sleep": hurried, **options},
    )


async def hurried(seconds):
    """Sleep a twentieth as long."""
    await asyncio.sleep(seconds / 20)


def main():
    folder, count, url = sys.argv[1:]
    with Workspace.open(Path(folder), environment={}, overrides=SETTINGS) as workspace, model(url) as writer:
        scripted.run(workspace, int(count), model=writer)


if __name__ == "__main__":
    main()
