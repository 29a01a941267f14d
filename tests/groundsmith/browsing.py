"""Tests in a browser: Debian's Chromium, driven by Playwright; skipped where either is not installed.

pip install "groundsmith[browser]" && apt-get install chromium
"""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (the browser extra)")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed (the browser extra)")
MARKS = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
