"""The recipe of a segment: everything needed to make it again, as JSON.

The recipe travels with the segment as one tag. ``.seg.nrrd`` files join tags with ``|`` and split name from value at
``:``, so neither character occurs inside a text of the tag: they are written as JSON escapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..engine.model.result import GrowingResult
from ..engine.unimodal import UniModalResult
from ..geometry.points import LPS_TO_RAS
from ..parameters.colors import tissue_color
from ..parameters.presets import Parameters
from ..parameters.settings import (
    SCHEMA_VERSION,
    CleanupParameters,
    Edge,
    GrowingParameters,
    OverwriteMode,
    PreparationParameters,
    SeedStatistics,
    SmoothingParameters,
    UniModalParameters,
)
from ..pipeline.segmentation import Segmentation, Tissue
from .plain import parameters_of, plain, versions

TAG = "MultiModalSegmentation"
# Private-use characters stand in for the separators while the JSON is made: its encoder cannot escape ASCII.
_STAND_INS = {"|": "\ue07c", ":": "\ue03a"}
_RESULT = ("box", "voxel_count", "volume_ml")
_GROWING = (
    *("mean", "covariance", "effective_multiplier", "coverage", "touches_border", "border_contacts", "stopped_by"),
    *("passes", "time_step", "distance_model", "scales", "is_singular_to_itk", "automatic"),
)
_UNIMODAL = ("name", "mean", "standard_deviation")


@dataclass(frozen=True)
class Recipe(Mapping[str, Any]):
    """A recipe as JSON knows it, and what it means."""

    content: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        segmentation: Segmentation,
        volumes: Sequence[Mapping[str, Any]],
        *,
        alone: int | None = None,
        restrictions: Mapping[str, Any] | None = None,
        seed_lists: Mapping[str, Any] | None = None,
        tissue_lists: Sequence[Mapping[str, Any]] = (),
        segment: Mapping[str, Any] | None = None,
    ) -> Recipe:
        """The recipe of a region, or of that of one channel ``alone``.

        ``volumes`` say what identifies the channels (name, ID, path, checksum), ``restrictions`` where the region was
        allowed to grow, ``seed_lists`` what the points' lists are called, ``tissue_lists`` those of each tissue of
        several, ``segment`` what it was written as.
        """
        chosen = segmentation.parameters
        content = {
            "schemaVersion": SCHEMA_VERSION,
            "volumes": [dict(v) for v in (volumes if alone is None else [volumes[alone]])],
            "seeds": [asdict(seed) for seed in segmentation.points.seeds],
            "exclusionSeeds": [asdict(seed) for seed in segmentation.points.exclusion_seeds if alone is None],
            "seedLists": dict(seed_lists or {}),
            "ijkToRas": (np.diag([*LPS_TO_RAS, 1.0]) @ segmentation.segmenter.grid.index_to_lps).tolist(),
            "smoothing": {**plain(chosen.smoothing), "timeStepUsed": segmentation.segmenter.time_step},
            "segment": dict(segment or {}),
            "versions": versions(),
        }
        if segmentation.tissues:
            content["tissues"] = _described(segmentation.tissues, tissue_lists)
        if not chosen.preparation.does_nothing:
            content["preparation"] = plain(chosen.preparation)
        if restrictions:
            content["restrictions"] = dict(restrictions)
        if alone is not None:
            return cls(content | {"unimodal": plain(chosen.unimodal), "result": summary(segmentation.unimodal[alone])})
        if not chosen.cleanup.does_nothing:
            content["cleanup"] = plain(chosen.cleanup)
        content |= {
            "growing": plain(chosen.growing),
            "result": summary(segmentation.result),
            "fieldOfViewShares": segmentation.shares_of_view(),
            "findings": [finding.as_plain() for finding in segmentation.findings()],
        }
        return cls(plain(content))

    @classmethod
    def from_tag(cls, text: str) -> Recipe:
        """A recipe from a segment tag. Raises ``ValueError`` where the text is none, or of a later schema."""
        try:
            content = json.loads(text)
        except json.JSONDecodeError:
            content = None
        if not isinstance(content, dict) or "schemaVersion" not in content:
            raise ValueError("The segment's tag is no recipe of this module.")
        if content["schemaVersion"] > SCHEMA_VERSION:
            raise ValueError("The segment was made by a later version of this module: update the extension to read it.")
        return cls(content)

    def to_tag(self) -> str:
        """The recipe as the value of a segment tag, on one line of ASCII."""
        text = json.dumps(_replace(self.content, _STAND_INS), sort_keys=True, allow_nan=False)
        for character, stand_in in _STAND_INS.items():
            text = text.replace(f"\\u{ord(stand_in):04x}", f"\\u{ord(character):04x}")
        return text

    @property
    def is_growing(self) -> bool:
        """Whether the region grew on all the volumes, not on one alone."""
        return "growing" in self.content

    def __getitem__(self, key: str) -> Any:
        return self.content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)

    @property
    def volumes(self) -> list[Mapping[str, Any]]:
        """What identifies each volume."""
        return list(self.content["volumes"])

    @property
    def is_repeated_exactly(self) -> bool:
        """Whether growing again gives the same region: pooled statistics of schema 1 were other ones."""
        growing = self.content.get("growing", {})
        return self.content["schemaVersion"] > 1 or growing.get("seedStatistics") == SeedStatistics.ITK.value

    @property
    def parameters(self) -> Parameters:
        """All that the region was grown with, without a comparison."""
        growing = self.content.get("growing", {})
        if self.content["schemaVersion"] == 1:
            growing = {**growing, "edge": Edge.THRESHOLD.value}
        return Parameters(
            parameters_of(SmoothingParameters, self.content["smoothing"]),
            parameters_of(GrowingParameters, growing),
            parameters_of(UniModalParameters, self.content["unimodal"]) if "unimodal" in self.content else None,
            parameters_of(CleanupParameters, self.content.get("cleanup", {})),
            parameters_of(PreparationParameters, self.content.get("preparation", {})),
        )

    @property
    def tissues(self) -> list[dict[str, Any]]:
        """All the tissues that were grown together; of a recipe that tells of none, the only one.

        Each has a ``name``, a ``color`` and ``terminology`` or None, and ``points`` as :meth:`points` gives them.
        """
        several = self.content.get("tissues")
        if not several:
            only = {"name": self.segment.get("name", ""), "color": None, "terminology": None}
            return [only | {"points": self.points("seeds")}]
        return [
            {key: one.get(key) for key in ("name", "color", "terminology")}
            | {"points": self._listed(one["seeds"], one.get("seedList", {}), one["name"])}
            for one in several
        ]

    @property
    def restrictions(self) -> Mapping[str, Any]:
        """``roi`` and ``mask``, where the region was restricted to them."""
        return self.content.get("restrictions", {})

    @property
    def segment(self) -> Mapping[str, Any]:
        """Name, segmentation and overwrite mode, where the region was written to a scene or a file with names."""
        return self.content.get("segment", {})

    @property
    def overwrite(self) -> OverwriteMode:
        """What the segment did to others."""
        return OverwriteMode(self.segment.get("overwriteMode", OverwriteMode.ALLOW_OVERLAP.value))

    @property
    def result(self) -> Mapping[str, Any]:
        """The numbers of the result."""
        return self.content["result"]

    def points(self, kind: str) -> dict[str, Any]:
        """The "seeds" or "exclusionSeeds" with their list and grid: label, position (RAS, mm) and voxel of each."""
        default = "Seeds" if kind == "seeds" else "Exclusion seeds"
        return self._listed(self.content.get(kind, ()), self.content.get("seedLists", {}).get(kind, {}), default)

    def _listed(self, seeds: Sequence[Mapping[str, Any]], listed: Mapping[str, Any], default: str) -> dict[str, Any]:
        points = [(p["label"], tuple(p["ras"]), tuple(p["ijk"])) for p in seeds]
        grid = {"ijk_to_ras": self.content["ijkToRas"]} if "ijkToRas" in self.content else {}
        return {"points": points, "name": listed.get("name", default), "id": listed.get("id")} | grid


def check_repeatable(recipe: Recipe | None) -> None:
    """Raise ``ValueError`` for a recipe that growing on all volumes cannot repeat."""
    if recipe is None:
        raise ValueError("The segment has no recipe of this module: choose one that was made here.")
    if not recipe.is_growing:
        raise ValueError("The segment was grown on one volume alone: choose the one grown on all of them.")


def _described(tissues: Sequence[Tissue], lists: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    described = []
    for number, tissue in enumerate(tissues):
        one = {
            "name": tissue.name,
            "color": list(tissue.color or tissue_color(number)),
            "terminology": tissue.terminology,
            "seeds": [asdict(seed) for seed in tissue.seeds],
        }
        described.append(one | ({"seedList": dict(lists[number])} if lists else {}))
    return described


def summary(result: GrowingResult | UniModalResult) -> dict[str, Any]:
    """The numbers of a result without its voxels; lengths in mm, volumes in mL, statistics in the input's units."""
    names = (*_RESULT, *(_GROWING if isinstance(result, GrowingResult) else _UNIMODAL))
    return plain({name: getattr(result, name) for name in names})


def _replace(value: Any, pairs: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for old, new in pairs.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, Mapping):
        return {_replace(key, pairs): _replace(item, pairs) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replace(item, pairs) for item in value]
    return value
