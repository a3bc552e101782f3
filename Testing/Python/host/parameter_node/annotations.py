"""What ``Annotated[...]`` may carry on a parameter: defaults, validators and hints for spin boxes and sliders."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, get_args, get_origin


class Default:
    """The value of a parameter that the node does not have yet; ``generator`` makes a new one each time."""

    def __init__(self, value: Any = None, *, generator: Any = None) -> None:
        self._value = value
        self._generator = generator

    @property
    def value(self) -> Any:
        return self._generator() if self._generator is not None else self._value


@dataclasses.dataclass
class Decimals:
    """Digits that a spin box or slider shows."""

    value: int


@dataclasses.dataclass
class SingleStep:
    """Step of a spin box or slider."""

    value: float


class Validator:
    """Raises a ``ValueError`` or ``TypeError`` for a value that the parameter must not take."""

    def validate(self, value: Any) -> None:
        raise NotImplementedError


class NotNone(Validator):
    """Any value but None."""

    def validate(self, value: Any) -> None:
        if value is None:
            raise ValueError("Value must not be None")


class IsInstance(Validator):
    """None, or a value of the type."""

    def __init__(self, classtype: Any) -> None:
        self.classtype = classtype

    def validate(self, value: Any) -> None:
        if value is not None and not isinstance(value, self.classtype):
            raise TypeError(f"Value must be of type '{self.classtype}', is type '{type(value)}' value '{value}'")


class WithinRange(Validator):
    """Both ends included."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def validate(self, value: Any) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"Value must be within range [{self.minimum}, {self.maximum}], is {value}")


class Minimum(Validator):
    """The minimum included."""

    def __init__(self, minimum: float) -> None:
        self.minimum = minimum

    def validate(self, value: Any) -> None:
        if value < self.minimum:
            raise ValueError(f"Value must be at least {self.minimum}, is {value}")


class Maximum(Validator):
    """The maximum included."""

    def __init__(self, maximum: float) -> None:
        self.maximum = maximum

    def validate(self, value: Any) -> None:
        if value > self.maximum:
            raise ValueError(f"Value must be at most {self.maximum}, is {value}")


class Choice(Validator):
    """One of the choices."""

    def __init__(self, choices: Any) -> None:
        self.choices = choices

    def validate(self, value: Any) -> None:
        if value not in self.choices:
            raise ValueError(f"Value is {value}, but must be in one of the following: {self.choices}")


class Exclude(Validator):
    """None of the values."""

    def __init__(self, excludedValues: Any) -> None:
        self.excludedValues = excludedValues

    def validate(self, value: Any) -> None:
        if value in self.excludedValues:
            raise ValueError(f"Value is {value}, but must not be one of {self.excludedValues}")


def split_annotated(annotated: Any) -> tuple[Any, tuple[Any, ...]]:
    """The bare type and the annotations of a possibly annotated type."""
    if get_origin(annotated) is Annotated:
        bare, *annotations = get_args(annotated)
        return bare, tuple(annotations)
    return annotated, ()


def first(annotations: tuple[Any, ...], kind: type) -> Any:
    """The first annotation of a kind, or None."""
    return next((each for each in annotations if isinstance(each, kind)), None)
