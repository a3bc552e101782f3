"""Stand-in for Slicer's module ``SampleData``: registers data sources, and downloads nothing."""

from __future__ import annotations

from typing import Any

import slicer


class SampleDataSource:
    """A data set of one or more files; every field given as a list must have as many entries as there are URIs."""

    def __init__(
        self,
        sampleName: str | None = None,
        sampleDescription: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        checksums: Any = None,
        loadFiles: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFileProperties: dict | None = None,
    ) -> None:
        fields = {
            "uris": uris,
            "fileNames": fileNames,
            "nodeNames": nodeNames,
            "loadFiles": loadFiles,
            "loadFileTypes": loadFileTypes,
            "checksums": checksums,
        }
        if isinstance(uris, str):
            fields = {name: [value] for name, value in fields.items()}
        elif isinstance(uris, (list, tuple)):
            fields = {name: _as_list(name, value, len(uris)) for name, value in fields.items()}
        if len({len(value) for value in fields.values()}) != 1:
            raise ValueError(f"All fields of sample data source must have the same length: {fields}")
        self.sampleName = sampleName
        self.sampleDescription = sampleDescription or sampleName
        self.thumbnailFileName = thumbnailFileName
        self.customDownloader = customDownloader
        self.loadFileProperties = loadFileProperties or {}
        for name, value in fields.items():
            setattr(self, name, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SampleDataSource) and vars(self) == vars(other)

    __hash__ = None


def _as_list(name: str, value: Any, count: int) -> Any:
    if value is None and name != "fileNames":
        return [None] * count
    return [value] * count if name == "loadFileTypes" and isinstance(value, str) else value


class SampleDataLogic:
    """Keeps the sources in ``slicer.modules.sampleDataSources``, a dictionary of lists by category."""

    @staticmethod
    def registerCustomSampleDataCategory(category: str, title: str) -> None:
        categories = vars(slicer.modules).setdefault("sampleDataSourceCategories", {})
        categories.setdefault(category, {})["title"] = title

    @staticmethod
    def registerCustomSampleDataSource(category: str = "Custom", **fields: Any) -> None:
        source = SampleDataSource(**fields)
        sources = vars(slicer.modules).setdefault("sampleDataSources", {}).setdefault(category, [])
        if source not in sources:
            sources.append(source)

    @staticmethod
    def sampleDataSourcesByCategory(category: str | None = None) -> Any:
        sources = vars(slicer.modules).setdefault("sampleDataSources", {})
        return sources if category is None else sources.get(category, [])

    def sourceForSampleName(self, sampleName: str) -> SampleDataSource | None:
        sources = [each for category in self.sampleDataSourcesByCategory().values() for each in category]
        return next((each for each in sources if each.sampleName == sampleName), None)

    def downloadSamples(self, sampleName: str) -> list:
        """As in Slicer, the source's custom downloader is not asked: only the Sample Data panel's button does that."""
        raise RuntimeError(f"The test host downloads nothing, not even '{sampleName}'.")

    def downloadSample(self, sampleName: str) -> Any:
        return self.downloadSamples(sampleName)[0]


def downloadSample(sampleName: str) -> Any:
    """See ``SampleDataLogic.downloadSamples``."""
    return SampleDataLogic().downloadSample(sampleName)
