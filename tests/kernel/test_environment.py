from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.kernel.environment import kernel_environment

PYTHON = Path("/usr/bin/python3")
INLINE = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PLOTLY_RENDERER": "plotly_mimetype+colab",
    "SPYDER_LIKE_CONSOLE": "1",
}


def test_what_is_known_to_be_harmless_passes_and_nothing_else() -> None:
    environment = {
        **{"HOME": "/home/ada", "PATH": "/usr/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "OMP_NUM_THREADS": "2"},
        **{"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2", "AWS_SECRET_ACCESS_KEY": "s", "HF_TOKEN": "t"},
        **{"GITHUB_TOKEN": "g", "DATABASE_URL": "postgres://u:p@h/d", "CODEACT_MODEL_NAME": "m", "MY_LC_ALL": "x"},
        **{"SSH_AUTH_SOCK": "/tmp/agent", "PIP_INDEX_URL": "https://user:word@index", "MPLBACKEND": "TkAgg"},
    }
    assert kernel_environment(environment, PYTHON) == {
        **{"HOME": "/home/ada", "PATH": "/usr/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "OMP_NUM_THREADS": "2"},
        **INLINE,
    }


def test_what_the_user_lists_passes() -> None:
    environment = {"DATA_DIR": "/data", "OTHER": "x"}
    assert kernel_environment(environment, PYTHON, ["DATA_DIR", "MISSING"]) == {"DATA_DIR": "/data", **INLINE}


def test_a_proxy_passes_without_a_password() -> None:
    environment = {"HTTPS_PROXY": "http://proxy:3128", "http_proxy": "http://ada:word@proxy:3128"}
    assert kernel_environment(environment, PYTHON) == {"HTTPS_PROXY": "http://proxy:3128", **INLINE}


def test_a_virtual_environment_comes_first() -> None:
    found = kernel_environment(
        {"PATH": "/usr/bin", "VIRTUAL_ENV": "/other"}, Path("/p/.venv/bin/python"), prefix=Path("/p/.venv")
    )
    assert found == {"VIRTUAL_ENV": "/p/.venv", "PATH": "/p/.venv/bin:/usr/bin", **INLINE}
    assert "VIRTUAL_ENV" not in kernel_environment({"VIRTUAL_ENV": "/other"}, PYTHON)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_]{0,20}(KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS|PASS)[A-Z_]{0,8}", fullmatch=True),
        st.text(),
        max_size=10,
    )
)
def test_nothing_with_the_name_of_a_secret_ever_passes(environment: dict[str, str]) -> None:
    assert kernel_environment(environment, PYTHON) == INLINE
