"""The icons of the pages, as SVG inside the page: lucide's, and the marks of the platforms."""

from functools import cache

import lucide
from markupsafe import Markup, escape

from shared.platforms import registry

# Marks that the package of marks does not have, in the same 24 units.
_OWN_MARKS = {
    # A rounded square; cut out of it a dot, a stem and an "n".
    "linkedin": (
        "M3 0h18a3 3 0 0 1 3 3v18a3 3 0 0 1-3 3H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z"
        "M5.4 3.3a2.1 2.1 0 1 0 0 4.2 2.1 2.1 0 0 0 0-4.2z"
        "M3.6 9.1h3.6v11.3H3.6z"
        "M9.4 9.1v11.3H13v-5.6c0-1.8.6-2.8 2-2.8s1.9 1 1.9 2.7v5.7h3.6v-6.4c0-3.3-1.3-5.2-4.1-5.2"
        "-1.6 0-2.8.7-3.5 1.9V9.1z"
    ),
}


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
    if platform in _OWN_MARKS:
        return f'<path fill-rule="evenodd" d="{_OWN_MARKS[platform]}"/>'
    # 13 MB, which only pages load.
    from simple_icons_pack import get_icon

    found = get_icon(platform)
    if found is not None:
        return found.svg[found.svg.index("<path") : found.svg.rindex("</svg>")]
    return (
        '<rect width="24" height="24" rx="5"/><text x="12" y="17.5" text-anchor="middle" '
        f'font-size="15" font-weight="700" fill="var(--surface)">{escape(name[:1])}</text>'
    )
