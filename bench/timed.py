"""Runs one command to its end and prints, as JSON, how long it took and what it used.

A process of its own, and a small one: the peak memory that the kernel tells of an ended process counts
that of the one which started it. Run with `python -I -S timed.py OUTPUT COMMAND …`; what the command
prints goes to OUTPUT.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run as the arguments say and print the figures."""
    output, *command = sys.argv[1:]
    to_file = (os.POSIX_SPAWN_OPEN, 1, output, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    began = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[to_file, (os.POSIX_SPAWN_DUP2, 1, 2)])
    _, status, used = os.wait4(pid, 0)
    print(
        json.dumps(
            {
                "wall_s": time.perf_counter() - began,
                "cpu_s": used.ru_utime + used.ru_stime,
                "peak_bytes": used.ru_maxrss * 1024,
                "status": os.waitstatus_to_exitcode(status),
            }
        )
    )


if __name__ == "__main__":
    main()
