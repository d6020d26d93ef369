"""One file from the web, with a progress bar on a terminal and without one in a log."""

import http.client
import urllib.request
from pathlib import Path

from tqdm import tqdm

from resnet_notes.data.failure import SourceFailed

TIMEOUT = 30.0  # seconds without an answer or a byte


def download(url: str, path: Path, timeout: float = TIMEOUT) -> None:
    """Writes the bytes at `url` to `path`; raises SourceFailed where the server fails or stops too early."""
    request = urllib.request.Request(url, headers={"User-Agent": "resnet-notes"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            announced = response.length  # None where the server does not say
            written = _copy(response, path, announced)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise SourceFailed(f"{path.name}: {error}") from error
    if announced is not None and written != announced:
        raise SourceFailed(f"truncated download of {path.name}: {written} of {announced} bytes")


def _copy(response: http.client.HTTPResponse, path: Path, announced: int | None) -> int:
    """Copies the response to `path` and returns the number of bytes."""
    written = 0
    # disable=None: tqdm draws on a terminal only
    bar = tqdm(total=announced, desc=path.name, unit="B", unit_scale=True, disable=None)
    with bar, path.open("wb") as file:
        while chunk := response.read(1 << 16):
            written += file.write(chunk)
            bar.update(len(chunk))
    return written
