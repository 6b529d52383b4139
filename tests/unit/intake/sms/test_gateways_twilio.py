"""A post is Twilio's only if Twilio signed it for us; what it says is then read strictly or not at all."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from intake.sms.gateways.twilio import Webhook, WebhookKey
from intake.sms.gateways.twilio_codes import LATER, NEVER, OURS, TOMORROW, refusal
from intake.sms.port import (
    Malformed,
    Media,
    NoPhone,
    NotOurs,
    Rejected,
    Retry,
    SignatureInvalid,
    State,
    Status,
    Unknown,
)
from tests.conftest import cannot_run
from tests.guards.tree import ROOT
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER, SITE, TOKEN, Fields, sign, status_fields, text_fields

PATH = "/sms/twilio/inbound"
NOW = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)
SECOND, SHARED = "a7" * 16, "c0" * 32
WEBHOOK = Webhook(
    ACCOUNT,
    (WebhookKey(TOKEN, "HMAC_SHA1"), WebhookKey(SECOND, "HMAC_SHA1"), WebhookKey(SHARED, "HMAC_SHA256")),
    frozenset({NUMBER}),
    SITE,
)
MEDIA = f"https://api.example/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}"
PICTURE = [("NumMedia", "1"), ("MediaUrl0", MEDIA), ("MediaContentType0", "image/jpeg")]

POSTS: dict[str, Fields] = {
    "plain": text_fields("they keep my passport"),
    "gurmukhi": text_fields("ਮੇਰਾ ਪਾਸਪੋਰਟ ਉਨ੍ਹਾਂ ਕੋਲ ਹੈ"),
    "emoji": text_fields("😟 1️⃣ 🏠"),
    "line breaks": text_fields("one\r\ntwo\nthree\r"),
    "spaces and signs": text_fields("  a+b&c=d%20;?#\t\u00a0\u200f "),
    "empty": text_fields(""),
    "opt-out": [*text_fields("STOP"), ("OptOutType", "STOP")],
    "picture": [pair for pair in text_fields("") if pair[0] != "NumMedia"] + PICTURE,
    "duplicates": [*text_fields("hello"), ("AddOn", "two"), ("AddOn", "one"), ("AddOn", "two")],
    "status": status_fields("SM" + "3" * 32, "delivered"),
    "failed": status_fields("SM" + "3" * 32, "undelivered", "30005"),
    "nothing": [],
}
QUERIES = ("", "r=" + "ab" * 16, "a=1&b=%20&bodySHA256=" + "0" * 64)


def form(fields: Fields) -> MultiDict[str, str]:
    """Give fields as a view sees them."""
    return MultiDict(list(fields))


def passes(fields: Fields, signature: str | None, *, query: str = "", webhook: Webhook = WEBHOOK) -> bool:
    """Say whether a signature holds."""
    try:
        webhook.verify(PATH, query.encode(), form(fields), signature)
    except SignatureInvalid:
        return False
    return True


def address(query: str) -> str:
    """Give the address that Twilio signs."""
    return SITE + PATH + (f"?{query}" if query else "")


@pytest.fixture(scope="module")
def signed_by_npm() -> dict[tuple[str, str, str], str]:
    """Sign every post with the npm package twilio: by post, query and algorithm."""
    node = Path(sys.executable).with_name("node")
    if not node.exists() or not (ROOT / "node_modules" / "twilio").exists():
        cannot_run("no Node or no packages for it: `make test` installs them")
    wanted = [(name, query, algorithm) for name in POSTS for query in QUERIES for algorithm in ("SHA1", "SHA256")]
    asked = [
        {
            "token": TOKEN if algorithm == "SHA1" else SHARED,
            "url": address(query),
            "fields": POSTS[name],
            "algorithm": f"HMAC_{algorithm}",
        }
        for name, query, algorithm in wanted
    ]
    signer = Path(__file__).with_name("signer.mjs")
    told = subprocess.run(
        [node, signer], input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60
    )
    return dict(zip(wanted, json.loads(told.stdout), strict=True))


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256"])
@pytest.mark.parametrize("post", POSTS)
def test_what_an_independent_signer_signs_is_taken_and_so_is_what_we_sign(
    post: str, algorithm: str, query: str, signed_by_npm: dict[tuple[str, str, str], str]
) -> None:
    theirs = signed_by_npm[post, query, algorithm]
    ours = sign(
        address(query), POSTS[post], token=TOKEN if algorithm == "SHA1" else SHARED, algorithm=algorithm.lower()
    )
    assert theirs == ours
    assert passes(POSTS[post], theirs, query=query)


def test_a_second_token_is_taken_while_one_replaces_the_other() -> None:
    assert passes(POSTS["plain"], sign(address(""), POSTS["plain"], token=SECOND))


@pytest.mark.parametrize(
    ("token", "algorithm"), [(TOKEN, "sha256"), (SHARED, "sha1"), ("", "sha1"), ("0" * 32, "sha1")]
)
def test_a_key_signs_with_its_own_algorithm_and_with_no_other(token: str, algorithm: str) -> None:
    assert not passes(POSTS["plain"], sign(address(""), POSTS["plain"], token=token, algorithm=algorithm))


@pytest.mark.parametrize("signature", [None, "", "é" * 28, "=" * 28, "A" * 100_000, "\0"])
def test_a_missing_or_odd_signature_is_refused(signature: str | None) -> None:
    assert not passes(POSTS["plain"], signature)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("body", [*text_fields("they keep my passport!")]),
        ("sender", [*text_fields("they keep my passport", sender="+16045550124")]),
        ("one field more", [*text_fields("they keep my passport"), ("OptOutType", "STOP")]),
        ("one field less", text_fields("they keep my passport")[1:]),
        ("stripped", text_fields("they keep my passport ")),
    ],
)
def test_a_signature_holds_for_nothing_else(name: str, changed: Fields) -> None:
    signature = sign(address(""), POSTS["plain"])
    assert passes(POSTS["plain"], signature), name
    assert not passes(changed, signature), name


def test_a_signature_holds_for_one_address() -> None:
    signature = sign(address(""), POSTS["plain"])
    assert not passes(POSTS["plain"], signature, query="r=1")
    other = Webhook(ACCOUNT, WEBHOOK.keys, WEBHOOK.numbers, "https://other.example")
    assert not passes(POSTS["plain"], signature, webhook=other)


def test_an_address_that_the_library_chokes_on_is_refused_and_raises_nothing_else() -> None:
    broken = Webhook(ACCOUNT, WEBHOOK.keys, WEBHOOK.numbers, "https://leeward.example:70000")
    assert not passes(POSTS["plain"], sign(address(""), POSTS["plain"]), webhook=broken)
    with pytest.raises(SignatureInvalid):
        WEBHOOK.verify(PATH, b"\xff\xfe", form(POSTS["plain"]), "A" * 28)


def test_a_text_is_read_and_where_the_phone_seems_to_be_is_not() -> None:
    read = WEBHOOK.inbound(form(POSTS["spaces and signs"]), NOW)
    assert (read.provider, read.account, read.provider_id) == ("twilio", ACCOUNT, f"SM{1:032x}")
    assert (read.sender, read.to, read.received_at) == ("+16045550123", NUMBER, NOW)
    assert read.text == "  a+b&c=d%20;?#\t\u00a0\u200f "
    assert read.media == ()
    assert "KELOWNA" not in str(read)


def test_a_picture_is_known_by_its_id_and_never_by_an_address() -> None:
    assert WEBHOOK.inbound(form(POSTS["picture"]), NOW).media == (Media("ME" + "2" * 32, "image/jpeg"),)
    odd = [("NumMedia", "2"), ("MediaUrl0", "http://169.254.0.1/Media/ME1"), ("MediaContentType0", "<script>")]
    fields = [pair for pair in text_fields("") if pair[0] != "NumMedia"] + odd
    assert WEBHOOK.inbound(form(fields), NOW).media == (Media("", "application/octet-stream"),) * 2


@pytest.mark.parametrize(
    ("name", "value", "failure"),
    [
        ("AccountSid", "AC" + "1" * 32, NotOurs),
        ("AccountSid", "", NotOurs),
        ("To", "+16045550199", NotOurs),
        ("To", "whatsapp:" + NUMBER, NotOurs),
        ("To", "", NotOurs),
        ("MessageSid", "SM" + "1" * 31, Malformed),
        ("MessageSid", "SM" + "1" * 32 + "\n", Malformed),
        ("MessageSid", "sm" + "1" * 32, Malformed),
        ("MessageSid", "ME" + "1" * 32, Malformed),
        ("NumMedia", "many", Malformed),
        ("NumMedia", "-1", Malformed),
        ("From", "12345", NoPhone),
        ("From", "BANK", NoPhone),
        ("From", "", NoPhone),
        ("From", "+0604555012", NoPhone),
        ("From", "+266696687", NoPhone),
        ("From", "+86282452253", NoPhone),
        ("From", "+1604555012345678", NoPhone),
        ("From", "+1604555٠١٢٣", NoPhone),
        ("From", "whatsapp:+16045550123", NoPhone),
    ],
)
def test_a_field_that_cannot_be_right_is_told_apart(name: str, value: str, failure: type[Exception]) -> None:
    fields = [(key, value if key == name else kept) for key, kept in text_fields("hello")]
    with pytest.raises(failure):
        WEBHOOK.inbound(form(fields), NOW)


@pytest.mark.parametrize("name", ["AccountSid", "MessageSid", "From", "To", "Body", "NumMedia"])
def test_a_field_that_counts_may_not_stand_twice(name: str) -> None:
    with pytest.raises(Malformed):
        WEBHOOK.inbound(form([*text_fields("hello"), (name, "other")]), NOW)


@pytest.mark.parametrize("name", ["AccountSid", "MessageSid", "From", "To"])
def test_a_field_that_counts_may_not_be_missing(name: str) -> None:
    with pytest.raises(Malformed):
        WEBHOOK.inbound(form([pair for pair in text_fields("hello") if pair[0] != name]), NOW)


def test_a_report_brings_our_reference_back() -> None:
    message, reference = "SM" + "3" * 32, "ab" * 16
    read = WEBHOOK.status(form(POSTS["failed"]), form([("r", reference)]))
    assert read == Status(reference, message, State.UNDELIVERED, "30005", permanent=True)
    assert WEBHOOK.status(form(status_fields(message, "scheduled")), form([])) is None
    assert WEBHOOK.status(form(status_fields(message, "sending", "")), form([])) == Status(
        None, message, State.LEAVING, None
    )
    with pytest.raises(Malformed):
        WEBHOOK.status(form(POSTS["failed"]), form([("r", "../" + reference)]))


@given(st.integers(), st.one_of(st.none(), st.integers()))
def test_any_refusal_has_a_meaning_and_a_code_that_fits_its_column(status: int, code: int | None) -> None:
    told = refusal(status, code)
    assert isinstance(told, Unknown) or len(told.code) <= 16


def test_each_code_means_what_the_lists_say() -> None:
    assert not (NEVER & OURS or NEVER & LATER or NEVER & TOMORROW or OURS & LATER or OURS & TOMORROW)
    for code in NEVER:
        assert refusal(400, int(code)) == Rejected(code, permanent=True, ours=False, retry=Retry.NEVER)
    for code in OURS:
        assert _told_of(400, code) == Rejected(code, permanent=False, ours=True, retry=Retry.LATER)
    for code in TOMORROW:
        assert _told_of(400, code) == Rejected(code, permanent=False, ours=True, retry=Retry.TOMORROW)
    for code in LATER:
        assert _told_of(503, code) == Rejected(code, permanent=False, ours=False, retry=Retry.LATER)


def _told_of(status: int, code: str) -> Rejected:
    """Give what a code means for the text; whether it blocks our number is a question of its own."""
    told = refusal(status, int(code))
    assert isinstance(told, Rejected)
    return replace(told, blocks_number=False)


def _blocks(code: str) -> bool:
    told = refusal(400, int(code))
    return isinstance(told, Rejected) and told.blocks_number


def test_a_code_that_is_about_our_number_says_that_another_one_could_send() -> None:
    blocking = {"21606", "21611", "30007", "30022", "30023", "30032", "30034", "63038"}
    assert {code for code in OURS | TOMORROW | LATER | NEVER if _blocks(code)} == blocking


def test_an_unlisted_refusal_asks_for_a_look_and_a_fault_of_theirs_leaves_it_open() -> None:
    assert refusal(400, 99999) == Rejected("99999", permanent=False, ours=True, retry=Retry.LATER)
    assert refusal(404, None) == Rejected("http_404", permanent=False, ours=True, retry=Retry.LATER)
    assert refusal(429, None) == Rejected("http_429", permanent=False, ours=False, retry=Retry.LATER)
    for status in (500, 502, 503, 504):
        assert refusal(status, None) == Unknown()
        assert refusal(status, 20500) == Unknown()
