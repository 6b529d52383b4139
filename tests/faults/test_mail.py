"""A mail server that takes a notice and hangs up before it says so: the notice goes out again until it is answered."""

from pathlib import Path

from tests.faults.conftest import Place
from tests.faults.kept import let_waits_pass, waiting
from tests.faults.postbox import Postbox
from tests.faults.processes import running, wait_for
from tests.faults.test_killed import pile_up_notices

CUTS = 3
NOTICES = 6


def test_a_notice_that_was_taken_but_not_acknowledged_goes_out_again_as_a_mail_of_its_own(
    place: Place, postbox: Postbox, tmp_path: Path
) -> None:
    address = pile_up_notices(place, NOTICES)
    postbox.cuts = CUTS
    with running(place.environ, tmp_path, servers=0, workers=1) as ensemble:
        wait_for(lambda: not postbox.cuts, ensemble.told)
        wait_for(lambda: waiting(place.runtime).total() == CUTS, ensemble.told)
        let_waits_pass(place.runtime)
        wait_for(lambda: not waiting(place.runtime), ensemble.told)
        ensemble.end()
    assert [mail.address for mail in postbox.received] == [address] * (NOTICES + CUTS)
    # A mailbox that drops what it has seen must never drop the mail that tells of the next report.
    assert len({mail.message_id for mail in postbox.received}) == NOTICES + CUTS
