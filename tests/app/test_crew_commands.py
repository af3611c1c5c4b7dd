"""Links of crew pages and the notes of crews on the command line; secrets the demonstration makes for itself."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from app.demo_secrets import kept_secret, with_demo_secrets
from app.settings import read_settings
from config import load_site
from core.errors import StartError
from core.ploughs import CrewNote, NoteKind
from core.times import utc_now
from store import open_store
from web.crew_keys import crew_key

SECRET = "crew-secret-of-thirty-two-letters"
ENVIRONMENT = {"YUKIMORI_CREW_SECRET": SECRET}


def test_every_vehicle_has_a_link_and_a_code(yukimori, tmp_path, root):
    folder = tmp_path / "links"
    answer = yukimori(
        "ploughs", "links", "--address", "https://snow.example/", "--json", "--svg", folder, environment=ENVIRONMENT
    )
    rows = [json.loads(line) for line in answer.out.splitlines()]
    site = load_site(root / "config" / "example")
    assert [row["vehicle"] for row in rows] == [vehicle.id for vehicle in site.vehicles]
    key = crew_key(SECRET, site.id, site.vehicles[0])
    assert rows[0]["link"] == f"https://snow.example/plough#vehicle=plough-01&key={key}"
    assert (folder / "plough-01.svg").read_text().startswith("<?xml")
    assert (folder / "plough-01.svg").stat().st_mode & 0o077 == 0


def test_the_address_may_come_from_the_environment(yukimori):
    answer = yukimori(
        "ploughs", "links", environment={**ENVIRONMENT, "YUKIMORI_PUBLIC_ADDRESS": "https://town.example"}
    )
    assert "\n  https://town.example/plough#vehicle=plough-01&key=" in answer.out


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "YUKIMORI_CREW_SECRET is not set"),
        (ENVIRONMENT, "nobody said how the pages are reached"),
        ({"YUKIMORI_CREW_SECRET": "short"}, "YUKIMORI_CREW_SECRET is not 32 or more"),
    ],
)
def test_without_secret_or_address_there_are_no_links(yukimori, environment, words):
    answer = yukimori("ploughs", "links", environment=environment)
    assert answer.code == 3
    assert answer.err.startswith(f"yukimori: {words}")


def test_the_secret_is_not_shown_with_the_settings():
    settings = read_settings(environment=ENVIRONMENT)
    assert settings.checked_crew_secret() == SECRET
    assert SECRET not in repr(settings)


@pytest.mark.db
def test_notes_of_crews_are_listed(yukimori, dsn, root):
    with open_store(dsn) as store:
        registry = store.register(load_site(root / "config" / "example"))
        note = CrewNote(
            id=str(UUID(int=7)),
            vehicle=registry.vehicles["plough-02"],
            kind=NoteKind.FALLEN_TREE,
            at=utc_now(),
            lon=140.4,
            lat=38.6,
            accuracy_m=5.0,
            text="電線に\x1b[31m注意",
            received_at=utc_now(),
        )
        store.crew.add(registry.site, note)
    environment = {"DATABASE_URL": dsn}
    shown = yukimori("ploughs", "notes", environment=environment).out
    assert "plough-02" in shown
    assert "fallen_tree" in shown
    assert "\x1b[31m" not in shown
    (row,) = [
        json.loads(line) for line in yukimori("ploughs", "notes", "--json", environment=environment).out.splitlines()
    ]
    assert (row["vehicle"], row["kind"], row["lon"], row["photo"]) == ("plough-02", "fallen_tree", 140.4, False)


def test_the_demonstration_keeps_its_secrets_for_itself_and_uses_those_that_are_set(tmp_path):
    settings = read_settings(data=tmp_path, environment={})
    first = with_demo_secrets(settings)
    assert len(first.staff_token) == len(first.crew_secret) == 64
    assert first.staff_token != first.crew_secret
    for name in ("staff-token", "crew-secret"):
        assert (tmp_path / "secrets" / name).stat().st_mode & 0o777 == 0o600
    assert with_demo_secrets(settings) == first
    assert with_demo_secrets(read_settings(data=tmp_path, environment=ENVIRONMENT)).crew_secret == SECRET


def test_a_secret_that_was_cut_is_made_anew_and_one_that_cannot_be_kept_is_told(tmp_path):
    path = tmp_path / "secrets" / "crew-secret"
    first = kept_secret(path)
    path.write_text(first[:5])
    assert len(kept_secret(path)) == 64
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StartError, match="can be neither read nor made"):
        kept_secret(blocked / "crew-secret")
