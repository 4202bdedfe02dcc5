"""Which hosts may be reached: the entries of `sandbox.network`. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

__all__ = ["ALL", "GROUPS", "AllowList", "Host", "NotAHost", "grant_for", "read_host"]

ALL = "all"
"""The entry for every public host, at any port."""
GROUPS = {"pypi": ("pypi.org", "files.pythonhosted.org")}
"""Words that stand for several entries."""

Host = str | IPv4Address | IPv6Address
"""A name in lower case, or a literal address."""

_USUAL_PORTS = frozenset({80, 443})
_LONGEST_NAME = 253
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_ENTRY = re.compile(rf"(\*\.)?({_LABEL}(?:\.{_LABEL})*)(?::([0-9]{{1,5}}))?", re.ASCII)


class NotAHost(ValueError):
    """What was asked for is neither a name nor an address in its usual spelling."""


def read_host(text: str) -> Host:
    """Read a host as it stands in a request, brackets around an IPv6 address left away.

    Spellings of addresses that only some programs understand (`127.1`, `0x7f000001`, `017700000001`, `2130706433`)
    are no names, whatever is allowed: what a resolver would make of them is not what was written.

    Raises:
        NotAHost: It is neither a name nor an address.
    """
    try:
        return IPv6Address(text) if ":" in text else IPv4Address(text)
    except AddressValueError:
        pass
    name = text.lower().removesuffix(".")
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise NotAHost("neither the name of a host nor an address")
    return name


@dataclass(frozen=True)
class _Rule:
    name: str
    below: bool
    port: int

    def holds(self, name: str, port: int) -> bool:
        if port != self.port if self.port else port not in _USUAL_PORTS:
            return False
        return name.endswith("." + self.name) if self.below else name == self.name


class AllowList:
    """What may be reached.

    Args:
        entries: `example.org` (that host, at ports 80 and 443), `*.example.org` (every host below it, itself not),
            `example.org:8443` (at that port alone), a name of `GROUPS`, or `ALL`. Others mean nothing.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        given = [part for entry in entries for part in GROUPS.get(entry, (entry,))]
        self.everything = ALL in given
        self._rules = [rule for entry in given if (rule := _read(entry))]

    def allows(self, host: Host, port: int) -> bool:
        """Say whether a host may be reached at a port, wherever its name leads."""
        if self.everything:
            return True
        return isinstance(host, str) and any(rule.holds(host, port) for rule in self._rules)


def grant_for(host: str, port: int) -> str:
    """Give the entry that allows a host at a port and nothing else."""
    return host if port in _USUAL_PORTS else f"{host}:{port}"


def _read(entry: str) -> _Rule | None:
    found = _ENTRY.fullmatch(entry.lower())
    if found is None or entry == ALL:
        return None
    below, name, port = found.groups()
    return None if _NUMBER.fullmatch(name.rpartition(".")[2]) else _Rule(name, bool(below), int(port or 0))
