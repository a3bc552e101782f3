"""The page's own script and style, and Bokeh's, as trame serves them."""

from __future__ import annotations

from pathlib import Path

import bokeh

_HERE = str(Path(__file__).parent / "static")
_BOKEH = str(Path(bokeh.__file__).parent / "server" / "static" / "js")

serve = {"__app": _HERE, "__bokeh": _BOKEH}
scripts = ["__bokeh/bokeh.min.js", "__app/app.js"]
styles = ["__app/app.css"]
