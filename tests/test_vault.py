"""Secrets at rest and in texts."""

import base64
import copy
import logging
import pickle
import stat
from pathlib import Path
from threading import Thread
from urllib.parse import quote_plus

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

import sync.vault
from sync.vault import RedactingFilter, Secret, Vault, VaultError, redact, register

TEXT = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets of other tests in this process would be hidden here too."""
    monkeypatch.setattr("sync.vault._known", type(sync.vault._known)())


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, {})


@pytest.mark.parametrize("text", [TEXT, "ü€ \n\"'", "a" * 5000])
def test_what_is_sealed_opens_again(vault, text):
    sealed = vault.seal(text)
    assert text not in sealed
    assert vault.open(sealed).reveal() == text


def test_the_key_file_is_made_on_first_need_for_its_owner_alone(tmp_path):
    folder = tmp_path / "data"
    vault = Vault(folder, {})
    assert not folder.exists()
    vault.seal(TEXT)
    assert [path.name for path in folder.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600


def test_a_later_process_opens_with_the_key_file(tmp_path, vault):
    assert Vault(tmp_path, {}).open(vault.seal(TEXT)).reveal() == TEXT


def test_two_that_make_the_key_at_once_end_up_with_the_same(tmp_path):
    vaults = [Vault(tmp_path, {}) for _ in range(8)]
    sealed: list[str] = []
    threads = [Thread(target=lambda v=v: sealed.append(v.seal(TEXT))) for v in vaults]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [vaults[0].open(token).reveal() for token in sealed] == [TEXT] * 8


def test_a_key_file_open_to_others_is_closed(tmp_path, vault):
    sealed = vault.seal(TEXT)
    (tmp_path / "secret.key").chmod(0o644)
    assert Vault(tmp_path, {}).open(sealed).reveal() == TEXT
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_sync_key_comes_before_the_file_and_makes_none(tmp_path):
    vault = Vault(tmp_path, {"SYNC_KEY": Fernet.generate_key().decode()})
    assert vault.open(vault.seal(TEXT)).reveal() == TEXT
    assert list(tmp_path.iterdir()) == []


def test_the_environment_is_where_sync_key_comes_from(tmp_path, monkeypatch):
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("SYNC_KEY", key)
    sealed = Vault(tmp_path).seal(TEXT)
    assert Fernet(key).decrypt(sealed.encode()).decode() == TEXT


def test_a_key_is_replaced_by_putting_the_new_one_first_and_rotating(tmp_path):
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    sealed = Vault(tmp_path, {"SYNC_KEY": old}).seal(TEXT)
    both = Vault(tmp_path, {"SYNC_KEY": f"{new}, {old}"})
    assert both.open(sealed).reveal() == TEXT
    rotated = both.rotate(sealed)
    assert Vault(tmp_path, {"SYNC_KEY": new}).open(rotated).reveal() == TEXT
    with pytest.raises(VaultError):
        Vault(tmp_path, {"SYNC_KEY": old}).open(rotated)


@pytest.mark.parametrize("action", ["open", "rotate"])
def test_a_missing_key_file_is_named_and_not_made_anew(tmp_path, vault, action):
    sealed = vault.seal(TEXT)
    (tmp_path / "secret.key").unlink()
    with pytest.raises(VaultError, match=r"secret\.key is missing"):
        getattr(Vault(tmp_path, {}), action)(sealed)
    assert not (tmp_path / "secret.key").exists()


@pytest.mark.parametrize("action", ["open", "rotate"])
def test_another_key_than_the_sealing_one_is_told(tmp_path, vault, action):
    sealed = vault.seal(TEXT)
    other = Vault(tmp_path, {"SYNC_KEY": Fernet.generate_key().decode()})
    with pytest.raises(VaultError, match="not sealed with the key in SYNC_KEY"):
        getattr(other, action)(sealed)


@pytest.mark.parametrize("token", ["", "x", "gAAAAAB", "ü"])
def test_a_damaged_token_is_a_vault_error(vault, token):
    vault.seal(TEXT)
    with pytest.raises(VaultError):
        vault.open(token)


@pytest.mark.parametrize("key", ["nonsense-key", "ünsinn", "abc,def", ","])
def test_a_malformed_key_is_told_without_showing_it(tmp_path, key):
    with pytest.raises(VaultError, match="SYNC_KEY holds no valid key") as caught:
        Vault(tmp_path, {"SYNC_KEY": key}).seal(TEXT)
    assert "nonsense" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"rubbish"])
def test_a_damaged_key_file_is_a_vault_error(tmp_path, content):
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(VaultError, match=r"secret\.key"):
        Vault(tmp_path, {}).seal(TEXT)


def test_a_key_file_that_cannot_be_read_is_a_vault_error(tmp_path):
    (tmp_path / "secret.key").mkdir(mode=0o700)
    with pytest.raises(VaultError, match=r"secret\.key cannot be used"):
        Vault(tmp_path, {}).open("x")


@pytest.mark.parametrize(
    ("text", "shown"),
    [(TEXT, "•••b1a0"), ("abcdefghijkl", "•••ijkl"), ("abcdefghijk", "•••"), ("", "•••")],
)
def test_a_secret_shows_its_end_only_if_it_is_long(text, shown):
    secret = Secret(text)
    assert (str(secret), f"{secret}", f"{secret:>9}") == (shown, shown, f"{shown:>9}")
    assert repr(secret) == f"Secret({shown})"
    assert repr([secret]) == f"[Secret({shown})]"


def test_a_secret_is_neither_pickled_nor_spelt_out_by_a_copy():
    secret = Secret(TEXT)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)
    assert copy.deepcopy([secret]) == [secret]
    assert copy.copy(secret) is secret
    assert not hasattr(secret, "__dict__")


def test_secrets_compare_by_their_text():
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != Secret("another")
    assert Secret(TEXT) != TEXT
    assert len({Secret(TEXT), Secret(TEXT)}) == 1


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@settings(max_examples=60)
@given(
    st.text('abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/=&%"\\ äé', min_size=6, max_size=40),
    st.text("0123456789abcdef", max_size=5),
)
def test_no_spelling_of_a_registered_secret_survives(rest, user):
    secret = f"Zq{rest}"
    register(secret)
    for spelling in (secret, quote_plus(secret), f"a {secret} b", f"{secret}{secret}"):
        assert secret not in redact(spelling)
        assert quote_plus(secret) not in redact(spelling)
    token = basic(user, secret)
    hidden = redact(f"sent {token} there")
    longest = max((len(word) for word in hidden.replace("•••", " ").split()), default=0)
    assert token not in hidden
    assert longest <= len(user) * 2 + 8


def test_sealing_and_opening_register(vault):
    sealed = vault.seal("opened-or-sealed-1")
    assert redact("an opened-or-sealed-1 text") == "an ••• text"
    vault.open(sealed)
    assert redact(sealed) == sealed


def test_a_short_secret_is_hidden_only_as_a_word():
    register("kurz")
    assert redact("kurz, kurzum, /kurz?") == "•••, kurzum, /•••?"


@pytest.mark.parametrize("text", ["", "a", "ab", "abc"])
def test_what_is_too_short_to_be_a_secret_garbles_nothing(text):
    register(text)
    assert redact("a ab abc") == "a ab abc"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET https://h/p?key=abc&limit=5&private_key=d%20e", None),
        ("?secret=x1y2&page=3", "?secret=•••&page=3"),
        ('{"private_key": "abc", "id": 5}', '{"private_key": "•••", "id": 5}'),
        ("{'key': 'abc'}", "{'key': '•••'}"),
        ("CLERK_PRIVATE_KEY=abc SYNC_KEY=def", "CLERK_PRIVATE_KEY=••• SYNC_KEY=•••"),
        ("Authorization: Basic YWJjOmRlZg==", "Authorization: •••"),
        ("{'Authorization': 'Bearer abc.def'}", "{'Authorization': '•••'}"),
        ("(b'Authorization', b'Basic YWI=')", None),
        ("https://abc:def@api.example/nl", "https://•••@api.example/nl"),
        ("from jan.de-boer+x@mail.example.com!", "from •••@…!"),
        ("customers=%5B%22jan%40example.com%22%5D", None),
        ('"jan de boer"@example.com', "•••@…"),
        ("Jörg.Müller@größe.example", "•••@…"),
        ("<jan@example.com>,<piet@example.org>", "<•••@…>,<•••@…>"),
    ],
)
def test_named_values_and_addresses_are_hidden(text, clean):
    hidden = redact(text)
    if clean is not None:
        assert hidden == clean
    assert not any(part in hidden for part in ("abc", "def", "d%20e", "YW", "jan", "example.c"))


@pytest.mark.parametrize(
    "text",
    [
        "settings set STORE KEY=VALUE [--note TEXT]",
        "the key is missing: enter it again",
        "products[3].price must be a number",
        "GET https://api.example/nl/catalog.json?page=2&limit=250",
        "@dataclass and 5 @ 3",
        "•••@…",
    ],
)
def test_other_texts_stay_as_they_are(text):
    assert redact(text) == text


@given(st.text(max_size=200))
def test_redacting_twice_changes_nothing_more(text):
    assert redact(redact(text)) == redact(text)


@pytest.fixture
def lines():
    """A logger with the filter on its handler, and what it writes."""
    written: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Lines()
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("test.vault")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield logger, written
    logger.removeHandler(handler)


def test_the_filter_cleans_message_arguments_exception_and_stack(lines):
    logger, written = lines
    register("log-canary-1")
    logger.info("log-canary-1 and %s and %s", "log-canary-1", {"x": "log-canary-1"})
    logger.info("%(who)s", {"who": "jan@example.com"})
    try:
        raise ValueError("log-canary-1 of jan@example.com")
    except ValueError:
        logger.exception("failed", stack_info=True)
    assert written[0] == "••• and ••• and {'x': '•••'}"
    assert written[1] == "•••@…"
    assert "ValueError: ••• of •••@…" in written[2]
    assert "Stack (most recent call last)" in written[2]


def test_a_handler_behind_it_with_its_own_form_gets_no_exception_in_the_clear(lines):
    logger, _ = lines
    register("log-canary-2")
    seen = []
    logger.handlers[0].emit = seen.append
    try:
        raise ValueError("log-canary-2")
    except ValueError:
        logger.exception("failed")
    assert "log-canary-2" not in repr([vars(record) for record in seen])


def test_wrong_arguments_of_a_log_call_do_not_stop_the_program(lines):
    logger, written = lines
    register("log-canary-3")
    logger.info("%d of %d", "log-canary-3")
    assert written == ["%d of %d ('•••',)"]
