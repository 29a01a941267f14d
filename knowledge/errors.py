"""Every error Groundsmith raises on purpose.

GroundsmithError                 a user may see it: one line that names the thing, the value, the remedy
├── UsageError                   the command, a flag or a setting is wrong (exit 2)
│   ├── SettingsError            groundsmith.yaml, an environment variable or an override
│   └── WorkspaceError           no workspace here, or one that cannot be opened
├── ItemError                    one input failed and the rest go on (exit 1)
│   ├── DocumentError            a file that cannot become a document
│   ├── RowError                 a row of a dataset that cannot be read
│   └── ConflictError            a change of something that was changed meanwhile
├── ModelError                   a model cannot be had or does not answer (exit 1)
│   ├── MissingModel             weights or endpoint are not there
│   └── ModelCallError           one call failed after its retries
├── MissingDependency            an optional package is not installed (exit 2)
└── StorageError                 the disk is full or the database is damaged (exit 1)
"""

from __future__ import annotations


class GroundsmithError(Exception):
    """Base of all errors meant for a user; `exit_code` is what the command line returns."""

    exit_code = 1


class UsageError(GroundsmithError):
    """The command, a flag or a setting is wrong."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown, of the wrong type, or out of range."""


class WorkspaceError(UsageError):
    """There is no workspace here, or it cannot be opened."""


class ItemError(GroundsmithError):
    """One input failed; the rest of the batch goes on."""


class DocumentError(ItemError):
    """A file cannot become a document.

    `source` is the file as the user named it, `reason` one clause without a full stop, `kind` a short
    machine-readable word: empty, encrypted, binary, unsupported, too-large, damaged, no-text, unreadable.
    """

    def __init__(self, source: str, reason: str, *, kind: str = "unreadable") -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason
        self.kind = kind


class RowError(ItemError):
    """A row of a dataset cannot be read; `number` counts rows from 1, 0 when it is not known."""

    def __init__(self, message: str, *, number: int = 0) -> None:
        super().__init__(message)
        self.number = number


class ConflictError(ItemError):
    """Something was changed meanwhile by someone else; nothing was written, look at it again."""


class ModelError(GroundsmithError):
    """A model cannot be had or does not answer."""


class MissingModel(ModelError):
    """Weights or an endpoint are not there; the message says how to get them."""


class ModelCallError(ModelError):
    """One call failed after its retries."""


class MissingDependency(UsageError):
    """An optional package is not installed; the message names the extra that brings it."""


class StorageError(GroundsmithError):
    """The disk is full or the database is damaged."""
