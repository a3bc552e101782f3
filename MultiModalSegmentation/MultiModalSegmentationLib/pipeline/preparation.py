"""Channels made to fit before anything is grown on them: the coil's shading taken out where it was asked for."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from ..engine.bricks.channels import checked
from ..explaining.findings import Finding, FindingKind
from ..geometry.grid import ArrayImage
from ..parameters.settings import BiasCorrection, PreparationParameters
from ..registration.bias import bias_steps, may_have_bias

Prepared = tuple[list[ArrayImage], list[Finding]]


def preparation_steps(
    channels: Sequence[ArrayImage], parameters: PreparationParameters
) -> Generator[float, None, Prepared]:
    """The channels as they are grown on, and what was left as it was; each step yields the share done, 0 to 1."""
    prepared, found = list(channels), []
    if parameters.bias is BiasCorrection.NONE:
        return prepared, found
    for number, channel in enumerate(channels):
        if may_have_bias(checked(channel, number + 1)):
            steps = bias_steps(channel)
            prepared[number] = yield from _part(steps, number, len(channels))
        else:
            found.append(Finding(FindingKind.BIAS_LEFT, channel=channel.name))
    return prepared, found


def _part(steps: Generator[float, None, ArrayImage], number: int, count: int) -> Generator[float, None, ArrayImage]:
    while True:
        try:
            fraction = next(steps)
        except StopIteration as end:
            return end.value
        yield (number + fraction) / count
