"""A start with settings that are unsafe is refused, every fault is told at once, and no message repeats a secret."""

import base64
import secrets
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.settings import Settings, SettingsInvalid
from tests.conftest import SECRET_KEY

ONION = "http://" + "a2" * 28 + ".onion"
SOUND = {
    "LEEWARD_SECRET_KEY": SECRET_KEY.hex(),
    "LEEWARD_PUBLIC_URL": "https://leeward.example",
}
HOTLINE = {
    "LEEWARD_TWILIO_ACCOUNT_SID": "AC" + "0f" * 16,
    "LEEWARD_TWILIO_AUTH_TOKEN": "5" * 32,
    "LEEWARD_TWILIO_NUMBERS": "+16045550100, +12365550101",
}
PHONE = {
    "LEEWARD_SMSGATE_URL": "https://phone.example/api/3rdparty/v1/",
    "LEEWARD_SMSGATE_LOGIN": "leeward:hidden-5",
    "LEEWARD_SMSGATE_SIGNING_KEY": "hidden-6hidden-6,hidden-7hidden-7",
    "LEEWARD_SMSGATE_NUMBER": "+17785550100",
}


def faults(environ: dict[str, str], *, serving: bool = True) -> tuple[str, ...]:
    """Return what is wrong with an environment."""
    with pytest.raises(SettingsInvalid) as refused:
        Settings.from_env(environ, serving=serving)
    return refused.value.faults


def test_two_settings_are_enough() -> None:
    settings = Settings.from_env(SOUND)
    assert settings.secret_key == SECRET_KEY
    assert settings.data == Path("instance").absolute()
    assert settings.database_url == f"sqlite:///{settings.data}/leeward.sqlite"
    assert settings.keys_url == f"sqlite:///{settings.data}/keys.sqlite"
    assert (settings.host, settings.port, settings.demo, settings.desk_idle_seconds) == ("127.0.0.1", 8000, False, 600)


def test_an_empty_environment_is_enough_where_nothing_is_served() -> None:
    assert Settings.from_env({}, serving=False).secret_key == b""


def test_a_server_needs_a_secret_and_an_address_and_is_told_both() -> None:
    told = faults({})
    assert len(told) == 2
    assert told[0].startswith("LEEWARD_SECRET_KEY is missing: make one with")
    assert told[1].startswith("LEEWARD_PUBLIC_URL is missing")


def test_every_fault_is_told_at_once() -> None:
    told = faults(
        {
            "PORT": "http",
            "LEEWARD_DATABASE_URL": "mysql://host/name",
            "LEEWARD_SECRET_KEY": "short",
            "LEEWARD_PUBLIC_URL": "http://leeward.example",
            "LEEWARD_THREADS": "0",
            "LEEWARD_DEMO": "maybe",
            "LEEWARD_THROTTLE_URL": "memcached://host",
            "LEEWARD_ONION_URL": "http://short.onion",
            "LEEWARD_SMTP_HOST": "mail.example",
            "LEEWARD_SMTP_USER": "somebody",
            "LEEWARD_PUBLIK_URL": "https://leeward.example",
        }
    )
    named = [fault.split(" ", 1)[0] for fault in told]
    assert sorted(named) == [
        "LEEWARD_DATABASE_URL",
        "LEEWARD_DEMO",
        "LEEWARD_ONION_URL",
        "LEEWARD_PUBLIC_URL",
        "LEEWARD_PUBLIK_URL",
        "LEEWARD_SECRET_KEY",
        "LEEWARD_SMTP_FROM",
        "LEEWARD_SMTP_USER",
        "LEEWARD_THREADS",
        "LEEWARD_THROTTLE_URL",
        "PORT",
    ]


