"""Random numbers that depend on what is drawn for, never on who draws first.

Each walk has its own stream, known by (seed, epoch, purpose, concept); number `n` of a stream is computed from the
stream's key and `n` alone. Batches, their sizes and the number of workers therefore make no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]

_GOLDEN: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1


def names(identifiers: Sequence[str]) -> Keys:
    """Return a 64-bit number for each identifier."""
    import numpy as np

    return np.array([_number(identifier) for identifier in identifiers], dtype=np.uint64)


def streams(named: Keys, *purpose: object) -> Keys:
    """Return the keys of the streams that the named things have for one purpose: a seed, an epoch and so on."""
    import numpy as np

    return _mixed(named ^ np.uint64(_number("/".join(map(str, purpose)))))


def uniform(keys: Keys, number: int) -> NDArray[np.float64]:
    """Return number `number` of each stream, at least 0 and below 1 (SplitMix64, Steele and others 2014)."""
    import numpy as np

    step = np.uint64(((number + 1) * _GOLDEN) & _MASK)
    return np.asarray((_mixed(keys + step) >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _mixed(values: Keys) -> Keys:
    import numpy as np

    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)
