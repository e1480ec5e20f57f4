"""The whole tree of errors, and for each whether trying again can help.

    EvaluatorError
    ├── SettingsError            a setting is missing, malformed, or unsafe where it is used
    ├── PackError                a prompt pack does not load or render; knows file and line
    ├── FixtureError             a fixture or a case file cannot be read
    │   └── RecordingMissing         nothing is recorded of what a replay asks
    ├── InvalidRequest           the request breaks the contract; holds every problem found
    ├── Overloaded               more work than the queue takes                     (passing)
    ├── JobUnknown               there is no job of that id
    ├── JobUnsuited              the job's state does not allow what is asked of it
    ├── FailedElsewhere          another process assessed the same request, and failed
    ├── PackUnknown              there is no prompt pack, or no version, of that name
    ├── RunUnknown               there is no run of a draft of that id, or no such result in it
    ├── ChangedMeanwhile         somebody else changed a prompt pack; says who and when
    │   ├── DraftMoved               the draft is not the one that was edited
    │   └── VersionMoved             another version was published than the one that was seen
    ├── OptedOut                 the candidate wants no automated assessment
    ├── StorageError             what is stored cannot be read or written
    │   ├── StorageUnavailable       the database is locked, full, gone or read-only    (passing)
    │   ├── StorageTooNew            a newer version of the program wrote the database
    │   └── StorageKeyWrong          the encryption key is malformed, missing, or another one
    └── ModelError               the model gave no usable judgement
        ├── ModelKeyRejected         401
        ├── ModelForbidden           403
        ├── ModelNotFound            404, of the model or of the URL
        ├── ModelQuotaExhausted      the account's money or quota is used up
        ├── ModelContextExceeded     the prompt is longer than the model reads
        ├── ModelContentFiltered     the endpoint's filter stopped prompt or reply
        ├── ModelRefused             the model declined to answer
        ├── ModelReplyTruncated      the reply ended at the output limit
        ├── ModelReplyInvalid        no reply that fits the schema, after a repair turn
        ├── ModelRequestRejected     a 4xx that no change of the request mends
        ├── ModelBusy                no place for another call of ours              (passing)
        ├── ModelRateLimited         429                                            (passing)
        ├── ModelUnavailable         5xx, or no connection                          (passing)
        └── ModelTimeout             no answer in the time allowed                  (passing)

Imports nothing of the package. A message is written for the person who runs the service: it says what is
wrong and what to do, and never holds a secret, a key, or text about a candidate. `public` is what a
recruiter reads of it, the same for each class, without hosts, paths and settings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


class EvaluatorError(Exception):
    """Root of every error that the service raises on purpose."""

    permanent: bool = True
    """True where trying the same again cannot help."""

    public: str = "The service failed; nothing was rated. Whoever runs it finds the reason in its log."
    """What is told outside."""

    result_status: Literal["failed", "opted_out"] = "failed"
    """What the result of an assessment that ended so says of itself."""


class SettingsError(EvaluatorError):
    """A setting is missing, malformed, or unsafe where it is used."""


class PackError(EvaluatorError):
    """A prompt pack does not load or render."""

    public = (
        "The prompt pack cannot be used; nothing was rated. "
        "Whoever runs the service finds the place in its log."
    )

    def __init__(self, message: str, *, path: Path, line: int | None = None) -> None:
        """Keep where the fault is; `line` counts from 1, None where no line can be named.

        `told` is the message without the place.
        """
        where = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{where}: {message}")
        self.told = message
        self.path = path
        self.line = line


class FixtureError(EvaluatorError):
    """A fixture or a case file cannot be read; the message names the file."""


class RecordingMissing(FixtureError):
    """Nothing is recorded of what a replay asks; the message names the case and says what changed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request.

    `pointer` is a JSON pointer (RFC 6901) to the field; `message` says what is expected there and
    never repeats the value that came.
    """

    pointer: str
    message: str


class InvalidRequest(EvaluatorError):
    """The request breaks the contract."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Take every problem found, at least one."""
        super().__init__("; ".join(f"{p.pointer or '/'}: {p.message}" for p in problems))
        self.problems = tuple(problems)


class Overloaded(EvaluatorError):
    """More work is waiting than the queue takes."""

    permanent = False
    public = "The service has more work than it takes; nothing was rated. It can be sent again later."

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        """`retry_after_s`: seconds after which the caller may ask again."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class JobUnknown(EvaluatorError):
    """There is no job of that id: it was never there, was erased, or has outlived its retention."""


class JobUnsuited(EvaluatorError):
    """The job's state does not allow what is asked of it; the message says what does."""


class FailedElsewhere(EvaluatorError):
    """Another process assessed the same request, and failed; the message is what that one told outside."""


class PackUnknown(EvaluatorError):
    """There is no prompt pack of that name, or no version of that number."""


class RunUnknown(EvaluatorError):
    """There is no run of a draft of that id, or no such result in it."""


class ChangedMeanwhile(EvaluatorError):
    """Somebody else changed a prompt pack meanwhile, and nothing was written over it."""

    def __init__(self, message: str, *, by: str | None, at: float | None) -> None:
        """Keep who it was and when, in epoch seconds; None where nobody knows."""
        super().__init__(message)
        self.by = by
        self.at = at


