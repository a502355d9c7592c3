"""client LIST ROOTS: what Python's urllib says of each URL. LIST holds lines "NAME URL SECONDS"."""
import concurrent.futures
import json
import ssl
import sys
import threading
import urllib.error
import urllib.request


def said(url, seconds, context):
    try:
        with urllib.request.urlopen(url, timeout=seconds, context=context) as response:
            response.read()
        return "ok"
    except urllib.error.HTTPError as e:
        # A redirect that leads nowhere new is reported with the status of the redirect.
        return "HTTPError: %s" % e if 300 <= e.code < 400 else "ok"
    except Exception as e:
        reason = getattr(e, "reason", e)
        reason = reason if isinstance(reason, Exception) else e
        code = getattr(reason, "verify_code", None)
        return "%s: %s%s" % (type(reason).__name__, reason, " [verify %d]" % code if code else "")


def within(url, seconds, context):
    """Its time limit is for each read: a body that drips would never end."""
    text = ["timeout"]
    thread = threading.Thread(target=lambda: text.__setitem__(0, said(url, seconds, context)), daemon=True)
    thread.start()
    thread.join(seconds + 1)
    return text[0]


def main():
    context = ssl.create_default_context(cafile=sys.argv[2])
    rows = [line.split() for line in open(sys.argv[1])]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for row, text in zip(rows, pool.map(lambda r: within(r[1], int(r[2]), context), rows)):
            print(json.dumps([row[0], text]))


if __name__ == "__main__":
    main()
