"""Measurements of speed and size, printed as ``name value unit``; run with ``make bench`` or ``python -m bench``."""
