"""One run: so many actions, each checked, with the scene handed to a fresh process every so often."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from MultiModalSegmentationLib.scene.segments import recipe_of

from . import inputs, runs, scenes, settings, tissues
from .checks import Checks
from .fingerprints import fingerprint, segment_states
from .registry import ACTIONS, Action
from .world import SEGMENTATION, World

SAVE_EVERY = 100
MEASURE_EVERY = 500
TURNS = 4
SETTLED_SHARE = 0.7
"""How often the preview may finish before the user goes on."""
MODULES = (inputs, settings, tissues, runs, scenes)


class Failure(AssertionError):
    """What must hold did not; tells the seed and what was done."""


@dataclass
class Report:
    """What a run did."""

    counts: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    memory: dict[int, int] = field(default_factory=dict)
    """Resident bytes after so many actions; empty where the system does not tell."""


class Runner:
    """Drives a ``World`` by chance."""

    def __init__(self, seed: int, *, verbose: bool = False) -> None:
        self._seed = seed
        self._verbose = verbose
        self._trace: list[str] = []
        self._report = Report()
        self._oracles: list[tuple[int, subprocess.Popen[str]]] = []

    def run(self, actions: int) -> Report:
        """Raises ``Failure`` with the trace at the first thing that does not hold."""
        with tempfile.TemporaryDirectory(prefix="stress-") as folder:
            self._world = World(self._seed, Path(folder))
            self._checks = Checks(self._world)
            try:
                for number in range(1, actions + 1):
                    self._step(number)
                self._collect(0)
                self._end()
            except Exception as error:
                trace = "\n".join([*self._trace, traceback.format_exc()])
                raise Failure(f"{error}\nseed {self._seed}, after these actions:\n{trace}") from error
            finally:
                for _, process in self._oracles:
                    process.kill()
        self._report.counts.update(self._world.counts)
        return self._report

    def _step(self, number: int) -> None:
        world, checks = self._world, self._checks
        checks.begin()
        action, text = self._perform(number)
        self._trace.append(f"{number:5d} {action.name}: {text}")
        if self._verbose:
            print(self._trace[-1], flush=True)
        self._report.actions[action.name] += 1
        if world.chance.random() < SETTLED_SHARE:
            world.settle()
        else:
            world.host.process_events()
        checks.end()
        if number % 5 == 0:
            self._report.counts["previews compared"] += checks.compare_preview()
        if number % SAVE_EVERY == 0:
            self._hand_over(number)
        if number % MEASURE_EVERY == 0:
            self._measure(number)

    def _measure(self, number: int) -> None:
        """Memory with nothing loaded: what the scene holds by chance does not count."""
        self._checks.begin()
        scenes.close_scene(self._world)
        self._checks.end()
        self._trace.append("      scene closed to measure memory")
        size = resident_bytes()
        if size is not None:
            self._report.memory[number] = size

    def _perform(self, number: int) -> tuple[Action, str]:
        """By chance; at first each action has its turn, so that what is made once is made before memory counts."""
        world = self._world
        in_turn = ACTIONS[number % len(ACTIONS)] if number <= TURNS * len(ACTIONS) else None
        while True:
            possible = [each for each in ACTIONS if world.is_entered or not each.in_panel]
            (action,) = world.chance.choices(possible, [each.weight for each in possible])
            action, in_turn = in_turn if in_turn in possible else action, None
            self._trace.append(f"      {action.name} ...")
            text = action.perform(world)
            self._trace.pop()
            if text is not None:
                return action, text

    def _end(self) -> None:
        """Leaving and unloading the module lets go of everything."""
        world = self._world
        world.host.leave_panel()
        world.is_entered = False
        self._checks.begin()
        self._checks.end()
        world.host.close_panel()
        leaked = {name for name in world.host.observer_counts() if name in world.inventory()}
        assert not leaked, f"observers on {leaked} after the module was unloaded"

    # The fresh process

    def _hand_over(self, number: int) -> None:
        """Save the scene, and let another process repeat what can be repeated, while this one goes on."""
        world = self._world
        segments = []
        for segmentation in world.nodes(SEGMENTATION):
            for segment_id, (_, tag, voxels) in segment_states(segmentation).items():
                recipe = recipe_of(segmentation, segment_id)
                if not recipe or "growing" not in recipe:
                    continue
                made = [each.fingerprint for each in world.made.get(tag, ()) if each.voxels == voxels]
                now = fingerprint(recipe, segmentation)
                state = "edited" if not made else "repeatable" if now and now in made else "inputs changed"
                self._report.counts.update({"recipes": 1, state: 1})
                if state == "repeatable":
                    segments.append((segmentation.GetID(), segment_id))
        if not segments:
            return
        scene = world.folder / f"{number}.mrb"
        world.host.save_scene(scene)
        manifest = world.folder / f"{number}.json"
        manifest.write_text(json.dumps({"scene": str(scene), "segments": segments}), encoding="utf-8")
        self._collect(1)
        self._oracles.append((number, _start_oracle(manifest)))

    def _collect(self, most: int) -> None:
        """Wait until no more processes than these are left, and look at what they found."""
        while len(self._oracles) > most:
            number, process = self._oracles[0]
            output, errors = process.communicate(timeout=300)
            self._oracles.pop(0)
            assert process.returncode == 0, f"the fresh process after {number} actions failed:\n{errors}"
            for found in json.loads(output.splitlines()[-1]):
                self._judge(number, found)

    def _judge(self, number: int, found: dict[str, Any]) -> None:
        where = f"after {number} actions, {found['segmentation']} {found['segment']}: {json.dumps(found, indent=1)}"
        assert "error" not in found, f"not repeated {where}"
        assert found["equal"], f"not the same voxels {where}"
        self._report.counts["repeated"] += 1
        if found["itk"] is not None:
            assert found["itk"] == 0, f"not ITK's voxels {where}"
            self._report.counts["as ITK"] += 1


def _start_oracle(manifest: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"{__package__}.oracle", str(manifest)]
    folder = Path(__file__).parents[1]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def resident_bytes() -> int | None:
    """Physical memory that this process takes, once what is free has been given back."""
    from PySide6 import QtCore

    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    gc.collect()
    try:
        import ctypes

        ctypes.CDLL("libc.so.6").malloc_trim(0)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, AttributeError):
        return None
    return pages * 4096
