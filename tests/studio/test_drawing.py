"""What a draft makes of a sample, within this process and in the limited one."""

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluator.assessment.assessor import ModelChoice
from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import PackError
from evaluator.models.prices import Price, PriceTable
from evaluator.prompts.datamark import MARK
from evaluator.prompts.files import PackFiles, read_files
from evaluator.studio.drawer import BUSY, MOST_WAITING, Drawer, NotDrawn
from evaluator.studio.drawing import draw
from evaluator.studio.drawing_process import (
    TOO_LARGE,
    TOO_LONG,
    TooLong,
    answer,
    read_frame,
    serve,
    write_frame,
)
from evaluator.studio.previews import Previews, Shown
from evaluator.studio.samples import shipped_samples

FILES = read_files(Path("prompts/default"))
REQUEST = shipped_samples()[0].case.request
HOSTILE = next(each.case.request for each in shipped_samples() if "injection" in each.case.name)
CHOICE = ModelChoice("m")
PRICES = PriceTable({"m": Price(1.0, 0.5, 2.0)})


def asked(files: PackFiles = FILES, request: AssessmentRequest = REQUEST) -> dict[str, Any]:
    """Return what a drawing is asked with."""
    choice = {"default": "m", "allowed": [], "offline": False, "encoding": None}
    sent = request.model_dump(mode="json", exclude_unset=True)
    return {"name": "default", "files": dict(files), "request": sent, "choice": choice, "app_id": None}


def with_user(text: str) -> PackFiles:
    """Return the default pack with a text before its user template."""
    return {**FILES, "user.jinja": f"{text}\n{FILES['user.jinja']}"}


def parts_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of both messages."""
    return [part for message in told["shown"]["messages"] for part in message["parts"]]


class Drawn:
    """Draws in this process, and keeps what it was asked."""

    def __init__(self, failing: str = "") -> None:
        """`failing`: how each drawing fails."""
        self.failing = failing
        self.asked = ""

    async def draw(self, asked: Any) -> Any:
        """Draw as the limited process would."""
        if self.failing:
            raise NotDrawn(self.failing)
        self.asked = json.dumps(asked)
        return json.loads(json.dumps(draw(json.loads(self.asked))))

    def warm(self) -> None:
        """Need nothing."""

    def close(self) -> None:
        """Hold nothing."""


def previews(failing: str = "") -> Previews:
    """Return previews that draw in this process."""
    return Previews(Drawn(failing), choice=CHOICE, prices=PRICES)


def shown(files: PackFiles = FILES, request: AssessmentRequest = REQUEST) -> Shown:
    """Return the prompt that a request becomes."""
    found = asyncio.run(previews().preview("default", files, request)).shown
    assert found is not None
    return found


def test_parts_are_the_whole_prompt_and_its_tokens() -> None:
    """Nothing of what is sent is missing from the parts, and their tokens add up to the prompt's."""
    told = draw(asked())
    assert sum(part["tokens"] for part in parts_of(told)) == told["shown"]["tokens"]
    text = "".join(piece for part in parts_of(told) for piece, _ in part["pieces"])
    assert "<cv_experience>" in text
    assert REQUEST.job.description in text


def test_mark_of_the_service_is_not_shown() -> None:
    """The line that holds it is the service's own, and what it holds stays out of the page."""
    last = draw(asked())["shown"]["messages"][0]["parts"][-1]
    assert last["origin"] == "service"
    assert last["pieces"][-1][0].endswith("in no reply: […]")


def test_flagged_passage_is_left_out_and_told() -> None:
    """Where it stood is marked, and why it is gone is told in words."""
    found = shown(request=HOSTILE)
    marks = {piece.mark for part in found.user for piece in part.pieces}
    assert "left out" in marks
    assert found.left_out[0][0] == "In the application form: an instruction to the model"


def test_datamarked_pack_is_shown_as_it_is_sent() -> None:
    """The spaces of the candidate's texts are marked in the preview too, and the note is the service's."""
    files = {**FILES, "pack.toml": FILES["pack.toml"].replace("[skills]", "datamark = true\n\n[skills]", 1)}
    found = shown(files)
    experience = next(part for part in found.user if part.title == "CV: experience")
    assert MARK in experience.text
    assert "every space is written" in found.system[-1].text