@pytest.mark.parametrize(
    "key",
    [
        "short",
        "a" * 64,
        "0" * 64,
        "0123456789abcdef" * 4,
        "deadbeef" * 8,
        bytes(range(32)).hex(),
        bytes(range(64)).hex(),
        base64.urlsafe_b64encode(bytes(range(100, 132))).decode(),
        "correct-horse-battery-staple-and-some-more-words",
        "CHANGE-ME-CHANGE-ME-CHANGE-ME-CHANGE-ME-CHANGE-ME",
        secrets.token_hex(31),
        secrets.token_urlsafe(31),
        base64.b64encode(b"\xff" * 40).decode(),
        "not base64 at all, but long enough to be 32 bytes",
        secrets.token_hex(8) * 4,
    ],
)
def test_a_weak_secret_is_refused_and_not_repeated(key: str) -> None:
    told = faults(SOUND | {"LEEWARD_SECRET_KEY": key})
    assert len(told) == 1
    assert told[0].startswith("LEEWARD_SECRET_KEY")
    assert key not in told[0]


@given(st.binary(min_size=32, max_size=64).filter(lambda key: len(set(key)) >= 28), st.booleans())
def test_a_key_is_read_from_hex_and_base64url(key: bytes, as_hex: bool) -> None:
    text = key.hex() if as_hex else base64.urlsafe_b64encode(key).decode()
    try:
        assert Settings.from_env(SOUND | {"LEEWARD_SECRET_KEY": text}).secret_key == key
    except SettingsInvalid as error:
        # hypothesis finds keys in order too, which is what the check is for.
        assert "LEEWARD_SECRET_KEY" in error.faults[0]


def test_random_keys_are_taken_however_they_were_made() -> None:
    for _ in range(500):
        for text in (secrets.token_urlsafe(32), secrets.token_hex(32), secrets.token_hex(32).upper()):
            assert len(Settings.from_env(SOUND | {"LEEWARD_SECRET_KEY": text}).secret_key) == 32


@pytest.mark.parametrize(
    "url",
    [
        "http://leeward.example",
        "leeward.example",
        "https://",
        "https://leeward.example/path",
        "https://leeward.example?query",
        "https://somebody@leeward.example",
        "https://leeward.example:port",
        "https://leeward .example",
        "ftp://leeward.example",
        "https://[leeward.example",
    ],
)
def test_only_an_https_address_without_a_path_is_public(url: str) -> None:
    assert "LEEWARD_PUBLIC_URL must be https://" in faults(SOUND | {"LEEWARD_PUBLIC_URL": url})[0]


def test_an_address_may_have_a_port_and_a_slash_behind_it() -> None:
    url = "https://leeward.example:8443"
    assert Settings.from_env(SOUND | {"LEEWARD_PUBLIC_URL": url + "/"}).public_url == url


def test_a_demo_is_served_on_this_machine_without_tls_and_nowhere_else() -> None:
    demo = {"LEEWARD_SECRET_KEY": SECRET_KEY.hex(), "LEEWARD_DEMO": "1", "PORT": "8123"}
    assert Settings.from_env(demo).public_url == "http://127.0.0.1:8123"
    assert "LEEWARD_PUBLIC_URL" in faults(demo | {"LEEWARD_PUBLIC_URL": "http://leeward.example"})[0]


def test_a_real_service_is_not_served_without_tls_even_on_this_machine() -> None:
    assert "LEEWARD_PUBLIC_URL" in faults(SOUND | {"LEEWARD_PUBLIC_URL": "http://127.0.0.1:8000"})[0]


@pytest.mark.parametrize("keys", ["sqlite:///{data}/leeward.sqlite", "sqlite:///{data}/../{name}/leeward.sqlite"])
def test_keys_in_the_main_database_are_refused(tmp_path: Path, keys: str) -> None:
    environ = SOUND | {
        "LEEWARD_DATA": str(tmp_path),
        "LEEWARD_KEYS_URL": keys.format(data=tmp_path, name=tmp_path.name),
    }
    assert faults(environ)[0].startswith("LEEWARD_KEYS_URL must name another database")


def test_keys_in_the_main_postgresql_database_are_refused() -> None:
    environ = SOUND | {
        "LEEWARD_DATABASE_URL": "postgresql://leeward:one@db.example/leeward",
        "LEEWARD_KEYS_URL": "postgresql+psycopg://keys:two@db.example:5432/leeward",
    }
    assert faults(environ)[0].startswith("LEEWARD_KEYS_URL must name another database")


