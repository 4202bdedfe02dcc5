"""Models: keys that are set (their names only), servers that run here, and whether the chosen one can be asked."""

from collections.abc import Collection, Mapping, Sequence

from codeact_tui.cli.checks.finding import Finding
from codeact_tui.cli.printing import clean_line
from codeact_tui.config.kept_keys import KeptKeys
from codeact_tui.config.schema import Config
from codeact_tui.model.catalog import PROVIDERS, UsableModel, key_present, usable_models
from codeact_tui.model.create import merged
from codeact_tui.paths import kept_keys_path

__all__ = ["check_models", "chosen_model", "found_models"]

_NAMED = 3


async def check_models(config: Config, environment: Mapping[str, str]) -> list[Finding]:
    """Say which model is chosen, whether it has what it needs, and which others there are."""
    kept = KeptKeys(kept_keys_path()).names()
    return [chosen_model(config, environment, kept), *found_models(await usable_models(environment, kept))]


def chosen_model(config: Config, environment: Mapping[str, str], in_keyring: Collection[str] = ()) -> Finding:
    """Say whether the model of the settings can be asked, as far as that is known without asking."""
    name = config.model.name
    if name in {"", "demo"}:
        what = "the offline demo" if name else "none chosen: the offline demo opens"
        return Finding("model", "ok", what, "`codeact models` lists what can be used; set model.name, or use --model.")
    settings = merged(config.model, config.models.get(name))
    if settings.api_key_command:
        return Finding("model", "ok", f"{name}, with the key that {clean_line(settings.api_key_command[0])} prints")
    if settings.api_key_env:
        present = bool(environment.get(settings.api_key_env, "").strip())
        return _with_key(name, settings.api_key_env, present=present, in_keyring=in_keyring)
    if settings.base_url:
        return Finding("model", "ok", f"{name}, at {settings.base_url}")
    provider = next((known for known in PROVIDERS if name.startswith(f"{known.prefix}/")), None)
    if provider is None:
        return Finding("model", "ok", name)
    key = key_present(provider, environment)
    kept = next((each for each in provider.keys if each in in_keyring), "")
    return _with_key(name, key or kept or " or ".join(provider.keys), present=key is not None, in_keyring=in_keyring)


def found_models(usable: Sequence[UsableModel]) -> list[Finding]:
    """Say what makes models usable, and how many each, a few of them by name."""
    by_reason: dict[str, list[str]] = {}
    for model in usable:
        if model.name != "demo":
            by_reason.setdefault(model.why, []).append(model.name)
    if not by_reason:
        remedy = "Set a provider's key, as OPENAI_API_KEY, or start a server, as Ollama; the demo needs neither."
        return [Finding("models", "warning", "no key is set, and no server was found on this machine", remedy)]
    return [Finding("models", "ok", f"{why}: {_some(names)}") for why, names in by_reason.items()]


def _with_key(name: str, variable: str, *, present: bool, in_keyring: Collection[str]) -> Finding:
    if present:
        return Finding("model", "ok", f"{name}, with the key in {variable}")
    if variable in in_keyring:
        return Finding("model", "ok", f"{name}, with the key {variable} of the system's keyring")
    remedy = "Set it to the provider's key, or keep that by `codeact keys set`; or choose another: `codeact models`."
    return Finding("model", "missing", f"{name} needs a key, and {variable} is not set", remedy)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
