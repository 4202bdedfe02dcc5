"""What must not be shared appears in no form of an export."""

import base64
import io
import json
import re
from typing import get_args

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from codeact_tui.errors import ConfigError
from codeact_tui.export.files import export_to_text
from codeact_tui.export.images import NotAPicture, stripped
from codeact_tui.export.material import gather
from codeact_tui.export.patterns import find_secrets
from codeact_tui.export.redaction import Redactor
from codeact_tui.export.wish import ExportFormat, ExportWish
from codeact_tui.protocol.events import OutputTruncated, PromptSubmitted
from codeact_tui.protocol.ids import action_id
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, ExecuteResult
from codeact_tui.protocol.variables import Variable, VariableMention
from tests.export.sessions import Story, printed

KEY = "sk-proj-Zk3Jd82mQpX7vN4tRw9LbY5h"
PASSWORD = "correct horse battery"
RANDOM = "q7Rk2ZpV9xJt4WmB8nLc"
ENVIRONMENT = {"HOME": "/home/alice", "OTHER_API_KEY": "plain-looking-value", "EDITOR": "nano-editor"}


def picture(kind: str, note: str) -> bytes:
    """A picture with a note in its metadata, wherever this kind keeps any."""
    image = Image.new("RGB", (4, 3), (200, 30, 60))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = note
    match kind:
        case "PNG":
            info = PngInfo()
            info.add_text("Comment", note)
            info.add_itxt("XML:com.adobe.xmp", note)
            image.save(out, kind, pnginfo=info, exif=exif)
        case "GIF":
            image.save(out, kind, comment=note.encode())
        case "JPEG":
            image.save(out, kind, exif=exif, comment=note.encode())
        case "BMP":
            image.save(out, kind)
            return out.getvalue() + note.encode()
        case _:
            image.save(out, kind, exif=exif, xmp=note.encode())
    return out.getvalue()


def encoded(kind: str, note: str) -> str:
    return base64.b64encode(picture(kind, note)).decode()


def planted() -> Story:
    """A session with secrets wherever there can be one."""
    story = Story(f"Use {KEY}", folder="/home/alice/work").prompt(f"my key is {KEY}, and plain-looking-value too")
    mention = VariableMention(Variable("key", "str", summary=f"'{KEY}'"), (KEY,), (KEY,))
    story.prompt("what is @key?").add(PromptSubmitted("and @key?", steering=True, mentions=(mention,)))
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'><metadata>{KEY}</metadata><!-- {KEY} --><text>{KEY}</text></svg>"
    table = f"<table><tr><td>{KEY}</td></tr></table><img src='data:image/png;base64,{encoded('PNG', KEY)}'>"
    story.does(
        f"password = '{PASSWORD}'\nopen('/home/alice/work/x')",
        printed(f"key: {KEY[:15]}"),
        printed(f"{KEY[15:]}\n{RANDOM}\n{PASSWORD}\n\x1b[31m{KEY[:9]}\x1b[32m{KEY[9:]}\x1b[0m\n"),
        DisplayData({"image/png": encoded("PNG", KEY), "text/plain": KEY}),
        DisplayData({"image/jpeg": encoded("JPEG", KEY), "application/pdf": base64.b64encode(KEY.encode()).decode()}),
        DisplayData({"image/gif": encoded("GIF", KEY), f"text/{KEY}": "x"}, {KEY: KEY}),
        DisplayData({"image/svg+xml": svg, "text/html": table, "application/json": json.dumps({"k": KEY})}),
        ExecuteResult({"text/plain": f"Config(token='{KEY}')"}),
    )
    story.add(OutputTruncated(action_id(1), 99_999, 80_000, f"{KEY[5:]} and on {KEY}"))
    story.does("1/0", ErrorOutput("ValueError", KEY, (f"bad {KEY}", f"  x = '{KEY}'")), status="error", words=KEY)
    story.edited(f"use('{KEY}')", f"use('{KEY}', 2)").rejected("print(1)", f"not with {KEY}")
    story.does("print(2)")
    return story.answer(f"Done with `{KEY}`. ![x](data:image/png;base64,{encoded('PNG', KEY)})")


def decoded(text: str) -> str:
    """A text and whatever base64 in it says."""
    found = re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", text)
    return text + "".join(base64.b64decode(each + "=" * (-len(each) % 4)).decode("latin-1") for each in found)


