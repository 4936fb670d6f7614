"""The sandbox: what a program may do, what it must not get away with, and that nothing of it stays behind."""

import marshal
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_lib import confine, sandbox
from course_lib.errors import CourseError
from course_lib.sandbox import Limits, doors, run

walled = pytest.mark.skipif(
    not all(doors().values()), reason="a wall is missing here: Landlock needs Linux 5.13 or later"
)
REPOSITORY = Path(__file__).parent.parent

# `tried` says what a call led to: "through" and its value, or the name of the error.
TRIED = """
import os, sys
def tried(call, *args, **named):
    try:
        print("through", call(*args, **named))
    except BaseException as error:
        print(type(error).__name__)
"""
# A system call by its number: "-1 1" is EPERM.
CALL = """
import ctypes, os, sys
c = ctypes.CDLL(None, use_errno=True)
def call(x86, arm, *args):
    number = {"x86_64": x86, "aarch64": arm}[os.uname().machine]
    print(c.syscall(number, *args), ctypes.get_errno())
"""


@pytest.fixture(autouse=True)
def rooms(tmp_path, monkeypatch):
    """The temporary folder of each test, which must be empty after it."""
    folder = tmp_path / "rooms"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == [], "a run left something behind"


@pytest.fixture
def outside(tmp_path):
    """A folder next to the runs' own, with a secret in it; it must be as it was."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text("the secret")
    before = os.stat(folder / "secret")
    yield folder
    after = os.stat(folder / "secret")
    assert [p.name for p in folder.iterdir()] == ["secret"] and (folder / "secret").read_text() == "the secret"
    assert (before.st_mode, before.st_mtime_ns, before.st_nlink) == (after.st_mode, after.st_mtime_ns, after.st_nlink)


def lines(program, files=None, **named):
    """What a program of attempts printed, line by line; it must have ended well."""
    ended = run(TRIED + program, files or {}, **named)
    assert (ended.code, ended.stopped, ended.errors) == (0, None, ""), ended
    return ended.output.splitlines()


def changed(old, new):
    """The child's code with one line of it replaced."""
    text = Path(confine.__file__).read_text(encoding="utf-8")
    assert text.count(old) == 1
    return lambda: marshal.dumps(compile(text.replace(old, new), "confine.py", "exec"))


# ---- what it lets through


@walled
def test_a_program_reads_and_writes_its_own_files_and_gets_its_input():
    program = """
import json, sys, helper
data = json.load(open("data/in.json"))
open("out.txt", "w").write(f"{helper.double(data)} ü\\n")
open("data/in.json", "a").write(" ")
print(input(), sys.stdin.read(), sys.argv, __name__, __file__)
"""
    files = {"data/in.json": "21", "helper.py": "def double(x):\n    return 2 * x\n"}
    ended = run(program, files, stdin="first\nsecond")
    assert ended.output == "first second ['program.py'] __main__ program.py\n"
    assert (ended.errors, ended.code, ended.stopped) == ("", 0, None)
    assert ended.files == {**files, "data/in.json": "21 ", "out.txt": "42 ü\n"}


@walled
def test_files_can_be_renamed_deleted_and_kept_exactly():
    text = "a\r\nb\0\n"
    program = "import os\nos.rename('a', 'b'); os.remove('c'); os.replace('d', 'e'); print(os.listdir())"
    ended = run(program, {"a": text, "c": "", "d": "new", "e": "old"})
    assert ended.files == {"b": text, "e": "new"} and ended.code == 0


@walled
def test_the_standard_library_works():
    program = """
import asyncio, csv, ctypes, dataclasses, datetime, decimal, fractions, hashlib, heapq, itertools, json, math, random, re, shutil
import signal, socket, sqlite3, ssl, statistics, subprocess, tempfile, threading, time, typing, unittest, zlib
with tempfile.TemporaryFile() as file:
    file.write(b"x")
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x")
shutil.copyfile("a", "b")
time.sleep(0.01)
open("/dev/null", "w").write("x")
@dataclasses.dataclass
class Point:
    x: int
print(sqlite3.connect(":memory:").execute("select 1").fetchone(), random.Random(0).random() < 1, Point(1), len(os.urandom(4)))
"""
    ended = run("import os\n" + program, {"a": "x"})
    assert ended.output == "(1,) True Point(x=1) 4\n" and ended.files == {"a": "x", "b": "x"}, ended


@walled
def test_errors_are_plain_tracebacks_and_exit_codes_are_kept():
    ended = run("def f():\n    return 1 / 0\nprint('before')\nf()\n", {})
    assert ended.code == 1 and ended.stopped is None and ended.output == "before\n"
    assert ended.errors.startswith(
        'Traceback (most recent call last):\n  File "program.py", line 4, in <module>\n    f()\n'
    )
    assert "confine" not in ended.errors and ended.errors.endswith("ZeroDivisionError: division by zero\n")
    assert run("print(", {}).errors.startswith('  File "program.py", line 1\n') and run("x\0", {}).code == 1
    assert [run(f"raise SystemExit({code})", {}).code for code in ("None", "3", "'words'")] == [0, 3, 1]
    assert run("import sys; sys.exit('words')", {}).errors == "words\n"
    assert run("import os; os.abort()", {}).code == -signal.SIGABRT


