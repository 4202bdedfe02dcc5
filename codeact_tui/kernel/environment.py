"""What of this process's environment cells may see: an allow-list. Pure."""

from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["kernel_environment"]

_NAMES = frozenset(
    {
        *("HOME", "USER", "LOGNAME", "SHELL", "PATH", "PWD", "TMPDIR", "TEMP", "TMP", "TZ", "TZDIR"),
        *("LANG", "LANGUAGE", "HOSTNAME", "EDITOR", "VISUAL", "TERMINFO"),
        *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"),
        *("PYTHONPATH", "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONWARNINGS", "PYTHONNOUSERSITE", "PYTHONUSERBASE"),
        *("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING", "MPLCONFIGDIR"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "LD_PRELOAD", "JAVA_HOME"),
        *("CUDA_HOME", "CUDA_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "ROCR_VISIBLE_DEVICES"),
        *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS"),
        *("HF_HOME", "TORCH_HOME", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "R_HOME", "GDAL_DATA", "PROJ_LIB"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NO_PROXY", "no_proxy"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
    }
)
_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"})
_DRAWN_HERE = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # A figure as data, which is told in words, and as a page that needs no other.
    "PLOTLY_RENDERER": "plotly_mimetype+colab",
    # By a name that begins so tqdm tells a console inside a kernel: it writes its bars instead of making widgets.
    "SPYDER_LIKE_CONSOLE": "1",
}
"""How libraries are told that a terminal shows what they draw."""


def kernel_environment(
    environment: Mapping[str, str], python: Path, extra_names: Iterable[str] = (), *, prefix: Path | None = None
) -> dict[str, str]:
    """Give the environment of a kernel.

    Names that are known to be harmless pass, and those that the user has listed; nothing else does, so that no key
    of the application can be read from a cell. A proxy's address passes only without a password in it.

    Args:
        environment: This process's.
        python: The interpreter that the kernel runs.
        extra_names: What the user has allowed by name, whatever it is.
        prefix: The virtual environment's folder, where it is one: `VIRTUAL_ENV`, and first on the `PATH`.
    """
    allowed = {name: value for name, value in environment.items() if _is_harmless(name, value)}
    allowed |= {name: environment[name] for name in extra_names if name in environment}
    allowed |= _DRAWN_HERE
    if prefix is not None:
        allowed["VIRTUAL_ENV"] = str(prefix)
        allowed["PATH"] = ":".join(filter(None, [str(python.parent), allowed.get("PATH", "")]))
    return allowed


def _is_harmless(name: str, value: str) -> bool:
    if name in _PROXIES:
        return "@" not in value
    return name in _NAMES or name.startswith("LC_")
