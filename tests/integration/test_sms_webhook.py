"""What a provider posts, over HTTP and on both databases: signed for us it comes in once, else it leaves no trace."""

import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

import wsgi
from intake.sms.chores import take_in_spooled
from intake.sms.models import Conversation, InboundText
from service import logging
from service.database import Database
from service.runtime import Runtime
from tests.guards.tree import ROOT
from tests.integration.worker_client import count, stored
from tests.unit.intake.sms.webhooks import (
    FORM,
    NUMBER,
    SITE,
    Fields,
    body_of,
    sign,
    status_fields,
    text_fields,
    with_hotline,
)

INBOUND, FALLBACK, STATUS = "/sms/twilio/inbound", "/sms/twilio/fallback", "/sms/twilio/status"
CANARY = "CANARYsms"
WORKER = "+16045550142"
TABLES = (InboundText.__tablename__, Conversation.__tablename__, "case", "message", "outbox")


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """Give the app of an instance that has a hotline, on both databases."""
    return wsgi.compose(replace(runtime, settings=with_hotline(runtime.settings)))


@pytest.fixture
def lone_app(sqlite_runtime: Runtime) -> Flask:
    """Give the app on SQLite alone, for what the database has no part in."""
    return wsgi.compose(replace(sqlite_runtime, settings=with_hotline(sqlite_runtime.settings)))


def runtime_of(app: Flask) -> Runtime:
    """Give what an app stands on."""
    found: Runtime = app.extensions["leeward"]
    return found


def post(
    app: Flask, path: str, body: bytes, *, signature: str | None = None, kind: str | None = FORM, query: str = ""
) -> TestResponse:
    """Post a body as somebody on the network can."""
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    return app.test_client().post(
        path, data=body, base_url=SITE, headers=headers, content_type=kind, query_string=query
    )


def signed(app: Flask, path: str, fields: Fields, query: str = "") -> TestResponse:
    """Post fields as Twilio does."""
    address = SITE + path + (f"?{query}" if query else "")
    return post(app, path, body_of(fields), signature=sign(address, fields), query=query)


def texts(app: Flask) -> int:
    """Count the texts that were taken in."""
    return count(runtime_of(app), "message")


def is_untouched(app: Flask) -> bool:
    """Say whether nothing at all came of what was posted."""
    return not any(count(runtime_of(app), table) for table in TABLES)


@pytest.mark.parametrize("path", [INBOUND, FALLBACK])
def test_a_signed_text_is_taken_in_once_and_answered_with_nothing(app: Flask, path: str) -> None:
    fields = text_fields(f"{CANARY} ਮੇਰਾ ਪਾਸਪੋਰਟ", sender=WORKER)
    for _ in range(3):
        answer = signed(app, path, fields)
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response/>'
        assert "Set-Cookie" not in answer.headers
    assert texts(app) == 1
    held = stored(runtime_of(app))
    assert CANARY.encode() not in held
    assert WORKER[1:].encode() not in held


def test_both_addresses_take_the_same_text_in_once(app: Flask) -> None:
    assert signed(app, INBOUND, text_fields("hello")).status_code == 200
    assert signed(app, FALLBACK, text_fields("hello")).status_code == 200
    assert texts(app) == 1


@pytest.mark.parametrize(
    "fields",
    [
        text_fields(""),
        text_fields("one\r\ntwo\x00\ufeff\u202e three"),
        text_fields("😟" * 400),
        [*text_fields("STOP"), ("OptOutType", "STOP")],
        [pair for pair in text_fields("") if pair[0] != "NumMedia"]
        + [("NumMedia", "1"), ("MediaUrl0", "https://api.example/x/Media/ME" + "2" * 32)],
    ],
    ids=["empty", "odd signs", "long", "opt-out", "picture"],
)
def test_any_text_that_is_signed_is_kept(lone_app: Flask, fields: Fields) -> None:
    assert signed(lone_app, INBOUND, fields).status_code == 200
    assert texts(lone_app) == 1


