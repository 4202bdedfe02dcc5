"""Every setting, with its default; the attribute docstrings are what `config.example.toml` says of it."""

from typing import Literal

from msgspec import Struct, field

from codeact_tui.protocol.ops import Policy

__all__ = ["Config", "InterfaceConfig", "KernelConfig", "ModelConfig", "ModelOverride", "OutputConfig", "SessionConfig"]

FormatChoice = Literal["auto", "execute", "fenced", "tool"]
ClientChoice = Literal["auto", "openai", "litellm"]


class ModelOverride(Struct, frozen=True, forbid_unknown_fields=True):
    """What differs for one model; a key that is left out keeps the value of `[model]`."""

    base_url: str | None = None
    api_key_env: str | None = None
    client: ClientChoice | None = None
    action_format: FormatChoice | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    context_window: int | None = None


class ModelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Which model is asked, and how."""

    name: str = ""
    """`provider/model` as litellm names it (`openai/gpt-4.1`, `anthropic/claude-sonnet-4-5`, `ollama_chat/qwen3`),
    or `demo`. Empty: the offline demo, and the first screen tells of what was found."""
    base_url: str = ""
    """Where an OpenAI-compatible server listens (`http://localhost:8000/v1`). Empty: the provider's own address."""
    api_key_env: str = ""
    """The environment variable that holds the key. Empty: the provider's usual one. A key never stands here."""
    client: ClientChoice = "auto"
    """auto: a thin client for servers that speak the OpenAI protocol, litellm for all other providers."""
    action_format: FormatChoice = "auto"
    """How the model writes an action. auto: `execute` tags."""
    temperature: float = 0.1
    """Between 0 and 2. Left out of the request for models that refuse it."""
    max_tokens: int = 4096
    """The longest reply, in tokens."""
    context_window: int = 0
    """In tokens. 0: what is known of the model, else 32768."""
    stall_seconds: float = 60.0
    """Give up when no byte has come for so long."""
    retries: int = 4
    """How often a request is tried again after 429, 5xx or a lost connection."""


class SessionConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How a session goes."""

    policy: Policy = "ask"
    """Who decides about actions. ask: you. turn: the rest of a turn runs by itself. all: everything does."""
    max_actions: int = 25
    """Actions in one turn before codeact stops and asks."""
    cell_seconds: float = 600.0
    """A cell that runs longer is interrupted. 0: never."""
    observation_chars: int = 12000
    """The most of a cell's output that the model is shown, head and tail."""


class KernelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Which Python runs the cells."""

    python: str = ""
    """A path to a Python with ipykernel, or the name of a kernelspec. Empty: the project's own environment, else
    codeact's."""
    start_seconds: float = 60.0
    """Give up when the kernel has not come up by then."""
    environment: tuple[str, ...] = ()
    """Names of environment variables that cells may see, beside the harmless ones that they always do."""


class OutputConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a cell's output is kept where."""

    head_kb: int = 256
    """Stream text that is kept in the transcript from a cell's start, in KiB."""
    tail_kb: int = 64
    """And from its end. The whole is in the store, up to `stored_mb`."""
    stored_mb: int = 64
    """The most stream text of one cell that is stored, in MiB."""
    display_mb: int = 20
    """The largest image or other display that is kept, in MiB."""


class InterfaceConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How the screen looks and feels."""

    theme: str = "dark"
    """A file's name in `themes/`, without `.toml`: shipped ones, or your own in the config folder."""
    reduced_motion: bool = False
    """Nothing moves that need not."""
    approval_delay_ms: int = 500
    """Keys count as an answer only so long after a question appears."""
    editor: str = ""
    """What Ctrl+G opens. Empty: `$VISUAL`, else `$EDITOR`, else the first of nano and vi."""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings."""

    model: ModelConfig = field(default_factory=ModelConfig)
    models: dict[str, ModelOverride] = {}
    """`[models."openai/gpt-4.1"]`: what differs for one model."""
    session: SessionConfig = field(default_factory=SessionConfig)
    kernel: KernelConfig = field(default_factory=KernelConfig)
    output: OutputConfig = field(default_factory=OutputConfig)
    interface: InterfaceConfig = field(default_factory=InterfaceConfig)
