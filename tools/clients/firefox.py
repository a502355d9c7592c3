"""Firefox by Marionette, a JSON protocol over TCP: one browser; the code that each error page shows."""
import json
import os
import re
import shutil
import socket
import subprocess
import time

PREFERENCES = {
    "app.update.enabled": False, "browser.aboutwelcome.enabled": False, "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "network.proxy.type": 0, "network.trr.mode": 5,
    "browser.safebrowsing.malware.enabled": False, "browser.safebrowsing.phishing.enabled": False,
    "services.settings.server": "data:,", "browser.startup.page": 0, "browser.newtabpage.enabled": False,
    # Marionette would set what suits tests: blank pages in place of error pages, for one.
    "remote.prefs.recommended": False,
}
# In the browser itself: how each document's channel ended, by URL; some failures show no error page.
WATCH = """
const top = Services.wm.getMostRecentWindow("navigator:browser");
top.channelEnds = {};
top.channelWatch = { observe(subject) {
  try {
    const channel = subject.QueryInterface(Ci.nsIHttpChannel);
    if (channel.isDocument || channel.isMainDocumentChannel)
      top.channelEnds[channel.originalURI.spec] = ChromeUtils.getXPCOMErrorName(channel.status).replace(/.*, (\\w+)\\)$/, "$1");
  } catch (e) {}
} };
Services.obs.addObserver(top.channelWatch, "http-on-stop-request");
"""
ENDS = """
return Services.wm.getMostRecentWindow("navigator:browser").channelEnds[arguments[0]] || "";
"""
# The error pages' own view of what failed.
ASK = """
let page = window.wrappedJSObject || window, d = page.document, seen = {uri: d.documentURI};
try { seen.net = d.getNetErrorInfo().errorCodeString } catch (e) {}
try { seen.cert = d.getFailedCertSecurityInfo().errorCodeString } catch (e) {}
return seen;
"""


class Firefox:
    def __init__(self, folder, root, port, program="firefox-esr"):
        self.folder, self.root, self.port, self.program, self.n = folder, root, port, program, 0

    def __enter__(self):
        profile = os.path.join(self.folder, "profile")
        os.makedirs(profile)
        subprocess.run(["certutil", "-N", "-d", "sql:" + profile, "--empty-password"], check=True)
        subprocess.run(["certutil", "-A", "-d", "sql:" + profile, "-n", "lab", "-t", "CT,,", "-i", self.root], check=True)
        with open(profile + "/user.js", "w") as file:
            for name, value in dict(PREFERENCES, **{"marionette.port": self.port}).items():
                file.write("user_pref(%s, %s);\n" % (json.dumps(name), json.dumps(value)))
        command = [self.program, "--headless", "--marionette", "--no-remote", "--remote-allow-system-access", "--profile", profile]
        self.process = subprocess.Popen(command, env=dict(os.environ, HOME=self.folder), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.connect(time.monotonic() + 60)
        session = self.call("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})
        self.version = session["capabilities"]["browserVersion"]
        self.inside(WATCH, [])
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, until):
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.port), 2)
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)
        self.socket.settimeout(60)
        self.buffered = b""
        self.read()         # its greeting

    def read(self):
        while b":" not in self.buffered:
            self.take()
        length, self.buffered = self.buffered.split(b":", 1)
        while len(self.buffered) < int(length):
            self.take()
        message, self.buffered = self.buffered[:int(length)], self.buffered[int(length):]
        return json.loads(message)

    def take(self):
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("Firefox has gone")
        self.buffered += part

    def call(self, name, parameters):
        self.n += 1
        text = json.dumps([0, self.n, name, parameters])
        self.socket.sendall(("%d:%s" % (len(text.encode()), text)).encode())
        _, _, error, result = self.read()
        if error:
            raise RuntimeError("%s: %s" % (error["error"], error["message"]))
        return result

    def inside(self, script, arguments):
        """Runs a script in the browser, not in the page."""
        self.call("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.call("WebDriver:ExecuteScript", {"script": script, "args": arguments, "sandbox": "system"})["value"]
        finally:
            self.call("Marionette:SetContext", {"value": "content"})

    def ended(self, url):
        """How the document's channel ended: "" or a code."""
        end = self.inside(ENDS, [url]) or ""
        return "" if end == "NS_OK" else end

    def open(self, url, seconds):
        """"ok", a code ("SEC_ERROR_...", "NS_ERROR_..."), the id of an error page ("netReset"), or "timeout"."""
        self.call("WebDriver:SetTimeouts", {"pageLoad": int(seconds * 1000)})
        self.call("WebDriver:Navigate", {"url": "about:blank"})
        try:
            self.call("WebDriver:Navigate", {"url": url})
        except RuntimeError as e:
            if str(e).startswith("timeout"):
                return self.ended(url) or "timeout"
        seen = self.call("WebDriver:ExecuteScript", {"script": ASK, "args": [], "sandbox": "system"})["value"] or {}
        uri = seen.get("uri") or ""
        if not re.match("about:[a-z]*error", uri):
            return self.ended(url) or "ok"
        page = uri.split("e=", 1)[1].split("&", 1)[0] if "e=" in uri else uri
        return seen.get("cert") or seen.get("net") or (page.startswith("nss") and self.ended(url)) or page
