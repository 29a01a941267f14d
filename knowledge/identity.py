"""Identity by content: an id is a short tag and a digest of canonical JSON.

The digest is the first 16 hexadecimal digits of BLAKE2b over JSON with sorted keys and no white space.
Changing this form changes every id in every workspace.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Union

Canonical = Union[str, int, float, bool, None, Sequence["Canonical"], Mapping[str, "Canonical"]]  # noqa: UP007

DIGITS = 16


def canonical(value: Canonical) -> str:
    """Return `value` as JSON with sorted keys, no white space, and characters unescaped."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Canonical) -> str:
    """Return the hexadecimal digest of `value`'s canonical form."""
    encoded = canonical(value).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=DIGITS // 2).hexdigest()


def identify(tag: str, value: Canonical) -> str:
    """Return `tag`, an underscore, and the digest of `value`."""
    return f"{tag}_{digest(value)}"
