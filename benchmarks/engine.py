"""How fast calls go through the engine, beside the `openai` client in a bare `asyncio.gather`.

A server on loopback, in a process of its own, answers (a) at once and (b) after half a second with room for 64 calls, refusing others
with 429. Ours is the whole way of a row but its verification: prompt from plan, call, parse, journal. The other side sends the same
prompts, made beforehand, through `openai.AsyncOpenAI` and keeps nothing; it is told how many calls to have under way, which ours finds out.

python benchmarks/engine.py --samples 3000 --markdown engine.md
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples" / "harbourview"
ROOM, DELAY = 64, 0.5
QUESTION = {
    "question": "What must an applicant provide with the form?",
    "answer": "Proof of income.",
    "reasoning": "It says so.",
}


def serve(pipe: Connection, delay: float, room: int) -> None:
    """Answer chat calls with one reply; report the address, and at the end how many were answered and refused."""
    counts = {"answered": 0, "refused": 0, "under_way": 0}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": json.dumps(QUESTION)}}
    usage = {"prompt_tokens": 500, "completion_tokens": 30, "total_tokens": 530}
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    good, busy = _http(200, body), _http(429, {"error": {"message": "too many calls at once"}})

    class Wire(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport, self.left, self.head = transport, 0, b""

        def data_received(self, data: bytes) -> None:
            self.head += data
            while b"\r\n\r\n" in self.head:
                start, _, rest = self.head.partition(b"\r\n\r\n")
                length = int(start.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                if len(rest) < length:
                    return
                self.head = rest[length:]
                self.reply()

        def reply(self) -> None:
            if room and counts["under_way"] >= room:
                counts["refused"] += 1
                self.transport.write(busy)  # type: ignore[attr-defined]
            elif delay:
                counts["under_way"] += 1
                asyncio.get_running_loop().call_later(delay, self.done)
            else:
                counts["answered"] += 1
                self.transport.write(good)  # type: ignore[attr-defined]

        def done(self) -> None:
            counts["under_way"] -= 1
            counts["answered"] += 1
            self.transport.write(good)  # type: ignore[attr-defined]

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Wire, "127.0.0.1", 0)
        pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        pipe.send(counts)

    asyncio.run(run())


def _http(status: int, content: object) -> bytes:
    data = json.dumps(content).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
    return head.encode() + data


@contextmanager
def server(delay: float, room: int) -> Iterator[str]:
    """A server in a process of its own, by its address."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there, delay, room), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        here.recv()
        process.join()


@dataclass(kw_only=True)
class Result:
    """Samples a second, and the processor time a sample took in this process."""

    name: str
    rate: float
    processor: float


def timed(name: str, work: Callable[[], int]) -> Result:
    """Run `work`, which returns the number of samples."""
    wall, busy = time.perf_counter(), time.process_time()
    samples = work()
    seconds = time.perf_counter() - wall
    return Result(name=name, rate=samples / seconds, processor=(time.process_time() - busy) / samples)


def library(root: Path) -> Path:
    """A workspace with the example documents and their graph."""
    from groundsmith.ingestion import build_graph, ingest_into
    from groundsmith.workspace import Workspace

    def silent(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
        pass

    (root / "policies").mkdir(parents=True)
    for path in sorted(EXAMPLES.glob("*.md")):
        (root / "policies" / path.name).write_bytes(path.read_bytes())
    with Workspace.create(root, environment={}) as workspace:
        ingest_into(workspace, [root / "policies"], prune=False, tick=silent)
        build_graph(workspace, tick=silent)
    return root


def ours(place: Path, url: str, samples: int) -> Result:
    """Plan items through prompt, call, parse and journal of a fresh workspace."""
    from generate.openai_chat import OpenAIChat
    from groundsmith.authorship import authorship
    from groundsmith.planning import planned
    from groundsmith.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(place, Path(folder) / "place")
        overrides = {"generation.strategy": "single", "generation.draws": "4"}
        with Workspace.open(Path(folder) / "place", environment={}, overrides=overrides) as workspace:
            graph = workspace.graph()
            items = list(islice(planned(workspace, graph), samples))
            with OpenAIChat("m", base_url=url, api_key_variable=None) as model:
                author = authorship(workspace.settings, model=model, journal=workspace.journal, graph=graph)

                def work() -> int:
                    written = author.write(items[start : start + 24] for start in range(0, len(items), 24))
                    return sum(each.draft is not None for each in written)

                result = timed("Groundsmith: prompt, call, parse, journal", work)
            kept = len(workspace.journal.recorded("m"))
    if kept != len({(item.ordinal) for item in items}):
        raise SystemExit(f"{kept} calls on record for {len(items)} items")
    return result


def requests(place: Path, samples: int) -> list[dict[str, object]]:
    """The same prompts as request bodies."""
    from generate.chat_form import ChatForm
    from groundsmith.authorship import authorship
    from groundsmith.planning import planned
    from groundsmith.workspace import Workspace

    overrides = {"generation.strategy": "single", "generation.draws": "4"}
    form = ChatForm("m")
    with Workspace.open(place, environment={}, overrides=overrides) as workspace:
        graph = workspace.graph()
        author = authorship(workspace.settings, graph=graph)
        items = islice(planned(workspace, graph), samples)
        return [form.request(author.prompts(item)[0], item.draw) for item in items]


def bare(url: str, bodies: Sequence[dict[str, object]], at_once: int) -> Result:
    """The `openai` client in a bare gather, a semaphore around each call."""
    from openai import AsyncOpenAI

    async def run() -> int:
        gate = asyncio.Semaphore(at_once)
        async with AsyncOpenAI(api_key="none", base_url=url, max_retries=4) as client:

            async def call(body: dict[str, object]) -> bool:
                async with gate:
                    reply = await client.chat.completions.create(**body)  # type: ignore[call-overload]
                return "question" in json.loads(reply.choices[0].message.content or "")

            return sum(await asyncio.gather(*(call(body) for body in bodies)))

    return timed(f"openai client, bare gather, {at_once} at once, nothing kept", lambda: asyncio.run(run()))


def report(results: Sequence[tuple[str, Result, float | None]], samples: int) -> str:
    """The results as Markdown."""
    lines = [
        "| server | contender | samples/s | share of the possible | processor ms a sample |",
        "|---|---|---|---|---|",
    ]
    for name, result, possible in results:
        share = f"{result.rate / possible:.1%}" if possible else ""
        lines.append(f"| {name} | {result.name} | {result.rate:.0f} | {share} | {1000 * result.processor:.2f} |")
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    lines.append("")
    lines.append(f"{samples} samples each; load of the machine at the end: {load}; Python {platform.python_version()}.")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many is reported")
    parser.add_argument("--place", type=Path, help="a workspace made before by this script; made if it is not there")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = options.place or Path(folder) / "library"
        if not place.is_dir():
            library(place)
        bodies = requests(place, options.samples)
        results: list[tuple[str, Result, float | None]] = []
        for name, delay, room in (("at once", 0.0, 0), (f"{DELAY:g} s, {ROOM} at once", DELAY, ROOM)):
            possible = room / delay if delay else None
            runs: dict[str, Result] = {}
            for _ in range(options.rounds):
                for is_ours in (True, False):
                    with server(delay, room) as url:
                        result = ours(place, url, options.samples) if is_ours else bare(url, bodies, ROOM)
                    best = runs.get(result.name)
                    runs[result.name] = result if best is None or result.rate > best.rate else best
            results += [(name, result, possible) for result in runs.values()]
    text = report(results, options.samples)
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
