"""What a pigeon can carry."""

from shared.platforms import pigeon
from shared.platforms.limits import Capabilities, Limits
from shared.platforms.pigeon.options import PigeonOptions

LIMITS = Limits(
    about=pigeon.ABOUT,
    capabilities=Capabilities(max_text=40, text_unit="characters"),
    text_length=len,
    options=PigeonOptions,
)
