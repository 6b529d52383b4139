"""Files under way in a real server: nothing in clear on any disk at any moment, and memory that stays in bounds."""

import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from PIL import Image

from intake.attachments import FILE_LIMIT
from tests import pictures
from tests.faults.conftest import Place
from tests.faults.processes import HOST, Ensemble, running, wait_for
from tests.integration.office import Office
from tests.integration.test_attachments import read

CANARY = b"CANARYupload"
EDGE = b"edge-of-a-part"
MEBIBYTE = 1024 * 1024


class Upload:
    """A form with one file, sent in as many steps as a test wants."""

    def __init__(self, port: int, name: str, content: bytes, story: bytes = CANARY) -> None:
        part = b'--%b\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
        fields = [(b"story", b"", story), (b"place", b"", b"Oliver"), (b"what", b"", b"pay_hours")]
        fields.append((b"files", b'; filename="%b"' % name.encode(), content))
        fields.append((b"pass_on", b"", b"yes"))
        self._body = b"".join(part % (EDGE, *field) for field in fields) + b"--%b--\r\n" % EDGE
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self._connection.putrequest("POST", "/en/", skip_host=True)
        for header, value in {
            "Host": HOST,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": f"multipart/form-data; boundary={EDGE.decode()}",
            "Content-Length": str(len(self._body)),
        }.items():
            self._connection.putheader(header, value)
        self._connection.endheaders()
        self._sent = 0

    def send(self, size: int | None = None) -> None:
        """Send so many bytes more, or all that is left."""
        end = len(self._body) if size is None else self._sent + size
        self._connection.send(self._body[self._sent : end])
        self._sent = end

    def answer(self) -> str:
        """Where the answer leads."""
        with closing(self._connection), self._connection.getresponse() as response:
            response.read()
            return response.headers["Location"]

    def hang_up(self) -> None:
        """Leave in the middle."""
        self._connection.close()


@contextmanager
def served(place: Place, folder: Path) -> Iterator[tuple[Ensemble, Path]]:
    """Serve an instance, with a folder of its own for what is spooled."""
    spool = folder / "spool"
    spool.mkdir()
    with running(place.environ | {"TMPDIR": str(spool)}, folder) as ensemble:
        ensemble.wait()
        yield ensemble, spool


def held_open(pid: int) -> dict[str, bytes]:
    """Read every file that a process holds open, those without a name too."""
    found = {}
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if stat.S_ISREG(entry.stat().st_mode):
                found[str(entry.readlink())] = entry.read_bytes()
        except OSError:
            continue
    return found


def spooled(pid: int) -> int:
    """Count the bytes of what a process holds open without a name."""
    return sum(len(content) for name, content in held_open(pid).items() if "(deleted)" in name)


def everything_in(*folders: Path) -> bytes:
    return b"".join(path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file())


def peak(pid: int) -> int:
    """Give the most memory that a process has had, in bytes."""
    told = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return 1024 * int(next(line for line in told.splitlines() if line.startswith("VmHWM")).split()[1])


def forget_peak(pid: int) -> None:
    """Begin to measure anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def test_half_a_file_lies_nowhere_in_clear_and_a_whole_one_neither(sqlite_place: Place, tmp_path: Path) -> None:
    film = pictures.OTHERS["video/mp4"] + CANARY * 400_000
    with served(sqlite_place, tmp_path) as (ensemble, spool):
        (pid,) = ensemble.servers[0].children()
        upload = Upload(ensemble.ports[0], "CANARYname.mp4", film)
        upload.send(4 * MEBIBYTE)
        wait_for(lambda: spooled(pid) > 3 * MEBIBYTE, ensemble.told)
        under_way = held_open(pid)
        assert not [name for name, content in under_way.items() if CANARY in content]
        assert not list(spool.iterdir())
        upload.send()
        assert upload.answer() == "/en/sent"
        photo = Upload(ensemble.ports[0], "photo.jpg", pictures.jpeg())
        photo.send()
        assert photo.answer() == "/en/sent"
        assert spooled(pid) < MEBIBYTE
        ensemble.end()
        left = everything_in(spool, sqlite_place.runtime.settings.data) + ensemble.told().encode()
    for word in (CANARY, pictures.HIDDEN, b"CANARYname"):
        assert word not in left
    office = Office(sqlite_place.network, "org01")
    opened = {
        entry["name"]: read(office, row.case_id, entry)
        for row in office.queue("new")
        for entry in office.opens(office.file(row.case_id).messages[0])["attachments"]
    }
    assert opened["CANARYname.mp4"] == film
    assert pictures.HIDDEN not in opened["photo.jpg"]


def test_who_hangs_up_in_the_middle_leaves_nothing_behind(sqlite_place: Place, tmp_path: Path) -> None:
    with served(sqlite_place, tmp_path) as (ensemble, spool):
        (pid,) = ensemble.servers[0].children()
        upload = Upload(ensemble.ports[0], "film.mp4", pictures.OTHERS["video/mp4"] + bytes(8 * MEBIBYTE))
        upload.send(4 * MEBIBYTE)
        wait_for(lambda: spooled(pid) > 3 * MEBIBYTE, ensemble.told)
        upload.hang_up()
        wait_for(lambda: spooled(pid) < MEBIBYTE, ensemble.told)
        assert not list(spool.iterdir())
        assert ensemble.servers[0].get("/en/")[0] == 200
    assert not Office(sqlite_place.network, "org01").queue("new")


def test_a_large_file_costs_three_times_its_size_at_the_most_and_two_at_once_wait_for_each_other(
    place: Place, tmp_path: Path
) -> None:
    whole = b"%PDF-" + os.urandom(FILE_LIMIT - 5)
    noise = Image.effect_noise((4000, 4000), 80)
    picture = pictures.saved(Image.merge("RGB", [noise, noise.rotate(90), noise.rotate(180)]), "JPEG", quality=92)
    with served(place, tmp_path) as (ensemble, _):
        (pid,) = ensemble.servers[0].children()

        def send(name: str, content: bytes) -> str:
            upload = Upload(ensemble.ports[0], name, content)
            upload.send()
            return upload.answer()

        def cost(send_all: Callable[[], object]) -> int:
            forget_peak(pid)
            before = peak(pid)
            send_all()
            return peak(pid) - before

        # The first report costs what every process costs once.
        assert send("first.jpg", pictures.jpeg()) == "/en/sent"
        assert cost(lambda: send("whole.pdf", whole)) < 3 * FILE_LIMIT
        assert cost(lambda: send("picture.jpg", picture)) < 3 * FILE_LIMIT
        with ThreadPoolExecutor(2) as pool:
            answers: list[str] = []
            both = [("one.pdf", whole[:-1] + b"1"), ("two.pdf", whole[:-1] + b"2")]
            assert cost(lambda: answers.extend(pool.map(lambda file: send(*file), both))) < 4 * FILE_LIMIT
        assert answers == ["/en/sent", "/en/sent"]
