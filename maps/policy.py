"""The content policy of every page, said once: as a header by our own server, in the page itself in the static site."""

from __future__ import annotations

from collections.abc import Sequence


def page_policy(image_hosts: Sequence[str] = ()) -> str:
    """What a page may load and do; may stand in a ``meta`` element. Only pictures may come from ``image_hosts``."""
    # Leaflet sets element styles through the CSSOM, which style-src does not concern; its empty tile is a data: image.
    images = " ".join(("'self'", "data:", "blob:", *image_hosts))
    return (
        f"default-src 'self'; script-src 'self'; style-src 'self'; img-src {images}; connect-src 'self'; worker-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'"
    )


def header_policy(image_hosts: Sequence[str] = ()) -> str:
    """The same and that nobody may frame the page, which only a header can say (CSP Level 3, section 6.4.2)."""
    return f"{page_policy(image_hosts)}; frame-ancestors 'none'"
