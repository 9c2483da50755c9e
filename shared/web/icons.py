"""The icons of the pages, as SVG inside the page: lucide's, and the marks of the platforms."""

from functools import cache

import lucide
from markupsafe import Markup, escape

from shared.platforms import registry


@cache
def icon(name: str, size: int = 16) -> Markup:
    """An icon of lucide. Words beside it say what it means, so screen readers skip it."""
    return Markup(  # noqa: S704 - the package's own file
        lucide._render_icon(name, size, **{"class": "icon", "aria-hidden": "true"})
    )


@cache
def mark(platform: str, size: int = 16) -> Markup:
    """The mark of a platform, with its name for screen readers; a letter where there is none."""
    name = registry.display_name(platform)
    return Markup(  # noqa: S704 - escaped, or the package's own file
        f'<svg class="mark mark-{escape(platform)}" width="{size}" height="{size}" '
        f'viewBox="0 0 24 24" role="img" aria-label="{escape(name)}"><title>{escape(name)}</title>'
        f"{_drawing(platform, name)}</svg>"
    )


def _drawing(platform: str, name: str) -> str:
    # 13 MB, which only pages load.
    from simple_icons_pack import get_icon

    found = get_icon(platform)
    if found is not None:
        return found.svg[found.svg.index("<path") : found.svg.rindex("</svg>")]
    return (
        '<rect width="24" height="24" rx="5"/><text x="12" y="17.5" text-anchor="middle" '
        f'font-size="15" font-weight="700" fill="var(--surface)">{escape(name[:1])}</text>'
    )
