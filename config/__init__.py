"""Reads and checks a site folder: every mistake at once, each with file, line or key, and hint."""

from config.known import Known
from config.load import Checked, check_site, load_site
from config.mistakes import Mistake
from config.model import Site

__all__ = ["Checked", "Known", "Mistake", "Site", "check_site", "load_site"]
