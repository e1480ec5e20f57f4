"""What comes in and what goes out: the SolidATS contract as typed models, without any I/O.

`request` and `config` hold what SolidATS sends, `result` what it gets back, `decode` reads JSON text
strictly, `ours` recognises this service's own earlier results. May import `errors` alone.
"""
