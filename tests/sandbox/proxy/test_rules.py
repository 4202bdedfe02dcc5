"""What the entries of `sandbox.network` allow, and what counts as a host at all."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.sandbox.proxy.addresses import is_public
from codeact_tui.sandbox.proxy.rules import AllowList, NotAHost, grant_for, read_host

LABELS = st.from_regex(r"[a-z][a-z0-9]{0,10}", fullmatch=True)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("entry", "host", "port", "allowed"),
    [
        ("example.org", "example.org", 443, True),
        ("example.org", "example.org", 80, True),
        ("example.org", "example.org", 22, False),
        ("example.org", "www.example.org", 443, False),
        ("example.org", "badexample.org", 443, False),
        ("example.org", "example.org.evil.net", 443, False),
        ("Example.ORG", "example.org", 443, True),
        ("*.example.org", "a.b.example.org", 443, True),
        ("*.example.org", "example.org", 443, False),
        ("*.example.org", "badexample.org", 443, False),
        ("*.example.org:8443", "a.example.org", 8443, True),
        ("*.example.org:8443", "a.example.org", 443, False),
        ("example.org:8443", "example.org", 8443, True),
        ("example.org:8443", "example.org", 443, False),
        ("pypi", "pypi.org", 443, True),
        ("pypi", "files.pythonhosted.org", 443, True),
        ("pypi", "pypi", 443, False),
        ("all", "anything.example", 2222, True),
        ("all:443", "anything.example", 443, False),
        ("*", "example.org", 443, False),
        ("*.*", "example.org", 443, False),
        ("", "example.org", 443, False),
    ],
)
def test_an_entry_allows_what_it_says(entry: str, host: str, port: int, allowed: bool) -> None:
    assert AllowList([entry]).allows(host, port) == allowed


def test_only_the_word_for_everything_allows_a_literal_address() -> None:
    for text in ("93.184.216.34", "2606:2800:220:1::1"):
        assert not AllowList([text, f"[{text}]", "*.34", "pypi"]).allows(read_host(text), 443)
        assert AllowList(["all"]).allows(read_host(text), 443)


@given(NAMES, st.integers(1, 65535))
def test_what_is_granted_is_allowed_and_nothing_below_or_above_it(name: str, port: int) -> None:
    allowed = AllowList([grant_for(name, port)])
    assert allowed.allows(name, port) or name in {"all", "pypi"}
    assert not allowed.allows("x." + name, port) or name == "all"
    assert not allowed.allows("x" + name, port) or name == "all"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "1.2.3",
        ),
        *(
            "a.0x1",
            "a.7",
            "127.0.0.01",
            "１２７.0.0.1",
            "localhost\u3002evil",
            "ex\u00e4mple.org",
            "a..b",
            ".a",
            "",
            ".",
        ),
        *("-a.org", "a-.org", "a b", "a\x00b", "a/b", "a@b", "a#b", "a\\b", "a%2eb", "%31", "a" * 64, "a." * 130 + "a"),
        *("[::1]", "::1]", "::ffff:127.0.0.1.", "1::2::3", ":", "::g"),
    ],
)
def test_what_could_be_read_in_two_ways_is_no_host(text: str) -> None:
    with pytest.raises(NotAHost):
        read_host(text)


def test_names_are_told_apart_by_neither_case_nor_a_last_dot() -> None:
    assert read_host("PyPI.Org.") == "pypi.org"


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1", "168.63.129.16"),
        *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1"),
        *("224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "192.0.2.1"),
        *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fec0::1", "fc00::1", "fd00::1"),
        *("fd00:ec2::254", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2001:0:1::1", "64:ff9b::7f00:1", "100::1"),
        *("64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "5f00::1", "3fff::1", "fe80::1%1"),
    ],
)
def test_what_is_not_the_internet_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "93.184.216.34", "151.101.0.223", "2606:4700::6810:1", "2a04:4e42::223", "64:ff9b::808:808"]
)
def test_the_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(address: object) -> None:
    found = ip_address(str(address))
    if is_public(found) and not str(found).startswith("64:ff9b:"):
        assert found.is_global
        assert not found.is_multicast