class DraftMoved(ChangedMeanwhile):
    """The draft is not the one that was edited: another person saved it, published it or discarded it."""

    def __init__(
        self,
        message: str,
        *,
        by: str | None,
        at: float | None,
        revision: int,
        files: Mapping[str, str] | None,
    ) -> None:
        """Keep the draft as it is now; `revision` is 0 and `files` None where there is none any more."""
        super().__init__(message, by=by, at=at)
        self.revision = revision
        self.files = files


class VersionMoved(ChangedMeanwhile):
    """Another version was published than the one that was seen."""

    def __init__(self, message: str, *, by: str | None, at: float | None, number: int) -> None:
        """`number` is that of the version that is in use now."""
        super().__init__(message, by=by, at=at)
        self.number = number


class OptedOut(EvaluatorError):
    """The candidate wants no automated assessment, and no model was asked."""

    public = (
        "The candidate has opted out of automated assessment; nothing was rated. "
        "A person should assess this candidate."
    )
    result_status = "opted_out"


class StorageError(EvaluatorError):
    """What is stored cannot be read or written."""


class StorageUnavailable(StorageError):
    """The database cannot be used for now: locked, full, gone or read-only."""

    permanent = False
    public = "The service cannot store its work for now; nothing was rated. It can be sent again later."

    def __init__(self, message: str, *, retry_after_s: float = 5.0) -> None:
        """`retry_after_s`: seconds after which it is worth another try."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StorageTooNew(StorageError):
    """A newer version of the program wrote the database."""


class StorageKeyWrong(StorageError):
    """The encryption key is malformed, missing, or not the one the database was written with."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What asking a model took that came to nothing: requests sent, tokens reported, and their price.

    `cost_usd` is None where it is not known.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0


class ModelError(EvaluatorError):
    """The model gave no usable judgement."""

    public = "The model gave no usable judgement; nothing was rated. A person can assess this candidate."

    spent: Spent = Spent()
    """What was spent before it was given up."""


class ModelKeyRejected(ModelError):
    """The endpoint does not accept the key (401)."""

    public = (
        "The model endpoint does not accept the service's key; nothing was rated. "
        "Whoever runs the service must set a valid one."
    )


class ModelForbidden(ModelError):
    """The key may not use this model or endpoint (403)."""

    public = (
        "The service may not use this model; nothing was rated. "
        "Whoever runs the service must ask for access or choose another."
    )


class ModelNotFound(ModelError):
    """The endpoint knows no such model or path (404)."""

    public = (
        "The model is not there under the name that is set; nothing was rated. "
        "Whoever runs the service must mend that."
    )


class ModelQuotaExhausted(ModelError):
    """The account's credit or quota is used up; waiting does not bring it back."""

    public = (
        "The account at the model's provider is used up; nothing was rated. "
        "It can be sent again once that is topped up."
    )


class ModelContextExceeded(ModelError):
    """The prompt is longer than the model reads."""

    public = (
        "The job and its criteria are longer than the model may read; nothing was rated. "
        "Shorten them and send it again."
    )


class ModelContentFiltered(ModelError):
    """The endpoint's content filter stopped the prompt or the reply."""

    public = (
        "The model's content filter stopped this application; nothing was rated. "
        "A person should assess this candidate."
    )


class ModelRefused(ModelError):
    """The model declined to answer."""

    public = (
        "The model declined to judge this application; nothing was rated. "
        "A person should assess this candidate."
    )


class ModelReplyTruncated(ModelError):
    """The reply ended at the output limit before it was whole."""

    public = (
        "The model's reply was longer than its limit; nothing was rated. "
        "Whoever runs the service can raise the limit."
    )


class ModelReplyInvalid(ModelError):
    """The reply did not fit the schema, nor did the one after the repair turn."""

    public = (
        "The model gave no reply that can be used, also when asked again; nothing was rated. "
        "It can be sent again."
    )


class ModelRequestRejected(ModelError):
    """The endpoint rejected the request, and no change known to us mends it."""

    public = (
        "The model endpoint rejects the service's request; nothing was rated. "
        "Whoever runs the service must mend that."
    )


class _PassingModelError(ModelError):
    """A failure that may be gone at the next try."""

    permanent = False

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        """`retry_after_s`: seconds that the endpoint asked us to wait, None where it did not say."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelBusy(_PassingModelError):
    """As many calls as the service makes at once were in flight; the endpoint was not asked."""

    public = (
        "The service asks the model as often as it may for now; nothing was rated. "
        "It can be sent again later."
    )


class ModelRateLimited(_PassingModelError):
    """The endpoint takes no more requests for now (429)."""

    public = (
        "The model endpoint takes no more requests for now; nothing was rated. It can be sent again later."
    )


class ModelUnavailable(_PassingModelError):
    """The endpoint failed (5xx) or could not be reached."""

    public = (
        "The model endpoint cannot be reached or fails for now; nothing was rated. "
        "It can be sent again later."
    )


class ModelTimeout(_PassingModelError):
    """No answer came in the time allowed."""

    public = "The model endpoint did not answer in time; nothing was rated. It can be sent again."
