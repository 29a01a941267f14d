"""Documents, passages, vectors, retrieval and the workspace database.

Nothing here reports to anybody: the libraries that would report their use are told not to, before any of them is imported. This
package is the lowest, so every other imports it first.
"""

import os

REPORTS_OFF = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "POSTHOG_DISABLED": "1",
}

os.environ.update(REPORTS_OFF)
# Presidio loads transformers for parts that are not used here, which then advises users to install torch.
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
