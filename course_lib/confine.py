"""The child side of `course_lib.sandbox`: closes the doors that a Python script has no need of, then runs one.

Two walls of the kernel, which no process can take down again, not even root's. A seccomp filter (kernel doc seccomp_filter.rst)
lets through the system calls of CALLS and no others. Landlock (kernel doc landlock.rst, versions 1 to 7) lets the script write in
its own folder, read there and in Python's files, and touch nothing else. What one lets through the other stops: chmod, utime and
links are none of Landlock's business, and a filter can't see names. Before that, limits are set and all capabilities given up.
Simplified: no folder, link, child process or thread can be made at all.
A bare interpreter runs it, so it imports nothing of the course.
"""

import ctypes
import os
import struct
import sys

NAME = "program.py"  # what a traceback calls the program
READY = b"\x06"  # the first byte on stderr, written when all doors are closed and before the program starts

# Name, number on x86-64 (asm/unistd_64.h), number on ARM64 (asm-generic/unistd.h, "-": none). A call that is not here fails:
# sockets, clone, exec, ptrace, mount, bpf, io_uring, keyctl …, and those calls on files of which older Landlocks know nothing.
CALLS = """read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, lseek 8 62, close 3 57, dup 32 23,
dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, sendfile 40 71, copy_file_range 326 285, ftruncate 77 46, fsync 74 82,
fdatasync 75 83, msync 26 227, close_range 436 436, open 2 -, openat 257 56, stat 4 -, fstat 5 80, lstat 6 -, newfstatat 262 79,
statx 332 291, access 21 -, faccessat 269 48, faccessat2 439 439, getdents 78 -, getdents64 217 61, getcwd 79 17, chdir 80 49,
fchdir 81 50, umask 95 166, rename 82 -, renameat 264 38, renameat2 316 276, unlink 87 -, unlinkat 263 35, mmap 9 222,
mprotect 10 226, munmap 11 215, mremap 25 216, madvise 28 233, brk 12 214, futex 202 98, rt_sigaction 13 134,
rt_sigprocmask 14 135, rt_sigreturn 15 139, sigaltstack 131 132, restart_syscall 219 128, poll 7 -, ppoll 271 73, select 23 -,
pselect6 270 72, nanosleep 35 101, clock_nanosleep 230 115, pause 34 -, alarm 37 -, getitimer 36 102, setitimer 38 103,
clock_gettime 228 113, clock_getres 229 114, gettimeofday 96 169, time 201 -, times 100 153, sched_yield 24 124, getpid 39 172,
getppid 110 173, gettid 186 178, getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177, getrlimit 97 163,
getrusage 98 165, sched_getaffinity 204 123, uname 63 160, sysinfo 99 179, getrandom 318 278, exit 60 93,
exit_group 231 94, fcntl 72 25, ioctl 16 29, prlimit64 302 261, kill 62 129, tgkill 234 131"""
ONLY = {  # calls that pass with some values of one argument: (which, values)
    "fcntl": (1, (0, 1, 2, 3, 4, 1030)),  # F_DUPFD to F_SETFL, F_DUPFD_CLOEXEC; F_SETOWN would send signals (fcntl(2))
    "ioctl": (1, (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),  # TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIO(N)CLEX
    "prlimit64": (2, (0,)),  # no new limit, so only to read one
    "kill": (0, (os.getpid(),)),  # itself: abort(3) and raise(3) need it
    "tgkill": (0, (os.getpid(),)),
}
# Calls that may not empty a file (O_TRUNC) without asking to write it (O_ACCMODE 1 or 2, which is what Landlock looks at): the
# argument with their flags. Landlock itself sees an emptied file from version 3 on.
EMPTYING = {"open": 1, "openat": 2}
TRUNC, ACCMODE = 0x200, 3  # asm-generic/fcntl.h
MACHINES = {"x86_64": (0xC000003E, 1), "aarch64": (0xC00000B7, 2)}  # AUDIT_ARCH_ of linux/audit.h; the column of CALLS
X32 = 0x40000000  # numbers from here on are a second table on x86-64 (asm/unistd.h)
# linux/bpf_common.h: BPF_LD|W|ABS, BPF_ALU|AND, BPF_JMP|JEQ, BPF_JMP|JGE, BPF_RET
LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
# linux/seccomp.h: ALLOW, ERRNO|EPERM, KILL_PROCESS
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
SET_PDEATHSIG, SET_SECCOMP, SET_NO_NEW_PRIVS = 1, 22, 38  # prctl(2)
CAPABILITY_VERSION = 0x20080522  # version 3: two words for each of three sets (capget(2))
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # landlock_create_ruleset(2) …, the same on both machines
# linux/landlock.h: LANDLOCK_ACCESS_FS_
WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, MAKE_REG, TRUNCATE = 2, 4, 8, 32, 256, 16384


def libc() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.argtypes, library.syscall.restype = [ctypes.c_long] * 7, ctypes.c_long
    library.prctl.argtypes = [ctypes.c_int] + [ctypes.c_long] * 4
    return library


def done(result: int) -> int:
    """The result of a call; OSError if it failed."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def landlock_version(c: ctypes.CDLL) -> int:
    return c.syscall(CREATE_RULESET, 0, 0, 1, 0, 0, 0)  # LANDLOCK_CREATE_RULESET_VERSION; below 0 without Landlock


def walls() -> dict[str, bool]:
    """Which walls this machine has."""
    linux = sys.platform == "linux" and os.uname().machine in MACHINES and sys.maxsize > 2**32
    # A filter at address 0 is a bad address, EFAULT, only where filters are known (prctl(2), PR_SET_SECCOMP).
    filters = linux and libc().prctl(SET_SECCOMP, 2, 0, 0, 0) < 0 and ctypes.get_errno() == 14
    landlock = filters and landlock_version(libc()) > 0
    return {"files": landlock, "network": filters, "processes": filters, "memory": linux, "time": True}


def limit(most: dict[str, int]) -> None:
    """Set limits that can't be raised again (setrlimit(2)); where there is a lower one it stays."""
    import resource  # Windows has none

    for name, value in most.items():
        which = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


def lose_privileges(c: ctypes.CDLL, parent: int) -> None:
    """No capability, none to be had by an exec, and no life after the parent."""
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    done(c.capset(ctypes.byref(header), ctypes.byref(none)))
    done(c.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0))  # Landlock and seccomp ask for it
    done(c.prctl(SET_PDEATHSIG, 9, 0, 0, 0))
    if os.getppid() != parent:
        os._exit(1)  # it died before it could be watched


