"""Unpacking what came from elsewhere: nothing is written outside the target, and a cut archive is noticed."""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resnet_notes.data.failure import SourceFailed


def gunzip(archive: Path, target: Path) -> None:
    """Writes the uncompressed bytes of a .gz file to `target`; raises SourceFailed where it is cut or damaged."""
    with _reasons(archive), gzip.open(archive) as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain, 1 << 20)


def untar(archive: Path, target: Path) -> None:
    """Extracts a tar (also compressed) into the folder `target`.

    Raises SourceFailed where it is cut or damaged, or where a member would land outside `target`.
    """
    if not hasattr(tarfile, "data_filter"):
        raise SourceFailed("this Python cannot extract archives safely: use 3.11.4 or newer")
    with _reasons(archive), tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
        # tarfile stops at the last member: read on, so that a cut or damaged end of the compressed file is noticed
        while tar.fileobj is not None and tar.fileobj.read(1 << 20):
            pass


def is_truncated(archive: Path) -> bool:
    """Whether a .gz file breaks off before its end."""
    try:
        with gzip.open(archive) as packed:
            while packed.read(1 << 20):
                pass
    except EOFError:
        return True
    except (OSError, zlib.error):
        return False
    return False


@contextmanager
def _reasons(archive: Path) -> Iterator[None]:
    """Turns what gzip and tarfile raise into a reason of one line."""
    try:
        yield
    except EOFError as error:
        raise SourceFailed(f"truncated archive {archive.name}") from error
    except tarfile.FilterError as error:
        raise SourceFailed(f"unsafe archive {archive.name}: {error}") from error
    except tarfile.ReadError as error:
        # tarfile has one exception for both; a tar that is cut within a member says so in its text.
        kind = "truncated" if "unexpected end" in str(error) or is_truncated(archive) else "damaged"
        raise SourceFailed(f"{kind} archive {archive.name}") from error
    except (gzip.BadGzipFile, zlib.error, tarfile.TarError) as error:
        raise SourceFailed(f"damaged archive {archive.name}: {error}") from error
