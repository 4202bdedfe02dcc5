import base64
import hashlib
import re
import uuid
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.secrets.detect import MASK, Detector, Masker

DETECTOR = Detector()
BODY = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF"
SECRETS = {
    f"sk-proj-{BODY}": "sk-p",
    f"sk-ant-api03-{BODY}{BODY}-x": "sk-a",
    f"sk_live_{BODY}": "sk_l",
    f"ghp_{BODY}abcd": "ghp_",
    "github_pat_" + "11AAAAAAA0_" + BODY * 2: "gith",
    f"glpat-{BODY[:20]}": "glpa",
    "AKIAIOSFODNN7EXAMPLE": "AKIA",
    "AIzaSyA" + BODY: "AIza",
    f"xoxb-123456789012-{BODY}": "xoxb",
    f"hf_{BODY}": "hf_a",
    f"npm_{BODY}abcd": "npm_",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U": "eyJh",
}
HARMLESS = [
    hashlib.md5(b"x").hexdigest(),
    f"sha256:{hashlib.sha256(b'x').hexdigest()}",
    f"commit {hashlib.sha1(b'x').hexdigest()}",
    str(uuid.UUID(int=0x12345678123456781234567812345678)),
    f"token = {uuid.UUID(int=0x9BD3A1F07C5E4E21A4C8D07B53E2F6A1)}",
    "data:image/png;base64," + base64.b64encode(hashlib.shake_128(b"p").digest(3000)).decode(),
    base64.b64encode(hashlib.shake_128(b"q").digest(3000)).decode(),
    "<div class='sk-top-container sk-toggleable__content-fallback' id='sk-container-id-1'>",
    "tokens = 128_000, max_tokens=4096, token: hello",
    "pad_token='<|endoftext|>', next_token: <eos>",
    "api_key = os.environ['OPENAI_API_KEY']",
    "api_key=None, password=None, secret: True",
    "OPENAI_API_KEY=sk-...",
    "password: ************",
    "api_key: YOUR_API_KEY_HERE",
    "primary_key = customer_id, sort_key: created_at_timestamp",
    "https://example.org/path:80/x@y?q=1",
    "https://pypi.org/simple/tokenizers/",
    "def tokenize(self, secretary='miss.lemon@example.org'):",
    "risk-adjusted-return-on-capital-over-ten-years-2024",
    "desk-lamp-with-adjustable-arm-and-a-very-long-name-99",
    "3.14159265358979323846264338327950288419716939937510",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "key is {}.", "'OPENAI': '{}', 'x'", "\x1b[31m{}\x1b[0m", "a={}&b=1", "({})"])
def test_keys_of_known_forms_are_masked(secret: str, around: str) -> None:
    assert DETECTOR.mask(around.format(secret)) == around.format(SECRETS[secret] + MASK)


@pytest.mark.parametrize(
    "line",
    [
        "API_KEY={}",
        "api-key: {}",
        "'db_password': '{}'",
        '{{"client_secret": "{}"}}',
        "AWS_SECRET_ACCESS_KEY={}",
        "Authorization: Bearer {}",
        "access_token = b'{}'",
        "postgres://me:{}@db.example.org/x",
        "export GITHUB_TOKEN={}",
        "Password={}",
    ],
)
def test_a_random_value_under_a_telling_name_is_masked(line: str) -> None:
    for value in ("wJalrXUtnFEMI/K7MDENGbPxRfiCYEXAMPLEKEY", "d41d8cd98f00b204e9800998ecf8427e"):
        if "://" in line:
            value = value.replace("/", "x")
        assert DETECTOR.mask(line.format(value)) == line.format(value[:4] + MASK)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert DETECTOR.mask(text) == text


def test_a_private_key_is_masked_whole() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----\nafter"
    assert DETECTOR.mask(key) == f"-----BEGIN RSA PRIVATE KEY-----{MASK}-----END RSA PRIVATE KEY-----\nafter"


def test_patterns_and_values_of_ones_own() -> None:
    detector = Detector([r"EMP-\d{6}", "x{0}"], exact=["correct horse", "short"])
    assert detector.mask("EMP-123456 and correct horse, short") == f"{MASK} and {MASK}, short"
    with pytest.raises(re.error):
        Detector(["("])


PIECES = st.lists(
    st.sampled_from(
        [
            *SECRETS,
            f"api_key = {BODY}",
            "word",
            " ",
            "\n",
            "\r\n",
            "\r",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "key",
            "=",
            BODY,
        ]
    )
    | st.text(max_size=20),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(PIECES, st.lists(st.integers(0, 600), max_size=20))
def test_however_text_is_cut_the_same_is_masked(pieces: list[str], cuts: list[int]) -> None:
    text = "".join(pieces)
    masker, at, given_out = Masker(DETECTOR), 0, ""
    for cut in sorted(min(cut, len(text)) for cut in cuts):
        given_out += masker.feed(text[at:cut])
        at = cut
    assert given_out + masker.feed(text[at:]) + masker.finish() == DETECTOR.mask(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.sampled_from(list(SECRETS)), st.text(max_size=200))
def test_no_key_is_left_whatever_stands_around_it(before: str, secret: str, after: str) -> None:
    assert secret not in DETECTOR.mask(f"{before} {secret} {after}")
    spans = DETECTOR.find(f"{before} {secret} {after}")
    assert all(low < high for low, high in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
