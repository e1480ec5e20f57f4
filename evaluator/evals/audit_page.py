"""A bias audit as one page of HTML that needs nothing else.

May import `evals.audit_tables` and below.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evaluator import __version__
from evaluator.evals import audit_tables
from evaluator.evals.audit_data import Sample
from evaluator.evals.audit_figures import Figures


def audit_page(audited: Sequence[Figures], sample: Sample, *, data: str | None, left_out: str | None) -> str:
    """Return the page: what the figures stand on, and a table for each sample and kind of category.

    `data`: `historical`, `test` or None; `left_out`: why small categories are left out of the ratios, None
    where they are not. Whatever came from a file is escaped.
    """
    style = files("evaluator.evals").joinpath("templates", "audit.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=PackageLoader("evaluator.evals"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    told = [audit_tables.data_line(data), *audit_tables.counts(sample)]
    return environment.get_template("audit.html.jinja").render(
        audited=audited,
        tables=audit_tables,
        told=[*told, left_out_line] if (left_out_line := audit_tables.left_out_line(left_out)) else told,
        style=Markup(style),  # noqa: S704 - a file of the package
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        version=__version__,
    )
