"""Chromium over its debugging pipe: one browser, several tabs; what each URL ends with."""
import json
import os
import shutil
import subprocess
import threading
import time


class Chromium:
    """Use as `with Chromium(folder, roots) as c: c.open(url, seconds)`; `open` may be called from several threads."""

    def __init__(self, folder, root, program="chromium"):
        self.folder, self.root, self.program = folder, root, program
        self.answers, self.events, self.lock, self.next_id = {}, {}, threading.Condition(), 0

    def __enter__(self):
        store = os.path.join(self.folder, ".pki/nssdb")
        os.makedirs(store)
        subprocess.run(["certutil", "-N", "-d", "sql:" + store, "--empty-password"], check=True)
        subprocess.run(["certutil", "-A", "-d", "sql:" + store, "-n", "lab", "-t", "C,,", "-i", self.root], check=True)
        to_browser, from_browser = os.pipe(), os.pipe()
        command = [self.program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "--user-data-dir=" + self.folder + "/data"]

        def place():
            os.dup2(to_browser[0], 13)
            os.dup2(from_browser[1], 14)
            os.dup2(13, 3)
            os.dup2(14, 4)

        self.process = subprocess.Popen(command, env=dict(os.environ, HOME=self.folder), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=place, close_fds=False)
        os.close(to_browser[0])
        os.close(from_browser[1])
        self.write_fd, self.read_file = to_browser[1], os.fdopen(from_browser[0], "rb")
        threading.Thread(target=self.listen, daemon=True).start()
        self.version = self.call("Browser.getVersion")["product"].split("/")[-1]
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def listen(self):
        buffered = b""
        while True:
            part = os.read(self.read_file.fileno(), 65536)
            if not part:
                return
            *messages, buffered = (buffered + part).split(b"\0")
            for message in map(json.loads, messages):
                with self.lock:
                    if "id" in message:
                        self.answers[message["id"]] = message
                    else:
                        self.events.setdefault(message.get("sessionId"), []).append(message)
                    self.lock.notify_all()

    def call(self, method, session=None, seconds=30, **parameters):
        with self.lock:
            self.next_id += 1
            mine = self.next_id
            message = {"id": mine, "method": method, "params": parameters}
            if session:
                message["sessionId"] = session
            os.write(self.write_fd, json.dumps(message).encode() + b"\0")
            self.lock.wait_for(lambda: mine in self.answers, seconds)
            answer = self.answers.pop(mine, None)
        if answer is None:
            raise TimeoutError(method)
        if "error" in answer:
            raise RuntimeError("%s: %s" % (method, answer["error"].get("message")))
        return answer["result"]

    def wait(self, session, names, seconds):
        """The first event of one of these names, or None."""
        def seen():
            return next((e for e in self.events.get(session, []) if e["method"] in names), None)
        with self.lock:
            self.lock.wait_for(lambda: seen() is not None, seconds)
            return seen()

    def document_end(self, session, loader):
        """errorText of the document's own request where it broke off after its head."""
        for event in self.events.get(session, []):
            if event["method"] == "Network.loadingFailed" and event["params"]["requestId"] == loader:
                return event["params"]["errorText"]
        return None

    def open(self, url, seconds):
        """"ok", a code ("ERR_..."), or "timeout"."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        try:
            session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Network"):
                self.call(domain + ".enable", session)
            began = time.monotonic()
            result = self.call("Page.navigate", session, seconds, url=url)
            if result.get("errorText"):
                return result["errorText"].replace("net::", "")
            left = max(0.1, seconds - (time.monotonic() - began))
            if not self.wait(session, ("Page.loadEventFired",), left):
                return "timeout"
            time.sleep(0.2)
            return (self.document_end(session, result.get("loaderId")) or "ok").replace("net::", "")
        except TimeoutError:
            return "timeout"
        finally:
            self.call("Target.closeTarget", targetId=target)
