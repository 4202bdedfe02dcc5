"""Makes the parts of a session from the settings: adapters, with what is heavy imported when it is first wanted."""

import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from codeact_tui.config.schema import Config
from codeact_tui.errors import ConfigError, SnapshotError
from codeact_tui.paths import data_dir, files_dir, packages_dir, permissions_path, variables_dir
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.base import Journal

if TYPE_CHECKING:
    from codeact_tui.config.permissions import ProjectPermissions
    from codeact_tui.config.schema import ModelConfig
    from codeact_tui.kernel.base import Kernel
    from codeact_tui.model.base import Model
    from codeact_tui.sandbox.choice import SandboxSettings
    from codeact_tui.sandbox.policy import CheckpointLimits
    from codeact_tui.secrets.veil import Veil
    from codeact_tui.session.model_seat import ModelSeat, SeatedModel
    from codeact_tui.session.rehearsal_files import RehearsalFiles
    from codeact_tui.snapshots.files import FileSnapshots, SnapshotLimits
    from codeact_tui.snapshots.variables import VariableStore

__all__ = [
    "key_problem",
    "make_files",
    "make_kernel",
    "make_rehearsal_files",
    "make_seat",
    "make_seated",
    "make_variables",
    "make_veil",
    "model_name",
    "project_permissions",
    "seat_given",
]

_log = logging.getLogger(__name__)

_DEFAULT_WINDOW = 32_768
_MIB = 1024 * 1024
_FILLED = 0.9
"""The part of a window that messages may fill by our estimate, which is rough."""


def make_veil(config: Config) -> "Veil":
    """Make what hides keys in outputs, as the settings say.

    Raises:
        ConfigError: A pattern of the user's is none.
    """
    from codeact_tui.secrets.detect import Detector
    from codeact_tui.secrets.veil import Veil

    if not config.secrets.mask:
        return Veil()
    try:
        return Veil(Detector(config.secrets.patterns, _keys_around_us(config)))
    except re.error as error:
        raise ConfigError(f"secrets.patterns: this is no regular expression: {error}.", remedy="Mend it.") from error


def _keys_around_us(config: Config) -> list[str]:
    """Give what the environment holds of keys: values that no output may show, whatever they look like."""
    named = {config.model.api_key_env, *(each.api_key_env for each in config.models.values())}
    return [value for name, value in os.environ.items() if name.endswith("_API_KEY") or name in named]


def make_kernel(
    config: Config, folder: Path, session: SessionId | None = None, variables: "VariableStore | None" = None
) -> "Kernel":
    """Make a kernel that is not started, as the settings say.

    Args:
        config: The settings.
        folder: Where cells run.
        session: Whose packages it has; None for one that keeps none.
        variables: Where they are kept for the next time; None where they are not.
    """
    from codeact_tui.kernel.jupyter import JupyterKernel

    kernel, output = config.kernel, config.output
    return JupyterKernel(
        folder,
        python=kernel.python,
        extra_names=kernel.environment,
        start_seconds=kernel.start_seconds,
        cell_bytes=output.stored_mb * _MIB,
        display_bytes=output.display_mb * _MIB,
        sandbox=_sandbox(config),
        layer=packages_dir(session) if session is not None and kernel.packages == "session" else None,
        checkpoints=_checkpoints(config),
        exchange=None if variables is None else (variables.incoming, variables.kept),
    )


