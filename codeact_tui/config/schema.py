"""Every setting, with its default; the attribute docstrings are what `config.example.toml` says of it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from codeact_tui.protocol.ops import Policy

__all__ = [
    "CheckpointConfig",
    "Config",
    "InterfaceConfig",
    "KernelConfig",
    "ModelConfig",
    "ModelOverride",
    "OutputConfig",
    "ResumeConfig",
    "SandboxConfig",
    "SandboxMode",
    "SecretsConfig",
    "SessionConfig",
]

FormatChoice = Literal["auto", "execute", "fenced", "tool"]
ClientChoice = Literal["auto", "openai", "litellm"]

ModelName = Annotated[str, Meta(pattern=r"^\S{0,300}\Z", description="a model's name, without spaces")]
BaseUrl = Annotated[
    str,
    Meta(
        pattern=r"^(https?://[^\s/@?#]+(/[^\s?#]*)?)?\Z",
        description='an address such as "http://localhost:8000/v1", without user name, password or "?"',
    ),
]
KeyVariable = Annotated[
    str,
    Meta(
        pattern=r"^([A-Z_][A-Z0-9_]{0,99})?\Z",
        description='the name of an environment variable, in capitals, such as "OPENAI_API_KEY"',
    ),
]
VariableName = Annotated[
    str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}\Z", description="the name of an environment variable")
]
KeyCommand = Annotated[
    tuple[str, ...],
    Meta(max_length=100, description='a program and its arguments, such as ["pass", "show", "openai"]'),
]
ThemeName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z", description='a theme\'s name, such as "dark"')
]
KeyList = Annotated[
    str, Meta(max_length=200, description='keys with commas between, such as "ctrl+k,f9"; "" takes them away')
]
Temperature = Annotated[float, Meta(ge=0, le=2)]
ReplyTokens = Annotated[int, Meta(ge=1, le=10_000_000)]
WindowTokens = Annotated[int, Meta(ge=0, le=100_000_000)]


class ModelOverride(Struct, frozen=True, forbid_unknown_fields=True):
    """What differs for one model; a key that is left out keeps the value of `[model]`."""

    base_url: BaseUrl | None = None
    api_key_env: KeyVariable | None = None
    api_key_command: KeyCommand | None = None
    client: ClientChoice | None = None
    action_format: FormatChoice | None = None
    temperature: Temperature | None = None
    max_tokens: ReplyTokens | None = None
    context_window: WindowTokens | None = None


class ModelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Which model is asked, and how."""

    name: ModelName = ""
    """`provider/model` as litellm names it (`openai/gpt-4.1`, `anthropic/claude-sonnet-4-5`, `ollama_chat/qwen3`),
    or `demo`. Empty: the offline demo, and the first screen tells of what was found."""
    base_url: BaseUrl = ""
    """Where an OpenAI-compatible server listens (`http://localhost:8000/v1`). Empty: the provider's own address."""
    api_key_env: KeyVariable = ""
    """The environment variable that holds the key. Empty: the provider's usual one. A key never stands here."""
    api_key_command: KeyCommand = ()
    """A program that prints the key as its first line, run without a shell when the key is first needed, before the
    environment is looked at. Empty: none."""
    client: ClientChoice = "auto"
    """auto: a thin client for servers that speak the OpenAI protocol, litellm for all other providers."""
    action_format: FormatChoice = "auto"
    """How the model writes an action. auto: `execute` tags."""
    temperature: Temperature = 0.1
    """Between 0 and 2. Left out of the request for models that refuse it."""
    max_tokens: ReplyTokens = 4096
    """The longest reply, in tokens."""
    context_window: WindowTokens = 0
    """In tokens. 0: what is known of the model, else 32768."""
    stall_seconds: Annotated[float, Meta(gt=0, le=86400)] = 60.0
    """Give up when no byte has come for so long."""
    retries: Annotated[int, Meta(ge=0, le=100)] = 4
    """How often a request is tried again after 429, 5xx or a lost connection."""


class SessionConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How a session goes."""

    policy: Policy = "ask"
    """Who decides about actions. ask: you. safe: what only computes, and reads in the workspace, runs by itself.
    sandbox: what the sandbox confines does; without one, as safe. turn: each turn runs by itself. all: everything
    does."""
    warm_up: bool = True
    """safe and sandbox are a step stricter for the first three actions of a session."""
    max_actions: Annotated[int, Meta(ge=1, le=10_000)] = 25
    """Actions in one turn before codeact stops and asks."""
    cell_seconds: Annotated[float, Meta(ge=0, le=10_000_000)] = 600.0
    """A cell that runs longer is interrupted. 0: never."""
    observation_chars: Annotated[int, Meta(ge=200, le=10_000_000)] = 12000
    """The most of a cell's output that the model is shown, head and tail."""
    record_files: bool = True
    """Look at the folder before and after each cell, and say which files have changed."""


class KernelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Which Python runs the cells."""

    python: str = ""
    """A path to a Python with ipykernel, or the name of a kernelspec. Empty: the project's own environment, else
    codeact's."""
    start_seconds: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """Give up when the kernel has not come up by then."""
    environment: Annotated[tuple[VariableName, ...], Meta(max_length=200)] = ()
    """Names of environment variables that cells may see, beside the harmless ones that they always do."""
    packages: Literal["session", "environment"] = "session"
    """Where `pip install` in a cell puts packages. session: into a folder of the session's, kept with it and deleted
    with it. environment: into the Python that runs the cells; the sandbox refuses that."""


SandboxMode = Literal["auto", "require", "bubblewrap", "landlock", "container", "off"]
ImageName = Annotated[
    str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9._/:@-]{0,300})?\Z", description="a container image's name")
]
FolderPath = Annotated[
    str, Meta(pattern=r"^[/~][^\x00]{0,4000}\Z", description='an absolute path, such as "/data" or "~/data"')
]
FilePattern = Annotated[
    str, Meta(pattern=r"^[^/\x00]{1,200}\Z", description='a pattern of file names, such as "*.pem"')
]


_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
NetworkEntry = Annotated[
    str,
    Meta(
        pattern=rf"^(\*\.)?({_LABEL}\.){{0,60}}[A-Za-z]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?(:[1-9][0-9]{{0,4}})?\Z",
        description='a host, such as "api.example.org", "*.example.org" or "example.org:8443", or "pypi" or "all"',
    ),
]


SecretPattern = Annotated[str, Meta(max_length=200, description='a regular expression, such as "EMP-[0-9]{6}"')]


class SandboxConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What cells may touch."""

    mode: SandboxMode = "auto"
    """auto: the strongest sandbox that works on this machine. require: the same, and no start without one. bubblewrap,
    landlock: that one. container: podman or docker. off: none, cells have all your rights."""
    image: ImageName = ""
    """For `container`: an image on this machine that has Python and ipykernel."""
    workspace: Literal["writable", "read_only"] = "writable"
    """The folder that cells run in. read_only: no start without a sandbox."""
    readable: Annotated[tuple[FolderPath, ...], Meta(max_length=200)] = ()
    """Folders of your home that cells may read; of the rest of your home they see nothing."""
    writable: Annotated[tuple[FolderPath, ...], Meta(max_length=200)] = ()
    """Folders outside the workspace that cells may write."""
    hidden: Annotated[tuple[FilePattern, ...], Meta(max_length=200)] = (
        *(".env", ".env.*", "*.pem", "*.key", "id_rsa*", "id_ed25519*", ".netrc", ".pypirc", ".npmrc"),
    )
    """Files of the workspace that cells can't read, by their names. Bubblewrap only."""
    network: Annotated[tuple[NetworkEntry, ...], Meta(max_length=200)] = ()
    """Hosts that cells may reach, at ports 80 and 443 or at one that is named. pypi: where packages come from. all:
    the whole internet. Addresses of your own network and of this machine stay closed. Empty: no network."""
    ask_hosts: bool = True
    """A host that is not in `network` is asked about in the screen, while the cell waits. With Landlock only where
    `network` is not empty. false: it is refused at once."""
    memory_mb: Annotated[int, Meta(ge=0, le=1 << 30)] = 0
    """The kernel is killed when it and what it started hold more, in MiB. 0: three quarters of the machine's."""
    processes: Annotated[int, Meta(ge=16, le=1 << 20)] = 1024
    """Processes and threads. With Landlock the system counts those that you had at the start besides."""
    cpu_seconds: Annotated[float, Meta(ge=0, le=10_000_000)] = 0.0
    """A cell that takes more of the processors' time, that of all it started included, is interrupted, and the kernel
    is killed if it goes on. 0: no limit but `session.cell_seconds`."""
    file_mb: Annotated[int, Meta(ge=1, le=1 << 30)] = 16384
    """The largest file that a cell can write, in MiB."""
    disk_mb: Annotated[int, Meta(ge=0, le=1 << 30)] = 0
    """The kernel is killed when its cells have filled so much more of the disks, in MiB. 0: half of what is free when
    it starts."""
    open_files: Annotated[int, Meta(ge=64, le=1 << 20)] = 4096
    """Files that one process has open at a time."""


class CheckpointConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What going back goes to: frozen copies of the kernel, on Linux, and the files of the folder."""

    enabled: bool = True
    """A copy before each cell: /undo takes a cell back, and a kernel that died is there again as before its last
    cell."""
    count: Annotated[int, Meta(ge=1, le=400)] = 40
    """How many are kept; older ones are thinned out first."""
    memory_mb: Annotated[int, Meta(ge=0, le=1 << 30)] = 0
    """What they may hold beyond what they share with the kernel, in MiB. 0: a quarter of the machine's memory."""
    files: bool = True
    """Keep the files of the folder before and after each cell, outside of it, so that going back takes them back too.
    What .gitignore names is left out, and what `sandbox.hidden` does. On every system."""
    file_mb: Annotated[int, Meta(ge=1, le=1 << 20)] = 256
    """A larger file is not kept, in MiB, and named."""
    folder_mb: Annotated[int, Meta(ge=1, le=1 << 24)] = 8192
    """What comes after so much in the folder is not kept, in MiB, and named."""
    folder_files: Annotated[int, Meta(ge=1, le=10_000_000)] = 50_000
    """A folder with more files and folders is not kept at all."""
    stored_mb: Annotated[int, Meta(ge=1, le=1 << 24)] = 20480
    """When the snapshots of one folder take more, the oldest go, in MiB."""
    warm: Annotated[tuple[str, ...], Meta(max_length=20)] = ("numpy", "pandas", "matplotlib")
    """A fresh kernel is kept ready with these imported, as far as they are there: /restart takes no time. []: none."""


class SecretsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What looks like a key or a password in what cells put out."""

    mask: bool = True
    """Mask it on the screen, and in what the model is shown. On the screen a key shows it."""
    patterns: Annotated[tuple[SecretPattern, ...], Meta(max_length=50)] = ()
    """Regular expressions of your own for what is masked too."""


class ResumeConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of the variables, so that `codeact chat -r` brings them back."""

    variables: bool = True
    """false: nothing is kept of them."""
    mb: Annotated[int, Meta(ge=1, le=1 << 20)] = 2048
    """The most that is kept of one session's variables, in MiB."""
    variable_mb: Annotated[int, Meta(ge=1, le=1 << 20)] = 1024
    """A variable that takes more is not kept, in MiB; those that share something count together."""
    seconds: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """What could not be kept by then is left out. Cells go on meanwhile."""
    variable_seconds: Annotated[float, Meta(gt=0, le=3600)] = 20.0
    """A variable that takes longer is not kept."""
    quit_seconds: Annotated[float, Meta(gt=0, le=3600)] = 10.0
    """The same for all of them on quitting, which waits for it."""
    every_minutes: Annotated[float, Meta(ge=0, le=10_000)] = 5.0
    """They are kept again after a cell when the last time is so long ago."""
    after_seconds: Annotated[float, Meta(ge=0, le=1_000_000)] = 20.0
    """And after a cell that took so long."""
    load_seconds: Annotated[float, Meta(gt=0, le=3600)] = 120.0
    """What is not back by then stays away."""


class OutputConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a cell's output is kept where."""

    head_kb: Annotated[int, Meta(ge=1, le=65536)] = 256
    """Stream text that is kept in the transcript from a cell's start, in KiB."""
    tail_kb: Annotated[int, Meta(ge=1, le=65536)] = 64
    """And from its end. The whole is in the store, up to `stored_mb`."""
    stored_mb: Annotated[int, Meta(ge=1, le=65536)] = 64
    """The most stream text of one cell that is stored, in MiB."""
    display_mb: Annotated[int, Meta(ge=1, le=1024)] = 20
    """The largest image or other display that is kept, in MiB."""


class InterfaceConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How the screen looks and feels."""

    theme: ThemeName = "dark"
    """A file's name in `themes/`, without `.toml`: shipped ones, or your own in the config folder."""
    reduced_motion: bool = False
    """true: nothing moves that need not."""
    approval_delay_ms: Annotated[int, Meta(ge=0, le=60_000)] = 500
    """Keys count as an answer only so long after a question appears."""
    images: Literal["auto", "kitty", "sixel", "blocks", "off"] = "auto"
    """How pictures are drawn. kitty, sixel: by the terminal; blocks: in characters; auto: the first it can."""
    notify: Literal["off", "bell", "desktop"] = "desktop"
    """How the terminal is told that codeact waits, while its window has no focus. desktop: a notification (OSC 9)."""
    vi_keys: bool = False
    """true: the keys of vi, in panes and lists, and with a normal and an insert mode in prompt and cell editor."""
    editor: str = ""
    """What Ctrl+G opens. Empty: `$VISUAL`, else `$EDITOR`, else the first of nano and vi."""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings."""

    model: ModelConfig = field(default_factory=ModelConfig)
    models: dict[str, ModelOverride] = {}
    """`[models."openai/gpt-4.1"]`: what differs for one model."""
    session: SessionConfig = field(default_factory=SessionConfig)
    kernel: KernelConfig = field(default_factory=KernelConfig)
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)
    checkpoints: CheckpointConfig = field(default_factory=CheckpointConfig)
    secrets: SecretsConfig = field(default_factory=SecretsConfig)
    resume: ResumeConfig = field(default_factory=ResumeConfig)
    output: OutputConfig = field(default_factory=OutputConfig)
    interface: InterfaceConfig = field(default_factory=InterfaceConfig)
    keys: dict[str, KeyList] = {}
    """Other keys: an action's id, and its keys with commas between. docs/keys.md lists the actions."""
