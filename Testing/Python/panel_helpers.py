"""Inputs for the panel's tests, and the ways a test works the panel."""

import numpy as np
from scene_helpers import grid_of

from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position

GRID = grid_of((26, 24, 22))
CENTERS = ((10, 12, 11), (12, 13, 10), (8, 10, 12))


def two_volumes_of(scene):
    """A ball that each volume alone mixes up with another part."""
    noise = np.random.default_rng(1).normal(0, 2, (2, *GRID.size[::-1])).astype(np.float32)
    k, j, i = np.meshgrid(*(np.arange(n) for n in GRID.size[::-1]), indexing="ij")
    ball = (i - 10) ** 2 + (j - 12) ** 2 + (k - 11) ** 2 < 36
    return [
        add_volume(scene, GRID.image(noise[0] + np.where(ball | (i > 14), 100, 20)), "T1"),
        add_volume(scene, GRID.image(noise[1] + np.where(ball | (i < 6), 30, 120)), "T2"),
    ]


def three_seeds_of(scene, volumes):
    return add_points(scene, "Seeds", [world_position(volumes[0], center) for center in CENTERS])


def choose(panel, volumes, seeds, a_host, *, events=True):
    panel.ui.referenceVolumeSelector.setCurrentNode(volumes[0])
    panel.ui.secondVolumeSelector.setCurrentNode(volumes[1])
    panel.ui.seedsSelector.setCurrentNode(seeds)
    if events:
        a_host.process_events()


def parameters_of(panel):
    return panel.logic.getParameterNode()


def settle(panel, a_host):
    """Let the live preview finish."""
    a_host.process_events()
    a_host.process_events(until=lambda: not panel._panel.preview.isBusy, timeout=20)
