"""Pictures by text, on both databases: fetched, stripped, sealed for who reads the case, erased at the provider."""

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

import wsgi
from crypto import envelope
from crypto.envelope import Envelope
from intake.attachments import FILE_LIMIT
from intake.sms.copies import MEDIA_TOPIC
from intake.sms.gateways.twilio_rest import Twilio
from intake.sms.media import Fetcher
from intake.sms.models import Conversation
from intake.sms.port import MediaGone, MediaTooLarge, ProviderAway
from intake.sms.restraint import A_DAY_TO_ONE
from intake.sms.settling import SILENT_AFTER
from intake.sms.texts import Kind
from intake.sms.texts import text as say
from referrals.attachments import pieces, stored_file
from referrals.referral import decline
from service import outbox
from service.clock import FixedClock
from tests.integration.casework import do
from tests.integration.hot import Hot, hotline_at_double
from tests.integration.office import Office
from tests.integration.phone import cases
from tests.integration.worker_client import count, stored
from tests.network import Network

CANARY = b"CANARYexif"
PICTURE, OTHER = "ME" + "5" * 32, "ME" + "6" * 32
SAYS_ALL = ("Mi jefo no me paga", "5", "1", "2")
MINUTE = timedelta(minutes=1)


def picture() -> bytes:
    """Make a photo with something in its metadata."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, "JPEG", exif=exif)
    return made.getvalue()


class Media:
    """What lies at the provider, by the ids that we ask for; what asks for anything else has found a fault of ours."""

    def __init__(self, hot: Hot) -> None:
        self.hot = hot
        self.files: dict[str, Callable[[], bytes]] = {}
        self.asked: list[tuple[str, str]] = []

    def work(self, *moments: timedelta) -> None:
        """Let time pass and a worker do what is due, which fetches from here."""
        media = self

        class Fetching(Twilio):
            """Twilio, with files that need no network."""

            def fetch(self, provider_id: str, ref: str, *, most: int) -> bytes:
                media.asked.append((provider_id, ref))
                content = media.files[ref]()
                if len(content) > most:
                    raise MediaTooLarge
                return content

        for moment in moments or (timedelta(),):
            self.hot.clock.advance(moment)
            through = Fetching(self.hot.runtime.settings, base_url=self.hot.double.address)
            worker = wsgi.make_worker(self.hot.runtime, {"twilio": through})
            while worker.run_once():
                pass


def raising(error: Exception) -> Callable[[], bytes]:
    """Give a file that cannot be fetched."""

    def fetch() -> bytes:
        raise error

    return fetch


@pytest.fixture
def media(network: Network, clock: FixedClock) -> Iterator[Media]:
    with hotline_at_double(network.runtime, clock) as hot:
        yield Media(hot)


def office_of(media: Media, network: Network) -> Office:
    """Give the organization that gets the case."""
    return Office(replace(network, runtime=media.hot.runtime), "org01")


def files_of(office: Office, case_id: bytes) -> list[bytes]:
    """Open every file that a case's messages name, as its organization does."""
    told = [office.opens(message) for message in office.file(case_id).messages]
    return [_opened(office, case_id, entry) for one in told for entry in one["attachments"]]


def _opened(office: Office, case_id: bytes, entry: dict[str, str]) -> bytes:
    message_id = base64.urlsafe_b64decode(entry["message"] + "==")
    runtime = office.runtime
    with runtime.database.session() as session:
        file = stored_file(session, runtime.keystore, organization_id=office.id, case_id=case_id, message_id=message_id)
    body = b"".join(pieces(runtime.database, message_id))
    return bytes(envelope.open_(Envelope(file.header, file.wraps, body), office.pair).document)


def test_a_picture_is_kept_for_who_reads_the_case_without_its_metadata_and_erased_at_the_provider(
    media: Media, network: Network
) -> None:
    media.files[PICTURE] = picture
    for text in SAYS_ALL:
        media.hot.text(text)
    copy = media.hot.text("mira", media={PICTURE: "image/jpeg"})
    media.work()
    (case,) = cases(media.hot.runtime)
    office = office_of(media, network)
    assert office.reads(case.id)[-2:] == ["mira", ""]
    (content,) = files_of(office, case.id)
    assert Image.open(io.BytesIO(content)).size == (8, 8)
    assert CANARY not in content
    media.work(MINUTE)
    done = [line for line in media.hot.double.log if copy.sid in line and not line.startswith("GET")]
    assert done == [f"DELETE {copy.sid}/{PICTURE}", f"POST {copy.sid}", f"DELETE {copy.sid}"]
    held = stored(media.hot.runtime)
    for secret in (CANARY, picture()[:40], content[:40], PICTURE.encode()):
        assert secret not in held


def test_until_a_case_is_routed_its_pictures_wait_at_the_provider(media: Media, network: Network) -> None:
    media.files[PICTURE] = picture
    copy = media.hot.text("mira", media={PICTURE: "image/jpeg"})
    media.work(*[MINUTE] * 5)
    assert media.asked == []
    media.work(SILENT_AFTER, MINUTE, MINUTE)
    assert media.asked == [(copy.sid, PICTURE)]
    assert copy.sid in media.hot.double.erased
    (case,) = cases(media.hot.runtime)
    assert count(media.hot.runtime, "attachment_part") == 1
    assert case.state == "received"


