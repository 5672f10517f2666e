"""What a page keeps of a form that was sent: what was entered, and what was refused of it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Form:
    """What was entered and what was refused of it: by field, or as a whole."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    idempotency_key: str = field(default_factory=lambda: str(uuid.uuid4()))
