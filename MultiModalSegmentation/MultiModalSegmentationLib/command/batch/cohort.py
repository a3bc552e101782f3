"""Which cases of a cohort to look at first, and why."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .measures import Outcome

LEAST_CASES = 5
"""With fewer no volume is far from the cohort's."""

FAR = 3.5
"""Modified z-scores over this are outliers (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993)."""

SMALLEST_SPREAD = 0.05
"""Of the logarithm of the volumes: 5 %. A cohort of nearly equal volumes has no outliers within a few percent."""


def reasons_to_look(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """For each case why somebody should look at it, the gravest first; mostly nothing.

    Volumes are compared with those of the same tissue.
    """
    scores = [0.0] * len(outcomes)
    for tissue in {one.tissue for one in outcomes}:
        alike = [n for n, one in enumerate(outcomes) if one.tissue == tissue]
        measured = [outcomes[n].measures for n in alike]
        found = volume_scores([measures["volumeMl"] if measures else None for measures in measured])
        for number, score in zip(alike, found):
            scores[number] = score
    return [_reasons(outcome, score) for outcome, score in zip(outcomes, scores)]


def volume_scores(volumes: Sequence[float | None]) -> list[float]:
    """Modified z-scores of the volumes' logarithms; 0 for a case without one, and in a small cohort.

    Logarithms, because half the usual volume is as suspicious as twice as much.
    """
    logarithms = np.log([max(volume, 1e-9) for volume in volumes if volume is not None])
    if len(logarithms) < LEAST_CASES:
        return [0.0] * len(volumes)
    median = float(np.median(logarithms))
    spread = max(1.4826 * float(np.median(np.abs(logarithms - median))), SMALLEST_SPREAD)
    return [0.0 if v is None else (float(np.log(max(v, 1e-9))) - median) / spread for v in volumes]


def suspicious_first(outcomes: Sequence[Outcome], reasons: Sequence[Sequence[str]]) -> list[int]:
    """The cases' numbers: failed ones, then those with the most reasons, then the others as in the table."""
    return sorted(range(len(outcomes)), key=lambda n: (outcomes[n].error is None, -len(reasons[n]), n))


def _reasons(outcome: Outcome, score: float) -> list[str]:
    if outcome.measures is None:
        return ["failed"]
    reasons = []
    if outcome.measures["touchesBorder"]:
        reasons.append("touches the border")
    if abs(score) > FAR:
        reasons.append(f"volume far {'over' if score > 0 else 'under'} the cohort's")
    reasons += [f"odd seed {label}" for label in outcome.measures["oddSeeds"]]
    if outcome.measures["stoppedBy"]:
        reasons.append("stopped at the maximum volume")
    return reasons
