"""Programs that run beside the test, and the ports that they answer at."""

import contextlib
import os
import socket
import subprocess
import time

TIMEOUT_SECONDS = 60


def start(running, command, settings, log):
    output = running.enter_context(open(log, "w"))
    process = subprocess.Popen(command, env=os.environ | settings, stdout=output, stderr=subprocess.STDOUT)
    running.callback(stop, process)


def stop(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what, is_there):
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionError):
            if is_there():
                return
        time.sleep(0.2)
    raise AssertionError(f"waited {TIMEOUT_SECONDS} seconds for {what}")
