"""What takes long in the panel comes in short steps and ends at the next change."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

from panel_helpers import GRID, parameters_of, settle

from MultiModalSegmentationLib import Edge
from MultiModalSegmentationLib.explaining.findings import Finding, FindingKind
from MultiModalSegmentationLib.scene.nodes import add_points, world_position


@pytest.fixture
def a_clock(a_host, monkeypatch):
    """The time that the steps see: it goes on when a test lets it."""
    from MultiModalSegmentationPanel.running import stepping

    clock = {"now": 0.0}
    monkeypatch.setattr(stepping.time, "perf_counter", lambda: clock["now"])
    return clock


def test_the_timer_never_works_longer_than_a_step_beyond_its_time(a_host, a_clock):
    from MultiModalSegmentationPanel.running.stepping import STEP_SECONDS, Stepping

    longest_step = 0.024
    took = []

    def work():
        for number in range(200):
            took[-1] += longest_step if number % 7 == 0 else 0.001
            a_clock["now"] = sum(took)
            yield number / 200
        return "done"

    told = []
    stepping = Stepping(told.append, told.append)
    stepping.start(work())
    assert took == []
    while stepping.isBusy:
        took.append(0.0)
        stepping.advance()
    stepping.stop()
    assert told == ["done"]
    assert len(took) > 20
    assert max(took) <= STEP_SECONDS + longest_step < 0.03


def test_a_failed_step_is_told_and_stopped_work_is_not(a_host):
    from MultiModalSegmentationPanel.running.stepping import Stepping

    done, failed = [], []

    def work(fails):
        yield 0.5
        if fails:
            raise ValueError("The volume is gone.")
        return "done"

    stepping = Stepping(done.append, failed.append)
    stepping.start(work(True))
    a_host.process_events(until=lambda: not stepping.isBusy)
    stepping.start(work(False))
    stepping.stop()
    a_host.process_events()
    assert (done, failed) == ([], ["The volume is gone."])


def volumes_of_curve(panel):
    line = panel.ui.leakChart.chart().GetPlot(0).GetInput()
    rows = range(line.GetNumberOfRows())
    return [line.GetValue(n, 0).ToDouble() for n in rows], [line.GetValue(n, 1).ToDouble() for n in rows]


def curve_view(panel):
    return panel._panel._results._leakCurve


@pytest.mark.parametrize("excluding", [False, True], ids=["seeds", "exclusion seeds"])
def test_the_leak_curve_is_computed_beside_the_events_and_ends_at_the_next_change(
    a_ready_panel, a_host, a_scene, two_volumes, three_seeds, excluding
):
    ui, parameters = a_ready_panel.ui, parameters_of(a_ready_panel)
    parameters.edge = Edge.THRESHOLD
    if excluding:
        parameters.exclusionSeeds = add_points(a_scene, "Out", [world_position(two_volumes[0], (20, 4, 4))])
        settle(a_ready_panel, a_host)
    ui.leakCurveButton.checked = True
    assert curve_view(a_ready_panel).isBusy
    assert (ui.suggestedButton.text, ui.suggestedButton.enabled) == ("Computing the curve...", False)
    assert ui.leakChart.chart().GetNumberOfPlots() == 0
    first = curve_view(a_ready_panel)._grown
    three_seeds.SetNthControlPointPositionWorld(0, world_position(two_volumes[0], (11, 12, 11)))
    a_host.process_events(until=lambda: a_ready_panel._panel.preview._work.isBusy)
    assert not curve_view(a_ready_panel).isBusy
    settle(a_ready_panel, a_host)
    a_host.process_events(until=lambda: ui.suggestedButton.text != "Computing the curve...", timeout=60)
    assert ui.leakChart.chart().GetNumberOfPlots() > 0
    grown = a_ready_panel._panel._results.grown
    assert grown is not first
    multipliers, volumes = volumes_of_curve(a_ready_panel)
    here = int(np.argmin(np.abs(np.array(multipliers) - parameters.multiplier)))
    reached = np.interp(parameters.multiplier, multipliers[here - 1 : here + 2], volumes[here - 1 : here + 2])
    assert reached == pytest.approx(grown.result.volume_ml, rel=0.1)
    assert max(volumes) <= np.prod(GRID.size) / 1000


@pytest.mark.parametrize("how", ["switch off", "leave", "close scene", "apply"])
def test_a_running_leak_curve_ends_cleanly(a_ready_panel, a_host, how):
    a_ready_panel.ui.leakCurveButton.checked = True
    assert curve_view(a_ready_panel).isBusy
    if how == "switch off":
        a_ready_panel.ui.leakCurveButton.checked = False
    elif how == "leave":
        a_host.leave_panel()
    elif how == "close scene":
        a_host.close_scene()
    else:
        busy = []
        a_ready_panel.ui.progressBar.connect(
            "valueChanged(int)", lambda _value: busy.append(curve_view(a_ready_panel).isBusy)
        )
        a_ready_panel.ui.applyButton.click()
        assert busy and not any(busy)
    assert not curve_view(a_ready_panel).isBusy


@pytest.mark.parametrize("kind", list(FindingKind), ids=lambda kind: kind.name)
def test_the_panel_tells_a_finding_in_the_librarys_words(a_host, kind):
    """The panel's are literals, for the translators; without a translation they are the same."""
    from MultiModalSegmentationPanel.results.explaining import findingText

    finding = Finding(kind, label="S-1", channel="T1", other="T2", value=12.3456)
    assert findingText(finding) == finding.sentence()
