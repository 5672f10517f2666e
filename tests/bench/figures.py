"""Owns what the benchmark prints: one line of JSON for each measurement, with its goal and how far it is from it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a figure should be: so much at least, or so much at most."""

    figure: float
    is_upper: bool = False

    def as_json(self, figure: float) -> dict[str, Any]:
        """The goal and the figure's ratio to it; which side of 1 is the good one is said in words."""
        side = "at most" if self.is_upper else "at least"
        return {"goal": self.figure, "goal_is": side, "ratio": round(figure / self.figure, 3)}


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One figure, its unit, its goal if there is one, and what else was seen."""

    name: str
    figure: float
    unit: str
    goal: Goal | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def as_line(self) -> str:
        """The measurement as one line of JSON."""
        goal = self.goal.as_json(self.figure) if self.goal else {}
        line = {"measurement": self.name, "figure": rounded(self.figure), "unit": self.unit, **goal, **self.more}
        return json.dumps(line)


def rounded(figure: float) -> float:
    """A figure with the digits that mean something."""
    return float(f"{figure:.4g}")


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of the ordered values does not exceed."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