def test_postgresql_is_reached_by_psycopg_whatever_its_url_is_called() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        settings = Settings.from_env(SOUND | {"LEEWARD_DATABASE_URL": f"{scheme}://leeward:pw@db.example/leeward"})
        assert settings.database_url == "postgresql+psycopg://leeward:pw@db.example/leeward"


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "nonsense", "postgresql://h:x/n"]
)
def test_a_database_that_keeps_nothing_or_is_not_ours_is_refused(url: str) -> None:
    assert faults(SOUND | {"LEEWARD_DATABASE_URL": url})[0].startswith("LEEWARD_DATABASE_URL cannot be used")


@pytest.mark.parametrize("number", ["0", "70000", "-1", "1_0", "٨٠", "1.5", "eight", "8" * 7])
def test_a_port_is_a_plain_number_in_range(number: str) -> None:
    assert faults(SOUND | {"PORT": number}) == ("PORT needs a whole number from 1 to 65535",)


def test_a_misspelt_setting_is_told_with_what_was_meant() -> None:
    assert faults(SOUND | {"LEEWARD_TREADS": "4"}) == (
        "LEEWARD_TREADS is not a setting: did you mean LEEWARD_THREADS?",
    )


def test_what_tests_and_other_programs_read_is_none_of_our_business() -> None:
    Settings.from_env(SOUND | {"LEEWARD_CI": "1", "LEEWARD_TEST_DATABASE_URL": "x", "PATH": "/bin"})


def test_an_empty_variable_is_a_missing_one() -> None:
    assert Settings.from_env(SOUND | {"LEEWARD_SMTP_HOST": "", "PORT": " ", "LEEWARD_ONION_URL": ""}).port == 8000


def test_an_onion_address_is_taken() -> None:
    assert Settings.from_env(SOUND | {"LEEWARD_ONION_URL": ONION + "/"}).onion_url == ONION


def test_the_hotline_is_there_with_all_three_of_its_settings_and_with_none() -> None:
    settings = Settings.from_env(SOUND | HOTLINE)
    assert settings.twilio_account_sid == HOTLINE["LEEWARD_TWILIO_ACCOUNT_SID"]
    assert settings.twilio_auth_token == ("5" * 32,)
    assert settings.twilio_numbers == ("+16045550100", "+12365550101")
    assert Settings.from_env(SOUND).twilio_numbers == ()


@pytest.mark.parametrize("missing", sorted(HOTLINE))
def test_half_a_hotline_is_refused(missing: str) -> None:
    environ = SOUND | {name: value for name, value in HOTLINE.items() if name != missing}
    assert [fault for fault in faults(environ) if "go together" in fault]


def test_a_telephone_of_our_own_is_there_with_all_four_of_its_settings_and_with_none() -> None:
    settings = Settings.from_env(SOUND | PHONE)
    assert settings.smsgate_url == "https://phone.example/api/3rdparty/v1"
    assert settings.smsgate_number == "+17785550100"
    assert settings.smsgate_signing_key == ("hidden-6" * 2, "hidden-7" * 2)
    assert Settings.from_env(SOUND).smsgate_number is None
    assert "hidden" not in repr(settings)
    for missing in PHONE:
        assert [fault for fault in faults(SOUND | PHONE | {missing: ""}) if "go together" in fault]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEEWARD_SMSGATE_URL", "http://phone.example/api"),
        ("LEEWARD_SMSGATE_URL", "https://name:hidden@phone.example/api"),
        ("LEEWARD_SMSGATE_URL", "https://phone.example/api?x=1"),
        ("LEEWARD_SMSGATE_URL", "https://[phone"),
        ("LEEWARD_SMSGATE_LOGIN", "no colon"),
        ("LEEWARD_SMSGATE_LOGIN", "name:"),
        ("LEEWARD_SMSGATE_SIGNING_KEY", "short"),
        ("LEEWARD_SMSGATE_NUMBER", "604-555-0100"),
    ],
)
def test_a_telephone_s_setting_that_cannot_be_right_is_refused_and_not_repeated(name: str, value: str) -> None:
    told = faults(SOUND | PHONE | {name: value})
    assert len(told) == 1
    assert told[0].startswith(name)
    assert value not in told[0]


