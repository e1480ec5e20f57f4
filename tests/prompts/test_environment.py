"""Templates: faults are found at load with their line, and request data never becomes a template."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import PackError
from tests.fakes.prompting import USER, make_pack, prompt_of, request_of

FAULTS = {
    "open expression": ("a\n{{ language", 2, "not a valid template"),
    "open block": ("a\n{% if language %}\nb", 3, "not a valid template"),
    "a block twice": (
        "{% block a %}x{% endblock %}\n{% block a %}y{% endblock %}",
        2,
        "block 'a' defined twice",
    ),
    "unknown tag": ("a\n{% iff language %}", 2, "unknown tag 'iff'"),
    "unknown variable": (
        "a\n\n{{ lenguage }}",
        3,
        "the variable lenguage is not known; did you mean language?",
    ),
    "unlike any variable": ("{{ qqq }}", 1, "qqq is not known; there are job, rubric, cv"),
    "variable in a branch not taken": (
        "{% if false %}\n{{ commets }}\n{% endif %}",
        2,
        "did you mean comments?",
    ),
    "variable in a macro not called": (
        "{% macro m(a) %}\n{{ a }}\n{{ b }}\n{% endmacro %}",
        3,
        "variable b is not known",
    ),
    "variable in a loop never run": (
        "{% for x in [] %}\n{{ y }}\n{% endfor %}",
        2,
        "variable y is not known",
    ),
    "variable in a condition": ("{{ 1 if language else\nother }}", 2, "variable other is not known"),
    "field of the CV": (
        "a\n{{ cv.sumary | fence('cv_summary') }}",
        2,
        "cv.sumary is not known; did you mean cv.summary?",
    ),
    "field in a branch not taken": (
        "{% if comments and not comments %}\n{{ cv.sumary | fence('x') }}\n{% endif %}",
        2,
        "did you mean cv.summary?",
    ),
    "field by its key": ("{{ cv['expirience'] | fence('x') }}", 1, "did you mean cv.experience?"),
    "field of the job": ("{{ job.descripton | fence('x') }}", 1, "did you mean job.description?"),
    "field of the rubric": (
        "{{ rubric.skils | length }}",
        1,
        "rubric.skils is not known; did you mean rubric.skills?",
    ),
    "field of a criterion": (
        "{% for c in rubric.skills + rubric.others %}\n{% if false %}{{ c.titel }}{% endif %}\n{% endfor %}",
        2,
        "c.titel is not known; did you mean c.title?",
    ),
    "field unlike any": (
        "{{ rubric.xyz }}",
        1,
        "rubric.xyz is not known; there are levels, others, skill_anchors, skills",
    ),
    "field that a request may lack": (
        "{{ form.salary | fence('x') }}",
        1,
        'a request may lack it, so write form.salary | default("")',
    ),
    "setting that a team may lack": ("{% if config.tone %}x{% endif %}", 1, "a request may lack it"),
    "id": ("{{ request.candidate_id }}", 1, "request.candidate_id is not known"),
    "secret": ("{{ request.call_secret }}", 1, "request.call_secret is not known"),
    "unknown filter": ("a\n{{ language | uper }}", 2, "the filter uper is not known; did you mean upper?"),
    "filter in a branch not taken": (
        "{% if false %}\n{{ 1 | fense('x') }}\n{% endif %}",
        2,
        "did you mean fence?",
    ),
    "filter that differs each time": ("{{ [1, 2] | random }}", 1, "the filter random is not known"),
    "function that differs each time": ("{{ lipsum() }}", 1, "the variable lipsum is not known"),
    "unknown test": (
        "{% if false %}{{ 1 is evn }}{% endif %}",
        1,
        "the test evn is not known; did you mean even?",
    ),
    "include": ("a\n{% include 'other.jinja' %}", 2, "stands alone"),
    "import": ("{% import 'other.jinja' as o %}", 1, "stands alone"),
    "import from": ("a\n{% from 'other.jinja' import o %}", 2, "stands alone"),
    "extends": ("{% extends 'other.jinja' %}", 1, "stands alone"),
    "name of a fence": ("a\n{{ language | fence('My CV') }}", 2, "a fence's name is made of"),
    "division by zero": ("a\n{{ 1 / 0 }}", 2, "does not render: division by zero"),
    "wrong types": ("a\n{{ 1 + 'a' }}", 2, "does not render: unsupported operand"),
    "fault in a macro": ("{% macro m() %}\n{{ [][1] }}\n{% endmacro %}\n\n{{ m() }}", 2, "has no element 1"),
    "fault in a loop": (
        "{% for c in comments %}\na\n{{ c.text }}\n{% endfor %}",
        3,
        "has no attribute 'text'",
    ),
    "fault in a block": ("{% block top %}\na\n{{ [][1] }}\n{% endblock %}", 3, "has no element 1"),
    "fault in a set": ("{% set t %}\n\n{{ [][1] }}\n{% endset %}{{ t }}", 3, "has no element 1"),
    "field that one of two contexts has": (
        "{% for c in context %}\n{{ c.note }}{% endfor %}",
        2,
        "has no attribute 'note'",
    ),
    "fault without comments only": ("{% if not comments %}\n{{ [][1] }}\n{% endif %}", 2, "has no element 1"),
    "endless recursion": (
        "{% macro m() %}\n{{ m() }}\n{% endmacro %}{{ m() }}",
        2,
        "maximum recursion depth",
    ),
    "missing method": ("{{ comments.foo() }}", 1, "has no attribute 'foo'"),
    "attribute filter": ("{{ 3 | dictsort }}", 1, "does not render"),
}


@pytest.mark.parametrize("name", ["system", "user"])
@pytest.mark.parametrize(("text", "line", "told"), FAULTS.values(), ids=FAULTS)
def test_fault_is_found_at_load_with_its_line(
    tmp_path: Path, text: str, line: int, told: str, name: str
) -> None:
    """A pack with a fault in a template, in whatever branch, does not load."""
    with pytest.raises(PackError) as caught:
        make_pack(tmp_path, **{name: text})

    assert (caught.value.path.name, caught.value.line) == (f"{name}.jinja", line)
    assert told in str(caught.value)


LAWFUL = {
    "asked for": "{% if form.salary is defined %}{{ form.salary | fence('salary') }}{% endif %}",
    "with a default": "{{ job.title | default('') | fence('title') }}",
    "a missing setting": "{{ config.tone if config.tone is defined else 'plain' }}",
    "object methods": "{% for key, value in form.items() %}{{ (key ~ value) | fence('a') }}\n{% endfor %}",
    "get": "{{ cv.get('links', '') | fence('links') }}",
    "own variables": "{% set cv = {'x': 1} %}{{ cv.x }}",
    "own macro": "{% macro m(job) %}{{ job.x | default(1) }}{% endmacro %}{{ m({}) }}",
    "titles as texts": "{{ rubric.skills | map(attribute='title') | map('upper') | fence('titles') }}",
    "a loop over titles": "{% for t in rubric.skills | map(attribute='title') %}"
    "{{ t.upper() | fence('t') }}\n{% endfor %}",
    "must-haves": "{% for c in rubric.skills | selectattr('must_have') %}{{ c.id }}{% endfor %}",
    "a name used twice": "{% for c in rubric.skills %}{{ c.id }}{% endfor %}"
    "{% for c in comments %}{{ c.x | default('') }}{% endfor %}",
    "loops": "{% for n in range(2) %}{{ loop.index }}{% set a = namespace(x=n) %}{{ a.x }}{% endfor %}",
    "filter block": "{% filter fence('summary') %}{{ cv.summary }}{% endfilter %}",
    "comments' fields": "{{ request.comments | map(attribute='author', default='') | fence('who') }}",
    "the rating": "{% if current_rating is not none %}{{ current_rating }}{% endif %}",
}


@pytest.mark.parametrize("text", LAWFUL.values(), ids=LAWFUL)
def test_lawful_template_loads(tmp_path: Path, text: str) -> None:
    """What is defined for every request, or asked for, is no fault."""
    assert make_pack(tmp_path, system=text).name == "sample"


OUTSIDE = {
    "as it is": ("a\n{{ cv.raw }}", 2, "text of cv.raw"),
    "before a fence": ("{{ cv.raw }}\n{{ form | fence('form') }}", 1, "text of cv.raw"),
    "in tags of one's own": ("<cv_raw>\n{{ cv.raw }}\n</cv_raw>", 2, "text of cv.raw"),
    "in a branch that a full request takes": (
        "{% if comments %}\n{{ comments[0] }}{% endif %}",
        1,
        "text of comments",
    ),
    "a fence within a line": ("The CV: {{ cv.raw | fence('cv_raw') }}", 1, "text of cv.raw"),
    "an object of Python": ("a\n{{ form }}", 2, "text of form"),
    "as JSON": ("{{ context | tojson }}", 1, "text of context"),
    "in capitals": ("{{ extra.unnamed_field | default('') | upper }}", 1, "text of extra"),
    "a skill's title": ("{% for c in rubric.skills %}\n{{ c.title }}{% endfor %}", 1, "text of rubric"),
    "a line of claims": ("x\n{{ claims }}", 2, "text of claims"),
    "the team's words": ("{{ config.instructions }}", 1, "text of config.instructions"),
    "through the request": ("\n{{ request.step_prompt }}", 2, "text of step_prompt"),
    "one of two": ("{{ cv.raw | fence('cv_raw') }}\n{{ cv.raw }}", 2, "text of cv.raw"),
}


@pytest.mark.parametrize(("text", "line", "told"), OUTSIDE.values(), ids=OUTSIDE)
def test_text_outside_a_fence_is_found_at_load(tmp_path: Path, text: str, line: int, told: str) -> None:
    """A template that writes a text of the request without the fence does not load."""
    with pytest.raises(PackError) as caught:
        make_pack(tmp_path, user=text)

    assert (caught.value.path.name, caught.value.line) == ("user.jinja", line)
    assert f"{told} stands outside a fence" in str(caught.value)


def test_pack_that_does_not_show_the_rubric_is_refused(tmp_path: Path) -> None:
    """A model that is not told what is judged would judge something else."""
    for number, system in enumerate(['{{ "Be kind" | fence("rubric") }}', '{# fence("rubric") #}']):
        with pytest.raises(PackError, match=r"system\.jinja: the rubric is missing") as caught:
            make_pack(tmp_path, system=system, name=f"pack-{number}")
        assert caught.value.path.name == "system.jinja"


MIXED = {
    "a CV for a job": ("x\n{{ cv.raw | fence('job') }}", 2, "text of cv.raw stands in the fence job"),
    "a form for a CV": ("{{ form | fence('cv_raw') }}", 1, "text of form stands in the fence cv_raw"),
    "a comment for the rubric": (
        "{{ comments | fence('rubric') }}",
        1,
        "comments stands in the fence rubric",
    ),
}


@pytest.mark.parametrize(("text", "line", "told"), MIXED.values(), ids=MIXED)
def test_text_in_the_fence_of_another_variable_is_refused(
    tmp_path: Path, text: str, line: int, told: str
) -> None:
    """What a candidate writes cannot be set up to pass for the job, nor an answer for the CV."""
    with pytest.raises(PackError) as caught:
        make_pack(tmp_path, user=text)

    assert (caught.value.path.name, caught.value.line) == ("user.jinja", line)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["{{ cv | fence('cv_raw') }}", "{{ job.prompt | fence('job') }}"])
def test_fields_of_one_variable_may_share_a_fence(tmp_path: Path, text: str) -> None:
    """A pack may put the whole CV into one fence."""
    assert make_pack(tmp_path, user=text).name == "sample"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ cv.raw.__class__.__mro__ }}",
        "{{ fence.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% if false %}{{ (1).__class__ }}{% endif %}",
        "{{ form.update({'a': 1}) }}",
        "{{ cv.experience.append('x') }}",
        "{{ form.clear() }}",
        "{{ comments.sort() }}",
        "{% set cv.raw = 'x' %}",
        "{{ range(1000000) | length }}",
    ],
)
def test_sandbox_is_not_left(tmp_path: Path, text: str) -> None:
    """Attributes of Python, changes of data and endless ranges are errors at load."""
    with pytest.raises(PackError):
        make_pack(tmp_path, system=text)


ATTACKS = [
    "{{ 7 * 191 }}",
    "{% for x in range(9) %}1337{% endfor %}",
    "{# gone #}",
    "{{ cv.raw }}",
    "${7*191}",
    "{%",
]
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "raw CV": lambda text: {"candidate_parsed_cv": {"raw": text}},
    "position": lambda text: {"candidate_parsed_cv": {"experience": [text]}},
    "answer": lambda text: {"application_form": {"Why?": text}},
    "question": lambda text: {"application_form": {text: "because"}},
    "comment": lambda text: {"comments": [{"content": text}]},
    "context": lambda text: {"context": [{"note": text}]},
    "unknown field": lambda text: {"motto": text},
    "job": lambda text: {"job": {"description": text}},
    "skill": lambda text: {"job": {"description": "x", "skills": [{"slug": text, "exp_level": 2}]}},
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_template_code_in_data_stays_text(
    tmp_path: Path, place: Callable[[str], dict[str, Any]], attack: str
) -> None:
    """Template code in any text of a request is written out as it came, and nothing of it is run."""
    prompt = prompt_of(make_pack(tmp_path), request_of(**place(attack)))

    assert attack in prompt.user


def test_failure_for_one_request_names_the_line_and_not_the_data(tmp_path: Path) -> None:
    """A template that fails on what a request holds says where, without repeating any of it."""
    text = USER + "{% if 'Ana' in cv.summary %}{{ form[cv.summary] | fence('x') }}{% endif %}"
    pack = make_pack(tmp_path, user=text)

    with pytest.raises(
        PackError, match=r"user\.jinja:10: does not render for this request \(\w+\)$"
    ) as caught:
        prompt_of(pack, request_of(candidate_parsed_cv={"summary": "Ana Lopes"}))
    assert "Ana" not in str(caught.value)


ENDLESS = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "calls": "{{ f(60) }}",
    "text": "{{ 'a' * 10 ** 10 }}",
    "message": "{% for a in range(11) %}{{ 'a' * 999999 }}{% endfor %}",
    "power": "{{ 10 ** (10 ** 9) }}",
    "list": "{{ (10 ** 10 * [1]) | length }}",
}


TWICE = "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}"


@pytest.mark.parametrize("endless", ENDLESS.values(), ids=ENDLESS)
def test_template_that_is_never_done_for_one_request_fails_for_it(tmp_path: Path, endless: str) -> None:
    """What the samples do not reach goes on for a while, and not without end: the service serves others."""
    pack = make_pack(tmp_path, user=USER + TWICE + f"{{% if 'Ana' in cv.summary %}}{endless}{{% endif %}}")
    with pytest.raises(PackError, match=r"user\.jinja(:10)?: does not render for this request"):
        prompt_of(pack, request_of(candidate_parsed_cv={"summary": "Ana Lopes"}))


def test_loop_knows_its_rounds(tmp_path: Path) -> None:
    """What a loop tells of itself is as without a bound."""
    text = (
        USER
        + "{% for a in [1, 2] %}{{ loop.index }}/{{ loop.length }}{{ loop.last }} {% else %}-{% endfor %}"
    )
    prompt = prompt_of(make_pack(tmp_path, user=text), request_of())
    assert "1/2False 2/2True" in prompt.user
