"""The panel beside the views: inputs, points, parameters, the segment, results and files."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from ....controls.fields import FIELDS, Field, choices_of
from ....parameters.settings import OverwriteMode
from ..session.downloads import FORMATS

COMPACT = {"density": "compact", "hide_details": "auto", "variant": "outlined"}
_PLACES = ("Reference volume", "Second volume", "Third volume", "Fourth volume")
_CHOICES = {"pooled": "Pooled", "itk": "ITK", "none": "None", "n4": "N4", "half way": "Half way"}
_OVERWRITE = {
    OverwriteMode.ALLOW_OVERLAP: "Allow overlap",
    OverwriteMode.OVERWRITE_ALL: "Overwrite all",
    OverwriteMode.OVERWRITE_VISIBLE: "Overwrite visible",
}
_DROP = ['data-drop="files"', 'tabindex="0"', 'role="button"', 'aria-label="Choose files to load"']
_ACCEPTED = ".nii,.nii.gz,.gz,.nrrd,.nhdr,.mha,.mhd,.raw,.zraw,.dcm,.zip"


def add_panel() -> None:
    """All sections, in the order of the work."""
    with v.VExpansionPanels(multiple=True, model_value=("[0, 1, 2, 4, 5, 6]",), variant="accordion"):
        with _section("Volumes"):
            _add_volumes()
        with _section("Points"):
            _add_points("seeds", "seed_rows", "Seeds", "Place a seed by the button Seed above, then click into a view.")
            _add_points("exclusion", "exclusion_rows", "Exclusion seeds", "Click into a leak to take it out.")
        with _section("Growing"):
            _add_presets()
            _add_fields("growing")
        with _section("Smoothing and cleanup"):
            _add_fields("preparation")
            _add_fields("smoothing")
            _add_fields("cleanup")
        with _section("Segment"):
            _add_segment()
        with _section("Results"):
            _add_results()
        with _section("Download"):
            _add_downloads()


def _section(title: str) -> v.VExpansionPanelText:
    with v.VExpansionPanel(eager=True):
        v.VExpansionPanelTitle(title, classes="section")
        return v.VExpansionPanelText(eager=True)


def _add_volumes() -> None:
    for place, label in enumerate(_PLACES):
        v.VSelect(
            v_if=f"{place} < 2 || volumes.length > {place}",
            model_value=(f"volume_{place}",),
            update_modelValue=f"trigger('choose', [{place}, $event])",
            items=("volumes",),
            label=label,
            clearable=place > 0,
            classes="mb-2",
            no_data_text="Load volumes first",
            **COMPACT,
        )
    with html.Div(classes="drop", raw_attrs=_DROP):
        html.Span("Drop files here, or click: NIfTI, NRRD, MHA, or a zip of DICOM")
        html.Input(type="file", id="files", multiple=True, accept=_ACCEPTED, classes="hidden")
    v.VProgressLinear(v_if="loading", model_value=("loading",), height=6, color="primary", classes="mt-1")
    _add_alert("load_error", "load-error")
    with html.Div(classes="buttons"):
        _button("Load sample data", "sample", "Make a head phantom with T1 and T2 and four seeds in its gray matter.")
        with v.VMenu():
            with v.Template(v_slot_activator="{ props }"):
                v.VBtn("Remove", v_bind="props", size="small", variant="text", disabled=("!volumes.length",))
            with v.VList(density="compact"):
                v.VListItem(
                    v_for="one in volumes",
                    key="one.value",
                    title=("one.title",),
                    click="trigger('remove', [one.value])",
                )


def _add_points(kind: str, rows: str, title: str, hint: str) -> None:
    html.Div(title, classes="text-subtitle-2 mt-1")
    html.Div(hint, v_if=f"!{rows} || !{rows}.length", classes="hint")
    with html.Table(v_if=f"{rows} && {rows}.length", classes="points", raw_attrs=[f'data-points="{kind}"']):
        with html.Thead(), html.Tr():
            for heading in ("Point", "R, A, S (mm)", "Distance", ""):
                html.Th(heading)
        with html.Tbody(), html.Tr(v_for=f"(row, n) in {rows}", key="n", classes=("{ odd: row.odd }",)):
            with html.Td():
                html.Input(
                    value=("row.label",),
                    change=f"trigger('point', ['rename', '{kind}', n, $event.target.value])",
                    raw_attrs=['aria-label="Name of the point"'],
                    title=("row.odd ? 'This seed is unlike the others: move it or delete it.' : 'Rename'",),
                )
            with html.Td():
                html.Button(
                    "{{ row.position }}",
                    click=f"trigger('point', ['show', '{kind}', n])",
                    title=("'Show in the slices. Values: ' + row.values.join(', ')",),
                    classes="link",
                )
            html.Td("{{ row.distance }}")
            with html.Td():
                html.Button(
                    "\u2715",
                    click=f"trigger('point', ['delete', '{kind}', n])",
                    raw_attrs=['aria-label="Delete the point"'],
                    title="Delete",
                    classes="link",
                )


def _add_presets() -> None:
    with html.Div(classes="buttons"):
        v.VBtn("Default", click="trigger('preset', ['default'])", size="small", variant="tonal", title="Pooled seeds.")
        v.VBtn(
            "Tutorial (gray matter)",
            click="trigger('preset', ['tutorial'])",
            size="small",
            variant="tonal",
            title="The 2014 SimpleITK tutorial: ITK statistics, multiplier 0.1, 1 iteration.",
        )


def _add_fields(group: str) -> None:
    for field in FIELDS:
        if field.group == group:
            _add_field(field)


def _add_field(field: Field) -> None:
    common = {"label": field.label, "title": field.tip, "classes": "mb-2", **COMPACT}
    if choices_of(field):
        items = [{"title": _CHOICES.get(c.value, c.value), "value": c.value} for c in choices_of(field)]
        v.VSelect(v_model=(field.key,), items=(f"{field.key}_items", items), **common)
    elif field.most is None:
        v.VCheckbox(v_model=(field.key,), **common)
    else:
        v.VTextField(
            v_model=(field.key,),
            type="number",
            min=field.least,
            max=field.most,
            step=field.step,
            suffix=field.unit,
            error_messages=(f"field_errors.{field.key} || []",),
            **({"disabled": (field.automatic_key,)} if field.automatic else {}),
            raw_attrs=[f'data-field="{field.key}"'],
            **common,
        )

    if field.automatic:
        v.VCheckbox(v_model=(field.automatic_key,), label="Automatic", title=field.automatic, **COMPACT)


def _add_segment() -> None:
    with html.Div(classes="row"):
        v.VTextField(v_model=("segment_name",), label="Name", raw_attrs=['data-field="segment_name"'], **COMPACT)
        html.Input(
            type="color", v_model=("segment_color",), raw_attrs=['aria-label="Color of the segment"'], title="Color"
        )
    items = [{"title": text, "value": mode.value} for mode, text in _OVERWRITE.items()]
    v.VSelect(
        v_model=("overwrite",), items=("overwrite_items", items), label="Other segments", classes="mt-2", **COMPACT
    )
    v.VCheckbox(v_model=("compare",), label="Also segment each volume alone", **COMPACT)
    v.VCheckbox(v_model=("live",), label="Live preview", **COMPACT)


def add_foot() -> None:
    """What is missing or wrong, and Apply: below the sections, always in sight."""
    html.Div("{{ missing }}", v_if="missing", classes="hint", id="missing")
    with html.Div(classes="buttons"):
        v.VBtn(
            "Apply",
            click="trigger('apply')",
            disabled=("!!missing || is_applying",),
            color="primary",
            size="small",
            id="apply",
            title="Grow the region and write it as a segment.",
        )
        v.VBtn("Cancel", click="trigger('cancel')", v_if="is_applying", size="small", variant="tonal")
        _button("Undo", "undo", "Take back the last Apply. Z does the same.", "!can_undo")
        _button("Redo", "redo", "Apply again what was taken back. Y does the same.", "!can_redo")
    v.VProgressLinear(v_if="is_applying", model_value=("progress",), height=6, color="primary")
    html.Div("{{ message }}", v_if="message", classes="message", id="message", raw_attrs=['role="status"'])
    _add_alert("error", "error")


def _add_results() -> None:
    with v.VAlert(
        v_for="(text, n) in findings || []", key="n", type="warning", density="compact", variant="tonal", classes="mb-1"
    ):
        html.Span("{{ text }}")
    html.Div("No region yet.", v_if="!facts || !facts.length", classes="hint")
    table = html.Table(v_if="facts && facts.length", classes="facts", id="facts")
    with table, html.Tbody(), html.Tr(v_for="fact in facts", key="fact.name"):
        html.Td("{{ fact.name }}")
        html.Td("{{ fact.value }}{{ fact.remark ? ' (' + fact.remark + ')' : '' }}")
    with html.Div(classes="buttons"):
        v.VBtn(
            "Leak curve",
            click="leak_open = !leak_open",
            size="small",
            variant=("leak_open ? 'flat' : 'tonal'",),
            id="leak",
            title="The region's volume against the multiplier. A click into the curve sets the multiplier.",
        )
        v.VBtn(
            "Scatter plot",
            click="scatter_open = !scatter_open",
            size="small",
            variant=("scatter_open ? 'flat' : 'tonal'",),
            id="scatter",
            title="Voxels of the region and around it on the first two volumes.",
        )
        v.VBtn(
            "Use {{ suggested }}",
            v_if="leak_open && suggested",
            click="trigger('pick_multiplier', [suggested])",
            size="small",
            variant="tonal",
            title="The largest multiplier before the volume first jumps.",
        )
    html.Div(v_show="leak_open", id="leak_chart", classes="chart")
    html.Div(v_show="scatter_open", id="scatter_chart", classes="chart")


def _add_downloads() -> None:
    v.VSelect(
        v_model=("segment",),
        items=("segments",),
        label="Segment",
        no_data_text="Apply first",
        classes="mb-2",
        **COMPACT,
    )
    with html.Div(classes="buttons"):
        for word, chosen in FORMATS.items():
            v.VBtn(
                chosen.ending,
                raw_attrs=[f'data-download="{word}"'],
                size="small",
                variant="tonal",
                disabled=("!segment",),
                title=chosen.title,
            )
    with html.Div(classes="buttons"):
        for kind, text in (("command", "Copy as command line"), ("python", "Copy as Python")):
            v.VBtn(
                text,
                raw_attrs=[f'data-copy="{kind}"'],
                size="small",
                variant="text",
                disabled=("!segment",),
            )
        _button(
            "Restore from segment", "restore", "Take over volumes, points and parameters of the segment.", "!segment"
        )
    html.Pre("", id="copied", classes="copied")
    _add_alert("download_error", "download-error")


def _button(text: str, trigger: str, tip: str, disabled: str = "false") -> None:
    v.VBtn(
        text, click=f"trigger('{trigger}')", size="small", variant="tonal", title=tip, disabled=(disabled,), id=trigger
    )


def _add_alert(name: str, element: str) -> None:
    with v.VAlert(v_if=name, type="error", density="compact", variant="tonal", classes="mt-1", id=element):
        html.Span(f"{{{{ {name} }}}}")
