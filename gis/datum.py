"""The shift between Tokyo Datum and JGD by three parameters: the same on every machine, good to some metres."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.enums import TransformDirection

Coordinates = NDArray[np.float64]

TOKYO_TO_JGD = 15483
"""EPSG transformation "Tokyo to JGD2000 (1)": geocentric translations, for Japan with its outlying islands."""
TOKYO_ACCURACY_M = 9
"""What EPSG states for it; the national grid reaches 0.2 m but is no part of pyproj."""

# The parameters of that transformation, written out so that no grid or network of the machine changes the outcome.
_PIPELINE = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 "
    "+step +proj=cart +ellps=bessel +step +proj=helmert +x=-146.414 +y=507.337 +z=680.507 "
    "+step +inv +proj=cart +ellps=GRS80 +step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


@cache
def _transformer() -> Transformer:
    return Transformer.from_pipeline(_PIPELINE)


def tokyo_to_jgd(coordinates: Coordinates) -> Coordinates:
    """Degrees of Tokyo Datum (rows of longitude, latitude) as degrees of JGD, good to TOKYO_ACCURACY_M."""
    return np.column_stack(_transformer().transform(coordinates[:, 0], coordinates[:, 1]))


def jgd_to_tokyo(coordinates: Coordinates) -> Coordinates:
    """The way back: degrees of JGD as degrees of Tokyo Datum."""
    inverse = TransformDirection.INVERSE
    return np.column_stack(_transformer().transform(coordinates[:, 0], coordinates[:, 1], direction=inverse))