@pytest.mark.parametrize(
    "content",
    [lambda: b"MZ program", lambda: b"\xff\xd8\xff broken", raising(MediaGone()), lambda: b"x" * (FILE_LIMIT + 1)],
    ids=["program", "broken", "gone", "large"],
)
def test_what_cannot_be_taken_is_said_to_the_worker_in_their_language_and_the_rest_is_kept(
    media: Media, network: Network, content: Callable[[], bytes]
) -> None:
    media.files |= {PICTURE: content, OTHER: picture}
    for text in SAYS_ALL:
        media.hot.text(text)
    media.work()
    before = len(media.hot.double.messages)
    media.hot.text("mira", media={PICTURE: "image/jpeg", OTHER: "image/jpeg"})
    media.work()
    (case,) = cases(media.hot.runtime)
    assert len(files_of(office_of(media, network), case.id)) == 1
    bodies = [message.body for message in media.hot.double.messages[before:]]
    assert bodies.count(say(Kind.CANNOT, "es")) == 1


def refusals(media: Media) -> int:
    """Count how often the phone was told that something could not be taken."""
    return sum(message.body == say(Kind.CANNOT, "es") for message in media.hot.double.messages)


def test_a_flood_of_files_that_nobody_can_open_is_answered_once_in_ten_minutes(media: Media, network: Network) -> None:
    media.files[PICTURE] = lambda: b"BEGIN:VCARD"
    for text in (*SAYS_ALL, *[""] * 8):
        media.hot.text(text, media=None if text else {PICTURE: "text/vcard"})
    media.work(timedelta(), MINUTE)
    assert refusals(media) == 1
    media.hot.text("", media={PICTURE: "text/vcard"})
    media.work(timedelta(), 10 * MINUTE)
    assert refusals(media) == 1
    media.hot.text("", media={PICTURE: "text/vcard"})
    media.work()
    assert refusals(media) == 2


def test_what_is_said_of_files_counts_with_all_that_a_phone_is_told_in_a_day(media: Media, network: Network) -> None:
    media.files[PICTURE] = lambda: b"BEGIN:VCARD"
    for text in (*SAYS_ALL, *["WEB"] * A_DAY_TO_ONE):
        media.hot.text(text)
    media.hot.text("", media={PICTURE: "text/vcard"})
    media.work()
    assert refusals(media) == 0
    assert len(media.hot.double.messages) == A_DAY_TO_ONE


def test_what_is_said_of_a_file_long_after_its_text_waits_for_the_evening(media: Media, network: Network) -> None:
    media.files[PICTURE] = raising(ProviderAway())
    for text in SAYS_ALL:
        media.hot.text(text)
    media.hot.text("mira", media={PICTURE: "image/jpeg"})
    media.work()
    media.files[PICTURE] = raising(MediaGone())
    media.work(timedelta(hours=1))
    assert (count(media.hot.runtime, "sms_inbound"), refusals(media)) == (len(SAYS_ALL) + 2, 0)
    # It was ten in the morning there.
    media.work(timedelta(hours=8))
    assert refusals(media) == 1


def test_nothing_is_said_to_a_phone_that_wants_no_texts(media: Media, network: Network) -> None:
    media.files[PICTURE] = raising(MediaGone())
    for text in (*SAYS_ALL, "0"):
        media.hot.text(text)
    media.work()
    before = len(media.hot.double.messages)
    media.hot.text("mira", media={PICTURE: "image/jpeg"})
    media.work(MINUTE)
    assert len(media.hot.double.messages) == before


def test_while_the_provider_is_away_it_is_tried_again_and_nothing_is_erased(media: Media, network: Network) -> None:
    media.files[PICTURE] = raising(ProviderAway())
    for text in SAYS_ALL:
        media.hot.text(text)
    copy = media.hot.text("mira", media={PICTURE: "image/jpeg"})
    media.work()
    assert media.hot.waiting(MEDIA_TOPIC) == [outbox.WAITING]
    assert copy.sid not in media.hot.double.erased
    media.files[PICTURE] = picture
    media.work(MINUTE)
    assert count(media.hot.runtime, "attachment_part") == 1
    media.work(MINUTE)
    assert copy.sid in media.hot.double.erased


def test_a_picture_is_added_once_however_often_a_worker_is_asked_to(media: Media, network: Network) -> None:
    media.files[PICTURE] = picture
    for text in SAYS_ALL:
        media.hot.text(text)
    media.hot.text("mira", media={PICTURE: "image/jpeg"})
    media.work()
    with media.hot.runtime.database.session() as session:
        conversation = session.scalars(select(Conversation.id)).one()
    again = {
        "conversation": conversation.hex(),
        "provider": "twilio",
        "id": media.asked[0][0],
        "media": [PICTURE],
        "kept": True,
    }
    Fetcher({"twilio": Twilio(media.hot.runtime.settings)}).take(media.hot.runtime, again)
    assert len(media.asked) == 1
    assert count(media.hot.runtime, "attachment_part") == 1


def test_where_everybody_handed_the_case_back_nothing_is_erased(media: Media, network: Network) -> None:
    media.files[PICTURE] = picture
    for text in SAYS_ALL:
        media.hot.text(text)
    copy = media.hot.text("mira", media={PICTURE: "image/jpeg"})
    (case,) = cases(media.hot.runtime)
    for key in ("org01", "org16"):
        do(Office(replace(network, runtime=media.hot.runtime), key), case.id, decline, "other")
    media.work(MINUTE)
    assert copy.sid not in media.hot.double.erased
    assert media.hot.waiting(MEDIA_TOPIC) == [outbox.WAITING]
