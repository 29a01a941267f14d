import asyncio
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generate.concurrency import MOST, START, Dispatcher, Limit, Setback
from knowledge.errors import ModelCallError


def full_round(limit, *, room, seconds=0.5):
    """One round of as many calls as are allowed, at an endpoint with so much room; how many were refused."""
    allowed, began = limit.allowed, limit.round
    refused = max(0, allowed - room)
    for number in range(refused):
        limit.refused(began=began, left=allowed - number - 1)
    for _ in range(allowed - refused):
        limit.succeeded(seconds=seconds, under_way=allowed - refused)
    return refused


@pytest.mark.parametrize("room", [1, 3, 16, 64, 100])
def test_it_finds_the_room_there_is_and_stays_near(room):
    limit = Limit()
    for _ in range(12):
        full_round(limit, room=room)
    allowed, refused = [], 0
    for _ in range(60):
        refused += full_round(limit, room=room)
        allowed.append(limit.allowed)
    assert sum(min(each, room) for each in allowed) >= 0.97 * room * 60
    assert max(allowed) <= room + 2
    assert refused <= 60


def test_it_doubles_while_nothing_is_refused():
    limit = Limit()
    for number in range(3):
        assert limit.allowed == START * 2**number
        full_round(limit, room=1000)
    for _ in range(9):
        full_round(limit, room=1000)
    assert limit.allowed == MOST


def test_it_grows_again_when_there_is_more_room():
    limit = Limit()
    for _ in range(20):
        full_round(limit, room=20)
    assert limit.allowed <= 22
    for _ in range(120):
        full_round(limit, room=60)
    assert limit.allowed >= 40


def test_refusals_that_go_on_lower_it_by_a_factor():
    limit = Limit(start=100)
    for _ in range(8):
        limit.refused(began=limit.round, left=limit.allowed - 1)
    assert limit.allowed <= 12


def test_a_server_that_queues_is_found_out_by_its_latency():
    limit = Limit()
    for _ in range(30):
        full_round(limit, room=1000, seconds=max(1.0, limit.allowed / 16))
    assert 16 <= limit.allowed <= 64


def test_time_outs_of_a_few_change_nothing_and_of_many_do():
    few, many = Limit(start=64), Limit(start=64)
    for limit, each in ((few, 10), (many, 2)):
        for number in range(40):
            if number % each == 0:
                limit.late()
            else:
                limit.succeeded(seconds=1.0, under_way=1)
    assert few.allowed == 64
    assert many.allowed <= 16


@given(
    st.lists(st.tuples(st.sampled_from(["good", "refused", "told", "late"]), st.integers(0, 300)), max_size=200),
    st.integers(1, 64),
)
def test_whatever_happens_it_is_between_one_and_the_most(events, most):
    limit = Limit(most=most)
    for kind, number in events:
        if kind == "good":
            limit.succeeded(seconds=number / 10, under_way=number)
        elif kind == "late":
            limit.late()
        else:
            limit.refused(began=max(0, limit.round - number % 2), left=number, told=kind == "told")
        assert 1 <= limit.allowed <= most


def dispatcher(attempt, *, retries=3, limit=None, **options):
    return Dispatcher(
        attempt,
        limit=limit or Limit(),
        retries=retries,
        last=lambda setback, tries: ModelCallError(f"{tries} tries"),
        **options,
    )


def test_jobs_run_at_once_as_far_as_allowed():
    running, most = 0, 0

    async def attempt(job):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return job * 2

    calls = dispatcher(attempt, limit=Limit(start=5, most=5))
    futures = [calls.submit(number) for number in range(40)]
    assert [each.result() for each in futures] == [number * 2 for number in range(40)]
    calls.close()
    assert 1 < most <= 5


def test_a_job_that_waits_for_its_next_try_holds_no_place():
    gate, tried = threading.Event(), []

    async def attempt(job):
        tried.append(job)
        if job == "slow" and len(tried) == 1:
            raise Setback("broken", ValueError("x"))
        return job

    async def sleep(seconds):
        while not gate.is_set():
            await asyncio.sleep(0.001)

    calls = dispatcher(attempt, limit=Limit(start=1, most=1), sleep=sleep)
    slow, quick = calls.submit("slow"), calls.submit("quick")
    assert quick.result(timeout=5) == "quick"
    assert not slow.done()
    gate.set()
    assert slow.result(timeout=5) == "slow"
    calls.close()


def test_nothing_is_sent_while_the_endpoint_asks_to_wait():
    sent, asleep, gate = [], threading.Event(), threading.Event()

    async def attempt(job):
        sent.append(job)
        if len(sent) == 1:
            raise Setback("refused", ValueError("later"), wait=5.0)
        return job

    async def sleep(seconds):
        asleep.set()
        while not gate.is_set():
            await asyncio.sleep(0.001)

    calls = dispatcher(attempt, limit=Limit(start=1, most=1), sleep=sleep)
    first = calls.submit("first")
    assert asleep.wait(5)
    second = calls.submit("second")
    time.sleep(0.02)
    assert sent == ["first"]
    gate.set()
    assert (first.result(timeout=5), second.result(timeout=5)) == ("first", "second")
    calls.close()


def test_tries_end_and_closing_gives_up_what_is_under_way():
    async def attempt(job):
        if job == "never":
            await asyncio.sleep(3600)
        raise Setback("broken", ValueError("x"))

    async def sleep(seconds):
        pass

    calls = dispatcher(attempt, retries=2, sleep=sleep)
    with pytest.raises(ModelCallError, match="3 tries"):
        calls.submit("fails").result(timeout=5)
    hanging = calls.submit("never")
    while not hanging.running():
        time.sleep(0.001)
    calls.close()
    calls.close()
    with pytest.raises(ConnectionAbortedError):
        hanging.result(timeout=5)
