"""Work diaries are sealed in a chain, each once, and never changed."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest

from core.diary import seal_digest
from core.errors import StoreError

DAY = date(2026, 1, 15)


@pytest.fixture
def site(registry) -> int:
    return registry.site


@pytest.fixture
def diaries(store):
    return store.diaries


def test_the_first_seal_builds_on_nothing_and_the_next_on_it(diaries, site, noon):
    first, new = diaries.seal(site, "plough-1", DAY, b'{"a":1}', at=noon, by="班長")
    second, _ = diaries.seal(site, "plough-2", DAY, b'{"a":1}', at=noon, by="班長")
    assert new
    assert (first.revision, first.previous, first.digest) == (1, "", seal_digest("", b'{"a":1}'))
    assert (second.revision, second.previous) == (1, first.digest)
    assert second.whole
    assert list(diaries.chain(site)) == [first, second]
    assert diaries.by_digest(site, first.digest) == first


def test_the_same_document_is_sealed_once_another_as_the_next_revision(diaries, site, noon):
    first, _ = diaries.seal(site, "plough-1", DAY, b"1", at=noon, by="x")
    assert diaries.seal(site, "plough-1", DAY, b"1", at=noon + timedelta(hours=1), by="y") == (first, False)
    later, new = diaries.seal(site, "plough-1", DAY, b"2", at=noon, by="x")
    again, newer = diaries.seal(site, "plough-1", DAY, b"1", at=noon, by="x")
    assert (new, newer) == (True, True)
    assert [later.revision, again.revision] == [2, 3]
    assert diaries.current(site, "plough-1", DAY) == again
    assert diaries.listed(site, DAY, DAY) == [again]
    assert diaries.current(site, "plough-1", DAY + timedelta(days=1)) is None


def test_a_paper_is_known_by_its_bytes(diaries, site, noon):
    seal, _ = diaries.seal(site, "plough-1", DAY, b"1", at=noon, by="x")
    for _ in range(2):
        diaries.note_paper(site, seal.digest, "ab" * 32, form="pdf", language="ja", at=noon)
    assert diaries.of_paper(site, "ab" * 32) == seal
    assert diaries.of_paper(site, "cd" * 32) is None
    with pytest.raises(StoreError):
        diaries.note_paper(site, "no such seal", "ef" * 32, form="pdf", language="ja", at=noon)


@pytest.mark.parametrize("change", ["update plough_diary set document = 'x'", "delete from plough_diary"])
def test_nobody_changes_a_seal(diaries, site, noon, look, change):
    diaries.seal(site, "plough-1", DAY, b"1", at=noon, by="x")
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        look(change)
