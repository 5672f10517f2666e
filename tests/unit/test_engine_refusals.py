"""Every way in which an engine cannot run here is told in a sentence with a next step."""

import fcntl
import hashlib
import itertools
import resource
import socket
import threading
from pathlib import Path

import pytest

from deploy.town import ports
from deploy.town.engines.child import EngineChild
from deploy.town.engines.install import verify_jars
from deploy.town.engines.kafka import new_cluster_id
from deploy.town.engines.refusals import (
    EngineEnded,
    EngineRefused,
    LibraryMissing,
    PortTaken,
    SpaceMissing,
    require_space,
    why_it_ended,
)
from deploy.town.keys import kept_keys
from deploy.town.programs import KeptPort
from deploy.town.town import Town
from deploy.town.wiring import Wiring


def _reason(tmp_path: Path, *, said: str) -> EngineRefused:
    log_path = tmp_path / "log"
    log_path.write_text(said)
    return why_it_ended(
        engine="mongod", exit_status=1, log_path=log_path, port=27017, port_file=tmp_path / "port"
    )  # fmt: skip


@pytest.mark.parametrize("library", ["libssl.so.3", "libcurl.so.4"])
def test_a_missing_shared_library_is_named(tmp_path: Path, library: str) -> None:
    said = f"mongod: error while loading shared libraries: {library}: cannot open shared object file: No such file"

    reason = _reason(tmp_path, said=said)

    assert isinstance(reason, LibraryMissing)
    assert f"no shared library {library}. Nothing was started. Install it" in str(reason)


def test_a_disk_that_fills_up_is_named(tmp_path: Path) -> None:
    reason = _reason(tmp_path, said="WiredTiger error: No space left on device")

    assert isinstance(reason, SpaceMissing)
    assert "Free some space" in str(reason)


def test_a_port_lost_at_the_last_moment_is_named(tmp_path: Path) -> None:
    reason = _reason(tmp_path, said="Failed to set up listener: SocketException: Address already in use")

    assert isinstance(reason, PortTaken)
    assert "27017 is taken" in str(reason)


def test_an_unknown_end_points_at_the_log(tmp_path: Path) -> None:
    reason = _reason(tmp_path, said="something nobody foresaw")

    assert isinstance(reason, EngineEnded)
    assert 'It said: "something nobody foresaw".' in str(reason)
    assert str(tmp_path / "log") in str(reason)


def test_an_unknown_end_names_the_deepest_cause_of_the_last_trace(tmp_path: Path) -> None:
    """The log of a test's engine is deleted with its folder: the sentence must do without it."""
    said = (
        "java.lang.RuntimeException: fatal\n\tat kafka.Kafka.main(Kafka.scala)\n"
        "Caused by: java.io.IOException: the disk went away\n\t... 18 more\n[hook] WARN closing\n"
    )

    assert 'It said: "Caused by: java.io.IOException: the disk went away".' in str(_reason(tmp_path, said=said))


def test_an_end_without_a_word_is_told_as_one(tmp_path: Path) -> None:
    assert "It said nothing." in str(_reason(tmp_path, said=""))


@pytest.mark.parametrize("said_before", ["No space left on device", "Address already in use", "Caused by: long ago"])
def test_what_an_engine_said_at_an_earlier_start_is_not_why_it_ended_now(tmp_path: Path, said_before: str) -> None:
    """The log goes on from start to start; the disk that was full then has room now."""
    child = EngineChild(engine="Apache Kafka", folder=tmp_path)
    child.log_path.write_text(f"{said_before}\n")

    with pytest.raises(EngineEnded, match='It said: "something nobody foresaw"'):
        child.run_to_end(["/bin/sh", "-c", "echo something nobody foresaw; exit 3"])


def test_a_disk_with_too_little_room_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(SpaceMissing, match="Nothing was started"):
        require_space(tmp_path, needed_bytes=10**18)


def test_a_disk_with_room_is_accepted(tmp_path: Path) -> None:
    require_space(tmp_path, needed_bytes=1)


