"""The project's own files and packages, as the guards read them: what git would keep, and nothing built."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("crypto", "demo", "intake", "referrals", "service", "translations")
BUILT = {"__pycache__", "node_modules", "bundle", "build", "dist"}


def files(*endings: str, folders: tuple[str, ...] = (*PACKAGES, "tests", "requirements", "docs")) -> Iterator[Path]:
    """Yield the project's files with one of the endings, in the folders and at the top, sorted by path."""
    found = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".")]
    for folder in folders:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in sorted(found):
        if path.name.endswith(endings) and not BUILT & set(path.relative_to(ROOT).parts):
            yield path


def module_name(path: Path) -> str:
    """Return the dotted name of a module's file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
