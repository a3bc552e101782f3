"""Between the session and the page: what the page's controls do, and what it shows of the session.

The page's state is written by ``refresh`` alone, which tells all there is to show; only what is another value travels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....controls.fields import changed, shown_values
from ....geometry.region import Region
from ....parameters.colors import color_from_hex, color_to_hex
from ....parameters.presets import PRESETS
from ....parameters.settings import OverwriteMode
from ....workflow.preview import PreviewNode
from ....workflow.request import SceneSegmentation
from ..session.growing import LiveRegion
from ..session.loading import load_files, load_sample
from ..session.session import Session
from ..views.four_up import FourUp
from ..views.mouse import Mouse, MouseMode
from .charting import Charting
from .facts import point_rows
from .writing import Writing

REFRESH_SECONDS = 0.04
"""Changes that come within this time are told together."""

PLACES = 4


class Desk:
    """Everything that one user works with; made while the event loop runs, once the server is ready."""

    def __init__(self, server: Any, session: Session) -> None:
        self._server = server
        self.state = server.state
        self.session = session
        self.views = FourUp(session.standalone)
        self.mouse = Mouse(session.standalone, session.seeds.node, session.exclusion_seeds.node)
        self.live = LiveRegion(session, self._on_started, self._on_grown, self._on_failed)
        self.charts = Charting(server)
        self.preview = PreviewNode(session.scene)
        self.grown: SceneSegmentation | None = None
        self.writing = Writing(server, session, self.live.stop, self._on_written, self.on_changed, self.refresh_soon)
        self._will_refresh = False
        self._shown_volumes: tuple = ()
        session.seeds.on_changed = session.exclusion_seeds.on_changed = self.on_changed
        self.mouse.observe(lambda *_: self.refresh_soon())
        for area in self.views.slices.values():
            area.view.node.AddObserver("ModifiedEvent", lambda *_: self.refresh_soon())
        for area in self.views.areas:
            server.controller.rc_area_register(area.adapter)
        self.on_volumes()

    # What changes the region

    def on_changed(self) -> None:
        """Points or parameters are others: grow anew where that is wanted."""
        if self.state.live and not self.writing.is_running:
            self.live.ask()
        self.refresh_soon()

    def on_volumes(self) -> None:
        """Other volumes are chosen: show them, and grow anew."""
        volumes = tuple(volume.GetID() for volume in self.session.volumes)
        if volumes[:2] != self._shown_volumes:
            self._shown_volumes = volumes[:2]
            self.views.show(self.session.volumes, float(self.state.fade) / 100)
            self.views.fit(next(iter(self.session.volumes), None))
        self.on_changed()

    def choose(self, place: int, node_id: str | None) -> None:
        """The volume of one place, 0 to 3."""
        chosen: list[str | None] = [volume.GetID() for volume in self.session.volumes]
        chosen += [None] * (PLACES - len(chosen))
        chosen[place] = node_id
        self.session.choose_volumes(chosen)
        self.on_volumes()

    def remove(self, node_id: str) -> None:
        """Take a volume out of the scene."""
        self.session.remove_volume(node_id)
        self.on_volumes()

    def set_fields(self, values: dict[str, Any]) -> None:
        """Parameters by the keys of their fields; what cannot be taken is told beside its field."""
        errors = dict(self.state.field_errors)
        before, shown = self.session.parameters, shown_values(self.session.parameters)
        for key, value in values.items():
            if value == shown[key]:
                errors.pop(key, None)
                continue
            try:
                self.session.parameters = changed(self.session.parameters, {key: value})
                errors.pop(key, None)
            except ValueError as error:
                errors[key] = str(error)
        self.state.field_errors = errors
        if self.session.parameters != before:
            self.on_changed()

    def use_preset(self, name: str) -> None:
        """Smoothing and growing of a preset; comparison where it was wanted before."""
        compares = self.session.parameters.unimodal is not None
        preset = PRESETS[name]
        self.session.parameters = replace(
            self.session.parameters,
            smoothing=preset.smoothing,
            growing=preset.growing,
            unimodal=preset.unimodal if compares else None,
        )
        self.state.field_errors = {}
        self.on_changed()

    def set_live(self, wanted: bool) -> None:
        """Show the region while points and parameters change, or only what is applied."""
        if wanted:
            self.live.ask()
        else:
            self._forget()

    def _forget(self) -> None:
        self.grown = None
        self.preview.hide()
        self.charts.show(None)
        self.refresh_soon()

    # What the region says

    def _on_started(self) -> None:
        self.charts.hold()
        self.refresh_soon()

    def _on_grown(self, grown: SceneSegmentation | None) -> None:
        if grown is None or not self.state.live:
            self._forget()
            return
        result = grown.result
        self.preview.show(grown.request.volumes[0], Region(grown.segmenter.grid, result.box, result.mask))
        self.grown = grown
        self.state.error = ""
        self.charts.show(grown)
        self.refresh_soon()

    def _on_failed(self, sentence: str) -> None:
        self._forget()
        self.tell_error(sentence)

    def tell_error(self, sentence: str) -> None:
        """Show a sentence beside Apply."""
        self.state.error, self.state.message = sentence, ""
        self.refresh_soon()

    def _on_written(self, written: SceneSegmentation) -> None:
        self.grown = written
        self.preview.hide()
        self.charts.show(written)

    def restore(self) -> None:
        """Take over what the chosen segment was made with."""
        if self.writing.restore():
            self.on_volumes()

    # What comes in

    def take_files(self, paths: list[Path]) -> str:
        """Read uploaded files; an answer in words. Raises ``ValueError`` naming the file that cannot be read."""
        notes = load_files(self.session, paths)
        self.on_volumes()
        self.refresh()
        return " ".join(notes) or f"{', '.join(path.name for path in paths)} loaded."

    def sample(self) -> None:
        """Load the head phantom."""
        load_sample(self.session)
        self.on_volumes()

    # What the page shows

    def refresh_soon(self) -> None:
        """Tell the page in a moment, whatever else changes until then."""
        if not self._will_refresh:
            self._will_refresh = True
            asyncio.get_running_loop().call_later(REFRESH_SECONDS, self.refresh)

    def refresh(self) -> None:
        """Tell the page everything that it shows."""
        self._will_refresh = False
        session, state = self.session, self.state
        with state:
            state.volumes = [{"title": v.GetName(), "value": v.GetID()} for v in session.all_volumes()]
            chosen = [volume.GetID() for volume in session.volumes]
            for place in range(PLACES):
                state[f"volume_{place}"] = chosen[place] if place < len(chosen) else None
            for key, value in shown_values(session.parameters).items():
                if key not in state.field_errors:
                    state[key] = value
            state.compare = session.parameters.unimodal is not None
            state.overwrite = session.overwrite.value
            state.segment_name = session.segment_name
            state.segment_color = color_to_hex(session.segment_color)
            state.seed_rows, state.exclusion_rows = point_rows(session, self.grown)
            state.facts, state.findings = self.charts.facts, self.charts.findings
            state.missing = session.missing()
            state.is_growing, state.is_applying = self.live.is_busy, self.writing.is_running
            state.segments = session.segment_names()
            if state.segment not in state.segments:
                state.segment = state.segments[-1] if state.segments else None
            state.can_undo, state.can_redo = session.can_undo, session.can_redo
            state.unsaved = bool(state.segments) and not session.is_saved
            state.mouse = self.mouse.mode.value
            for name in self.views.slices:
                low, high, step = self.views.offset_range(name)
                state[f"range_{name}"] = [low, high, step]
                state[f"offset_{name}"] = round(self.views.offset(name), 4)

    def set_mouse(self, word: str) -> None:
        """What a click in a view does."""
        self.mouse.mode = MouseMode(word)
        self.refresh_soon()

    def set_fade(self, percent: float) -> None:
        """How much of the second volume the slices show, in percent."""
        self.views.show(self.session.volumes, percent / 100)

    def set_look(self, name: str, color: str) -> None:
        """Name and color of the next segment."""
        self.session.segment_name, self.session.segment_color = name, color_from_hex(color)
        self.refresh_soon()

    def set_overwrite(self, word: str) -> None:
        """What a segment does to others."""
        self.session.overwrite = OverwriteMode(word)

    def on_point(self, action: str, kind: str, row: int, label: str = "") -> None:
        """Show, rename or delete a point of the seeds or exclusion seeds."""
        points = self.session.seeds if kind == "seeds" else self.session.exclusion_seeds
        actions: dict[str, Callable[[], None]] = {
            "show": lambda: self.views.jump(points.position(row)),
            "rename": lambda: points.rename(row, label),
            "delete": lambda: points.delete(row),
        }
        if 0 <= row < len(points.numbers()):
            actions[action]()
