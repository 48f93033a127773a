"""Tries, inside the sandbox of tradingd.service, what a taken-over daemon would; exit 1 if something succeeds.

Run by tests/packaging/install-test as the unit's program. Prints a line for each attempt.
"""

import ctypes
import mmap
import os
import signal
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """A function of libc's that answers -1 for a refusal."""
    if getattr(libc, name)(*arguments) == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def system_call(number, *arguments):
    call("syscall", number, *arguments)


def executable_memory():
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def set_user_id_bit():
    with open("/var/lib/tradingd/probe", "wb") as file:
        os.unlink(file.name)
        os.fchmod(file.fileno(), 0o4755)


def execute(path):
    os.posix_spawn(path, [path], {})


def foreign_processes():
    if not [name for name in os.listdir("/proc") if name.isdigit() and os.stat(f"/proc/{name}").st_uid != os.getuid()]:
        raise PermissionError("there are none to be seen")


def homes():
    if not os.listdir("/home"):
        raise PermissionError("it is empty")


def network():
    if all(name == "lo" for _, name in socket.if_nameindex()):
        raise PermissionError("there is only lo")


def device(path):
    os.close(os.open(path, os.O_RDWR))


CLONE_NEWUSER = 0x10000000
FORBIDDEN = {
    "a TCP socket": lambda: socket.socket(socket.AF_INET),
    "an IPv6 socket": lambda: socket.socket(socket.AF_INET6),
    "a netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "a packet socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "a network interface": network,
    "reading /etc/shadow": lambda: open("/etc/shadow").read(),
    "writing to /usr": lambda: open("/usr/probe", "w"),
    "writing to the settings": lambda: open("/etc/tradingd/tradingd.toml", "a"),
    "writing to /tmp of others": lambda: os.stat("/tmp/.of-the-machine"),
    "looking into /home": homes,
    "looking into /root": lambda: os.listdir("/root"),
    "seeing other processes": foreign_processes,
    "the kernel's log": lambda: open("/dev/kmsg").read(1),
    "a kernel setting": lambda: open("/proc/sys/kernel/hostname", "w").write("x"),
    "memory of the kernel": lambda: device("/dev/mem"),
    "a disk": lambda: device("/dev/vda"),
    "executable memory": executable_memory,
    "executing a program": lambda: execute("/usr/sbin/nologin"),
    "becoming root": lambda: os.setuid(0),
    "a new namespace": lambda: call("unshare", CLONE_NEWUSER),
    "mounting": lambda: call("mount", b"none", b"/mnt", b"tmpfs", 0, None),
    "tracing": lambda: call("ptrace", 16, 1, None, None),
    "signalling systemd": lambda: os.kill(1, signal.SIGTERM),
    "a set-user-id file": set_user_id_bit,
    "real-time priority": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "the clock": lambda: call("settimeofday", ctypes.create_string_buffer(16), None),
    "the host's name": lambda: socket.sethostname("x"),
    "swapping": lambda: call("swapoff", b"/x"),
    "rebooting": lambda: call("reboot", 0),
    "the personality": lambda: call("personality", 0x0400000),
    "a file system quota": lambda: system_call(179, 0, None, 0, None),
    "keys of the kernel": lambda: system_call(250, 0, -3, 0, 0, 0),
    "BPF": lambda: system_call(321, 0, None, 0),
}
ALLOWED = {
    "its state": lambda: open("/var/lib/tradingd/probe", "w").close() or os.unlink("/var/lib/tradingd/probe"),
    "its runtime folder": lambda: open("/run/tradingd/probe", "w").close() or os.unlink("/run/tradingd/probe"),
    "a Unix socket": lambda: socket.socket(socket.AF_UNIX).close(),
    "PostgreSQL's socket": lambda: socket.socket(socket.AF_UNIX).connect("/run/postgresql/.s.PGSQL.5432"),
    "a thread": lambda: __import__("threading").Thread(target=int).start(),
    "a process": lambda: os.waitpid(os.fork() or os._exit(0), 0),
}


def main():
    wrong = 0
    for expected, attempts in (("refused", FORBIDDEN), ("allowed", ALLOWED)):
        for what, attempt in attempts.items():
            try:
                attempt()
                outcome, why = "allowed", ""
            except (OSError, PermissionError) as error:
                outcome, why = "refused", f" ({error})"
            wrong += outcome != expected
            print(f"{'WRONG ' if outcome != expected else ''}{what}: {outcome}{why}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
