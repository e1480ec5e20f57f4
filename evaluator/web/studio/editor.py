"""The editor of a pack: its draft as fields and as text, what is unwise in it, and what a sample becomes.

May import `studio` and `web` siblings.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from evaluator.errors import DraftMoved, InvalidRequest, PackUnknown
from evaluator.prompts.files import PackFiles
from evaluator.rubric import LEVEL_WORDS
from evaluator.storage.pack_versions import FROM_FILES, Draft
from evaluator.studio.changes import title_of
from evaluator.studio.lint_rubric import FILE as RUBRIC
from evaluator.studio.packs import check_size
from evaluator.studio.previews import Preview
from evaluator.studio.rubric_form import FormUnreadable, RubricFields, read
from evaluator.studio.samples import PASTED, Sample, SampleUnknown, pasted
from evaluator.studio.studio import Studio
from evaluator.studio.vocabulary import inserts, vocabulary
from evaluator.web.studio.draft_fields import Edited, Sent, as_percent, as_points, edited, step_of
from evaluator.web.studio.entry import TheStudio
from evaluator.web.studio.guards import needs
from evaluator.web.studio.moments import when
from evaluator.web.studio.packs import where
from evaluator.web.studio.pages import is_fragment, page

_TITLES = {
    RUBRIC: "The rubric as text",
    "system.jinja": "Instructions to the model",
    "user.jinja": "What the model reads",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """The texts that are edited: the draft's, else those that are published.

    `number` is that of the published version, 0 for the files, None where there is none. `revision` is that
    of the draft that the texts are of, 0 where there was none, and `base` the version they were begun from.
    """

    files: PackFiles
    draft: Draft | None
    number: int | None
    title: str
    revision: int
    base: int


@get("/packs/{name:str}", guards=[needs("viewer")], include_in_schema=False)
async def editor(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Response[Any]:
    """Return the editor; with `show=preview` and a `sample`, what that becomes, for who has no scripts."""
    opened = await _open(studio, name)
    asked = dict(request.query_params)
    if request.user.may("editor"):
        studio.previews.warm()
    preview = None
    if asked.get("show") == "preview" or not request.user.may("editor"):
        preview = await _preview(studio, name, opened.files, asked)
    return await _page(request, studio, name, opened, asked=asked, preview=preview)


@post("/packs/{name:str}/draft", guards=[needs("editor")], include_in_schema=False, status_code=200)
async def save(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Response[Any]:
    """Save what is on the page, changed by a button where one was pressed."""
    sent, opened = await _sent(request), await _open(studio, name)
    try:
        after = await _edited(sent, opened)
        draft = await studio.packs.save_draft(
            name,
            after.files,
            by=request.user.name,
            revision=_number(sent.get("over") or sent.get("revision", "")),
            base=_number(sent.get("base", "")),
        )
    except DraftMoved as error:
        return await _told(request, studio, name, _as_sent(opened, sent), sent, moved=error)
    except (FormUnreadable, InvalidRequest) as error:
        return await _told(request, studio, name, _as_sent(opened, sent), sent, wrong=_sentences(error))
    if not is_fragment(request):
        return Redirect(f"{where(name)}#{'criteria' if sent.get('do') else 'texts'}", status_code=303)
    return page(
        "editor_saved.html.jinja",
        request,
        headers={"hx-trigger-after-settle": "draft-redrawn"} if sent.get("do") or sent.get("over") else {},
        draft=draft,
        changed=[each for each, text in after.files.items() if text != _typed(sent, opened.files)[each]],
        unreadable="",
        is_shown=after.is_shown,
        form=after.form,
        **_common(name),
    )


@post("/packs/{name:str}/draft/discard", guards=[needs("editor")], include_in_schema=False, status_code=303)
async def discard(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Response[Any]:
    """Throw the draft away, and show what is published."""
    sent = await _sent(request)
    try:
        await studio.packs.discard_draft(name, revision=_number(sent.get("revision", "")))
    except DraftMoved as error:
        return await _told(request, studio, name, await _open(studio, name), sent, moved=error)
    try:
        await studio.packs.latest(name)
    except PackUnknown:  # it was a draft alone
        return Redirect("/studio/packs", status_code=303)
    return Redirect(where(name), status_code=303)


@post("/packs/{name:str}/preview", guards=[needs("editor")], include_in_schema=False, status_code=200)
async def preview(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Response[Any]:
    """Return what a sample becomes by what is on the page, and what is unwise in that; saves nothing."""
    sent, opened = await _sent(request), await _open(studio, name)
    try:
        files = (await _edited(sent, opened)).files
    except (FormUnreadable, InvalidRequest):
        files = _typed(sent, opened.files)
    found = await _preview(studio, name, files, sent)
    if is_fragment(request):
        return page("editor_preview.html.jinja", request, preview=found, **_common(name))
    typed = replace(_as_sent(opened, sent), files=files)
    return await _page(request, studio, name, typed, asked=sent, preview=found)


async def _open(studio: Studio, name: str) -> Opened:
    """Return what is to be edited; raises PackUnknown."""
    published, draft = await studio.packs.published(name), await studio.packs.draft(name)
    if published is None and draft is None:
        raise PackUnknown(f"there is no pack {name}")
    files = draft.files if draft is not None else published.files if published is not None else {}
    number = None if published is None else published.number
    title = await asyncio.to_thread(title_of, files)
    return Opened(
        files=files,
        draft=draft,
        number=number,
        title=title or name,
        revision=0 if draft is None else draft.revision,
        base=(number or FROM_FILES) if draft is None else draft.base,
    )


def _as_sent(opened: Opened, sent: Sent) -> Opened:
    """Return what is on the page that sent it; what was saved meanwhile does not count as seen."""
    revision, base = _number(sent.get("revision", "")), _number(sent.get("base", ""))
    return replace(opened, files=_typed(sent, opened.files), revision=revision, base=base)


async def _edited(sent: Sent, opened: Opened) -> Edited:
    """Return what the form makes of the texts, as `edited` does; raises InvalidRequest for long ones."""
    check_size(_typed(sent, opened.files))
    return await asyncio.to_thread(edited, sent, opened.files)


async def _preview(studio: Studio, name: str, files: PackFiles, asked: Mapping[str, str]) -> Preview:
    try:
        sample = await _sample(studio, asked)
    except InvalidRequest as error:
        found = await studio.previews.preview(name, files, None)
        told = " ".join(f"{each.pointer or 'The whole'}: {each.message}." for each in error.problems)
        return replace(found, problem=found.problem or f"The pasted request cannot be used. {told}")
    except SampleUnknown as error:
        found = await studio.previews.preview(name, files, None)
        return replace(found, problem=found.problem or str(error))
    return await studio.previews.preview(name, files, sample.request)


async def _sample(studio: Studio, asked: Mapping[str, str]) -> Sample:
    """Return the chosen sample, the first that is shipped where none is chosen."""
    wanted = asked.get("sample", "")
    if number := asked.get("evaluation", "").strip():
        return await studio.samples.get(f"evaluation:{number}")
    if wanted == PASTED:
        return pasted(asked.get("pasted", ""))
    return await studio.samples.get(wanted or f"shipped:{studio.samples.shipped[0].case.name}")


async def _told(
    request: Request[Any, Any, Any],
    studio: Studio,
    name: str,
    opened: Opened,
    sent: Sent,
    *,
    moved: DraftMoved | None = None,
    wrong: list[str] | None = None,
) -> Response[Any]:
    """Say why nothing was saved; what was typed stays on the page."""
    status = 422 if moved is None else 409
    if is_fragment(request):
        values = {"moved": moved, "wrong": wrong or [], **_common(name)}
        return page("editor_not_saved.html.jinja", request, status=status, **values)
    return await _page(request, studio, name, opened, asked=sent, status=status, moved=moved, wrong=wrong)


async def _page(
    request: Request[Any, Any, Any],
    studio: Studio,
    name: str,
    opened: Opened,
    *,
    asked: Mapping[str, str],
    preview: Preview | None = None,
    status: int = 200,
    moved: DraftMoved | None = None,
    wrong: list[str] | None = None,
) -> Response[Any]:
    form, unreadable = await asyncio.to_thread(_form, opened.files)
    return page(
        "editor.html.jinja",
        request,
        status=status,
        opened=opened,
        draft=opened.draft,
        number=opened.number,
        form=form,
        unreadable=unreadable,
        samples=await studio.samples.list(),
        chosen=asked.get("sample", ""),
        typed=asked,
        preview=preview,
        moved=moved,
        wrong=wrong or [],
        titles=_TITLES,
        inserts=inserts(),
        vocabulary=vocabulary(),
        PASTED=PASTED,
        **_common(name),
    )


def _common(name: str) -> dict[str, Any]:
    return {
        "name": name, "where": where, "when": when, "as_percent": as_percent, "as_points": as_points,
        "step_of": step_of, "levels": LEVEL_WORDS, "money": money, "RUBRIC": RUBRIC,
    }  # fmt: skip


def _form(files: PackFiles) -> tuple[RubricFields | None, str]:
    try:
        return read(files[RUBRIC]), ""
    except FormUnreadable as error:
        return None, str(error)


def money(cost: float | None) -> str:
    """Return US dollars with the digits that matter, or that the price is not known."""
    if cost is None:
        return "price not known"
    return f"${cost:.2f}" if cost >= 1 else f"${cost:.4f}" if cost >= 0.0001 or not cost else f"${cost:.6f}"


async def _sent(request: Request[Any, Any, Any]) -> Sent:
    form = await request.form()
    return {name: said for name, said in form.multi_items() if isinstance(said, str)}


def _typed(sent: Sent, before: PackFiles) -> PackFiles:
    return {name: sent.get(name, text).replace("\r\n", "\n") for name, text in before.items()}


def _number(typed: str) -> int:
    """Return the revision of a hidden field; what is none stands for one that never was."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 12 else -1


def _sentences(error: FormUnreadable | InvalidRequest) -> list[str]:
    if isinstance(error, InvalidRequest):
        return [f"{each.message[:1].upper()}{each.message[1:]}." for each in error.problems]
    return [str(error)]


routes = [editor, save, discard, preview]
"""What this area serves."""
