"""Sockets that systemd holds for a service: this script is process 1, called systemd, of a PID namespace of its own."""
import ctypes
import json
import os
import socket
import subprocess
import sys
import threading

UNIT = "[Unit]\nDescription=x\n[Socket]\nListenStream=80\nListenStream = 0.0.0.0:443\n%s"
CASES = {
    # name: (what the unit says beside the port, a drop-in, what systemctl shows, what must be said)
    "a socket unit whose service fails": ("", "", "ActiveState=failed\nSubState=failed\nResult=exit-code", ["web.socket", "web.socket:5", "web.service is failed (exit-code)"]),
    "a socket unit with another service": ("Service=shop.service\n", "", "ActiveState=inactive\nSubState=dead\nResult=success", ["shop.service is inactive (dead)"]),
    "a socket unit of one process a connection": ("Accept=yes\n", "", "", ["web@.service"]),
    "a socket unit and no systemctl": ("", "", None, ["not known"]),
    "a socket unit whose drop-in has the port": (None, "[Socket]\nListenStream=\nListenStream=443\n", "ActiveState=failed\nSubState=failed\nResult=signal", ["10-port.conf:3", "failed (signal)"]),
    "another unit has the port": ("", "[Socket]\nListenStream=\nListenStream=8443\n", "", None),
}


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def sh(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def take_and_close(listener):
    while True:
        listener.accept()[0].close()


def inner(binary, name):
    said, drop_in, shown, wanted = CASES[name]
    ctypes.CDLL(None).prctl(15, b"systemd", 0, 0, 0)    # PR_SET_NAME
    sh("ip", "link", "set", "lo", "up")
    sh("mount", "-t", "tmpfs", "none", "/run")
    for folder in ("/etc/systemd/system", "/usr/lib/systemd/system"):   # this machine's own units are not asked about
        if os.path.isdir(folder):
            sh("mount", "-t", "tmpfs", "none", folder)
    write("/run/systemd/system/web.socket", UNIT % (said or "") if said is not None else "[Socket]\nListenStream=8443\n")
    if drop_in:
        write("/run/systemd/system/web.socket.d/10-port.conf", drop_in)
    if os.path.exists("/usr/bin/systemctl"):
        write("/run/systemctl", "#!/bin/sh\n" + ("exit 1\n" if shown is None else "cat <<'E'\n%s\nE\n" % shown), 0o755)
        sh("mount", "--bind", "/run/systemctl", "/usr/bin/systemctl")
    listener = socket.create_server(("0.0.0.0", 443))
    threading.Thread(target=take_and_close, args=(listener,), daemon=True).start()
    p = subprocess.run([binary, "here", "--json", "--no-external"], stdout=subprocess.PIPE, env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
    document = json.loads(p.stdout)
    found = [f for f in document["findings"] if f["id"] == "host.service-down"]
    wrong = []
    if wanted is None:
        wrong += ["it says host.service-down"] if found else []
    elif document["verdict"]["cause"] != "host.service-down":
        wrong.append("the cause is %s" % document["verdict"]["cause"])
    else:
        text = "\n".join(found[0]["evidence"])
        wrong += ["nothing says %s: %s" % (word, text) for word in wanted if word not in text and (shown is None or os.path.exists("/usr/bin/systemctl"))]
    print("\n".join(wrong))


def try_all(binary, only, report):
    for name in CASES:
        if only in name:
            p = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--net", "--mount-proc", sys.executable, os.path.abspath(__file__), binary, name],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
            report(name, p.stdout.strip() or (None if p.returncode == 0 else "exit status %d" % p.returncode))


if __name__ == "__main__":
    inner(*sys.argv[1:3])
