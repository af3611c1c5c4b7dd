"""Bringing in files of other offices: converted once, in a confined process, into strict GeoJSON.

``importing`` is the way in; ``child`` and what it imports run in the confined process and know the standard library,
pyogrio, shapely and pyproj only. Nothing is imported here, so that the child starts quickly.
"""
