"""The editor of a mapping: its parts as forms, the whole as text, faults with their place, and previews."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.registers.forms import check_seen
from workbench.trials import actions, forms, queries, store
from workbench.trials.rules import parts
from workbench.trials.views.blueprint import PREFIX, pages
from workbench.trials.views.mappings import found_mapping, home, keys
from workbench.web.refusals import NotThere, Refused

EDIT = PREFIX + "/mappings/<int:mapping_id>/edit"
PART = "<any(head, source, map, join, aggregate, union, reconcile, target):kind>/<int:place>"


@pages.get(EDIT)
@requires(P.TRIAL_RUN, on="project")
def edit_mapping(key: str, mapping_id: int) -> str:
    """The draft with its faults and each part to open."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    checked = store.checked(queries.mappings.text_of_mapping(found))
    held = checked.parts or {}
    places = {number: queries.editor.place_of(held, fault) for number, fault in enumerate(checked.faults)}
    return render_template(
        "trials/edit_mapping.html", project=project, mapping=found, checked=checked, places=places, rules=parts,
        parts=parts.every(held), purpose=parts.text(held.get("purpose")), words=forms.editor, said=forms.said,
    )


@pages.route(EDIT + "/text", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def edit_text(key: str, mapping_id: int) -> str | Redirect:
    """The whole draft as YAML."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    text = queries.mappings.text_of_mapping(found)
    form = forms.mappings.DraftText.of_request(draft=text)
    if form.accepted():
        check_seen(SimpleNamespace(version=found.version, draft=text), form)
        actions.mappings.keep_draft(project=project, mapping=found, text=form.draft.data, by=g.person)
        return redirect(url_for(".edit_mapping", key=key, mapping_id=found.id), code=303)
    return render_template(
        "trials/edit_text.html", form=form, project=project, mapping=found, checked=store.checked(form.draft.data or ""),
        said=forms.said,
    )


@pages.route(f"{EDIT}/{PART}", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def edit_part(key: str, mapping_id: int, kind: str, place: int) -> str | Redirect:
    """One part as a form: keep it, look at what it gives, take proposals over, or ask for more rows."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    held = _held(store.checked(queries.mappings.text_of_mapping(found)), key, mapping_id)
    if isinstance(held, Redirect):
        return held
    name, part = _opened(project, held, kind, place)
    if place and not parts.is_shown_whole(kind, name, part):
        flash(_("This part holds something that no form shows. Change it in the text."), "warning")
        return redirect(url_for(".edit_text", key=key, mapping_id=mapping_id), code=303)
    do = request.form.get("do", "") if request.method == "POST" else ""
    form = _form(project, held, kind, place, name, part, {})
    sent = form.accepted() and form.has_no_twins()
    if sent and do in ("", "save"):
        check_seen(_stored(found.version, kind, name, part), form)
        return _kept(project, found, held, kind, place, form)
    at_hand = parts.put(held, kind, place, *form.part()) if sent else held
    if sent and do in ("more", "propose"):
        more = _more(project, at_hand, kind, place or _last(at_hand, kind), do)
        form = _form(project, held, kind, place, name, part, more)
    return _page(project, found, kind, place, form, at_hand)


def _held(checked: store.Checked, key: str, mapping_id: int) -> Any:
    """The parts of the draft; a text that is no YAML can only be mended as text."""
    if checked.parts is not None:
        return checked.parts
    flash(_("The text cannot be read as YAML. Mend it here first."), "warning")
    return redirect(url_for(".edit_text", key=key, mapping_id=mapping_id), code=303)


def _opened(project: Any, held: parts.Part, kind: str, place: int) -> tuple[str, parts.Part]:
    """The part at that place, or a new one; a new source takes a table's columns as its samples show them."""
    if place or kind == "head":
        found = parts.part_at(held, kind, place)
        if found is None:
            raise NotThere
        return found
    table = request.args.get("table", "")[:200]
    if kind == "source" and table:
        name = parts.field_named(table.rpartition(".")[2])
        return name, {"table": table, "fields": queries.editor.fields_of_table(project, table, home())}
    return "", {}


def _more(project: Any, held: parts.Part, kind: str, place: int, do: str) -> dict[str, list[parts.Row]]:
    """Rows to add to the tables that were sent: proposals, or empty ones."""
    prefixes = [prefix for _key, prefix, _columns in parts.TABLES.get(kind, ())]
    if do == "more":
        return {prefix: [{}, {}, {}] for prefix in prefixes}
    if do == "propose" and kind == "map":
        found = queries.editor.proposals(project, held, place, home())
        return {"field": [{"name": one.name, "formula": one.formula, "type": one.type} for one in found]}
    return {}


def _form(project: Any, held: parts.Part, kind: str, place: int, name: str, part: parts.Part,
          more: dict[str, list[parts.Row]]) -> forms.editor.PartForm:
    before = (place or None) if kind in parts.STEP_KINDS else None
    relations = list(parts.columns_of(held, before))
    return forms.editor.part_form(kind, name, part, relations, queries.mappings.table_choices(project.id), more)


def _stored(version: int, kind: str, name: str, part: parts.Part) -> Any:
    """What stands in the draft now, by field, for the page that shows two people's texts side by side."""
    singles, tables = parts.flat(kind, name, part)
    cells = {f"{prefix}_{at}_{column}": value for prefix, rows in tables.items()
             for at, row in enumerate(rows) for column, value in row.items()}
    return SimpleNamespace(version=version, called=name, **singles, **cells)


def _kept(project: Any, found: Any, held: parts.Part, kind: str, place: int, form: forms.editor.PartForm) -> Redirect | str:
    name, part = form.part()
    names = [each for at, each in enumerate(parts.keyed(held.get("sources")), 1) if at != place]
    if kind == "source" and name in names:
        form.blame("name", _("There is a source %(name)s already.", name=name))
        return _page(project, found, kind, place, form, held)
    stored = parts.part_at(held, kind, place) if place else None
    if stored is not None and kind != "head" and form.called.data not in (stored[0], ""):
        raise Refused(_("Another part stands here now: %(name)s. Open the part again from the mapping.", name=stored[0]))
    text = store.text_of_parts(parts.put(held, kind, place, name, part))
    actions.mappings.keep_draft(project=project, mapping=found, text=text, by=g.person)
    checked = store.checked(text)
    own = queries.editor.of_part(checked.faults, kind, name)
    place = place or _last(checked.parts or {}, kind)
    if own:
        return redirect(url_for(".edit_part", key=project.key, mapping_id=found.id, kind=kind, place=place), code=303)
    flash(_("Kept in the draft."), "success")
    return redirect(url_for(".edit_mapping", key=project.key, mapping_id=found.id), code=303)


def _last(held: parts.Part, kind: str) -> int:
    key = {"source": "sources", "target": "targets"}.get(kind, "steps")
    return len(held.get(key) or ())


def _page(project: Any, found: Any, kind: str, place: int, form: forms.editor.PartForm, held: parts.Part) -> str:
    is_previewed = kind not in ("head", "target")
    if is_previewed and not current_app.extensions["ninefold"].testing:
        store.expect_previews()  # whoever opens a part will look at what it gives
    name = str(form._fields["name"].data or "") if "name" in form._fields else str(form.called.data or "")
    faults = store.checked(store.text_of_parts(held)).faults
    do = request.form.get("do", "") if request.method == "POST" else ""
    is_map = kind == "map"
    preview = queries.editor.preview(project, held, name, home(), keys()) if do == "preview" and name else None
    part = (parts.part_at(held, kind, place or _last(held, kind)) or ("", {}))[1] if is_map else {}
    return render_template(
        "trials/edit_part.html", project=project, mapping=found, kind=kind, place=place, form=form, words=forms.editor,
        faults=queries.editor.of_part(faults, kind, name), preview=preview, said=forms.said,
        at_hand=parts.columns_of(held, (place or None) if kind in parts.STEP_KINDS else None),
        proposals=queries.editor.proposals(project, held, place, home()) if is_map and place else [],
        unmatched=queries.editor.unmatched(project, held, part, home()) if is_map and not do else [],
        reference=store.formula_reference() if kind in ("map", "join", "aggregate", "reconcile") and do != "preview" else [],
        tables=queries.mappings.table_choices(project.id) if kind == "source" and not place else [],
        is_previewed=is_previewed,
    )


@pages.post(f"{EDIT}/{PART}/<any(up, down, remove):direction>")
@requires(P.TRIAL_RUN, on="project")
def move_part(key: str, mapping_id: int, kind: str, place: int, direction: str) -> Redirect:
    """A part goes one place up or down, or out."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    checked = store.checked(queries.mappings.text_of_mapping(found))
    if checked.parts is None or parts.part_at(checked.parts, kind, place) is None:
        raise NotThere
    check_version(found)
    text = store.text_of_parts(parts.moved(checked.parts, kind, place, direction))
    actions.mappings.keep_draft(project=project, mapping=found, text=text, by=g.person)
    return redirect(url_for(".edit_mapping", key=key, mapping_id=mapping_id, _anchor="parts"), code=303)


def check_version(found: Any) -> None:
    """Raise Refused where the draft was changed after the page was opened: the place may be another part's now."""
    if request.form.get("version") not in (None, "", str(found.version)):
        raise Refused(_("The draft was changed meanwhile. Look at it again, then move or remove the part."))