@walled
def test_two_runs_of_a_program_print_the_same():
    program = "print(list({f'word{i}' for i in range(50)}), hash('x'))"
    assert run(program, {}) == run(program, {})


# ---- files


WRITES = {
    "absolute": "tried(open, outside + '/new', 'w')",
    "change": "tried(open, outside + '/secret', 'a')",
    "up": "tried(open, '../new', 'w')",
    "far up": "tried(open, '../../outside/new', 'w')",
    "program": "tried(open, '../program.py', 'w')",
    "symlink": "tried(os.symlink, outside, 'link')",
    "hard link in": "tried(os.link, outside + '/secret', 'link')",
    "hard link out": "tried(os.link, 'own', outside + '/new')",
    "rename out": "tried(os.rename, 'own', outside + '/new')",
    "rename in": "tried(os.rename, outside + '/secret', 'new')",
    "rename up": "tried(os.rename, 'own', '../new')",
    "rename the folder": "tried(os.rename, '../files', '../new')",
    "delete": "tried(os.remove, outside + '/secret')",
    "truncate": "tried(os.truncate, outside + '/secret', 0)",
    "chmod": "tried(os.chmod, outside + '/secret', 0o777)",
    "chown": "tried(os.chown, outside + '/secret', 1, 1)",
    "utime": "tried(os.utime, outside + '/secret', (1, 1))",
    "xattr": "tried(os.setxattr, outside + '/secret', 'user.x', b'1')",
    "folder": "tried(os.mkdir, outside + '/new')",
    "own folder": "tried(os.mkdir, 'new')",
    "fifo": "tried(os.mkfifo, 'new')",
    "device": "tried(os.mknod, 'new', 0o600 | 0o60000, os.makedev(8, 0))",
    "folder's handle": "tried(lambda: os.open('new', os.O_CREAT | os.O_WRONLY, dir_fd=os.open(outside, os.O_PATH)))",
    "after chdir": "os.chdir(outside); tried(open, 'new', 'w')",
    "nameless": "tried(os.open, outside, os.O_TMPFILE | os.O_WRONLY)",
    "disk": "tried(open, '/dev/sda', 'wb'); tried(open, '/dev/mem', 'wb')",
    "shared memory": "tried(open, '/dev/shm/course-new', 'w')",
    "chroot": "tried(os.chroot, outside)",
}  # fmt: skip


@walled
@pytest.mark.parametrize("program", WRITES.values(), ids=WRITES)
def test_nothing_outside_its_folder_can_be_written(program, outside):
    for said in lines(f"outside = {str(outside)!r}\n{program}", {"own": "mine"}):
        assert said in ("PermissionError", "FileNotFoundError")
    assert not Path("/dev/shm/course-new").exists()


READS = [
    "/etc/passwd", "/etc/hostname", "/root", "/home", "/tmp", "..", "/", "/proc", "/sys", "/dev", "/proc/self/root",
    "/proc/self/root/etc/passwd", "/proc/self/fd/0", "/proc/self/environ", "/proc/self/maps",
    "/proc/self/mem", "/proc/1/environ", "/proc/cpuinfo", "/dev/tty", "/dev/stdin", "/dev/random", str(Path.home()),
    str(REPOSITORY), str(REPOSITORY / "course_lib" / "errors.py"), __file__, "/var/log", "/run", "../stdin",
]  # fmt: skip


@walled
def test_nothing_outside_its_folder_can_be_read(outside):
    paths = [*READS, str(outside), str(outside / "secret"), f"/proc/{os.getpid()}/environ", f"/proc/{os.getpid()}/mem"]
    program = f"""
for path in {paths}:
    tried(lambda: open(path, "rb").read(1)), tried(os.listdir, path), tried(os.readlink, path)
"""
    refused = {"PermissionError", "FileNotFoundError", "NotADirectoryError", "IsADirectoryError"}
    said = lines(program, {"own": "mine"})
    assert len(said) == 3 * len(paths) and set(said) <= refused, said
    assert lines("tried(os.listdir); tried(lambda: open('own').read())", {"own": "mine"}) == [
        "through ['own']",
        "through mine",
    ]


@walled
def test_there_is_no_way_round_through_a_handle_of_a_folder_or_shutil(outside):
    program = f"""
import shutil
root = os.open("/", os.O_PATH)
tried(os.open, "etc/passwd", os.O_RDONLY, dir_fd=root)
tried(shutil.copy, {str(outside / "secret")!r}, "stolen")
tried(shutil.move, "own", {str(outside)!r})
tried(shutil.rmtree, {str(outside)!r})
"""
    assert lines(program, {"own": "mine"}) == ["PermissionError"] * 4


