"""The content policy of every page, said once: as a header by our own server, in the page itself in the static site."""

# Leaflet sets element styles through the CSSOM, which style-src does not concern; its empty tile is a data: image.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'"
)
"""What a page may load and do; may stand in a ``meta`` element."""

HEADER_POLICY = f"{PAGE_POLICY}; frame-ancestors 'none'"
"""The same and that nobody may frame the page, which only a header can say (CSP Level 3, section 6.4.2)."""
