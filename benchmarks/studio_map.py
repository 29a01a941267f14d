"""How smoothly the studio's concept map pans and zooms: frames a second in headless Chromium with software rendering.

    python benchmarks/studio_workspace.py FOLDER --stand-in
    python benchmarks/studio_map.py FOLDER

The pointer drags the map to and fro for some seconds, as fast as the browser takes it; then the wheel zooms. Needs Playwright
and Debian's Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
COUNT = """() => {
  window.times = [];
  const tick = (now) => { window.times.push(now); window.ticking = requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""
STOP = "() => { cancelAnimationFrame(window.ticking); return window.times; }"


def measure(address: str, seconds: float) -> dict[str, list[float]]:
    """Return the moments of the frames, in milliseconds, of panning and of zooming."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[float]] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address.rstrip('/')}/map")
        page.locator("#found li").first.wait_for(timeout=60_000)
        page.wait_for_timeout(1000)
        box = page.locator("#map").bounding_box()
        if box is None:
            raise SystemExit("the map is not shown")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.evaluate(COUNT)
        end, step = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            step += 1
            page.mouse.move(x + 240 * (1 - abs(step % 80 - 40) / 20), y + 90 * (1 - abs(step % 60 - 30) / 15))
        found["pan"] = page.evaluate(STOP)
        page.mouse.up()
        page.evaluate(COUNT)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            step += 1
            page.mouse.wheel(0, -60 if step % 60 < 30 else 60)
        found["zoom"] = page.evaluate(STOP)
        browser.close()
    return found


def main() -> None:
    """Start the studio, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    wanted = parser.parse_args()
    command = [
        sys.executable,
        "-m",
        "groundsmith.cli",
        "studio",
        "-w",
        str(wanted.folder),
        "--port",
        "0",
        "--no-browser",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().strip() if server.stdout else ""
            for name, times in measure(address, wanted.seconds).items():
                gaps = sorted(later - one for one, later in pairwise(times))
                rate = 1000 * len(gaps) / (times[-1] - times[0])
                print(
                    f"{name}: {rate:.0f} frames a second; 95 % of the frames within {gaps[int(0.95 * len(gaps))]:.0f} ms"
                )
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