LOCKED = {
    "write": "tried(open, 'tests.py', 'w')",
    "append": "tried(open, 'tests.py', 'a')",
    "update": "tried(open, 'tests.py', 'r+')",
    "truncate": "tried(os.truncate, 'tests.py', 0)",
    "cut an open one": "tried(lambda: os.ftruncate(os.open('tests.py', os.O_RDONLY), 0))",
    "remove": "tried(os.remove, 'tests.py')",
    "rename": "tried(os.rename, 'tests.py', 'other.py')",
    "replace": "tried(os.replace, 'own.py', 'tests.py')",
    "swap": "tried(lambda: 1 / (1 + c.renameat2(-100, b'own.py', -100, b'tests.py', 2)))",
    "remove and symlink": "tried(os.remove, 'tests.py'); tried(os.symlink, 'own.py', 'tests.py')",
    "hard link": "tried(os.link, 'tests.py', 'other.py')",
    "chmod": "tried(os.chmod, 'tests.py', 0o666); tried(open, 'tests.py', 'w')",
    "fchmod": "tried(lambda: os.fchmod(os.open('tests.py', os.O_RDONLY), 0o666)); tried(open, 'tests.py', 'w')",
    "chown": "tried(os.chown, 'tests.py', 0, 0)",
    "time": "tried(os.utime, 'tests.py', (1, 1))",
    "xattr": "tried(os.setxattr, 'tests.py', 'user.x', b'1')",
    "memory": "tried(lambda: mmap.mmap(os.open('tests.py', os.O_RDONLY), 0, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))",
    "copy over": "tried(shutil.copyfile, 'own.py', 'tests.py')",
    "its folder": "tried(os.rename, 'deep', 'other'); tried(open, 'deep/tests.py', 'w'); tried(os.remove, 'deep/tests.py')",
}  # fmt: skip


@walled
@pytest.mark.parametrize("program", LOCKED.values(), ids=LOCKED)
def test_a_locked_file_can_be_read_and_nothing_else(program):
    files = {"tests.py": "assert True", "own.py": "mine", "deep/tests.py": "assert True"}
    program = f"import ctypes, mmap, shutil\nc = ctypes.CDLL(None)\n{program}\n"
    program += "print(open('tests.py').read(), open('deep/tests.py').read())"
    *said, read = lines(program, files, locked=["tests.py", "deep/tests.py"])
    assert read == "assert True assert True" and not any(s.startswith("through") for s in said), said
    assert run(TRIED + program, files, locked=["tests.py", "deep/tests.py"]).files == files


@walled
def test_beside_a_locked_file_others_can_be_made_and_changed():
    program = "open('own', 'w').write('changed'); open('new', 'w').write('made'); print(open('locked').read())"
    ended = run(program, {"own": "mine", "locked": "told"}, locked=["locked"])
    assert ended.files == {"own": "changed", "new": "made", "locked": "told"} and ended.output == "told\n"


@walled
def test_it_can_neither_delete_nor_leave_a_mess_in_its_own_folder():
    program = """
import shutil
shutil.rmtree(".", ignore_errors=True)
tried(os.rmdir, "."), tried(os.rmdir, os.getcwd()), tried(os.rmdir, "deep")
open(b"\\xff\\xfe", "w").write("x"), open("bytes", "wb").write(b"\\xff\\x00"), open("x" * 255, "w").write("long")
os.close(os.open("closed", os.O_CREAT | os.O_WRONLY, 0))
open("a\\nb", "w").write("text")
os.umask(0o777); open("masked", "w").write("x")
"""
    ended = run(TRIED + program, {"a": "x", "deep/b": "y"})
    assert ended.output == "PermissionError\n" * 3 and ended.code == 0
    assert ended.files.items() >= {"x" * 255: "long", "a\nb": "text"}.items() and "bytes" not in ended.files
    assert set(ended.files) <= {"x" * 255, "a\nb", "closed", "masked"}, "root may read what is closed to others"


# ---- network


