"""The supervisor over fake programs: restarts, ends, locks. Signals and processes are real."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from marketplace.up.children import identity
from marketplace.up.supervisor import end_left_over
from tests.up.conftest import Supervised, eventually, gone


def test_a_killed_child_is_started_again(supervised: Supervised) -> None:
    first, _, _ = supervised.pids()
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: supervised.pids()[0] != first)
    assert not gone(supervised.pids()[0])
    assert "one ended with code -9, starts again in 1 s" in supervised.said()


def test_a_restarted_child_leaves_nothing_of_its_group(supervised: Supervised) -> None:
    _, second, inner = supervised.pids()
    os.kill(second, signal.SIGKILL)
    assert eventually(lambda: gone(inner))
    assert eventually(lambda: supervised.pids()[1] != second)
    # the new one's own child too, which the fixture ends by what it has written
    assert eventually(lambda: supervised.pids()[2] != inner)


def test_ctrl_c_stops_every_child(supervised: Supervised) -> None:
    pids = supervised.pids()
    supervised.process.send_signal(signal.SIGINT)
    assert supervised.process.wait(15) == 0
    assert all(map(gone, pids))
    assert supervised.said().splitlines()[-1].strip() == "stopped"


def test_an_impatient_second_ctrl_c_stops_every_child_too(supervised: Supervised) -> None:
    pids = supervised.pids()
    supervised.process.send_signal(signal.SIGINT)
    assert eventually(lambda: "stopping" in supervised.said())
    supervised.process.send_signal(signal.SIGINT)
    assert supervised.process.wait(15) == 0
    assert all(map(gone, pids))


def test_a_killed_supervisor_leaves_no_child(supervised: Supervised) -> None:
    first, second, _ = supervised.pids()
    supervised.process.kill()
    supervised.process.wait()
    assert eventually(lambda: gone(first) and gone(second))


def test_what_a_killed_supervisor_left_is_ended_by_the_next(tmp_path: Path) -> None:
    left = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.pause()"], process_group=0
    )
    register = tmp_path / "children"
    register.write_text(f'["{identity(left.pid)}"]')
    end_left_over(register, seconds=0.1)
    assert left.wait(5) == -signal.SIGKILL
    assert not register.exists()


def test_a_stranger_with_an_old_pid_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    register = tmp_path / "children"
    register.write_text(f'["{stranger.pid} 12.00"]')
    end_left_over(register, seconds=0.1)
    alive = stranger.poll() is None
    stranger.kill()
    stranger.wait()
    assert alive


def test_a_second_start_is_refused_and_names_the_first(supervised: Supervised) -> None:
    supervised.pids()
    second = Supervised(supervised.folder)
    assert second.process.wait(15) == 1
    said = supervised.said()
    assert f"already running here as process {supervised.process.pid}" in said
    assert supervised.process.poll() is None


def test_a_stale_lock_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("1\n")  # alive, and none of ours
    running = Supervised(tmp_path)
    running.pids()
    held = (tmp_path / "lock").read_text()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(15) == 0
    assert held == f"{running.process.pid}\n"


def test_a_child_that_cannot_start_stops_the_others(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from marketplace.up.__main__ import guarded\n"
        "from marketplace.up.children import Child; from marketplace.up.screen import Screen\n"
        "folder = Path(sys.argv[1])\n"
        "def start(supervisor):\n"
        "    idle = (sys.executable, '-c', 'import signal; signal.pause()')\n"
        "    broken = (sys.executable, '-c', 'raise SystemExit(\"no such table\")')\n"
        "    supervisor.start(Child('idle', idle, folder / 'idle.log'))\n"
        "    (folder / 'pid').write_text(str(supervisor.watched[0].process.pid))\n"
        "    never = lambda: False\n"
        "    supervisor.start(Child('broken', broken, folder / 'broken.log', ready=never))\n"
        "sys.exit(guarded(folder, Screen(sys.stdout), start))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "broken ended with code 1: no such table" in done.stdout
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))
