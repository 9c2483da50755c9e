"""The scripts and styles of the pages, served under addresses that contain a hash of the content.

Their content never changes under one address, so browsers keep them. htmx is the one of the
package `js_lib_htmx`; everything else is in `assets/`.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

_OWN = Path(__file__).parent / "assets"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_HTMX = "htmx.js"


@dataclass(frozen=True)
class Asset:
    """A file as browsers get it."""

    name: str
    content: bytes
    compressed: bytes
    content_type: str
    version: str
    """The beginning of the hash of the content."""

    @property
    def path(self) -> str:
        """Below the address of the pages."""
        return f"/assets/{self.version}/{self.name}"


def asset_of(name: str) -> Asset | None:
    """The asset with this name; None if there is none."""
    return _load(name) if name in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset({_HTMX, *(path.name for path in _OWN.iterdir())})


@cache
def _load(name: str) -> Asset:
    if name == _HTMX:
        content = files("js_lib_htmx").joinpath("static/htmx/htmx.min.js").read_bytes()
    else:
        content = (_OWN / name).read_bytes()
    return Asset(
        name=name,
        content=content,
        compressed=gzip.compress(content, mtime=0),
        content_type=_TYPES[Path(name).suffix],
        version=hashlib.sha256(content).hexdigest()[:16],
    )