@pytest.mark.parametrize("one", sorted({**HOTLINE, **PHONE}))
@pytest.mark.parametrize("serving", [True, False])
def test_a_demo_with_a_hotline_s_settings_is_refused_since_it_would_send_real_texts(one: str, serving: bool) -> None:
    every = HOTLINE | PHONE
    for given_ones in (every, {one: every[one]}):
        told = faults(SOUND | given_ones | {"LEEWARD_DEMO": "1"}, serving=serving)
        assert [fault for fault in told if "real texts to real phones" in fault]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEEWARD_TWILIO_ACCOUNT_SID", "SK" + "0" * 32),
        ("LEEWARD_TWILIO_ACCOUNT_SID", "AC" + "0" * 31),
        ("LEEWARD_TWILIO_AUTH_TOKEN", "short"),
        ("LEEWARD_TWILIO_AUTH_TOKEN", "sha1:" + "5" * 32),
        ("LEEWARD_TWILIO_AUTH_TOKEN", ",".join(digit * 32 for digit in "12345")),
        ("LEEWARD_TWILIO_AUTH_TOKEN", "sha256:" + "5" * 32),
        ("LEEWARD_TWILIO_NUMBERS", "604-555-0100"),
        ("LEEWARD_TWILIO_NUMBERS", "+16045550100,+0123456789"),
        ("LEEWARD_TWILIO_NUMBERS", "+١٦٠٤٥٥٥٠١٠٠"),
    ],
)
def test_a_hotline_s_setting_that_cannot_be_right_is_refused_and_not_repeated(name: str, value: str) -> None:
    told = faults(SOUND | HOTLINE | {name: value})
    assert len(told) == 1
    assert told[0].startswith(name)
    assert value not in told[0]


def test_a_second_token_and_a_shared_key_stand_beside_the_first_while_they_rotate() -> None:
    tokens = ("1" * 32, "2" * 32, "sha256:" + "3" * 64)
    settings = Settings.from_env(SOUND | HOTLINE | {"LEEWARD_TWILIO_AUTH_TOKEN": " , ".join(tokens)})
    assert settings.twilio_auth_token == tokens


def test_settings_that_were_built_otherwise_are_checked_too() -> None:
    settings = Settings.from_env(SOUND)
    settings.refuse_unsafe()
    with pytest.raises(SettingsInvalid, match="LEEWARD_SECRET_KEY is missing"):
        replace(settings, secret_key=b"").refuse_unsafe()


def test_no_secret_stands_in_what_is_printed() -> None:
    settings = Settings.from_env(
        SOUND
        | {
            "LEEWARD_DATABASE_URL": "postgresql://leeward:hidden-1@db.example/leeward",
            "LEEWARD_KEYS_URL": "postgresql://leeward:hidden-2@db.example/keys",
            "LEEWARD_THROTTLE_URL": "redis://:hidden-3@redis.example",
            "LEEWARD_SMTP_HOST": "mail.example",
            "LEEWARD_SMTP_FROM": "leeward@mail.example",
            "LEEWARD_SMTP_USER": "leeward",
            "LEEWARD_SMTP_PASSWORD": "hidden-4",
            **HOTLINE,
            "LEEWARD_TWILIO_AUTH_TOKEN": "hidden-5" * 4,
        }
    )
    assert "hidden" not in repr(settings)
    assert repr(SECRET_KEY) not in repr(settings)


@given(
    st.dictionaries(
        st.sampled_from(
            sorted(
                [
                    *SOUND,
                    "PORT",
                    "LEEWARD_DATABASE_URL",
                    "LEEWARD_KEYS_URL",
                    "LEEWARD_ONION_URL",
                    "LEEWARD_DEMO",
                    "LEEWARD_THROTTLE_URL",
                ]
            )
        ),
        st.text(),
    )
)
def test_any_text_is_taken_or_refused(environ: dict[str, str]) -> None:
    try:
        Settings.from_env(environ)
    except SettingsInvalid as error:
        assert error.faults
