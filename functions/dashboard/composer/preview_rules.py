"""How platforms show posts, as far as it is known: where texts fold, and the shapes of media.

No platform documents where its apps fold a text, and apps differ by device, font and version. The
figures are those that other publishers name (collected 2026-11), and the page says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fold:
    characters: int
    where: str = ""
    """On which devices; "" for all."""


SOURCE = "figures that other publishers name, collected 2026-11"
# Characters that are seen before "more"; the first one is drawn, the others are said.
FOLDS: Mapping[str, tuple[Fold, ...]] = {
    "instagram": (Fold(125),),
    "linkedin": (Fold(140, "on phones"), Fold(210, "on desktops")),
    "facebook": (Fold(110, "on phones"), Fold(480, "on desktops")),
    "threads": (Fold(250, "on phones"),),
    "tiktok": (Fold(150),),
}

# As in the limits of Instagram, which name the source.
INSTAGRAM_NARROWEST, INSTAGRAM_WIDEST = 0.75, 1.91
# support.google.com/youtube/answer/15424877: three-minute Shorts.
SHORT_SECONDS = 180
# As in the limits of X: more than four pictures are refused.
GRID_OF_X = 4

# What covers a vertical video, in percent of its height (below) and width (on the right): an
# estimate, for which no platform gives one figure for all devices.
SAFE_ZONES: Mapping[str, tuple[int, int]] = {"tiktok": (20, 15), "instagram": (20, 12)}
