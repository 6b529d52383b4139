"""A case's files by the desk's API, on both databases: sealed bytes for who has the case, nothing for anybody else."""

import pytest

from crypto import envelope, suite
from crypto.envelope import Envelope
from intake import mailbox
from intake.attachments import FileInMemory
from service.runtime import Runtime
from tests import pictures
from tests.integration.desk_client import DeskClient, from_base64url, signed_in
from tests.integration.office import Office, Town, town

PDF = FileInMemory("contract.pdf", pictures.OTHERS["application/pdf"] + bytes(3_000_000))


@pytest.fixture
def place(runtime: Runtime) -> Town:
    """A network in which a worker added a file to their case."""
    made = town(runtime)
    mailbox.write(made.network.intake, made.submitted.receipt, "Mire.", "es", files=[PDF])
    return made


def address(place: Town) -> str:
    """Where the file is, as its message says."""
    office = place.office("org01")
    (_, follow_up) = [office.opens(message) for message in office.file(place.case_id).messages]
    (entry,) = follow_up["attachments"]
    return f"cases/{place.case_id.hex()}/files/{from_base64url(entry['message']).hex()}"


def test_a_file_comes_as_one_envelope_that_the_desks_key_opens(place: Town) -> None:
    desk = signed_in(place.network, "org01")
    answer = desk.get(address(place))
    assert answer.status_code == 200
    assert answer.content_type == "application/octet-stream"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Content-Disposition"] == "attachment"
    pair = suite.key_pair(place.network.epoch_seed("org01"))
    assert envelope.open_(Envelope.parse(answer.data), pair).document == PDF.content


def test_a_case_does_not_carry_its_files_along(place: Town) -> None:
    answer = signed_in(place.network, "org01").get(f"cases/{place.case_id.hex()}")
    assert [message["type"] for message in answer.get_json()["messages"]] == [1, 2]
    assert len(answer.data) < 200_000


def test_nobody_else_finds_it_and_without_a_sign_in_nobody(place: Town) -> None:
    where = address(place)
    case_id, file_id = where.split("/")[1], where.split("/")[3]
    for key in ("org02", "org06", "org16"):
        answer = signed_in(place.network, key).get(where)
        assert (answer.status_code, answer.get_json()["error"]) == (404, "file_not_found"), key
    own = signed_in(place.network, "org01")
    for path in (
        f"cases/{case_id}/files/{'00' * 16}",
        f"cases/{'00' * 16}/files/{file_id}",
        f"cases/{case_id}/files/x",
        f"cases/x/files/{file_id}",
        f"cases/{case_id}/files/{file_id.upper()}0",
    ):
        assert own.get(path).status_code == 404, path
    assert DeskClient(place.network).get(where).status_code == 401


def test_the_file_of_an_erased_case_is_gone(place: Town) -> None:
    where = address(place)
    place.network.runtime.keystore.destroy(place.case().key_id)
    answer = signed_in(place.network, "org01").get(where)
    assert (answer.status_code, answer.get_json()["error"]) == (410, "case_erased")


def test_reading_the_text_of_a_case_with_files_is_as_before(place: Town) -> None:
    assert Office(place.network, "org01").reads(place.case_id) == ["No me pagan.", "Mire."]
