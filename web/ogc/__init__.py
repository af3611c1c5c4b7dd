"""OGC API – Features: every public layer and the stations, for desktop GIS and other programs.

Part 1 (Core, GeoJSON, HTML, OpenAPI 3.0) and Part 2 (coordinate systems), OGC 17-069r4 and 18-058r1.
"""

from web.ogc.routes import add_ogc

__all__ = ["add_ogc"]
