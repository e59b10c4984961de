"""A Samba server, on whose share the project lies, and a client that puts files there."""

from __future__ import annotations

import contextlib
import functools
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence

from tests.faults.programs.copying import call, content, is_closed, killed_at, make_source, package
from tests.faults.programs.world import SECONDS, World

SETTINGS = """
[global]
server role = standalone server
interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = {port}
private dir = {state}
lock directory = {state}
state directory = {state}
cache directory = {state}
pid directory = {state}
ncalrpc dir = {state}
log file = {state}/log
map to guest = bad user
guest account = {user}
disable spoolss = yes
load printers = no
printing = bsd
printcap name = /dev/null
[site]
path = {folder}
read only = no
guest ok = yes
"""


def smbd_program() -> str | None:
    return shutil.which("smbd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


@contextlib.contextmanager
def server(world: World) -> Iterator[Sequence[str]]:
    """A server of the test's own user; gives the client's command, which wants one argument more: what to do."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    state = world.outside / "samba"
    state.mkdir()
    (state / "smb.conf").write_text(SETTINGS.format(port=port, state=state, user=getpass.getuser(),
                                                    folder=world.project))
    client = ("smbclient", "-N", "-p", str(port), "-s", str(state / "smb.conf"), "//127.0.0.1/site", "-c")
    # it makes a process group of its own, which it ends as well
    program = subprocess.Popen([smbd_program() or "smbd", "--foreground", "-s", state / "smb.conf"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_it_answers(program, client)
        yield client
    finally:
        program.terminate()
        program.wait()


def until_it_answers(program: subprocess.Popen[bytes], client: Sequence[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while subprocess.run([*client, "ls"], capture_output=True, check=False).returncode:
        assert program.poll() is None, "smbd ended"
        assert time.monotonic() < deadline, "smbd does not answer"
        time.sleep(0.2)


def put(world: World) -> None:
    """Files, one over another, and a folder."""
    source = world.outside / "offer.docx"
    make_source(world.outside / "folder", 10)
    with server(world) as client:
        for number in (1, 2):
            source.write_bytes(package(number, 20 << 20))
            call(*client, f"put {source} offer.docx")
            world.saved("offer.docx")
        call(*client, f"lcd {world.outside}; prompt; recurse; mput folder")
        world.saved_below("folder", 10)


def put_killed(world: World) -> None:
    """The server closes a file whose client was killed as one that is done. Of a Word file only its missing end tells
    that it is half. Nothing tells it of a text: that half is a version like any other, and the whole text, put again,
    the next."""
    with server(world) as client:
        for name, data in (("a.docx", package(1, 200 << 20)), ("b.txt", content(1, 200 << 20))):
            (world.outside / name).write_bytes(data)
            command = [*client, f"put {world.outside / name} {name}"]
            with killed_at(world, command, name, 1 << 20):
                time.sleep(3)  # nobody takes it as it is while the server has it open
            world.until(functools.partial(is_closed, world.project / name))
            world.saved(name, incomplete=name == "a.docx")
            call(*command)
            world.saved(name)
