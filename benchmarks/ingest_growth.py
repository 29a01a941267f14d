"""Whether the time an ingest takes per file grows with the library: calls of equal size into one growing library.

    python benchmarks/ingest_growth.py FOLDER --files 240 --calls 12

Files are taken in name order, spread evenly over the folder. Vectors come from a hash, so that what is measured is the
library's and the index's own work; `--no-index` leaves the index out as well. Processor seconds, since wall time on a shared
machine tells of the neighbours too.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def measure(files: Sequence[Path], *, size: int, calls: int, scratch: Path, indexed: bool, profile: bool) -> list[str]:
    """Ingest `calls` batches of `size` files into one library; return a Markdown table row for each."""
    from knowledge.embed import HashEmbedder
    from knowledge.index import PassageIndex
    from knowledge.ingest import ingest
    from knowledge.library import Library
    from knowledge.store import Database

    rows = []
    with Database(scratch / "w.db") as database:
        library = Library(database)
        index = PassageIndex(scratch / "index", embedder=HashEmbedder(), vectors=library.records) if indexed else None
        for call in range(calls):
            batch = list(files[call::calls][:size])
            profiler = cProfile.Profile()
            wall, processor = time.perf_counter(), time.process_time()
            if profile and call == calls - 1:
                profiler.enable()
            report = ingest(batch, library=library, index=index, root=scratch)
            profiler.disable()
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            held = len(library.documents(duplicates=True))
            rows.append(f"| {call + 1} | {held:,} | {report.indexed:,} | {wall:.2f} | {processor:.2f} |")
            sys.stderr.write(rows[-1] + "\n")
            if profile and call == calls - 1:
                pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumulative").print_stats(35)
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=240, help="files a call")
    parser.add_argument("--calls", type=int, default=12)
    parser.add_argument("--no-index", action="store_true", help="leave the index out")
    parser.add_argument("--profile", action="store_true", help="profile the last call")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    args = parser.parse_args()
    files = sorted(path for path in args.folder.rglob("*") if path.is_file())
    head = ["| call | documents | passages indexed | wall s | processor s |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as scratch:
        rows = measure(
            files,
            size=args.files,
            calls=args.calls,
            scratch=Path(scratch),
            indexed=not args.no_index,
            profile=args.profile,
        )
    text = "\n".join([*head, *rows]) + "\n"
    if args.markdown:
        args.markdown.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