def test_costs_are_of_the_tokens() -> None:
    """A part costs its tokens, the whole all of them, and the reply is told apart."""
    found = shown()
    assert found.cost_usd == pytest.approx(found.tokens / 1e6)
    assert found.reply_cost_usd == pytest.approx(2 * found.reply_tokens / 1e6)
    assert sum(share.cost_usd or 0 for share in found.shares) <= found.cost_usd + 1e-9


def test_what_is_cut_is_told() -> None:
    """A prompt over its budget says what went."""
    raw = " ".join(f"word{at}" for at in range(20_000))
    cv = REQUEST.candidate_parsed_cv.model_copy(update={"raw": raw})
    found = shown(request=REQUEST.model_copy(update={"candidate_parsed_cv": cv}))
    assert any(cut.startswith("CV: whole text: the end of the text") for cut in found.cuts)


def test_text_outside_its_fence_is_told_at_its_line() -> None:
    """An untrusted field that would pass for instructions is an error of the draft."""
    told = draw(asked(with_user("{{ cv.raw }}")))
    assert told["shown"] is None
    assert [(each["file"], each["line"]) for each in told["findings"]] == [("user.jinja", 1)]
    assert "outside a fence" in told["findings"][0]["said"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ 1 / 0 }}", "it divides by nothing"),
        ("{{ job.description + 1 }}", "a value of another kind"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "calls itself without end"),
        ("{{ extra.shoe_size | upper }}", "extra.shoe_size is not known"),
    ],
)
def test_template_that_fails_is_told_in_plain_words(text: str, words: str) -> None:
    """Whoever wrote it reads what it does wrong, at its line."""
    told = draw(asked(with_user(text)))
    assert [each["line"] for each in told["findings"]] == [1]
    assert words in told["findings"][0]["said"]


def test_rubric_that_does_not_load_is_told_by_criterion() -> None:
    """The place in the rubric is told by the number of the criterion, not by a pointer."""
    files = {**FILES, "pack.toml": FILES["pack.toml"].replace('title = "Work with others"', 'title = ""')}
    told = [each["said"] for each in draw(asked(files))["findings"] if each["severity"] == "error"]
    assert told == ["Criterion 3: give it a title of 3 to 120 characters."]


def test_examples_are_of_the_sample() -> None:
    """The insert menu can say what a part is for the chosen candidate."""
    assert draw(asked())["examples"]["job.description"] in " ".join(REQUEST.job.description.split())


def test_preview_of_a_candidate_who_opted_out_says_so() -> None:
    """Such a candidate would not be rated."""
    config = REQUEST.integration_config.model_copy(update={"opt_out_field": "no_machine"})
    form = read_model(type(REQUEST.application_form), {"no_machine": "yes"})
    request = REQUEST.model_copy(update={"integration_config": config, "application_form": form})
    assert shown(request=request).opted_out


def test_preview_sends_no_secret_of_a_call() -> None:
    """The process that runs a draft's template has nothing that answers SolidATS."""
    drawn = Drawn()
    request = REQUEST.model_copy(update={"call_secret": "s3cret-of-the-call"})
    asyncio.run(Previews(drawn, choice=CHOICE, prices=PRICES).preview("default", FILES, request))
    assert "s3cret" not in drawn.asked


def test_check_of_a_sound_pack_passes() -> None:
    """What can be used is not held up by advice."""
    asyncio.run(previews().check("default", FILES))


def test_check_of_a_broken_pack_names_file_and_line() -> None:
    """Publishing is stopped where the pack does not load, at the place of the fault."""
    with pytest.raises(PackError, match="claim is not known") as caught:
        asyncio.run(previews().check("default", with_user("{{ claim }}")))
    assert (caught.value.path.name, caught.value.line) == ("user.jinja", 1)


def test_check_of_a_pack_that_is_never_done_is_refused() -> None:
    """What the process could not draw is not published."""
    with pytest.raises(PackError, match="takes too long"):
        asyncio.run(previews(failing=TOO_LONG).check("default", FILES))


