"""measure.py OUT COMMAND...: runs it and writes to OUT: exit status, seconds, peak resident KiB of that process alone.
Small on purpose: the kernel counts what the forking process held as the child's peak."""
import os
import sys
import time

began = time.monotonic()
child = os.fork()
if child == 0:
    try:
        os.execv(sys.argv[2], sys.argv[2:])
    finally:
        os._exit(127)
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as f:
    f.write("%d %.3f %d %.3f" % (os.waitstatus_to_exitcode(status), time.monotonic() - began, usage.ru_maxrss, usage.ru_utime + usage.ru_stime))
