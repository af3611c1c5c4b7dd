"""Telegrams of the Meteorological Agency (気象庁防災情報XML): read, added up, fetched."""
