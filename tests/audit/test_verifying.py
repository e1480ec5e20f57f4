"""What checking the chain tells, after somebody was at the database."""

import pytest

from evaluator.audit.verifying import Noted, Verdict, verify, wrong_with
from evaluator.storage.chain import digest, link
from evaluator.storage.jobs import JobStore
from tests.fakes.recording import adding, entry_of, filled, tampered
from tests.fakes.stores import Place, outcome_of

pytestmark = pytest.mark.anyio

SWAP = (
    "UPDATE audit_records SET seq = 100 WHERE seq = 2",
    "UPDATE audit_records SET seq = 2 WHERE seq = 3",
    "UPDATE audit_records SET seq = 3 WHERE seq = 100",
)


async def verdict_after(place: Place, *statements: str, count: int = 5) -> Verdict:
    """Return what is found of as many records after `statements` were run behind the store's back."""
    async with place.open() as store:
        await filled(store, count)
        tampered(place, *statements)
        return await verify(store.records)


def told(verdict: Verdict) -> list[str]:
    """Return the faults as they are printed."""
    return [f"{fault.seq} {fault.what}" for fault in verdict.faults]


async def test_untouched_chain_is_sound(place: Place) -> None:
    """Every record is counted, and the end is told."""
    verdict = await verdict_after(place)

    assert (told(verdict), verdict.records, verdict.head and verdict.head.seq) == ([], 5, 5)


async def test_empty_chain_is_sound(place: Place) -> None:
    """Where nothing was evaluated yet, nothing is wrong and there is no end to note."""
    verdict = await verdict_after(place, count=0)

    assert (told(verdict), verdict.records, verdict.head) == ([], 0, None)


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("UPDATE audit_records SET public = REPLACE(public, '70', '90') WHERE seq = 3", ["3 was changed"]),
        ("UPDATE audit_records SET kind = 'correction' WHERE seq = 2", ["2 was moved"]),
        ("UPDATE audit_records SET at = at - 1 WHERE seq = 2", ["2 was moved"]),
        ("UPDATE audit_records SET job = 'job-9' WHERE seq = 4", ["4 what names it was changed"]),
        ("UPDATE audit_records SET identity = '{}' WHERE seq = 4", ["4 what names it was changed"]),
        ("UPDATE audit_records SET content = 'xy' WHERE seq = 5", ["5 its sealed content was changed"]),
        ("UPDATE audit_records SET identity = NULL WHERE seq = 1", ["1 what names it was removed"]),
        ("DELETE FROM audit_records WHERE seq = 3", ["3 is missing"]),
        ("DELETE FROM audit_records WHERE seq IN (2, 3)", ["2 is missing, and all up to 3"]),
        ("DELETE FROM audit_records WHERE seq = 1", ["1 is missing"]),
        ("DELETE FROM audit_records WHERE seq > 3", ["4 is missing, and all up to 5 at the end"]),
        ("DELETE FROM audit_records", ["1 is missing, and all up to 5 at the end"]),
        (
            "UPDATE audit_head SET seq = 4",
            ["4 the end or the beginning", "4 is not the one", "5 stands behind"],
        ),
        (
            "UPDATE audit_head SET anchor_seq = 1, anchor_at = 1",
            ["5 the end or the beginning", "1 stands before"],
        ),
        ("DELETE FROM audit_head", ["0 the end of the chain is not kept"]),
    ],
)
async def test_tampering_is_told_at_its_record(place: Place, statement: str, faults: list[str]) -> None:
    """A changed, removed or cut-off record is named, and no other is."""
    found = told(
        await verdict_after(place, statement.replace("'xy'", "X'00'" if place.url is None else "'xy'"))
    )

    assert [fault[: len(wanted)] for fault, wanted in zip(found, faults, strict=False)] == faults


async def test_reordered_records_are_told(place: Place) -> None:
    """Records that changed places do not follow each other, and say another number than their own."""
    found = told(await verdict_after(place, *SWAP))

    assert {fault.partition(" ")[0] for fault in found} == {"2", "3", "4"}
    assert [fault for fault in found if "moved" in fault]


async def test_record_that_was_made_anew_is_told_by_the_next(place: Place) -> None:
    """Who computes the hash again as well is found at the record behind, which holds the old one."""
    async with place.open() as store:
        await filled(store, 5)
        third = await store.records.one(3)
        assert third is not None
        public = third.public.replace("70", "90")
        hashed = link(third.previous, public, third.identity_digest, third.content_digest)
        tampered(place, f"UPDATE audit_records SET public = '{public}', hash = '{hashed}' WHERE seq = 3")  # noqa: S608 - words of ours

        assert told(await verify(store.records)) == [
            "4 does not follow the record before: moved, or that one was replaced"
        ]


@pytest.mark.parametrize("written", ["no JSON", "[1]", "{}"])
@pytest.mark.parametrize("part", ["public", "identity"])
async def test_record_that_was_made_anew_of_anything_is_told(place: Place, part: str, written: str) -> None:
    """What is no record any more is told like any other change, also where its own hashes are right."""
    async with place.open() as store:
        await filled(store, 3)
        second = await store.records.one(2)
        assert second is not None
        public, named = (written, second.identity) if part == "public" else (second.public, written)
        identity = digest(named)
        hashed = link(second.previous, public, identity, second.content_digest)
        tampered(
            place,
            f"UPDATE audit_records SET {part} = '{written}', identity_digest = '{identity}', "  # noqa: S608 - words of ours
            f"hash = '{hashed}' WHERE seq = 2",
        )

        assert [fault.seq for fault in (await verify(store.records)).faults] == [2, 3]