@pytest.mark.parametrize("form", get_args(ExportFormat))
def test_a_planted_secret_appears_in_no_export(form: ExportFormat) -> None:
    text, done = export_to_text([planted().envelopes], ExportWish(form), ENVIRONMENT)
    assert len(text) > 100
    whole = decoded(text)
    for secret in (KEY, KEY[:15], KEY[15:], KEY[5:], PASSWORD, RANDOM, "plain-looking-value", "alice"):
        assert secret not in whole, secret
    assert "× API key" in done.notes[0]
    unredacted, quiet = export_to_text([planted().envelopes], ExportWish(form, redact=False), ENVIRONMENT)
    assert KEY in unredacted
    assert quiet.notes == ()


def test_what_was_replaced_is_said_and_the_hash_fits_the_code() -> None:
    redactor = Redactor("/home/alice")
    material = gather(planted().envelopes, redactor)
    assert "home folder's name" in material.notes[0]
    record = material.transcript.actions[action_id(1)]
    assert "open('/home/user/work/x')" in record.code
    assert "password = '[redacted: secret]'" in record.code


def test_nothing_is_changed_where_nothing_is_to_be_hidden() -> None:
    story = Story().prompt("sum").does("import numpy as np\nx = np.arange(3)\nx.sum()", printed("3\n")).answer("3")
    assert gather(story.envelopes, Redactor("/home/alice")).envelopes == story.envelopes


@pytest.mark.parametrize(
    "text",
    [
        "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "RandomForestClassifierPipelineFactory2",
        "123e4567-e89b-12d3-a456-426614174000",
        "/usr/lib/python3.11/site-packages/numpy/core/multiarray.py",
        "token = tokenizer.next_token()",
        'api_key = os.environ["OPENAI_API_KEY"]',
        "password: ***",
        "3.14159265358979323846264338327950288",
        "https://example.org/a/long/path/to/a/page_2024_01_15.html",
        "BertForSequenceClassification, AutoModelForCausalLM2",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert list(find_secrets(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "AKIAIOSFODNN7EXAMPLE",
        "postgres://bob:hunter22@db/x",
        "Authorization: Bearer 1234567890abcdefghij",
        '"client_secret": "a b c d e f"',
        "OPENAI_API_KEY=abcdef1234567890",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        "AIzaSyA1234567890abcdefghijklmnopqrstuv",
        "x9Fq2LmZ7RtB4kPw6VnC8dYh",
    ],
)
def test_what_is_a_secret_is_found(text: str) -> None:
    assert list(find_secrets(text))


def test_the_users_own_patterns_are_replaced_and_checked() -> None:
    story = Story().prompt("project Bluebird, again bluebird")
    wish = ExportWish("md", patterns=("(?i)bluebird",))
    text, done = export_to_text([story.envelopes], wish, {})
    assert "project [redacted], again [redacted]" in text
    assert done.notes == ("Replaced: 2 × text.",)
    with pytest.raises(ConfigError, match="no regular expression"):
        Redactor("", patterns=["("])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_picture_keeps_its_pixels_and_nothing_else(kind: str) -> None:
    before = picture(kind, KEY)
    after = stripped(f"image/{kind.lower()}", before)
    assert KEY.encode() in before
    assert KEY.encode() not in after
    with Image.open(io.BytesIO(before)) as a, Image.open(io.BytesIO(after)) as b:
        assert a.convert("RGB").tobytes() == b.convert("RGB").tobytes()
        assert not b.getexif()
    assert stripped(f"image/{kind.lower()}", after) == after
    for cut in (0, 3, 11, len(after) // 2):
        with pytest.raises(NotAPicture):
            stripped(f"image/{kind.lower()}", after[:cut])


def test_a_pattern_that_fits_everything_leaves_the_record_readable() -> None:
    redactor = Redactor("", patterns=["[a-z]+"])
    transcript = gather(planted().envelopes, redactor).transcript
    assert [record.status for record in transcript.actions.values()] == ["ok", "error", "ok", None, "ok"]


def test_a_picture_that_cannot_be_read_is_left_out() -> None:
    story = Story().does("show()", DisplayData({"image/png": "not base64", "text/plain": "<Figure>"}))
    text, done = export_to_text([story.envelopes], ExportWish("ipynb"), {})
    assert "image/png" not in text
    assert "picture that can't be read" in done.notes[0]


SLOW = ["eyJ-", "eyJaaaaaaaaa.", "-----BEGIN PRIVATE KEY-----", "http://a:", "key=", "api_key_", "aB3", "password='x"]


@pytest.mark.parametrize("piece", SLOW)
def test_text_made_to_be_slow_to_search_is_searched_all_the_same(piece: str) -> None:
    """The time limit of a test is what fails here, where a pattern tries again what it has tried."""
    story = Story().does("x", printed(piece * (400_000 // len(piece))))
    assert export_to_text([story.envelopes], ExportWish("jsonl"), {})[0]
