"""Confining the process that decodes strangers' files.

Invariant: after `confine` this process can use no more than its limits, can open no socket, can
start no other program, and dies with its parent. The system calls are filtered by seccomp's
classic BPF (kernel documentation, userspace-api/seccomp_filter).
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct

from marketplace.catalog.analysis.result import Limits

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
BPF_LOAD, BPF_EQUAL, BPF_AT_LEAST, BPF_RETURN = 0x20, 0x15, 0x35, 0x06
RETURN_ERRNO, RETURN_ALLOW = 0x00050000, 0x7FFF0000
NUMBER_OFFSET, ARCHITECTURE_OFFSET = 0, 4
X32_BIT = 0x40000000
# Audit architecture, then socket, socketpair, io_uring_setup (which opens sockets too), execve,
# execveat, ptrace.
SYSTEM_CALLS = {
    "x86_64": (0xC000003E, (41, 53, 425, 59, 322, 101)),
    "aarch64": (0xC00000B7, (198, 199, 425, 221, 281, 117)),
}


class ConfinementError(Exception):
    """This machine cannot confine the decoder, so nothing is decoded."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def confine(limits: Limits, parent_pid: int) -> None:
    """Apply every limit to this process, for good."""
    _control(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        raise ConfinementError("the process that asked for this analysis is gone")
    os.nice(10)
    for kind, value in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.written_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (value, value))
    _control(PR_SET_NO_NEW_PRIVS, 1)
    _filter_system_calls()


def _filter_system_calls() -> None:
    machine = platform.machine()
    if machine not in SYSTEM_CALLS:
        raise ConfinementError(f"no system call filter is known for {machine}")
    code = _filter(*SYSTEM_CALLS[machine])
    program = _Program(len(code) // 8, code)
    _control(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program))


def _filter(architecture: int, denied: tuple[int, ...]) -> bytes:
    """Refuse `denied`, x86-64's second numbering and foreign architectures with EACCES."""
    n = len(denied)
    program = [
        (BPF_LOAD, 0, 0, ARCHITECTURE_OFFSET),
        (BPF_EQUAL, 0, n + 3, architecture),
        (BPF_LOAD, 0, 0, NUMBER_OFFSET),
        (BPF_AT_LEAST, n + 1, 0, X32_BIT),
        *((BPF_EQUAL, n - i, 0, number) for i, number in enumerate(denied)),
        (BPF_RETURN, 0, 0, RETURN_ALLOW),
        (BPF_RETURN, 0, 0, RETURN_ERRNO | errno.EACCES),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def _control(option: int, value: int, pointer: int = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = [ctypes.c_ulong(item) for item in (value, pointer, 0, 0)]
    if libc.prctl(option, *arguments) != 0:
        code = ctypes.get_errno()
        raise ConfinementError(f"prctl({option}) failed: {os.strerror(code)}")