async def test_bytes_in_place_of_text_are_told(sqlite_place: Place) -> None:
    """SQLite keeps what it is given; a record that cannot be hashed is one that was changed."""
    found = await verdict_after(sqlite_place, "UPDATE audit_records SET public = X'FF00' WHERE seq = 3")

    assert told(found) == ["3 was changed"]


async def test_end_that_was_cut_off_with_its_head_is_told_by_its_mark(place: Place) -> None:
    """A head that is set back has no mark of the key's holder."""
    async with place.open() as store:
        await filled(store, 5)
        fourth = await store.records.one(4)
        assert fourth is not None
        tampered(
            place,
            "DELETE FROM audit_records WHERE seq = 5",
            f"UPDATE audit_head SET seq = 4, hash = '{fourth.hash}'",  # noqa: S608 - words of ours
        )

        assert told(await verify(store.records)) == [
            "4 the end or the beginning was set without the database's key"
        ]


async def noted_end(store: JobStore) -> Noted:
    """Return the end of the chain as an operator notes it."""
    head = (await verify(store.records)).head
    assert head is not None
    return head


async def test_older_database_is_told_by_what_was_noted(place: Place) -> None:
    """A whole older chain is sound in itself; the end that was noted elsewhere is not in it."""
    async with place.open() as store:
        await filled(store, 3)
        older = await noted_end(store)
        await filled(store, 2, prefix="new")
        newest = await noted_end(store)

        assert (await verify(store.records, [older, newest])).sound
        assert told(await verify(store.records, [Noted(2, "0" * 64), Noted(9, "0" * 64)])) == [
            "2 is not the one that was noted",
            "9 was noted, and the chain ends before it",
        ]


async def test_erasure_keeps_the_chain_sound(place: Place) -> None:
    """What named and quoted a candidate is gone, a record says so, and all else is there."""
    async with place.open() as store:
        await filled(store, 5)
        erased = await store.erase_candidate("job-2")
        second, last = await store.records.one(2), await store.records.one(6)
        verdict = await verify(store.records)
        found = await store.records.of_job("job-2")

    assert (erased.records, found, told(verdict), verdict.erased) == (1, (), [], 1)
    assert second is not None
    assert last is not None
    assert (second.job, second.candidate, second.identity, second.content) == (None,) * 4
    assert (last.kind, last.told["of"], last.identity) == ("erasure", [2], None)


async def test_retention_removes_from_the_front_and_keeps_the_chain_sound(place: Place) -> None:
    """Records whose time is over go, the oldest first, and the chain is checked from there on."""
    async with place.open() as store:
        await filled(store, 5, at=0.0)
        end = await noted_end(store)
        counts = [await store.records.prune(before=4 * 86_400.0, limit=2) for _ in range(3)]
        verdict = await verify(store.records, [end])
        tampered(place, "DELETE FROM audit_records WHERE seq = 4")

        assert (counts, told(verdict), verdict.begins_behind) == ([2, 1, 0], [], 3)
        assert told(await verify(store.records)) == ["4 is missing"]


async def test_retention_may_remove_all(place: Place) -> None:
    """A chain that is empty now goes on where it ended."""
    async with place.open() as store:
        await filled(store, 3, at=0.0)
        await store.records.prune(before=1e9)
        empty = await verify(store.records)
        await store.records.add(entry_of(store, "later"))
        verdict = await verify(store.records)

    assert (told(empty), empty.records, told(verdict), verdict.records) == ([], 0, [], 1)
    assert verdict.head is not None
    assert verdict.head.seq == 4


async def test_processes_that_add_at_once_make_one_chain(place: Place) -> None:
    """Two processes, several records in each transaction: no number twice, none left out."""
    async with place.open() as store:
        await filled(store, 1)
        processes = [adding(place, prefix, 50) for prefix in ("one", "other")]
        assert [outcome_of(process) for process in processes] == [["done"]] * 2
        verdict = await verify(store.records)
        jobs = {each.job for each in await store.records.behind(0, limit=1000)}

    assert (told(verdict), verdict.records) == ([], 101)
    assert {"one-4", "other-4"} <= jobs


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE audit_records SET at = at WHERE seq = 3", {}),
        ("UPDATE audit_records SET public = REPLACE(public, '70', '90') WHERE seq = 3", {3: "was changed"}),
        ("DELETE FROM audit_records WHERE seq = 3", {2: "is not the one", 4: "does not follow"}),
        ("DELETE FROM audit_head", dict.fromkeys(range(1, 6), "the end of the chain")),
    ],
)
async def test_single_record_is_checked_with_its_neighbours(
    place: Place, statement: str, wrong: dict[int, str]
) -> None:
    """What was changed is told at the record itself, what was removed at those beside it."""
    async with place.open() as store:
        await filled(store, 5)
        tampered(place, statement)
        found = {
            each.seq: await wrong_with(store.records, each) for each in await store.records.behind(0, limit=9)
        }

    assert {seq: told[0][: len(wrong.get(seq, ""))] for seq, told in found.items() if told} == wrong


async def test_single_record_is_checked_where_the_chain_now_begins(place: Place) -> None:
    """The first that is left follows the last that was removed after its time."""
    async with place.open() as store:
        await filled(store, 3)
        await store.records.prune(before=1_800_000_000.0 + 1.5 * 86_400)
        left = await store.records.behind(0, limit=9)

        assert [(each.seq, await wrong_with(store.records, each)) for each in left] == [(2, ()), (3, ())]
