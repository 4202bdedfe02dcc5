"""The command line of podman and docker for a kernel in a container, from the same policy. Pure."""

from collections.abc import Mapping, Sequence

from codeact_tui.sandbox.policy import Limits, SandboxPolicy

__all__ = ["CONTAINER_PYTHON", "container_command"]

CONTAINER_PYTHON = "python3"
"""What runs in the image, by its own search path."""
_TEMPORARY_BYTES = 1 << 30
_PLACES = ("PATH", "HOME", "SHELL", "PWD", "TMP", "TEMP", "TERMINFO", "PYTHON", "VIRTUAL_ENV", "CONDA", "LD_", "DYLD_")
_MORE_PLACES = ("XDG_", "SSL_", "JAVA_HOME", "CUDA_HOME", "CUDA_PATH", "R_HOME", "GDAL_", "PROJ_", "HF_", "TORCH_")
"""What variables of this machine begin with that name folders an image does not have."""


def container_command(  # noqa: PLR0913 - each is independent of the others
    engine: str,
    image: str,
    policy: SandboxPolicy,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    protected: Sequence[str] = (),
    hidden: Sequence[str] = (),
    user: tuple[int, int],
) -> list[str]:
    """Write the command line that runs a command in a container which goes with its end.

    Args:
        engine: The path of podman or docker.
        image: An image that has Python and ipykernel; none is fetched.
        policy: What may be touched.
        command: Arguments of the image's Python.
        environment: Of which what names folders of this machine is left out.
        protected: Paths in the workspace that stay as they are.
        hidden: Files that can't be read.
        user: The ids that files are made under.
    """
    words = [
        *(engine, "run", "--rm", "--interactive", "--pull", "never", "--network", "none", "--read-only"),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--hostname", "sandbox"),
        *("--tmpfs", f"/tmp:rw,nosuid,nodev,mode=1777,size={_TEMPORARY_BYTES}"),
        *_limits(policy.limits),
        *(("--userns", "keep-id") if engine.endswith("podman") else ("--user", f"{user[0]}:{user[1]}")),
    ]
    for path in policy.readable:
        words += _mount(path, read_only=True)
    for path in policy.writable:
        words += _mount(path)
    if not policy.workspace_is_home:
        words += _mount(policy.workspace, read_only=not policy.workspace_writable)
    for path in protected:
        words += _mount(path, read_only=True)
    for path in hidden:
        words += _mount(path, source="/dev/null", read_only=True)
    for name, value in {**environment, "HOME": "/tmp", "TMPDIR": "/tmp"}.items():
        if name in {"HOME", "TMPDIR"} or not name.startswith((*_PLACES, *_MORE_PLACES)):
            words += ["--env", f"{name}={value}"]
    return [*words, "--workdir", policy.workspace, "--entrypoint", CONTAINER_PYTHON, image, *command]


def _limits(limits: Limits) -> list[str]:
    words = ["--ulimit", "core=0"]
    for name, value in (("nofile", limits.open_files), ("fsize", limits.file_bytes)):
        words += ["--ulimit", f"{name}={value}"] if value else []
    words += ["--pids-limit", str(limits.processes)] if limits.processes else []
    return [*words, *(["--memory", f"{limits.memory_bytes}b"] if limits.memory_bytes else [])]


def _mount(path: str, *, source: str = "", read_only: bool = False) -> list[str]:
    fields = ["type=bind", f"src={source or path}", f"dst={path}", *(["readonly"] if read_only else [])]
    return ["--mount", ",".join(map(_field, fields))]


def _field(text: str) -> str:
    """Write a field of a line of comma-separated values: a path can hold anything."""
    return '"' + text.replace('"', '""') + '"' if any(each in text for each in ',"\n\r') else text
