"""The table of settings, written as one frozen dataclass a section.

Each field is a setting: its annotation is the type (a `Literal` lists the choices), its default works offline, and
its metadata holds the help and the range. Nothing about a setting is said anywhere else; `groundsmith.settings`
derives the table, the checks and the commented file from these classes.
"""

from groundsmith.sections.authoring import (
    BudgetSection,
    ConditionSetting,
    DemonstrationsSection,
    GenerationSection,
    MixingSection,
    ModelSection,
    SamplingSection,
    TaskSection,
)
from groundsmith.sections.documents import (
    EmbeddingSection,
    GraphSection,
    LibrarySection,
    RetrievalSection,
)
from groundsmith.sections.judging import (
    CurationSection,
    ExportSection,
    JudgeSection,
    PrivacySection,
    ReviewSection,
    VerificationSection,
)

__all__ = [
    "BudgetSection",
    "ConditionSetting",
    "CurationSection",
    "DemonstrationsSection",
    "EmbeddingSection",
    "ExportSection",
    "GenerationSection",
    "GraphSection",
    "JudgeSection",
    "LibrarySection",
    "MixingSection",
    "ModelSection",
    "PrivacySection",
    "RetrievalSection",
    "ReviewSection",
    "SamplingSection",
    "TaskSection",
    "VerificationSection",
]
