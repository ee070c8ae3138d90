"""An error is a code and values: it has a text in each language, and none of them speaks English to
a German reader."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import errors
from sync.causes import CAUSES
from sync.errors import OLD, CodedError, Message, text_of
from sync.settings import SettingError
from sync.store import Refused, RunActive, UsageError
from sync.texts import LANGUAGES, catalogue

SYNC = Path(errors.__file__).parent
OURS = [path for path in sorted(SYNC.rglob("*.py")) if path.relative_to(SYNC).parts[0] != "sandbox"]
# Families of codes that a message can have, all of its texts in errors.toml but for these.
ELSEWHERE = {"refusal", "storage", "error"}
FAMILIES = ELSEWHERE | {
    *("http", "lightspeed", "clerk", "vault", "read", "shape", "damaged", "drift", "failed"),
    *("outage", "message", "right", "address", "forgotten"),
}
FILES = {"clerk.io", "forgotten.key"}  # which look like codes
CODES = sorted(
    code.removesuffix(".many")
    for code in catalogue("en")
    if code.partition(".")[0] in FAMILIES and not code.endswith(".one")
)
# What is nothing but somebody else's words, or names alone.
QUOTES = {"clerk.said", "clerk.typed", "clerk.error", "damaged.at", OLD}
QUOTES |= {"refusal.field", "refusal.fields"}
NOT_CODED = {  # mistakes of ours, and what is caught where it is called
    *("ValueError", "TypeError", "KeyError", "KeyboardInterrupt", "TooDeep", "TooLarge"),
    *("Unpackable", "Stopped", "SideOut", "_HeldRun", "ReadTimeout", "WriteTimeout"),
    "IntegrityError",
}


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def example(code: str) -> Message:
    """The message with `1` for each of its values."""
    known = catalogue("en")
    template = known.get(code) or known[f"{code}.many"]
    return Message(code, **dict.fromkeys(placeholders(template), 1))


@pytest.mark.parametrize("code", CODES)
def test_every_message_is_one_line_in_each_language_and_in_german_is_german(code: str):
    english, german = (example(code).text(lang) for lang in LANGUAGES)
    assert "{" not in english + german
    assert german != english or code in QUOTES
    common = {"the", "is", "not", "and", "of", "could", "with", "to", "be", "that", "has"}
    assert not common & set(re.findall(r"[a-z]+", german.lower()))


@pytest.mark.parametrize("code", CODES)
def test_a_message_comes_back_from_a_database_as_it_was(code: str):
    told = Message("read.tags", why=example(code))
    assert Message.of(told.written()) == told == Message.of(told.as_json())
    assert [part.code for part in told.parts()] == ["read.tags", code]


def test_what_stands_within_a_message_is_told_in_the_same_language():
    told = Refused("run_state", run=5, state=Message("state.failed"))
    assert str(told) == "not possible for run 5 in its state: Failed"
    assert told.text("de") == "Das geht bei Lauf 5 in seinem Zustand nicht: Fehlgeschlagen"
    wrapped = Message("read.tags", why=told)
    assert wrapped.text("de") == f"Tags konnten nicht gelesen werden: {told.text('de')}"


def test_a_sentence_without_a_code_is_shown_as_it_stands():
    assert text_of({"message": "Lightspeed said no"}, "de") == "Lightspeed said no"
    newer = {"code": "later.version", "values": {}}
    assert text_of({"message": "said later", "detail": newer}, "de") == "said later"
    lacking = {"code": "read.tags", "values": {}}
    assert text_of({"message": "tags: no", "detail": lacking}, "de") == "tags: no"


def test_errors_are_what_they_were_and_carry_a_code():
    for error in (Refused("no_store"), RunActive(5), SettingError("page_size", "boolean", value=1)):
        assert isinstance(error, CodedError)
        assert str(error) == error.text("en") != error.text("de")
    assert isinstance(Refused("no_store"), UsageError | ValueError)
    assert RunActive(5).message == Message("refusal.run_active", run=5)


# -- the source ---------------------------------------------------------------------------------


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", "")), node


def written(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def words(node: ast.expr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(map(written, parts))


def named_codes() -> set[str]:
    """Codes of the families that stand in the source, as they stand."""
    found = set()
    for path in OURS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            code = written(node) if isinstance(node, ast.expr) else ""
            family, _, rest = code.partition(".")
            if family in FAMILIES and re.fullmatch(r"[a-z_]+", rest) and code not in FILES:
                found.add(code)
        for name, call in calls(path):
            if name in ("Refused", "Gone") and call.args and (code := written(call.args[0])):
                found.add(f"refusal.{code}")
    return found


def test_every_code_in_the_source_has_its_texts():
    named = named_codes()
    assert len(named) > 150
    known = {*CODES, *catalogue("en")}
    assert {code for code in named if code not in known} == set()


def test_every_cause_names_messages_that_there_are():
    families = {f"{code.partition('.')[0]}." for code in CODES}
    named = {code for cause in CAUSES.values() for code in cause.messages}
    assert named <= {*CODES, *families}


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(SYNC)))
def test_no_error_is_raised_with_a_sentence(path: Path):
    """What a person may read is raised by its code; a sentence is for whoever wrote the caller."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        name = getattr(node.exc.func, "id", getattr(node.exc.func, "attr", ""))
        sentences = [arg for arg in node.exc.args if " " in words(arg)]
        assert not sentences or name in NOT_CODED, ast.unparse(node)


@pytest.mark.parametrize(
    ("message", "english", "german"),
    [
        (Message("doctor.disk", free=76064), "76,064 MB free", "76.064 MB frei"),
        (Message("log.counted", path="x", count=12301, read=12300), "12,301", "12.301"),
        (Message("log.odd.more", field="x", n=1200), "1,200 values", "1.200 "),
    ],
)
def test_what_is_counted_is_written_as_the_reader_s_language_does(message, english, german):
    for told in (message, Message.of(message.written())):
        assert english in told.text("en")
        assert german in told.text("de")


def test_what_is_a_name_stays_as_it_is():
    refused = Message("clerk.no_reason", status=1500)
    assert "1500" in refused.text("en")
    assert "1500" in refused.text("de")
