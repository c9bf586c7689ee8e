from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sim import keys

kinds = st.integers(1, 14)
identities = st.integers(0, 2**33 - 1)
document_kinds = st.integers(1, 17)
ordinals = st.integers(0, 63)
lines = st.integers(0, keys.LINES_MAX - 1)
places = st.tuples(kinds, identities, document_kinds, ordinals, lines)


def key_at(place: tuple[int, int, int, int, int]) -> int:
    kind, identity, document_kind, ordinal, line = place
    return keys.line(keys.document(keys.root(kind, identity), document_kind, ordinal), line)


@given(places)
def test_a_key_tells_where_it_comes_from(place: tuple[int, int, int, int, int]) -> None:
    kind, identity, document_kind, ordinal, _ = place
    key = key_at(place)
    assert keys.kind_of(key) == kind
    assert keys.identity_of(key) == identity
    assert keys.document_kind_of(key) == document_kind
    assert keys.root_of(key) == keys.root(kind, identity)
    assert keys.document_of(key) == keys.document(keys.root(kind, identity), document_kind, ordinal)


@given(places, places)
def test_different_places_have_different_keys(
    one: tuple[int, int, int, int, int], other: tuple[int, int, int, int, int]
) -> None:
    assert (key_at(one) == key_at(other)) == (one == other)


@given(places)
def test_keys_fit_into_a_signed_64_bit_column(place: tuple[int, int, int, int, int]) -> None:
    assert keys.NONE < key_at(place) < 1 << 63


@given(places, document_kinds, ordinals)
def test_documents_of_one_root_can_be_named_from_any_of_them(
    place: tuple[int, int, int, int, int], kind: int, ordinal: int
) -> None:
    key = key_at(place)
    assert keys.document(key, kind, ordinal) == keys.document(keys.root_of(key), kind, ordinal)


def test_kinds_are_numbered_apart() -> None:
    roots = [keys.OPENING, keys.ORDER, keys.PURCHASE, keys.ADJUSTMENT, keys.COUNT, keys.PAYOUT, keys.EXPENSE, keys.BANK]
    assert len(set(roots)) == len(roots)
    assert max(roots) < 1 << 6
