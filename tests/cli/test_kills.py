"""A run that is killed costs nothing: the next one comes to the same end, and the one after sends nothing."""

import random
from collections import Counter

import pytest

from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.server import RunningSandbox
from tests.cli.process import Command
from tests.cli.town import Town
from tests.seeds import seeds

BANNING = ("--ban", "--only-linked", "--max-removals", "100%", "--max-creates", "100")


def _kill_and_recover(command: Command, sandbox: RunningSandbox, seed: int) -> None:
    dice = random.Random(seed)
    town = Town(command, sandbox, people=10)
    town.write(*range(5, 40))
    sandbox.faults = Faults(latency_s=0.01, capacity=2)
    writes = dice.randrange(0, 35)
    before_or_after_the_work = dice.choice([Fault.HANG, Fault.HANG_AFTER])
    sandbox.next_faults([*[Fault.NONE] * writes, before_or_after_the_work], method="POST", paths="/users")
    with town.start(*BANNING) as process:
        assert sandbox.requests.wait_for(lambda traffic: traffic.hanging == 1)
        process.kill()
        process.communicate(timeout=60)
    sandbox.faults = Faults()

    assert town.sync(*BANNING).status == 0
    everybody = Counter(user.external_id for user in sandbox.store.users.everybody())
    assert max(everybody.values()) == 1
    assert town.external_ids() == sorted(f"{number:05}" for number in range(5, 40))
    sandbox.requests.clear()
    assert town.sync(*BANNING).status == 0
    assert [request.path for request in sandbox.requests.writes()] == []


@pytest.mark.parametrize("seed", seeds(100))
def test_a_killed_run_costs_nothing(command: Command, sandbox: RunningSandbox, seed: int) -> None:
    _kill_and_recover(command, sandbox, seed)


def test_bans_of_a_killed_run_are_known_as_ours(command: Command, sandbox: RunningSandbox) -> None:
    town = Town(command, sandbox, people=10)
    town.write(*range(5))
    sandbox.faults = Faults(latency_s=0.02, capacity=1)
    with town.start(*BANNING) as process:
        assert sandbox.requests.wait_for(lambda traffic: len(traffic.matching("POST", "/ban$")) >= 2)
        process.kill()
        process.communicate(timeout=60)
    sandbox.faults = Faults()
    town.write(*range(10))

    assert town.sync("--max-removals", "100%").status == 0
    assert len(town.external_ids()) == 10