def test_the_checks_come_in_their_order_and_what_fails_one_leaves_no_trace(lone_app: Flask) -> None:
    app, good = lone_app, text_fields(CANARY, sender=WORKER)
    long = body_of([*good, ("Pad", "x" * 33_000)])
    account = [(name, "AC" + "1" * 32 if name == "AccountSid" else value) for name, value in good]
    other_number = text_fields(CANARY, sender=WORKER, to="+16045550177")
    nameless = [pair for pair in good if pair[0] != "MessageSid"]
    answers = {
        "too long": post(app, INBOUND, long, kind="text/plain"),
        "too long and signed": post(app, INBOUND, long, signature=sign(SITE + INBOUND, good)),
        "no form": post(app, INBOUND, body_of(good), kind="application/json", signature=sign(SITE + INBOUND, good)),
        "multipart": post(app, INBOUND, b"--x--", kind="multipart/form-data; boundary=x"),
        "no kind": post(app, INBOUND, body_of(good), kind=None),
        "wrong bytes": post(app, INBOUND, b"Body=\xff%ff"),
        "no signature": post(app, INBOUND, body_of(good)),
        "a wrong signature": post(app, INBOUND, body_of(good), signature=sign(SITE + FALLBACK, good)),
        "another account": signed(app, INBOUND, account),
        "another number": signed(app, INBOUND, other_number),
        "without an id": signed(app, INBOUND, nameless),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "too long": 413,
        "too long and signed": 413,
        "no form": 415,
        "multipart": 415,
        "no kind": 415,
        "wrong bytes": 400,
        "no signature": 403,
        "a wrong signature": 403,
        "another account": 403,
        "another number": 403,
        "without an id": 400,
    }
    assert not [name for name, answer in answers.items() if CANARY in answer.text]
    assert is_untouched(app)