def _checkpoints(config: Config) -> "CheckpointLimits | None":
    from codeact_tui.sandbox.policy import CheckpointLimits

    wanted = config.checkpoints
    if not wanted.enabled or sys.platform != "linux":
        return None
    machine = os.sysconf("SC_PAGESIZE") * os.sysconf("SC_PHYS_PAGES")
    return CheckpointLimits(wanted.count, wanted.memory_mb * _MIB or machine // 4, wanted.warm)


def make_variables(session: SessionId, config: Config, *, prepare: bool = True) -> "VariableStore | None":
    """Give what keeps a session's variables, its folders made; None where that is not wanted, or can't be."""
    from codeact_tui.snapshots.sealing import own_key
    from codeact_tui.snapshots.variables import VariableStore

    if not config.resume.variables:
        return None
    try:
        store = VariableStore(variables_dir(session), own_key(data_dir()), session)
        if prepare:
            store.prepare()
    except (SnapshotError, OSError) as error:
        _log.warning("variables can't be kept: %s", error)
        return None
    return store


def key_problem(config: Config) -> list[str]:
    """Say why neither variables nor files can be kept, where the key that signs them can't be used."""
    from codeact_tui.snapshots.sealing import own_key

    if not (config.resume.variables or config.checkpoints.files):
        return []
    try:
        own_key(data_dir())
    except (SnapshotError, OSError) as error:
        why = error.sentence if isinstance(error, SnapshotError) else f"The disk says: {error.strerror}."
        return [f"Neither variables nor files are kept, and none that were kept come back. {why}"]
    return []


def make_rehearsal_files(folder: Path, journal: Journal, config: Config) -> "RehearsalFiles | None":
    """Give what keeps the files for dry runs; None where none are taken."""
    if not config.checkpoints.enabled or sys.platform != "linux" or not journal.writable:
        return None
    from codeact_tui.session.rehearsal_files import RehearsalFiles
    from codeact_tui.snapshots.files import FileSnapshots
    from codeact_tui.snapshots.pending import PendingRestore
    from codeact_tui.snapshots.sealing import own_key

    try:
        key = own_key(data_dir())
    except SnapshotError as error:
        _log.warning("files can't be kept for dry runs: %s", error)
        return None
    limits = _snapshot_limits(config)
    kept, session = files_dir(), f"{journal.session} dry runs"
    return RehearsalFiles(
        FileSnapshots(folder, kept, key, replace(limits, gitignore=False), session=session),
        FileSnapshots(folder, kept, key, limits, session=session),
        PendingRestore(data_dir() / "dry-runs", folder),
    )


def make_files(journal: Journal, config: Config, folder: Path) -> "FileSnapshots | None":
    """Give what keeps the workspace's files; None where that is not wanted, or can't be."""
    from codeact_tui.snapshots.files import FileSnapshots
    from codeact_tui.snapshots.sealing import own_key

    wanted = config.checkpoints
    if not wanted.files or not journal.writable or config.sandbox.workspace == "read_only":
        return None
    try:
        key = own_key(data_dir())
    except SnapshotError as error:
        _log.warning("files can't be kept: %s", error)
        return None
    return FileSnapshots(folder, files_dir(), key, _snapshot_limits(config), session=journal.session)


def _snapshot_limits(config: Config) -> "SnapshotLimits":
    from codeact_tui.snapshots.files import SnapshotLimits

    wanted = config.checkpoints
    return SnapshotLimits(
        file_bytes=wanted.file_mb * _MIB,
        total_bytes=wanted.folder_mb * _MIB,
        entries=wanted.folder_files,
        store_bytes=wanted.stored_mb * _MIB,
        hidden=config.sandbox.hidden,
    )


def _sandbox(config: Config) -> "SandboxSettings":
    from codeact_tui.sandbox.choice import Limits, SandboxSettings

    wanted = config.sandbox
    return SandboxSettings(
        mode=wanted.mode,
        workspace_writable=wanted.workspace == "writable",
        readable=wanted.readable,
        writable=wanted.writable,
        hidden=wanted.hidden,
        network=wanted.network,
        limits=Limits(
            memory_bytes=wanted.memory_mb * _MIB,
            processes=wanted.processes,
            open_files=wanted.open_files,
            file_bytes=wanted.file_mb * _MIB,
            disk_bytes=wanted.disk_mb * _MIB,
            cpu_seconds=wanted.cpu_seconds,
        ),
        image=wanted.image,
    )


def project_permissions(folder: Path, user_file: Path) -> "ProjectPermissions":
    """Give what is kept of what is allowed in a project."""
    from codeact_tui.config.permissions import ProjectPermissions

    return ProjectPermissions(permissions_path(), folder, user_file)


def make_seat(name: str, config: Config, environment: Mapping[str, str]) -> "ModelSeat":
    """Give a session's place for models, and this one in it once it is asked for."""
    from codeact_tui.session.model_seat import ModelSeat

    return ModelSeat(name, lambda wanted: make_seated(wanted, config, environment))


def make_seated(name: str, config: Config, environment: Mapping[str, str]) -> "SeatedModel":
    """Make a model that is not connected yet, as the settings say.

    Raises:
        ConfigError: A setting of it can't be used.
    """
    from codeact_tui.model.create import action_format_of, create_model, merged
    from codeact_tui.model.known import check_known
    from codeact_tui.model.litellm_client import LiteLLMClient
    from codeact_tui.session.model_seat import SeatedModel

    model = create_model(name, config.model, config.models, environment)
    settings = merged(config.model, config.models.get(name))
    if isinstance(model, LiteLLMClient) and not settings.base_url:
        check_known(name)
    return SeatedModel(model, action_format_of(name, config.model, config.models), _room(model, settings))


def seat_given(model: "Model", config: Config) -> "SeatedModel":
    """Seat a model that a program has made itself."""
    from codeact_tui.model.create import action_format_of
    from codeact_tui.session.model_seat import SeatedModel

    return SeatedModel(
        model, action_format_of(model.info.name, config.model, config.models), _room(model, config.model)
    )


def _room(model: "Model", settings: "ModelConfig") -> int:
    """Say how many tokens of a model's window messages may fill by our estimate."""
    window = settings.context_window or model.info.context_window or _DEFAULT_WINDOW
    return int(max(window - settings.max_tokens, window // 4) * _FILLED)


def model_name(config: Config) -> str:
    """Say which model is meant where none was chosen."""
    return config.model.name or "demo"