def fence(c: ctypes.CDLL, removing: bool) -> None:
    """Landlock: only what is granted here can be opened, made, renamed or removed from now on."""
    version = done(landlock_version(c))
    handled = (1 << 13 + sum(version >= v for v in (2, 3, 5))) - 1  # REFER, TRUNCATE and IOCTL_DEV came later
    size = 8 * (1 + sum(version >= v for v in (4, 6)))  # so did TCP bind and connect; then abstract sockets and signals
    rules = ctypes.create_string_buffer(struct.pack("QQQ", handled, 3, 3))
    ruleset = done(c.syscall(CREATE_RULESET, ctypes.addressof(rules), size, 0, 0, 0, 0))

    def grant(path: str, rights: int) -> None:
        if os.path.exists(path):
            at = os.open(path, os.O_PATH)
            rights &= handled if os.path.isdir(path) else READ_FILE | WRITE_FILE  # a file has no rights of a folder
            rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, at))
            done(c.syscall(ADD_RULE, ruleset, 1, ctypes.addressof(rule), 0, 0, 0))  # LANDLOCK_RULE_PATH_BENEATH
            os.close(at)

    libraries = [f"{root}/{lib}" for root in {sys.base_prefix, "/usr", ""} for lib in ("lib", "lib64")]
    for path in [*sys.path, *libraries, "/etc/ld.so.cache", f"../{NAME}"]:
        grant(path, READ_FILE | READ_DIR)
    grant("/dev/null", READ_FILE | WRITE_FILE)
    grant(".", READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | MAKE_REG | REMOVE_FILE * removing)
    done(c.syscall(RESTRICT_SELF, ruleset, 0, 0, 0, 0, 0))
    os.close(ruleset)


