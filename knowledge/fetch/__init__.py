"""Allowed web sites to bytes: https only, no private address, limits on size, time and number, and good manners."""

from __future__ import annotations

from knowledge.fetch.client import Client
from knowledge.fetch.fetcher import Fetcher, Page
from knowledge.fetch.pace import Pace
from knowledge.fetch.url import Sites, WebAddress, is_web, parse

__all__ = ["Client", "Fetcher", "Pace", "Page", "Sites", "WebAddress", "is_web", "parse"]
