"""The desk offers models unasked only to somebody who has something to decide, and keeps the choice."""

import tomllib
from pathlib import Path

import pytest

from codeact_tui.config.loading import Loaded, Origin
from codeact_tui.config.options import ChatOptions
from codeact_tui.config.schema import Config, ModelConfig
from codeact_tui.desk import ChatDesk
from codeact_tui.store.memory import MemoryCatalog

NOWHERE = dict.fromkeys(("OLLAMA_API_BASE", "LM_STUDIO_API_BASE", "LLAMAFILE_API_BASE"), "http://127.0.0.1:1/v1")
KEY = {**NOWHERE, "HOSTED_VLLM_API_BASE": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": "sk-secret"}
OTHER = {**KEY, "MISTRAL_API_KEY": "sk-other"}
BARE = {name: value for name, value in KEY.items() if name != "OPENAI_API_KEY"}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path))


def desk(environment: dict[str, str], loaded: Loaded | None = None) -> ChatDesk:
    return ChatDesk(ChatOptions(loaded=loaded or Loaded(Config()), folder=Path("/")), MemoryCatalog(), environment)


async def test_what_is_found_is_offered_without_its_key() -> None:
    found = await desk(KEY).offers(unasked=True)
    assert [offer.name for offer in found][-1] == "demo"
    assert {offer.why for offer in found[:-1]} == {"OPENAI_API_KEY is set"}
    assert "sk-secret" not in repr(found)


async def test_where_only_the_demo_is_there_nothing_is_offered_unasked() -> None:
    assert await desk(BARE).offers(unasked=True) == []
    assert [offer.name for offer in await desk(BARE).offers()] == ["demo"]


async def test_with_a_model_in_the_settings_nothing_is_offered_unasked() -> None:
    chosen = Loaded(Config(model=ModelConfig(name="demo")))
    assert await desk(KEY, chosen).offers(unasked=True) == []


async def test_what_was_put_off_is_offered_again_when_there_is_something_new() -> None:
    await desk(KEY).put_off()
    assert await desk(KEY).offers(unasked=True) == []
    assert await desk(OTHER).offers(unasked=True) != []


async def test_a_choice_is_kept_and_what_overrules_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    nearer = Loaded(Config(), {"model.name": Origin("environment", "CODEACT_MODEL_NAME")}, file)
    kept = await desk(KEY, nearer).remember("model.name", "openai/gpt-4.1")
    assert str(file) in kept
    assert "CODEACT_MODEL_NAME overrules it here." in kept
    assert tomllib.loads(file.read_text("utf-8")) == {"model": {"name": "openai/gpt-4.1"}}
    assert "overrules" not in await desk(KEY, Loaded(Config(), {}, file)).remember("interface.theme", "kiln")