@walled
def test_no_connection_reaches_a_listener(outside):
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, \
            socket.socket(socket.AF_UNIX) as unix, socket.socket(socket.AF_UNIX) as abstract:  # fmt: skip
        udp.bind(("127.0.0.1", 0)), unix.bind(f"{outside}/s"), abstract.bind(f"\0course-{os.getpid()}")
        unix.listen(), abstract.listen()
        program = f"""
import socket, urllib.request
tried(socket.create_connection, ("127.0.0.1", {tcp.getsockname()[1]}), 1)
tried(lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {udp.getsockname()[1]})))
tried(lambda: socket.socket(socket.AF_UNIX).connect({f"{outside}/s"!r}))
tried(lambda: socket.socket(socket.AF_UNIX).connect("\\0course-{os.getpid()}"))
tried(socket.socketpair), tried(socket.create_server, ("", 0)), tried(lambda: socket.socket(socket.AF_NETLINK))
tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)), tried(lambda: socket.socket(socket.AF_VSOCK))
tried(socket.gethostbyname, "localhost"), tried(socket.getaddrinfo, "example.org", 80)
tried(urllib.request.urlopen, "http://127.0.0.1:{tcp.getsockname()[1]}")
tried(lambda: socket.socket(fileno=0).send(b"x")), tried(lambda: socket.socket(fileno=1).send(b"x"))
"""
        said = lines(program)
        os.remove(f"{outside}/s")
        assert said[:9] == ["PermissionError"] * 9 and set(said[9:]) <= {
            "gaierror",
            "URLError",
            "PermissionError",
            "OSError",
        }
        for listener in (tcp, udp, unix, abstract):
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.recv(1) if listener is udp else listener.accept()


# ---- processes


STARTS = {
    "fork": "tried(os.fork)",
    "subprocess": "tried(subprocess.run, ['/bin/true'])",
    "shell": "tried(subprocess.check_output, 'true', shell=True)",
    "system": "tried(lambda: 1 / (os.system('true') == 0))",
    "spawn": "tried(os.posix_spawn, '/bin/true', ['true'], {})",
    "exec": "tried(os.execv, '/bin/true', ['true'])",
    "python": "tried(os.execv, sys.executable, ['python'])",
    "thread": "tried(threading.Thread(target=print).start)",
    "pool": "tried(lambda: list(concurrent.futures.ThreadPoolExecutor().map(str, [1])))",
    "processes": "tried(lambda: multiprocessing.Process(target=print).start())",
    "pty": "tried(pty.fork)",
    "session": "tried(os.setsid), tried(os.setpgid, 0, 0)",
    "namespace": "tried(lambda: 1 / (1 + c.unshare(0x10000000))), tried(lambda: 1 / (1 + c.unshare(0x20000)))",
    "user": "tried(os.setuid, 65534), tried(os.setresuid, 0, 0, 0), tried(os.setgroups, [])",
    "nice": "tried(os.nice, -5), tried(os.sched_setaffinity, 0, [0]), tried(os.setpriority, 0, 0, -5)",
    "limits": "tried(resource.setrlimit, resource.RLIMIT_AS, (-1, -1)), tried(resource.prlimit, 0, resource.RLIMIT_CPU, (9, 9))",
}  # fmt: skip


@walled
@pytest.mark.parametrize("program", STARTS.values(), ids=STARTS)
def test_nothing_can_be_started_or_made_of_itself(program):
    imports = "import concurrent.futures, ctypes, multiprocessing, pty, resource, subprocess, threading\nc = ctypes.CDLL(None)\n"
    assert set(lines(imports + program)) <= {
        "PermissionError",
        "RuntimeError",
        "ZeroDivisionError",
        "ValueError",
        "OSError",
    }


@walled
def test_other_processes_live_on(outside):
    victim = subprocess.Popen(["sleep", "60"])
    try:
        program = f"""
import fcntl, resource, signal
for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP, 0):
    tried(os.kill, {victim.pid}, number)
for pid in (os.getppid(), -1, 0, 1, -os.getpid(), {-os.getpgrp()}):
    tried(os.kill, pid, 0)  # 0 only asks whether a signal could be sent: should a wall fall, nobody else is hurt
tried(os.pidfd_open, {victim.pid}), tried(resource.prlimit, {victim.pid}, resource.RLIMIT_CPU, (1, 1))
a, b = os.pipe()
tried(fcntl.fcntl, a, fcntl.F_SETOWN, {victim.pid}), tried(fcntl.fcntl, a, fcntl.F_SETSIG, 9)
tried(fcntl.fcntl, a, 1031, 1 << 20), tried(fcntl.ioctl, 0, 0x5412, b"x"), tried(fcntl.ioctl, 1, 0x8901, b"x")
"""
        assert set(lines(program)) == {"PermissionError"} and victim.poll() is None
    finally:
        victim.kill(), victim.wait()


