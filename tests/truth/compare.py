"""What real clients said (tests/data/truth.tsv) against what why443 predicts (clients[] of its JSON)."""
import re

# Columns of the recording, by the ids of clients[].
CLIENTS = ("chrome", "firefox", "curl", "openssl", "gnutls", "go", "java", "node", "python")
# What is decided by which of two packets comes first: a reset right behind the SYN-ACK.
# Behind a stream's reset Firefox shows no page (NS_ERROR_ABORT), unless the connection ends at once (NS_ERROR_NET_RESET).
RACES = {("h2-reset", "firefox"), ("tcp-reset", "curl"), ("tcp-reset", "go"), ("http-reset", "python"),
         ("http-reset", "gnutls"), ("http-reset", "firefox")}
# Servers that answer now so, now so, or whose end races with the request.
VARYING = {"hello-alternate", "http-early-reset"}
# Verdicts that say nothing about the server: our own patience ended.
LIMITS = re.compile(r"^timeout$|^curl 28\b|Client\.Timeout|SocketTimeoutException|^TimeoutError|timed out$")
X509_NUMBER = re.compile(r"\[?verify (\d+)")


def words(text):
    """Words alone: without packages, places in source, hosts, addresses, ports, times and numbers of one run."""
    text = re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Z]\w*(?:Exception|Error)\b)", " ", text or "")
    text = re.sub(r"\(_ssl\.c:\d+\)|\(possibly because of.*\)|\d{4}-\d\d-\d\dT\S+|\bNOW\b|\bTHEN\b|\bTIME\b", " ", text)
    text = re.sub(r"\b[\w*-]+(?:\.[\w*-]+)*\.(?:example|test|localhost|dev)\b|\b\d+(?:\.\d+){3}\b|\[?::1\]?", " ", text)
    return re.findall(r"[a-z]+|\d+", re.sub(r":(?:PORT\b|\d+)|\b[0-9A-F]{8,}\b|\b\d{5,}\b", " ", text).lower())


def holds(text, part):
    """Do the words of `part` stand in `text`, one behind the other."""
    part, text = words(part), words(text)
    return bool(part) and any(text[i:i + len(part)] == part for i in range(len(text) - len(part) + 1))


def agrees(client, verdict, entry):
    """True, False, or None where the recording says nothing. `entry` is the client's row of clients[]."""
    if not verdict or LIMITS.search(verdict):
        return None
    error = entry.get("error")
    if verdict == "ok":
        return entry.get("outcome") != "error"
    if entry.get("outcome") == "warning":
        return "some connections" in (entry.get("message") or "")
    if entry.get("outcome") != "error":
        return False
    if client == "chrome":
        return error == verdict
    if client == "firefox":
        # A page without a code: that it is this page is all there is to see.
        if verdict == "nssBadCert":
            return bool(re.match("(SEC|SSL|MOZILLA_PKIX)_", error or ""))
        return error == verdict or (verdict == "nssFailure2" and "e=nssFailure2" in (entry.get("page") or ""))
    number = re.match(r"curl (\d+)", verdict) or X509_NUMBER.search(verdict)
    if number and entry.get("number") == int(number[1]):
        return True
    if client == "curl":
        return False
    said = re.sub(r'^\w+ "[^"]*": ', "", verdict)
    said = re.sub(r"\s*\[verify \d+\]", "", said)
    shown = "%s %s" % (error or "", entry.get("message") or "")
    return holds(shown, said) or holds(said, error or "-")


def read(path):
    """The recording: versions by client, and verdicts by scene and client."""
    versions, rows = {}, {}
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file]
    for line in lines:
        if line.startswith("# version\t"):
            _, client, version = line.split("\t")
            versions[client] = version
        elif line and not line.startswith("#") and not line.startswith("scene\t"):
            scene, client, verdict = line.split("\t")
            rows.setdefault(scene, {})[client] = verdict
    return versions, rows


def entry_of(document, client):
    return next((c for c in document.get("clients", []) if c["client"] == client), None)
