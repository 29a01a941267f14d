"""No library reports anything: no connection is opened, and no reporting state is left in the home folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
connections = []
sys.addaudithook(lambda event, args: connections.append(args) if event == "socket.connect" else None)
from pathlib import Path
from knowledge.embed import OnnxEmbedder
from knowledge.index import PassageIndex
from knowledge.load import load_bytes
from knowledge.split import split
passages = split(load_bytes(b"# Fees\\n\\nThe fee is $5 for each resident.\\n", source="fees.md"))
index = PassageIndex(Path(sys.argv[1]), embedder=OnnxEmbedder())
index.add(passages)
assert index.dense(["What is the fee?"], 1)[0][0][0] == passages[0].id
index.close()
import openai, spacy, transformers
print(connections)
"""


def test_nothing_leaves_the_machine(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(tmp_path / "index")]
    found = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == "[]"
    left = [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]
    assert [name for name in left if "icrosoft" in name or "posthog" in name or "telemetry" in name] == []
