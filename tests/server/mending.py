"""Does to the letter what a `fix` says: edits by file and line, then commands, then the server's own test that it names."""
import os
import re
import subprocess

EDIT = re.compile(r"(?P<file>/[^\s:`]+):(?P<line>\d+): (?:write `(?P<write>[^`]+)`|add `(?P<add>[^`]+)` (?P<where>above it|below it|right behind its)|(?P<drop>take the line out)|take lines (?P<first>\d+) to (?P<last>\d+) out)")
RUN = re.compile(r"Run `([^`]+)`")
TEST = re.compile(r"then `([^`]+?)(?: && (?:systemctl|kill) [^`]*)?`")


def end_of(lines, at, kind):
    """The last line of the directive that begins at `at`, and what stands behind it there."""
    if kind == "nginx":
        text, quote = "", None
        for k in range(at, len(lines)):
            for i, c in enumerate(lines[k]):
                if quote:
                    quote = None if c == quote else quote
                elif c in "\"'":
                    quote = c
                elif c == ";" or c == "{":
                    return k, lines[k][i + 1:]
        return at, ""
    k = at
    while lines[k].endswith("\\") and k + 1 < len(lines):
        k += 1
    return k, ""


def broken_directive(lines, at, new):
    """Where the directive's own end is what is missing, it ends with its line."""
    return lines[at].count(";") == 0 and new.rstrip()[-1:] in ";{"


def edit_one(lines, m, kind):
    at = int(m.group("line")) - 1
    if m.group("write"):
        new = m.group("write")
        first = re.match(r"\s*", lines[at]).group()
        before = ""
        if kind == "nginx" and new.split()[0] in lines[at] and not lines[at].strip().startswith(new.split()[0]):
            before = lines[at][:lines[at].index(new.split()[0])]
            first = ""
        if kind == "nginx" and (broken_directive(lines, at, new) or lines[at].count('"') % 2):
            end, rest = at, ""
            new_lines = lines[at].split()
            while kind == "nginx" and end + 1 < len(lines) and not lines[end].strip().endswith(tuple(";{")) and len(new.split()) > len(new_lines):
                end += 1
                new_lines += lines[end].split()
        else:
            end, rest = end_of(lines, at, kind)
        lines[at:end + 1] = [first + before + new + rest]
    elif m.group("add"):
        text = m.group("add").split("\n")
        if m.group("where") == "above it":
            lines[at:at] = text
        elif m.group("where") == "below it":
            end = at
            lines[end + 1:end + 1] = text
        else:
            lines[at] = lines[at].replace("{", "{ " + " ".join(text), 1)
    elif m.group("drop"):
        end, rest = end_of(lines, at, kind) if ";" in lines[at] or kind != "nginx" else (at, "")
        lines[at:end + 1] = [rest] if rest.strip() else []
    else:
        del lines[int(m.group("first")) - 1:int(m.group("last"))]


def steps_of(fix):
    edits = [m for m in EDIT.finditer(fix)]
    tests = TEST.findall(fix)
    return edits, [c for c in RUN.findall(fix) if not c.startswith(("systemctl", "kill"))], tests


def mend(fix, kind, env):
    """NULL where all of it could be done; else what was not."""
    edits, commands, _ = steps_of(fix)
    if not edits and not commands:
        return "nothing that can be done to the letter: " + fix
    for command in commands:
        p = subprocess.run(["sh", "-c", command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        if p.returncode != 0:
            return "`%s` fails: %s" % (command, p.stdout)
    for path in {m.group("file") for m in edits}:
        lines = open(path, encoding="utf8", errors="surrogateescape").read().split("\n")
        # From the end: the lines that others speak of stay where they are.
        for m in sorted((m for m in edits if m.group("file") == path), key=lambda m: -int(m.group("line"))):
            edit_one(lines, m, kind)
        with open(path, "w", encoding="utf8", errors="surrogateescape") as f:
            f.write("\n".join(lines))
    return None


def test_of(fix):
    return (steps_of(fix)[2] or [None])[0]