# Numbers on x86-64 and ARM64, from the kernel's tables.
NUMBERS = {
    "socket": (41, 198), "connect": (42, 203), "clone": (56, 220), "clone3": (435, 435), "execve": (59, 221),
    "execveat": (322, 281), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "mount": (165, 40), "umount2": (166, 39), "move_mount": (429, 429),
    "open_tree": (428, 428), "fsopen": (430, 430), "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268),
    "chroot": (161, 51), "pivot_root": (155, 41), "bpf": (321, 280), "perf_event_open": (298, 241), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "memfd_create": (319, 279), "memfd_secret": (447, 447), "userfaultfd": (323, 282),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "reboot": (169, 142), "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setresuid": (117, 147),
    "setgroups": (116, 159), "capset": (126, 91), "personality": (135, 92), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446), "seccomp": (317, 277), "prctl": (157, 167), "setrlimit": (160, 164),
    "openat2": (437, 437), "truncate": (76, 45), "fchmodat": (268, 53), "fchmodat2": (452, 452), "fchownat": (260, 54),
    "utimensat": (280, 88), "setxattr": (188, 5), "linkat": (265, 37), "symlinkat": (266, 36), "mkdirat": (258, 34),
    "mknodat": (259, 33), "inotify_init1": (294, 26), "fanotify_init": (300, 262), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "syslog": (103, 116), "settimeofday": (164, 170), "swapon": (167, 224),
    "sethostname": (170, 161), "acct": (163, 89), "quotactl": (179, 60), "timer_create": (222, 107), "vmsplice": (278, 75),
    "splice": (275, 76), "tee": (276, 77), "socketpair": (53, 199), "mlockall": (151, 230), "setpriority": (141, 140),
    "sched_setattr": (314, 274), "process_madvise": (440, 440), "futex_waitv": (449, 449), "a future one": (999, 999),
}  # fmt: skip


@walled
def test_calls_by_their_number_are_refused():
    numbers = [n[os.uname().machine == "aarch64"] for n in NUMBERS.values()]
    program = f"print([n for n in {numbers} if (c.syscall(n, 0, 0, 0, 0, 0, 0), ctypes.get_errno()) != (-1, 1)])"
    assert run(CALL + program, {}).output == "[]\n"


def verdict(steps, number, architecture, *arguments):
    """What a filter says to a call: the little of BPF that ours uses."""
    data = struct.pack("=IIQ6Q", number, architecture, 0, *[*arguments, 0, 0, 0, 0, 0, 0][:6])
    at, value = 0, None
    while True:
        code, yes, no, k = struct.unpack_from("HBBI", steps, 8 * at)
        at += 1
        if code == 0x06:
            return {0x7FFF0000: "allow", 0x00050001: "EPERM", 0x80000000: "kill"}[k]
        if code == 0x20:
            value = struct.unpack_from("=I", data, k)[0]
        else:
            at += yes if (value == k if code == 0x15 else value >= k) else no


