"""How large a file may be and what its conversion may use; everything above is refused before it hurts."""

from __future__ import annotations

SOURCE_BYTES = 300_000_000
"""Of the file as it comes: prefecture-wide Shapefiles of 国土数値情報 are some 10 to 150 MB zipped."""
MEMBERS = 2_000
"""In one archive; a prefecture's flood data has some hundreds."""
UNPACKED_BYTES = 1_000_000_000
"""Of all members together, as declared."""
MEMBER_BYTES = 500_000_000
"""Of the members taken out, together, as they really come out."""
RATIO = 250
"""Unpacked to packed; padded .dbf files reach some 100, deflate ends at 1032."""
RATIO_FROM_BYTES = 1_000_000
"""Members smaller than this may be as dense as they like."""

MEMORY_BYTES = 3_000_000_000
CPU_S = 120
WALL_S = 180.0
OPEN_FILES = 128
ANSWER_BYTES = 1_000_000
"""Of what the confined process says about a file."""

CUT_FEATURES = 5_000_000
"""Of a file that is cut to the site; a prefecture has some hundred thousand areas in the largest data sets."""

XML_DEPTH = 200
CSV_CELL = 100_000
NAME_LENGTH = 64
"""Of a property's name, in characters; a longer one is cut and gets a digest of the whole."""
PROPERTIES = 2_000
"""Of one layer: a .dbf has 255 at most, a GeoPackage 2,000."""
DESCRIPTION = 8_000
"""Of a KML description, in characters, before its HTML is reduced to words; a page of a register has some 2,000."""
