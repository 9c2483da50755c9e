"""Media for the tests of X."""

import hashlib
import io

from PIL import Image

from local.sample_media import picture
from shared.domain.media import MediaAsset
from tests.media import Shelf


def gif(shelf: Shelf, frames: int = 3) -> MediaAsset:
    """An animated GIF; a still one has one frame."""
    pictures = [Image.open(io.BytesIO(picture(64, 64, "GIF", seed))) for seed in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=200, loop=0)
    data = file.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    url = shelf.put(f"{digest[:22]}.gif", data)
    return MediaAsset(digest[:22], url, "image/gif", len(data), digest, 64, 64, animated=frames > 1)