class TestJarList:
    """What runs is what was reviewed."""

    @pytest.fixture
    def jar_list(self, tmp_path: Path) -> Path:
        (tmp_path / "broker.jar").write_bytes(b"reviewed")
        listed = tmp_path / "list"
        listed.write_text(f"{hashlib.sha256(b'reviewed').hexdigest()}  broker.jar\n")
        return listed

    def test_the_reviewed_file_is_accepted(self, tmp_path: Path, jar_list: Path) -> None:
        assert verify_jars(tmp_path, jar_list=jar_list) == (tmp_path / "broker.jar",)

    def test_a_changed_file_is_refused(self, tmp_path: Path, jar_list: Path) -> None:
        (tmp_path / "broker.jar").write_bytes(b"changed!")

        with pytest.raises(EngineRefused, match=r"broker.jar is not the file that was reviewed: its checksum differs"):
            verify_jars(tmp_path, jar_list=jar_list)

    def test_an_absent_file_is_refused(self, tmp_path: Path, jar_list: Path) -> None:
        (tmp_path / "broker.jar").unlink()

        with pytest.raises(EngineRefused, match=r"broker.jar is missing. Nothing was started"):
            verify_jars(tmp_path, jar_list=jar_list)

    def test_a_file_that_is_not_listed_is_never_run(self, tmp_path: Path, jar_list: Path) -> None:
        (tmp_path / "stranger.jar").write_bytes(b"stranger")

        assert verify_jars(tmp_path, jar_list=jar_list) == (tmp_path / "broker.jar",)


def test_no_cluster_is_given_a_name_that_looks_like_an_option() -> None:
    """Seen: one start in 64 ended with "argument --cluster-id/-t: expected one argument"."""
    names = {new_cluster_id() for _ in range(2000)}

    assert len(names) == 2000
    assert not any(name.startswith("-") for name in names)


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = server.getsockname()[1]

        assert not ports.is_free(port)
        assert ports.is_taken(port)
        assert ports.answers(port)


def test_a_port_that_a_starting_program_has_inherited_for_a_moment_is_not_taken() -> None:
    """Seen: one thread looked whether the broker's port was free while another started the database."""
    with socket.create_server((ports.LOOPBACK, 0)) as looking:
        port, inherited = looking.getsockname()[1], looking.dup()
    assert not ports.is_free(port)

    becoming_a_program = threading.Timer(0.2, inherited.close)
    becoming_a_program.start()

    assert not ports.is_taken(port)
    becoming_a_program.join()


def test_an_engine_never_takes_one_port_for_two_listeners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker ends at once if its own two ports are one."""
    first, other = 15001, 15002
    draws = iter([first, first, other])
    monkeypatch.setattr(ports, "free_port", lambda: next(draws))
    child = EngineChild(engine="Apache Kafka", folder=tmp_path / "kafka")

    assert (child.port(), child.port("controller-port")) == (first, other)
    assert (child.port(), child.port("controller-port")) == (first, other)


def test_no_two_programs_of_a_town_take_one_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are chosen before anybody listens, and kept: two that are one would end every start from then on."""
    draws = (15000 + number // 2 for number in itertools.count())  # each twice
    monkeypatch.setattr(ports, "free_port", lambda: next(draws))

    wiring = Wiring(data_folder=tmp_path, engines={}, keys=kept_keys(tmp_path), given={})
    chosen = [each.number for each in wiring.all_ports]
    for engine in ("mongod", "kafka"):
        child = EngineChild(engine=engine, folder=tmp_path / engine)
        chosen += [child.port(), child.port("controller-port")]

    assert len(set(chosen)) == len(chosen) == 12
    assert [each.number for each in wiring.all_ports] == chosen[:8]


def test_a_port_that_a_full_disk_did_not_take_is_chosen_at_the_next_start(tmp_path: Path) -> None:
    """Half a file would end every start from then on, also once there is room."""
    kept = KeptPort("payments", tmp_path / "payments" / "port")
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # no file of this process may grow
    try:
        with pytest.raises(OSError, match="File too large"):
            _ = kept.number
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert kept.number == kept.number >= ports.PORT_MIN


def test_a_free_port_can_be_listened_on() -> None:
    port = ports.free_port()

    with socket.create_server((ports.LOOPBACK, port)):
        assert not ports.is_free(port)


def test_a_second_start_says_that_the_first_one_runs_and_not_that_its_ports_are_taken(tmp_path: Path) -> None:
    """Whoever believed the ports would delete their files, and every link that was sent would lead nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as running, (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711\n")
        lock.flush()
        (tmp_path / "payments").mkdir()
        (tmp_path / "payments" / "port").write_text(f"{running.getsockname()[1]}\n")

        with pytest.raises(EngineRefused, match=r"is in use by process 4711\. Nothing was started"):
            Town(tmp_path, given={}, say=print).start()
