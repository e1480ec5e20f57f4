"""An explanation as one page of HTML that needs nothing else, to be read by the person it is about.

May import siblings.
"""

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evaluator.audit import sentences
from evaluator.audit.explaining import Explanation


def as_page(explanation: Explanation) -> str:
    """Return the page. Whatever came from the candidate or the model is escaped; no script runs in it."""
    style = files("evaluator.audit").joinpath("templates", "explanation.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=PackageLoader("evaluator.audit"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("explanation.html.jinja").render(
        told=explanation,
        sentences=sentences,
        style=Markup(style),  # noqa: S704 - a file of the package
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )
