"""The worked example of a bias audit: ten ratings, computed by hand in docs/audit.md."""

from pathlib import Path

RATINGS = """\
id,job,rating
a,X,95
b,Y,90
c,X,85
d,Y,80
e,X,70
f,Y,60
g,X,50
h,Y,40
i,X,30
j,Y,20
"""
CATEGORIES = """\
id,sex,race_ethnicity
a,Male,White
b,Male,White
c,Female,White
d,Male,Black
e,Female,Black
f,Female,White
g,Female,Black
h,Male,Black
i,Female,Black
j,prefer not to say,White
"""


def written(folder: Path, ratings: str | bytes = RATINGS, categories: str | bytes = CATEGORIES) -> list[Path]:
    """Write both files into `folder` and return their paths."""
    paths = [folder / "ratings.csv", folder / "categories.csv"]
    for path, text in zip(paths, (ratings, categories), strict=True):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return paths
