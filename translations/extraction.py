"""Finds sentences in content files (TOML) for `pybabel extract`: `vital = "..."` and `_ = "..."`, one a line."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, Final

# One sentence a line, so that a file can be read for its line numbers without a parser of its own.
_SENTENCE: Final = re.compile(r'^(vital|_) = "((?:[^"\\]|\\.)*)"\s*$')


def sentences(
    file: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield line, keyword, sentence and comments, as Babel asks of an extractor."""
    for number, line in enumerate(file.read().decode("utf-8").splitlines(), start=1):
        found = _SENTENCE.match(line)
        if found and found[1] in keywords:
            yield number, found[1], found[2].replace('\\"', '"'), []
