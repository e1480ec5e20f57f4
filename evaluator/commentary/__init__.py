"""The result in words: the comment that a recruiter reads in the applicant-tracking system.

`phrases` holds what code writes, in each language; `comment` puts it together. May import `scoring`,
`evidence`, `judgement` and below.
"""
