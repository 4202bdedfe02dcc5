"""What the sandbox did not let a cell do, and the setting that would."""

import json
from typing import Literal

from msgspec import Struct

__all__ = ["Refusal", "RefusalSetting"]

RefusalSetting = Literal["", "readable", "writable", "workspace", "hidden", "network"]


class Refusal(Struct, frozen=True):
    """Something that the sandbox did not let a cell do."""

    what: str
    """A clause for the user: `writing /data/out.csv`."""
    setting: RefusalSetting = ""
    """The setting in `[sandbox]` that would let it through; empty where none does, or none is offered."""
    value: str = ""
    """What to add to it; for `hidden`, what to take away from it; for `workspace`, what to set it to."""
    why: str = ""
    """Where nothing is offered: why."""
    certain: bool = True
    """False where the sandbox may have hidden it, or it is just not there."""

    @property
    def grant(self) -> str:
        """The setting as it stands in `config.toml`: `sandbox.writable = ["/data"]`. Empty where nothing is offered."""
        if not self.setting or self.setting == "hidden":
            return ""
        value = json.dumps(self.value, ensure_ascii=False)
        return f"sandbox.{self.setting} = {value if self.setting == 'workspace' else f'[{value}]'}"
