"""The watchdog's minute and patience where its way is cut hop by hop: for the processes and for the test that watches them."""

from datetime import timedelta

EVERY = timedelta(seconds=0.5)
LATE_AFTER = timedelta(seconds=2)