@pytest.mark.parametrize(
    ("how", "words"), [(TOO_LONG, "takes too long"), (TOO_LARGE, "into memory"), (BUSY, "Many previews")]
)
def test_drawing_that_came_to_nothing_is_told(how: str, words: str) -> None:
    """Each way has plain words."""
    assert words in asyncio.run(previews(failing=how).preview("default", FILES, REQUEST)).problem


# The process.


def test_frames_are_answered_until_the_input_ends() -> None:
    """Each frame gets its time and its answer."""
    source, sink, armed = io.BytesIO(), io.BytesIO(), []
    for _ in range(2):
        write_frame(source, json.dumps(asked()).encode())
    source.seek(0)
    serve(source, sink, lambda: armed.append(1))
    sink.seek(0)
    assert [json.loads(read_frame(sink))["problem"] for _ in armed] == ["", ""]


@pytest.mark.parametrize(
    ("error", "how"), [(TooLong(), TOO_LONG), (MemoryError(), TOO_LARGE), (RecursionError(), TOO_LARGE)]
)
def test_drawing_that_fails_is_an_answer(error: Exception, how: str) -> None:
    """The process says how it failed."""

    def failing(_: object) -> dict[str, Any]:
        raise error

    assert json.loads(answer({}, failing)) == {"failed": how}


@pytest.mark.parametrize("stream", [b"", b"\0\0", b"\0\0\0\5abc", b"\xff\xff\xff\xff"])
def test_frame_that_is_not_whole_is_none(stream: bytes) -> None:
    """A stream that ends, or a length that is no frame's, ends the process."""
    assert read_frame(io.BytesIO(stream)) == b""


@pytest.fixture(scope="module")
def drawer() -> Iterator[Drawer]:
    """One process for the tests below, as the service has one."""
    made = Drawer(within_s=60)
    yield made
    made.close()


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'a' * 10**9 }}",
        "{% for a in range(99999) %}{{ 'a' * 99999 }}{% endfor %}",
        "{{ ('a' * 10**8) | fence('x') }}",
    ],
)
def test_endless_draft_ends_in_a_plain_error_and_the_next_is_drawn(drawer: Drawer, text: str) -> None:
    """A loop without end and a text without bounds cost their time, and nobody else's preview."""
    limited = Previews(drawer, choice=CHOICE, prices=PRICES)
    broken = asyncio.run(limited.preview("default", with_user(text), REQUEST))
    told = " ".join([broken.problem, *(each.said for each in broken.findings)])
    assert broken.shown is None
    assert "too long" in told or "memory" in told
    assert asyncio.run(limited.preview("default", FILES, REQUEST)).shown is not None


def test_loop_without_end_is_told_at_its_line(drawer: Drawer) -> None:
    """Who wrote it sees where."""
    text = "\n{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    broken = asyncio.run(
        Previews(drawer, choice=CHOICE, prices=PRICES).preview("default", with_user(text), REQUEST)
    )
    assert [(each.file, each.line) for each in broken.findings] == [("user.jinja", 2)]


def test_process_that_hangs_is_ended() -> None:
    """A process that does not answer in its time is ended, and the next drawing begins another."""
    hanging = Drawer(("/bin/sleep", "60"), within_s=0.05)
    with pytest.raises(NotDrawn):
        asyncio.run(hanging.draw(asked()))
    hanging.close()


def test_process_that_ends_at_once_is_told() -> None:
    """A process that cannot run is no answer."""
    gone = Drawer(("/bin/true",))
    with pytest.raises(NotDrawn):
        asyncio.run(gone.draw(asked()))
    gone.close()


def test_drawings_beyond_the_bound_are_refused() -> None:
    """Who asks while many wait is told at once."""
    drawer = Drawer(("/bin/sleep", "60"))
    drawer._waiting = MOST_WAITING
    with pytest.raises(NotDrawn, match=BUSY):
        asyncio.run(drawer.draw(asked()))
    drawer.close()


def test_process_has_nothing_of_the_environment(drawer: Drawer, tmp_path: Path) -> None:
    """No secret of the service is where a draft is drawn."""
    asyncio.run(drawer.draw(asked()))
    process = drawer._process
    assert process is not None
    assert Path(f"/proc/{process.pid}/environ").read_bytes() == b""
