"""What a pigeon can carry."""

from shared.platforms.base import Capabilities

CAPABILITIES = Capabilities(max_text=40, text_unit="characters")
