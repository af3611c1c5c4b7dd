"""Second factors as the database has them: opened by their key for their account, by nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.errors import SealError
from web.account_keys import KEY_BYTES, AccountKeys, is_sealed
from web.second_factor import new_factor

ONE, OTHER = UUID(int=1), UUID(int=2)
OLD, NEW = bytes(KEY_BYTES), bytes([1]) * KEY_BYTES


def test_what_is_sealed_comes_back_and_tells_nothing():
    keys, factor = AccountKeys((OLD,)), new_factor()
    sealed = keys.seal(factor, ONE)
    assert is_sealed(sealed)
    assert not is_sealed(factor)
    assert factor not in sealed
    assert keys.seal(factor, ONE) != sealed
    assert keys.open(sealed, ONE) == factor


def test_the_newest_key_seals_and_all_of_them_open():
    factor = new_factor()
    before = AccountKeys((OLD,)).seal(factor, ONE)
    both = AccountKeys((NEW, OLD))
    assert both.open(before, ONE) == factor
    assert [both.is_newest(each) for each in (before, both.seal(factor, ONE))] == [False, True]
    assert both.raw == (NEW, OLD)


@pytest.mark.parametrize(
    ("keys", "account", "change", "said"),
    [
        ((NEW,), ONE, None, "not here"),
        ((), ONE, None, "not here"),
        ((OLD,), OTHER, None, "changed"),
        ((OLD,), ONE, lambda text: text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:], "changed"),
        ((OLD,), ONE, lambda text: text[:12], "changed"),
        ((OLD,), ONE, lambda text: text[:14] + "é" + text[15:], "changed"),
        ((OLD,), ONE, lambda _: "JBSWY3DPEHPK3PXP", "not sealed"),
        ((OLD,), ONE, lambda _: "", "not sealed"),
    ],
)
def test_nothing_else_opens_it(keys, account, change, said):
    sealed = AccountKeys((OLD,)).seal("JBSWY3DPEHPK3PXP", ONE)
    with pytest.raises(SealError, match=said) as refused:
        AccountKeys(keys).open(change(sealed) if change else sealed, account)
    assert refused.value.hint
    assert "JBSWY" not in str(refused.value)


def test_without_a_key_nothing_is_sealed_or_signed():
    none = AccountKeys(())
    with pytest.raises(SealError, match="no key"):
        none.seal("JBSWY3DPEHPK3PXP", ONE)
    assert none.sign(b"x") is None
    assert not none.signed(b"x", AccountKeys((OLD,)).sign(b"x"))
    assert not none.is_newest("")


def test_a_key_has_its_length():
    with pytest.raises(ValueError, match="32 bytes"):
        AccountKeys((b"short",))
