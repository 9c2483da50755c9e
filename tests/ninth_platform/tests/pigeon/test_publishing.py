"""What Soku tells people about Pigeon."""

import pytest

from shared.domain.errors import InvalidRequest, Rejected
from shared.platforms.pigeon.publishing import Publishing
from tests.functions.described import at
from tests.platforms.examples import a_post, http_to
from tests.world import World


def test_messages_have_its_display_name(world: World) -> None:
    with pytest.raises(InvalidRequest, match="Pigeon"):
        world.submit("c" * 41, "pigeon")
    with pytest.raises(Rejected, match="Delete the post in the Pigeon app"):
        Publishing().delete(a_post("pigeon"), "1", http_to("http://nowhere.test"))


def test_the_description_of_the_api_has_it_and_its_options() -> None:
    assert "urgent" in at("components", "schemas", "PigeonOptions", "properties")
    assert (
        at("components", "schemas", "PigeonTarget", "properties", "platform", "const") == "pigeon"
    )
    parameters = at("paths", "/v1/posts", "get", "parameters")
    (platform,) = [parameter for parameter in parameters if parameter["name"] == "platform"]
    assert platform["schema"] == {"$ref": "#/components/schemas/Platform"}
    assert "pigeon" in at("components", "schemas", "Platform", "enum")
