"""Every error that codeact raises on purpose.

::

    CodeActError
    ├── ConfigError             a setting that can't be used: file, key and what would be right
    ├── ModelError              the model could not answer
    │   ├── ModelAuthFailed     the key is missing, wrong or not allowed
    │   ├── ModelNotFound       no such model at that provider
    │   ├── ModelRateLimited    429; may say how long to wait            (retried)
    │   ├── ModelUnavailable    5xx, refused or lost connection          (retried)
    │   ├── ContextOverflow     the messages do not fit the model's window
    │   ├── ModelRefused        a request the provider will not take (400, content filter)
    │   ├── ModelBadStream      what came is not the protocol
    │   ├── ModelStreamEnded    the stream ended before the reply was complete
    │   └── ModelStalled        no bytes for the configured time
    ├── KernelError             the kernel could not do what was asked
    │   ├── KernelStartFailed   it did not come up; holds what it printed
    │   ├── KernelDied          the process ended; holds how
    │   └── KernelNotReady      asked while none is running
    ├── StoreError              the session could not be written or read
    │   ├── SessionNotFound     nothing has that id
    │   ├── SessionAmbiguous    several sessions have ids that begin so
    │   ├── SessionLocked       it is open in another process
    │   └── StoreTooNew         written by a later codeact
    ├── SnapshotError           files or variables could not be kept, or brought back
    │   ├── SnapshotNotFound    nothing is kept under that id
    │   ├── SnapshotDamaged     what is kept is not what was written; nothing of it is used
    │   ├── SnapshotStopped     the user stopped it; nothing was changed
    │   └── WorkspaceTooLarge   the folder has more files than are kept
    └── OpRefused               an Op that does not apply now

A message is one sentence that says what happened; `remedy` is one that says what to do.
"""

__all__ = [
    "CodeActError",
    "ConfigError",
    "ContextOverflow",
    "KernelDied",
    "KernelError",
    "KernelNotReady",
    "KernelStartFailed",
    "ModelAuthFailed",
    "ModelBadStream",
    "ModelError",
    "ModelNotFound",
    "ModelRateLimited",
    "ModelRefused",
    "ModelStalled",
    "ModelStreamEnded",
    "ModelUnavailable",
    "OpRefused",
    "SessionAmbiguous",
    "SessionLocked",
    "SessionNotFound",
    "SnapshotDamaged",
    "SnapshotError",
    "SnapshotNotFound",
    "SnapshotStopped",
    "StoreError",
    "StoreTooNew",
    "WorkspaceTooLarge",
]


class CodeActError(Exception):
    """The root of the tree.

    Args:
        message: One sentence that says what happened.
        remedy: One sentence that says what to do, or nothing.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    @property
    def sentence(self) -> str:
        """What happened and what to do, as one line."""
        return f"{self.message} {self.remedy}".strip()


class ConfigError(CodeActError):
    """A setting can't be used; the message names the file and the key."""


class ModelError(CodeActError):
    """The model could not answer."""


class ModelAuthFailed(ModelError):
    """The provider did not accept the key."""


class ModelNotFound(ModelError):
    """The provider has no such model."""


class ModelRateLimited(ModelError):
    """The provider asks to wait.

    Args:
        message: One sentence that says what happened.
        remedy: One sentence that says what to do.
        retry_after_s: Seconds the provider asked for; None when it did not say.
    """

    def __init__(self, message: str, *, remedy: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after_s = retry_after_s


class ModelUnavailable(ModelError):
    """The provider failed or could not be reached.

    Args:
        message: One sentence that says what happened.
        remedy: One sentence that says what to do.
        retry_after_s: Seconds the provider asked for; None when it did not say.
    """

    def __init__(self, message: str, *, remedy: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after_s = retry_after_s


class ContextOverflow(ModelError):
    """The messages do not fit the model's context window."""


class ModelRefused(ModelError):
    """The provider will not take this request."""


class ModelBadStream(ModelError):
    """What came back is not the streaming protocol."""


class ModelStreamEnded(ModelError):
    """The stream ended before the reply was complete."""


class ModelStalled(ModelError):
    """No bytes came for the configured time."""


class KernelError(CodeActError):
    """The kernel could not do what was asked."""


class KernelStartFailed(KernelError):
    """The kernel did not come up; the message ends with what it printed."""


class KernelDied(KernelError):
    """The kernel's process ended.

    Args:
        message: One sentence that says what happened.
        remedy: One sentence that says what to do.
        exit_code: The process's exit code, negative for a signal; None when unknown.
    """

    def __init__(self, message: str, *, remedy: str = "", exit_code: int | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.exit_code = exit_code


class KernelNotReady(KernelError):
    """No kernel is running."""


class StoreError(CodeActError):
    """The session could not be written or read."""


class SessionNotFound(StoreError):
    """No session has that id."""


class SessionAmbiguous(StoreError):
    """Several sessions have ids that begin so."""


class SessionLocked(StoreError):
    """The session is open in another process."""


class StoreTooNew(StoreError):
    """A later version of codeact wrote this store."""


class SnapshotError(CodeActError):
    """Files or variables could not be kept, or brought back."""


class SnapshotNotFound(SnapshotError):
    """Nothing is kept under that id."""


class SnapshotDamaged(SnapshotError):
    """What is kept is not what was written; nothing of it is used."""


class SnapshotStopped(SnapshotError):
    """The user stopped it; nothing was changed."""


class WorkspaceTooLarge(SnapshotError):
    """The folder has more files than are kept."""


class OpRefused(CodeActError):
    """An Op that does not apply in the session's present state."""