def call_filter(machine: str) -> bytes:
    """An array of struct sock_filter: ALLOW for CALLS, EPERM for others, death for a foreign table of calls."""
    architecture, column = MACHINES[machine]

    def step(code: int, k: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, k)

    # struct seccomp_data: the number at 0, the architecture at 4, from 16 on arguments of 8 bytes, low word first
    steps = step(LOAD, 4) + step(EQUAL, architecture, 1) + step(RETURN, KILL)
    steps += step(LOAD, 0) + step(AT_LEAST, X32, 0, 1) + step(RETURN, KILL)
    for name, *numbers in map(str.split, CALLS.split(",")):
        rule = step(RETURN, ALLOW)
        if name in ONLY:
            which, values = ONLY[name]
            rule = step(LOAD, 20 + 8 * which) + step(EQUAL, 0, 1) + step(RETURN, REFUSE) + step(LOAD, 16 + 8 * which)
            rule += b"".join(step(EQUAL, value, 0, 1) + step(RETURN, ALLOW) for value in values) + step(RETURN, REFUSE)
        if name in EMPTYING:
            rule = step(LOAD, 16 + 8 * EMPTYING[name]) + step(AND, TRUNC | ACCMODE)
            rule += (
                step(EQUAL, TRUNC, 1) + step(EQUAL, TRUNC | ACCMODE, 0, 1) + step(RETURN, REFUSE) + step(RETURN, ALLOW)
            )
        if numbers[column - 1] != "-":
            steps += step(EQUAL, int(numbers[column - 1]), 0, len(rule) // 8) + rule
    return steps + step(RETURN, REFUSE)


def filter_calls(c: ctypes.CDLL) -> None:
    steps = call_filter(os.uname().machine)
    kept = ctypes.create_string_buffer(steps, len(steps))
    program = struct.pack("HxxxxxxQ", len(steps) // 8, ctypes.addressof(kept))  # struct sock_fprog
    at = ctypes.create_string_buffer(program)
    done(c.prctl(SET_SECCOMP, 2, ctypes.addressof(at), 0, 0))  # 2: SECCOMP_MODE_FILTER


def close_doors(held: str, parent: int, removing: bool, cpu: int, memory: int, size: int, handles: int) -> None:
    """Raise the walls named in `held`, with limits in seconds, bytes, bytes and files; OSError where one can't be raised."""
    if os.name == "posix":
        limit({"CPU": cpu, "FSIZE": size, "NOFILE": handles, "CORE": 0})
    if "memory" in held:
        limit({"AS": memory})
    if "processes" in held:
        limit({"NPROC": 0})
    if sys.platform == "linux":
        lose_privileges(libc(), parent)
    if "files" in held:
        fence(libc(), removing)
    if "network" in held or "processes" in held:
        filter_calls(libc())


def start(source: bytes, importing: bool) -> None:
    """The program as `python program.py` would run it: in a `__main__` of its own, its folder first on the path."""
    main = sys.modules["__main__"] = type(sys)("__main__")
    main.__builtins__, main.__file__ = __builtins__, NAME
    folder, spare = os.getcwd(), bytes(4 << 20)  # memory for a traceback, when there is no other left
    lines = os.path.dirname(folder)  # where tracebacks find them
    sys.argv[:], sys.path[:] = [NAME], [folder] * importing + sys.path + [lines]
    try:
        exec(compile(source, NAME, "exec", dont_inherit=True), main.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        del spare
        sys.excepthook(type(error), error.with_traceback(error.__traceback__.tb_next), error.__traceback__)
        sys.exit(1)


if __name__ == "__main__":
    with open(f"../{NAME}", "rb") as file:
        source = file.read()
    held, (parent, removing, importing, *most) = sys.argv[1], map(int, sys.argv[2:])
    close_doors(held, parent, removing, *most)
    os.write(2, READY)
    start(source, importing)
