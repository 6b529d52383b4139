"""What a server gives back: the memory of receipts' Argon2id, whichever thread made them."""

import subprocess
import sys

_RECEIPTS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from crypto import receipt
from service.memory import keep_little

def resident():
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

def make(_):
    receipt.derive("00000000000000000000", bytes(16))

keep_little()
make(0)
before = resident()
with ThreadPoolExecutor(8) as threads:
    list(threads.map(make, range(24)))
print(resident() - before)
"""


def test_threads_that_made_receipts_keep_no_memory_of_them() -> None:
    done = subprocess.run([sys.executable, "-c", _RECEIPTS], capture_output=True, text=True, timeout=120, check=True)
    assert float(done.stdout) < 19