def test_a_body_without_a_length_is_not_read_past_the_limit(lone_app: Flask) -> None:
    body = io.BytesIO(body_of([("Body", "x" * 40_000)]))
    answer = lone_app.test_client().post(
        INBOUND,
        base_url=SITE,
        input_stream=body,
        content_type=FORM,
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 413
    assert body.tell() < 34_000


@pytest.mark.parametrize("sender", ["72345", "BANK", "whatsapp:+16045550123", ""])
def test_what_no_phone_sent_is_answered_with_nothing_and_not_kept(lone_app: Flask, sender: str) -> None:
    assert signed(lone_app, INBOUND, text_fields(CANARY, sender=sender)).status_code == 200
    assert is_untouched(lone_app)


def test_a_header_never_says_which_address_was_signed(lone_app: Flask) -> None:
    fields = text_fields("hello")
    answer = lone_app.test_client().post(
        INBOUND,
        data=body_of(fields),
        base_url=SITE,
        content_type=FORM,
        headers={
            "X-Twilio-Signature": sign("https://other.example" + INBOUND, fields),
            "X-Forwarded-Host": "other.example",
            "X-Forwarded-Proto": "https",
            "X-Original-URL": "https://other.example" + INBOUND,
            "X-Twilio-Webhooks-Signature-Settings": "key=x,algorithm=HMAC_SHA256",
        },
    )
    assert answer.status_code == 403
    assert is_untouched(lone_app)


def test_a_token_in_rotation_and_a_shared_key_are_believed(sqlite_runtime: Runtime) -> None:
    known = with_hotline(sqlite_runtime.settings)
    tokens = (*known.twilio_auth_token, "a7" * 16, "sha256:" + "c0" * 32)
    app = wsgi.compose(replace(sqlite_runtime, settings=replace(known, twilio_auth_token=tokens)))
    for number, (token, algorithm) in enumerate([("a7" * 16, "sha1"), ("c0" * 32, "sha256")], start=1):
        fields = text_fields("hello", number=number)
        signature = sign(SITE + INBOUND, fields, token=token, algorithm=algorithm)
        assert post(app, INBOUND, body_of(fields), signature=signature).status_code == 200
    assert texts(app) == 2


@pytest.mark.parametrize("path", [INBOUND, FALLBACK, STATUS])
def test_without_the_settings_there_is_no_webhook(sqlite_runtime: Runtime, path: str) -> None:
    app = wsgi.compose(sqlite_runtime)
    assert signed(app, path, text_fields("hello")).status_code == 404
    assert post(app, path, b"").status_code == 404


@pytest.mark.parametrize("path", [INBOUND, FALLBACK, STATUS])
def test_nobody_looks_at_a_webhook_with_a_browser(lone_app: Flask, path: str) -> None:
    assert lone_app.test_client().get(path, base_url=SITE).status_code == 405


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    path=st.sampled_from([INBOUND, FALLBACK, STATUS]),
    body=st.one_of(
        st.binary(max_size=400), st.text(alphabet="&=%+SidBodyFrom0123456789abcdef\u0a15\x00").map(str.encode)
    ),
    kind=st.one_of(
        st.just(FORM), st.just(FORM + "; charset=utf-16"), st.text(alphabet='a/;=-x "', max_size=20), st.none()
    ),
    signature=st.one_of(
        st.none(),
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40),
    ),
    query=st.text(alphabet="r=&%0af?#", max_size=12),
)
def test_any_bytes_are_refused_and_leave_no_trace(
    lone_app: Flask, path: str, body: bytes, kind: str | None, signature: str | None, query: str
) -> None:
    answer = post(lone_app, path, body, signature=signature, kind=kind, query=query)
    assert answer.status_code in (400, 403, 413, 415)
    assert is_untouched(lone_app)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    path=st.sampled_from([INBOUND, FALLBACK, STATUS]),
    changed=st.dictionaries(
        st.sampled_from(["AccountSid", "MessageSid", "From", "To", "Body", "NumMedia", "MessageStatus", "ErrorCode"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
        max_size=4,
    ),
    doubled=st.booleans(),
    query=st.sampled_from(["", "r=" + "ab" * 16, "r=x", "r=&r=" + "ab" * 16]),
)
def test_any_signed_fields_are_taken_in_or_refused(
    lone_app: Flask, path: str, changed: dict[str, str], doubled: bool, query: str
) -> None:
    fields = [pair for pair in text_fields("hello") if pair[0] not in changed] + list(changed.items())
    answer = signed(lone_app, path, fields + fields[-1:] if doubled else fields, query)
    assert answer.status_code in (200, 400, 403)


def test_a_report_on_a_text_that_is_not_ours_changes_nothing(lone_app: Flask) -> None:
    for query in ("", "r=" + "ab" * 16):
        assert signed(lone_app, STATUS, status_fields("SM" + "3" * 32, "delivered"), query).status_code == 200
    assert is_untouched(lone_app)


@pytest.fixture
def away(sqlite_runtime: Runtime) -> Iterator[Runtime]:
    """Give an instance with a hotline whose main database nobody can reach; its keys and files are there."""
    gone = Database("postgresql://127.0.0.1:1/nowhere", b"k" * 32, connections=1)
    yield replace(sqlite_runtime, settings=with_hotline(sqlite_runtime.settings), database=gone)
    gone.dispose()


def test_while_the_database_is_away_a_text_is_taken_in_all_the_same_and_its_repeat_is_one(
    away: Runtime, sqlite_runtime: Runtime
) -> None:
    app = wsgi.compose(away)
    for path in (INBOUND, FALLBACK):
        assert signed(app, path, text_fields(CANARY, sender=WORKER)).status_code == 200
    kept = b"".join(path.read_bytes() for path in away.settings.data.rglob("*") if path.is_file())
    assert CANARY.encode() not in kept
    assert WORKER[1:].encode() not in kept
    assert take_in_spooled(sqlite_runtime) == 2
    assert count(sqlite_runtime, "message") == 1


def test_a_fault_of_ours_loses_no_text_and_says_only_its_class_and_place(
    sqlite_runtime: Runtime, log: io.StringIO
) -> None:
    faults = iter([RuntimeError(CANARY)])

    def once_broken(size: int) -> bytes:
        for fault in faults:
            raise fault
        return sqlite_runtime.random(size)

    known = replace(sqlite_runtime, settings=with_hotline(sqlite_runtime.settings), random=once_broken)
    app = wsgi.compose(known)
    logging.configure(log)
    assert signed(app, INBOUND, text_fields(CANARY, sender=WORKER)).status_code == 200
    assert count(sqlite_runtime, "message") == 0
    assert '"error": "RuntimeError"' in log.getvalue()
    assert CANARY not in log.getvalue()
    assert take_in_spooled(sqlite_runtime) == 1
    assert count(sqlite_runtime, "message") == 1


def test_what_is_not_signed_is_not_kept_in_a_file_either(away: Runtime) -> None:
    app = wsgi.compose(away)
    assert post(app, INBOUND, body_of(text_fields(CANARY))).status_code == 403
    assert signed(app, INBOUND, text_fields(CANARY, sender="BANK")).status_code == 200
    assert not list(away.settings.data.rglob("*.text"))


def test_where_a_text_can_be_kept_nowhere_the_provider_is_told_to_ask_again(away: Runtime, tmp_path: Path) -> None:
    no_folder = tmp_path / "a file"
    no_folder.write_text("", encoding="utf-8")
    app = wsgi.compose(replace(away, settings=replace(away.settings, data=no_folder)))
    answer = signed(app, INBOUND, text_fields(CANARY))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert CANARY not in answer.text


def test_a_report_that_comes_while_the_database_is_away_is_no_failure_at_the_provider(away: Runtime) -> None:
    query = "r=" + "ab" * 16
    assert signed(wsgi.compose(away), STATUS, status_fields("SM" + "3" * 32, "sent"), query).status_code == 200


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Collect what is logged."""
    stream = io.StringIO()
    yield stream
    logging.configure()


def test_no_line_of_the_log_holds_anything_of_a_post(lone_app: Flask, log: io.StringIO) -> None:
    logging.configure(log)
    good = text_fields(CANARY, sender=WORKER)
    signed(lone_app, INBOUND, good)
    signed(lone_app, INBOUND, [pair for pair in good if pair[0] != "MessageSid"])
    signed(lone_app, INBOUND, text_fields(CANARY, sender=WORKER, to="+16045550177"))
    post(lone_app, INBOUND, body_of(good))
    post(lone_app, STATUS, body_of(good), query=f"r={CANARY}")
    told = log.getvalue()
    assert told.count("request.failed") == 2
    for secret in (CANARY, WORKER, WORKER[1:], NUMBER, "SM0000", "KELOWNA"):
        assert secret not in told


def test_the_web_tier_never_loads_the_rest_client(sqlite_runtime: Runtime) -> None:
    known = with_hotline(sqlite_runtime.settings)
    environ = {
        "LEEWARD_DATA": str(known.data),
        "LEEWARD_DATABASE_URL": known.database_url,
        "LEEWARD_KEYS_URL": known.keys_url,
        "LEEWARD_SECRET_KEY": known.secret_key.hex(),
        "LEEWARD_PUBLIC_URL": known.public_url,
        "LEEWARD_TWILIO_ACCOUNT_SID": known.twilio_account_sid or "",
        "LEEWARD_TWILIO_AUTH_TOKEN": ",".join(known.twilio_auth_token),
        "LEEWARD_TWILIO_NUMBERS": ",".join(known.twilio_numbers),
    }
    serving = """
import sys
import wsgi
from tests.integration.test_sms_webhook import INBOUND, STATUS, signed, status_fields, text_fields
posts = [(INBOUND, text_fields("hello")), (STATUS, status_fields("SM" + "3" * 32, "sent"))]
answers = [signed(wsgi.app, path, fields) for path, fields in posts]
assert [answer.status_code for answer in answers] == [200, 200], answers
heavy = [name for name in sys.modules if name.startswith(("twilio.rest", "requests", "aiohttp"))]
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", serving],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
