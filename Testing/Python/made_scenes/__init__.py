"""Made scenes whose truth is known exactly: what the engine's regression test and its benchmarks measure against.

``SCENES`` maps names to what makes them; those of ``HELD_OUT`` are for reporting alone, no constant of the library may
be chosen by them.
"""

from .catalog import HELD_OUT, SCENES, TUNING
from .judging import Verdict, far_changes, share_changed
from .scene import MadeScene

__all__ = ["HELD_OUT", "SCENES", "TUNING", "MadeScene", "Verdict", "far_changes", "share_changed"]
