"""One assessment, from a valid request to a result: the pipeline that every way in shares.

`criteria` makes the rubric, `assessor` runs the steps, `report` assembles the result. May import the
layers below.
"""
