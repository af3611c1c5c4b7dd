"""Made-up layers for the example town and for tests, in the forms real ones come in: ``python -m gis.generators``.

Water follows rivers, zones lie on slopes, pipes under streets; all of it is fiction and says so in every feature. The
same seed always gives the same shapes. Metres are those of plane zone X; what is written are JGD2011 degrees.
"""

PLANE_EPSG = 6678
SEED = 20260115