@pytest.mark.parametrize(("machine", "architecture"), [("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)])
def test_the_filter_of_each_machine_says_no_to_the_same_calls(machine, architecture):
    steps, column = confine.call_filter(machine), machine == "aarch64"
    said = {name: verdict(steps, both[column], architecture) for name, both in NUMBERS.items()}
    assert set(said.values()) == {"EPERM"}, said
    for both in [(0, 63), (1, 64), (257, 56), (9, 222), (231, 94)]:  # read, write, openat, mmap, exit_group
        assert verdict(steps, both[column], architecture) == "allow"
        for foreign in (0x40000003, 0xC000003E, 0xC00000B7, 0xC00000F3):  # i386, the two, RISC-V
            assert foreign == architecture or verdict(steps, both[column], foreign) == "kill"
        assert verdict(steps, both[column] | 0x40000000, architecture) == "kill"
    fcntl, kill, prlimit = (72, 25)[column], (62, 129)[column], (302, 261)[column]
    assert [verdict(steps, fcntl, architecture, 3, command) for command in (3, 8, 10, 15, 1024, 1026)] == ["allow"] + [
        "EPERM"
    ] * 5
    assert verdict(steps, kill, architecture, os.getpid(), 6) == "allow"
    assert {verdict(steps, kill, architecture, pid % 2**64, 9) for pid in (0, -1, -os.getpid(), 1, os.getppid())} == {
        "EPERM"
    }
    assert [verdict(steps, prlimit, architecture, 0, 0, new) for new in (0, 1, 1 << 32)] == ["allow", "EPERM", "EPERM"]


@walled
@pytest.mark.skipif(
    os.name != "posix" or os.uname().machine != "x86_64", reason="these call tables are those of x86-64"
)
def test_a_call_through_another_table_ends_the_program():
    x32 = run(CALL + "print('before', flush=True); call(0x40000000 + 41, 0, 2, 1, 0)", {})
    program = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=7)
code.write(bytes.fromhex("53 b8 14000000 cd80 5b c3"))  # getpid by int 0x80, the 32-bit way in
print("before", flush=True)
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
"""
    for ended in (x32, run(program, {})):
        assert (ended.output, ended.stopped, ended.code) == ("before\n", "a forbidden call", None)


@walled
@pytest.mark.parametrize("version", range(1, 8))
def test_older_kernels_hold_the_files_too(version, monkeypatch, outside):
    """Landlock as it was: the rights that a version does not know are left out, and must be refused in another way."""
    monkeypatch.setattr(sandbox, "_child", changed("version = done(landlock_version(c))", f"version = {version}"))
    program = f"""
outside = {str(outside)!r}
print(sorted(os.listdir()))
open("own", "r+").truncate(2)
{chr(10).join(WRITES.values())}
{chr(10).join(LOCKED[name] for name in ("write", "truncate", "remove", "replace", "chmod"))}
for path in ("../program.py", outside + "/secret", "tests.py"):  # the first may be read, the last as well
    for way in (os.O_RDONLY, os.O_ACCMODE):
        tried(os.open, path, way | os.O_TRUNC)
"""
    files = {"own": "mine", "own.py": "mine", "tests.py": "assert True"}
    ended = run(TRIED + program, files, locked=["tests.py"])
    first, *said = ended.output.splitlines()
    assert ended.code == 0 and first == str(sorted(files)) and ended.files == {**files, "own": "mi"}
    assert set(said) <= {"PermissionError", "FileNotFoundError"}, said


# ---- what the parent holds


@walled
def test_nothing_is_inherited(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "the secret")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    (tmp_path / "open").write_text("the secret")
    read, write = os.pipe()
    try:
        with open(tmp_path / "open") as file:
            os.write(write, b"the secret")
            for handle in (read, write, file.fileno()):
                os.set_inheritable(handle, True)
            program = """
print(sorted(os.environ), [n for n in range(64) if n > 2 and os.path.exists(n)])
for n in range(3, 64):
    tried(os.read, n, 9)
tried(__import__, "course_lib"), tried(__import__, "torch"), tried(os.write, 0, b"x"), tried(os.read, 1, 1)
"""
            first, *said = lines(program)
        assert first in (
            "['LC_CTYPE', 'PYTHONHASHSEED'] []",
            "['PYTHONHASHSEED'] []",
            "['LC_CTYPE', 'LD_LIBRARY_PATH', 'PYTHONHASHSEED'] []",
        )
        assert said == ["OSError"] * 61 + ["ModuleNotFoundError"] * 2 + ["OSError"] * 2
        assert os.read(read, 99) == b"the secret"
    finally:
        os.close(read), os.close(write)


@walled
def test_two_runs_at_once_do_not_see_each_other(rooms):
    ended = []
    waiting = "import time; time.sleep(1); print(open('mine').read())"
    thread = threading.Thread(target=lambda: ended.append(run(waiting, {"mine": "the first's"})))
    thread.start()
    while not (theirs := list(rooms.glob("*/files/mine"))):
        time.sleep(0.005)
    program = f"""
path = {str(theirs[0])!r}
tried(open, path), tried(open, path, "w"), tried(os.listdir, {str(rooms)!r})
print(os.listdir())
"""
    assert lines(program, {"own": ""}) == ["PermissionError"] * 3 + ["['own']"]
    thread.join()
    assert ended[0].output == "the first's\n" and ended[0].files == {"mine": "the first's"}


@walled
def test_no_program_outlives_a_parent_that_is_killed(tmp_path):
    script = f"""
import tempfile; tempfile.tempdir = {str(tmp_path)!r}
from course_lib.sandbox import Limits, run
run("import time\\nopen('ready', 'w')\\ntime.sleep(60)", {{}}, limits=Limits(seconds=50))
"""
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY)
    try:
        while not list(tmp_path.glob("course-*/files/ready")):
            assert parent.poll() is None
            time.sleep(0.01)
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    finally:
        parent.kill(), parent.wait()
    assert len(children) == 1
    assert within(1, lambda: gone(children[0]))


def gone(pid):
    """Is there no such process, or only its exit code, which nobody has asked for yet?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def within(seconds, told):
    ends = time.monotonic() + seconds
    while not (said := told()) and time.monotonic() < ends:
        time.sleep(0.01)
    return said


# ---- limits


STUBBORN = {
    "loop": "while True: pass",
    "sleep": "import time; time.sleep(60)",
    "input": "import os; r, w = os.pipe(); os.read(r, 1)",
    "deaf": """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True: pass
""",
    "silent": "import os\nos.close(0); os.close(1); os.close(2)\nwhile True: pass",
    "stopped": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "catching": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "daemon": """
import os
for call in (os.fork, os.setsid):
    try:
        if call(): os._exit(0)
    except OSError:
        pass
while True: pass
""",
    "at exit": "import atexit\n@atexit.register\ndef _():\n    while True: pass",
    "one long call": "x = 7 ** (10 ** 9)",
    "regex": "import re; re.match('(a+)+b', 'a' * 99)",
}


@walled
@pytest.mark.parametrize("program", STUBBORN.values(), ids=STUBBORN)
def test_an_endless_program_is_stopped_in_its_time(program):
    began = time.monotonic()
    ended = run("import os; print(os.getpid(), flush=True)\n" + program, {}, limits=Limits(seconds=0.4))
    assert 0.3 < time.monotonic() - began < 2
    assert ended.stopped == "time" and ended.code is None
    assert gone(int(ended.output))


@walled
def test_a_fork_bomb_does_not_go_off():
    program = "import os\nfor _ in range(8):\n    try:\n        os.fork()\n    except OSError: pass\nprint(os.getpid())"
    ended = run(program, {})
    assert ended.stopped is None and len(ended.output.splitlines()) == 1


@walled
@pytest.mark.parametrize(
    "program",
    [
        "x = bytearray(10 ** 9)",
        "x = []\nwhile True: x.append(' ' * 10 ** 6 + str(len(x)))",
        "x = [0]\nwhile True: x = x + x",
    ],
)
def test_a_memory_hog_is_stopped_at_its_limit(program):
    ended = run(program, {}, limits=Limits(memory_mb=128))
    assert ended.stopped == "memory" and ended.code is None and ended.errors.endswith("MemoryError\n")
    assert run("x = bytearray(10 ** 8); print(1)", {}).stopped is None
    assert run("print(1)", {}, limits=Limits(memory_mb=32)).output == "1\n", "the least that may be asked for is enough"
    assert run("import mmap; mmap.mmap(-1, 10 ** 9)", {}).code == 1


@walled
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_endless_output_is_cut(stream):
    ended = run(f"import sys\nwhile True: sys.{stream}.write('x' * 1000)", {}, limits=Limits(output_kb=8))
    written = ended.output if stream == "stdout" else ended.errors
    assert ended.stopped == "output" and ended.code is None and written == "x" * 8192
    exactly = run(f"import sys; sys.{stream}.write('x' * 8192)", {}, limits=Limits(output_kb=8))
    assert (exactly.stopped, len(exactly.output + exactly.errors)) == (None, 8192)
    assert run(f"import sys; sys.{stream}.write('x' * 8193)", {}, limits=Limits(output_kb=8)).stopped == "output"


@walled
def test_a_file_can_not_grow_beyond_its_limit():
    program = """
file = open("big", "wb")
for write in (lambda: file.truncate(10 ** 9), lambda: [file.write(b"x" * 4096) for _ in range(1000)]):
    tried(write)
tried(lambda: os.posix_fallocate(file.fileno(), 0, 10 ** 9))
print(os.path.getsize("big"), flush=True)
os._exit(0)  # what is still buffered can't be written
"""
    said = lines(program, limits=Limits(file_kb=64))
    assert said[:3] == ["OSError", "OSError", "PermissionError"] and said[3] == str(64 * 1024)


@walled
def test_thousands_of_files_are_too_many(rooms):
    for program in (
        "for i in range(10 ** 6): open(str(i), 'w').close()",
        "for i in range(100): open(str(i), 'w').close()",
        "a = [open(str(i), 'w') for i in range(60)]\nfor i in range(60): a[i].close()\nfor i in range(60, 99): open(str(i), 'w')",
    ):
        ended = run(program, {})
        assert ended.stopped == "files" and len(ended.files) == 64
    assert "Too many open files" in run("a = [open('a') for _ in range(99)]", {"a": ""}).errors


@walled
def test_deep_recursion_and_a_broken_interpreter_end_the_program_only():
    assert run("def f(): f()\nf()", {}).errors.endswith("RecursionError: maximum recursion depth exceeded\n")
    deep = "import sys; sys.setrecursionlimit(10 ** 9)\n"
    for program in ("class A:\n    def __repr__(self): return repr(self)\nrepr(A())", "f = lambda: f()\nf()"):
        ended = run(deep + program, {}, limits=Limits(memory_mb=128))
        assert ended.code != 0
    assert run("import ctypes; ctypes.string_at(0)", {}).code == -signal.SIGSEGV
    assert run("import os; os.kill(os.getpid(), 15)", {}).code == -signal.SIGTERM


@walled
def test_output_that_is_no_text_does_not_break_the_parent():
    ended = run("import sys; sys.stdout.buffer.write(b'a\\xff\\x00b'); sys.stderr.buffer.write(b'\\xfe')", {})
    assert (ended.output, ended.errors, ended.code) == ("a\ufffd\0b", "\ufffd", 0)
    assert run("print('\ud800')", {"a": "\ud800"}, stdin="\ud800").files == {"a": "?"}


@walled
def test_a_program_can_not_pass_itself_off_as_a_wall_that_failed():
    assert run("import os; os.write(2, b'OSError: Landlock'); os._exit(1)", {}).errors == "OSError: Landlock"


# ---- what is refused


@pytest.mark.parametrize("wall", ["files", "network", "processes", "memory", "time"])
def test_without_a_wall_only_the_course_s_own_programs_run(wall, monkeypatch):
    monkeypatch.setattr(sandbox, "doors", lambda: {**doors(), wall: False})
    with pytest.raises(CourseError, match=f"no wall around .*{wall}.*use Linux 5.13 or later") as told:
        run("print(1)", {})
    assert str(told.value).count(". ") == 0
    assert run("print(open('a').read())", {"a": "1"}, trusted=True).output == "1\n"


def test_the_walls_of_other_machines(monkeypatch):
    if all(doors().values()):
        with monkeypatch.context() as context:
            context.setattr(confine, "landlock_version", lambda c: -1)
            assert doors() == {"files": False, "network": True, "processes": True, "memory": True, "time": True}
    for system, machine in [("linux", "riscv64"), ("darwin", "aarch64"), ("win32", "x86_64")]:
        with monkeypatch.context() as context:
            context.setattr(
                confine.os, "uname", lambda machine=machine: SimpleNamespace(machine=machine), raising=False
            )
            context.setattr(confine.sys, "platform", system)
            assert [wall for wall, holds in doors().items() if holds] == ["time"]


@walled
def test_trusted_programs_keep_the_walls_there_are(monkeypatch, outside):
    program = f"import socket\ntried(os.listdir, {str(outside)!r}), tried(socket.socket)"
    assert lines(program, trusted=True) == ["PermissionError"] * 2
    monkeypatch.setattr(sandbox, "doors", lambda: {**doors(), "files": False})
    assert lines(program, trusted=True) == ["through ['secret']", "PermissionError"]
    monkeypatch.setattr(sandbox, "doors", lambda: dict.fromkeys(doors(), False))
    assert lines("print(1)", trusted=True) == ["1"]


@walled
def test_a_trusted_program_takes_its_files_for_data(monkeypatch):
    """A model's file must not run in the place of a module of Python's own, or of one that Python looks for and has not got."""
    names = ["json", "msvcrt", "helper"]
    program = "import json, subprocess\ntried(__import__, 'helper'), tried(__import__, 'msvcrt'); print(json.dumps(1))"
    files = {f"{name}.py": "print('a stranger')" for name in names}
    assert lines(program, files, trusted=True) == ["ModuleNotFoundError", "ModuleNotFoundError", "1"]
    assert run("import helper", files).output == "a stranger\n"


@walled
def test_without_walls_a_child_that_holds_the_pipes_is_ended_too(monkeypatch):
    monkeypatch.setattr(sandbox, "doors", lambda: dict.fromkeys(doors(), False))
    program = "import os, time\nchild = os.fork()\nif child: print(child)\nelse: time.sleep(60)"
    ended = run(program, {}, trusted=True)
    assert (ended.code, ended.stopped) == (0, None) and within(1, lambda: gone(ended.output.strip()))


@walled
def test_a_link_to_outside_is_not_followed_when_files_are_read(monkeypatch, outside):
    """Without walls a program could leave one."""
    monkeypatch.setattr(sandbox, "doors", lambda: dict.fromkeys(doors(), False))
    program = f"""
import os
os.symlink({str(outside / "secret")!r}, "a"), os.symlink({str(outside)!r}, "b"), os.mkfifo("c"), os.chmod(".", 0o500)
"""
    ended = run(program, {"own": "mine"}, trusted=True)
    assert ended.code == 0 and ended.files == {"own": "mine"}


@walled
def test_a_wall_that_can_not_be_raised_stops_the_run(monkeypatch):
    monkeypatch.setattr(sandbox, "_child", changed("= 444, 445, 446", "= 9444, 9445, 9446"))
    with pytest.raises(CourseError, match="the sandbox did not start: (?s:.*)Function not implemented"):
        run("print(1)", {})


BAD = [
    "../a",
    "/etc/a",
    "a/../../b",
    "a/..",
    ".",
    "",
    "a//b",
    "a/",
    "a\0b",
    "a\nb",
    "~/..",
    "\ud800",
    "x" * 300,
    "/".join("a" * 20),
    "C:\\a",
]


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_leads_outside_or_that_no_file_can_have_is_refused(name, outside):
    with pytest.raises(CourseError, match="can't be a file here: name it with letters"):
        run("print(1)", {name: "x"}, trusted=True)


@pytest.mark.parametrize(
    ("files", "named", "sentence"),
    [
        ({"a": "", "a/b": ""}, {}, "'a' can't be a file here"),
        ({"a": "x" * 2049}, {"limits": Limits(file_kb=2)}, "a has 3 kB: give at most 2, or raise Limits.file_kb"),
        ({str(i): "" for i in range(65)}, {}, "there are 65 files: give 64 at most, or raise Limits.files"),
        ({"a": ""}, {"locked": ["b"]}, "'b' is locked, but the files are a: name one of them"),
        ({}, {"limits": Limits(seconds=0)}, "seconds is 0"),
        ({}, {"limits": Limits(memory_mb=8)}, "memory_mb is 8: it must be a whole number of 32 or more"),
    ],
)
def test_bad_input_is_named(files, named, sentence):
    with pytest.raises(CourseError, match=sentence):
        run("print(1)", files, trusted=True, **named)
