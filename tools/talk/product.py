"""The built product as a black box: a fake Graph API, a host process with its own SQLite file, signed webhooks, phones.
Standard library only. Nothing of the product's source is read; the database is only read, and only to see what came of it."""
import hashlib, hmac, http.client, http.server, itertools, json, os, re, shutil, socket, sqlite3, subprocess, tempfile, threading, time, urllib.request
import clock

SECRET, VERIFY, PHONE_ID = "talk-secret", "talk-verify", "1055501230001"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
_number = itertools.count(1)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


class Graph:
    """Takes sends and answers like Meta; hands out media; brings word on what was sent."""

    def __init__(self):
        self.sent, self.lock, self.product = [], threading.Lock(), None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *a):
                pass

            def reply(self, code, doc, kind="application/json"):
                body = doc if isinstance(doc, bytes) else json.dumps(doc).encode()
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                name = self.path.split("?")[0].rsplit("/", 1)[1]
                if "/bytes/" in self.path:
                    return self.reply(200, JPEG if name[1] == "i" else b"OggS" + b"\0" * 64, "image/jpeg" if name[1] == "i" else "audio/ogg")
                if name.startswith("M"):
                    body = JPEG if name[1] == "i" else b"OggS" + b"\0" * 64
                    return self.reply(200, {"messaging_product": "whatsapp", "url": f"{outer.url}/bytes/{name}", "mime_type": {"i": "image/jpeg", "a": "audio/ogg", "d": "application/pdf"}.get(name[1], "image/jpeg"),
                                            "sha256": hashlib.sha256(body).hexdigest(), "file_size": len(body), "id": name})
                self.reply(200, {"id": PHONE_ID, "data": []})

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path.endswith("/media"):
                    return self.reply(200, {"id": f"UP{next(_number)}"})
                body = json.loads(raw or b"{}")
                if body.get("status") == "read":
                    return self.reply(200, {"success": True})
                with outer.lock:
                    outer.sent.append((time.time(), body))
                    n = len(outer.sent)
                to = body.get("to") or body.get("recipient")
                self.reply(200, {"messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}], "messages": [{"id": f"wamid.OUT{n}"}]})
                threading.Thread(target=outer.status, args=(to, f"wamid.OUT{n}", body.get("biz_opaque_callback_data")), daemon=True).start()

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def status(self, to, id, reference):
        for name in ("sent", "delivered"):
            s = {"id": id, "status": name, "timestamp": str(int(clock.now())), "recipient_id": (to or "").lstrip("+")}
            if reference:
                s["biz_opaque_callback_data"] = reference
            for _ in range(10):
                try:
                    if self.product is None or self.product.post(wrap({"statuses": [s]})) == 200:
                        break
                except (OSError, http.client.HTTPException):
                    if self.product is None or self.product.stopped:
                        return
                time.sleep(0.1)


def wrap(value):
    value = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550001111", "phone_number_id": PHONE_ID}, **value}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "WABA", "changes": [{"field": "messages", "value": value}]}]}).encode()


class Template:
    """A folder with the components, a database that has the demonstration set, and the compiled agents: copied for each product."""

    def __init__(self, binary, plugins, config, seed=True):
        self.binary = os.path.abspath(binary)
        self.dir = tempfile.mkdtemp(prefix="talk-")
        text = open(config, encoding="utf-8").read()
        m = re.search(r'^\s*directory\s*=\s*"([^"]+)"', text, re.M)
        folder = os.path.join(self.dir, m[1] if m and not os.path.isabs(m[1]) else "plugins")
        shutil.copytree(plugins, folder)
        shutil.copy(config, os.path.join(self.dir, "plugins.toml"))
        self.config = os.path.join(self.dir, "plugins.toml")
        self.made = itertools.count(1)
        first = self.product(fresh=True)
        self.seeded = False
        if seed:
            r = subprocess.run([self.binary, "db", "seed"], env=first.env, cwd=first.dir, capture_output=True, text=True, timeout=120)
            self.seeded = r.returncode == 0
        first.start(wait=180)
        first.stop()
        self.first = first.dir

    def product(self, fresh=False):
        d = os.path.join(self.dir, f"run{next(self.made)}")
        if fresh:
            os.makedirs(d)
        else:
            def bring(src, dst):
                # Compiled agents are only read: a second name is enough.
                if os.sep + "cache" + os.sep in src:
                    try:
                        os.link(src, dst)
                        return dst
                    except OSError:
                        pass
                return shutil.copy2(src, dst)
            shutil.copytree(self.first, d, copy_function=bring, ignore=shutil.ignore_patterns("*.lock", "log"))
        return Product(self.binary, self.config, d)

    def derived(self, product):
        """A template whose products begin with what a stopped product has in its database."""
        t = object.__new__(Template)
        t.__dict__.update(self.__dict__)
        t.first = product.dir
        return t

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)


class Product:
    def __init__(self, binary, config, folder):
        self.binary, self.dir, self.stopped = binary, folder, False
        self.graph = Graph()
        self.graph.product = self
        self.port, self.oport = free_port(), free_port()
        self.file = os.path.join(folder, "switchboard.db")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("GEMINI")}
        self.env.update(DATABASE_URL=f"sqlite://{self.file}", LISTEN_ADDR=f"127.0.0.1:{self.port}", OPERATOR_ADDR=f"127.0.0.1:{self.oport}", PLUGINS_CONFIG=config,
                        WHATSAPP_APP_SECRET=SECRET, WA_VERIFY_TOKEN=VERIFY, WHATSAPP_ACCESS_TOKEN="t", WHATSAPP_PHONE_NUMBER_ID=PHONE_ID, GRAPH_API_URL=self.graph.url,
                        SWITCHBOARD_ENV="development", FLOOD_PER_MINUTE="100000", RUST_LOG="warn")
        clock.set_for(self.env, folder)
        self.process = None

    def start(self, wait=60):
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen([self.binary, "serve"], env=self.env, cwd=self.dir, stdout=log, stderr=log)
        end = time.time() + wait
        while time.time() < end:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=3) as r:
                    if r.status == 200 and b"\"starting\"" not in r.read():
                        return self
            except OSError:
                pass
            time.sleep(0.03)
        raise SystemExit("the product did not start: " + open(os.path.join(self.dir, "log"), errors="replace").read()[-800:])

    def stop(self):
        self.stopped = True
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.graph.close()

    def post(self, raw):
        h = {"Content-Type": "application/json", "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()}
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            c.request("POST", "/webhook", raw, h)
            return c.getresponse().status
        finally:
            c.close()

    def rows(self, sql, *args):
        """What is in the database; nothing where a table or column is not there."""
        for _ in range(5):
            try:
                c = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=5)
                try:
                    c.row_factory = sqlite3.Row
                    return [dict(r) for r in c.execute(sql, args)]
                finally:
                    c.close()
            except sqlite3.OperationalError as e:
                if "locked" not in str(e) and "busy" not in str(e):
                    return []
                time.sleep(0.05)
        return []


class Said:
    """One message of the business, as a person sees it."""

    def __init__(self, body):
        self.body, self.kind, self.options, self.phones = body, body.get("type"), [], []
        self.text, self.footer = "", ""
        if self.kind == "text":
            self.text = body["text"]["body"]
        elif self.kind == "interactive":
            i = body["interactive"]
            head = i.get("header") or {}
            self.text = (head.get("text", "") + "\n" if head.get("text") else "") + (i.get("body") or {}).get("text", "")
            self.footer = (i.get("footer") or {}).get("text", "")
            a = i.get("action", {})
            for b in a.get("buttons", []):
                self.options.append(("button_reply", b["reply"]["id"], b["reply"]["title"], ""))
            for s in a.get("sections", []):
                for r in s.get("rows", []):
                    self.options.append(("list_reply", r["id"], r["title"], r.get("description", "")))
        elif self.kind == "contacts":
            for c in body["contacts"]:
                self.phones += [re.sub(r"\D", "", p.get("wa_id") or p.get("phone", "")) for p in c.get("phones", [])]
        elif self.kind == "template":
            self.text = "(template " + body["template"].get("name", "") + ")"
        else:
            self.text = (body.get(self.kind) or {}).get("caption", "") if isinstance(body.get(self.kind), dict) else ""
        self.text = self.text.replace("\u2019", "'")

    @property
    def links(self):
        return re.findall(r"wa\.me/(\d+)", self.text)

    def show(self):
        t = self.text.replace("\n", " ⏎ ")
        if self.kind == "contacts":
            t = "(contact card " + ", ".join(self.phones) + ")"
        o = " | ".join(o[2] for o in self.options)
        return t + (f" [{o}]" if o else "")


class Phone:
    def __init__(self, product, number, name):
        self.product, self.number, self.name = product, number.lstrip("+"), name
        self.seen, self.talk, self.options = 0, [], []
        self.sent, self.got = 0, []

    def _mine(self):
        g = self.product.graph
        with g.lock:
            return [b for _, b in g.sent if (b.get("to") or b.get("recipient") or "").lstrip("+") == self.number]

    def _busy(self):
        """Whether the product still works on something of this person (where its tables say so)."""
        r = self.product.rows("select count(*) as n from message m join lane l on l.lane_id = m.lane_id join person p on p.person_id = l.person_id where p.phone in (?, ?) and m.state = 'queued'", self.number, "+" + self.number)
        o = self.product.rows("select count(*) as n from outbox o join lane l on l.lane_id = o.lane_id join person p on p.person_id = l.person_id where p.phone in (?, ?) and o.state in ('queued', 'sending')", self.number, "+" + self.number)
        if not r or not o:
            return None
        return r[0]["n"] + o[0]["n"] > 0

    def hear(self, wait=8.0):
        end, n = time.time() + wait, self.seen
        while time.time() < end and len(self._mine()) <= n:
            time.sleep(0.02)
        if len(self._mine()) > n:
            quiet = time.time()
            while time.time() < end + 4:
                m = len(self._mine())
                if m > n:
                    n, quiet = m, time.time()
                busy = self._busy()
                if time.time() - quiet > (0.12 if busy is False else 0.6 if busy is None else 6):
                    break
                time.sleep(0.04)
        mine = self._mine()
        new = [Said(b) for b in mine[self.seen:]]
        self.seen = len(mine)
        self.got += new
        for s in new:
            self.talk.append(("<", s.show()))
            if s.options:
                self.options = s.options
        return new

    def _send(self, *messages, shown, wait=8.0):
        for m, s in zip(messages, shown):
            self.talk.append((">", s))
            self.sent += 1
            m = {"from": self.number, "id": f"wamid.IN{os.getpid()}.{next(_number)}", "timestamp": str(int(clock.now())), **m}
            self.product.post(wrap({"contacts": [{"profile": {"name": self.name}, "wa_id": self.number}], "messages": [m]}))
        return self.hear(wait)

    def say(self, text):
        return self._send({"type": "text", "text": {"body": text}}, shown=[text])

    def burst(self, texts):
        out = self._send(*[{"type": "text", "text": {"body": t}} for t in texts], shown=[t + "  (in one go)" for t in texts])
        more = self.hear(2.5)
        return out + more

    def tap(self, option):
        kind, id, title, _ = option
        return self._send({"type": "interactive", "interactive": {"type": kind, kind: {"id": id, "title": title}}}, shown=[f"(taps {title})"])

    def photo(self, caption=None):
        im = {"mime_type": "image/jpeg", "sha256": "x", "id": f"Mi{next(_number)}x{os.getpid()}"}
        if caption:
            im["caption"] = caption
        return self._send({"type": "image", "image": im}, shown=[f"(photo{': ' + caption if caption else ''})"])

    def voice(self):
        return self._send({"type": "audio", "audio": {"mime_type": "audio/ogg; codecs=opus", "sha256": "x", "id": f"Ma{next(_number)}x{os.getpid()}", "voice": True}}, shown=["(voice note)"])

    def document(self, caption=None):
        im = {"mime_type": "application/pdf", "sha256": "x", "id": f"Md{next(_number)}x{os.getpid()}", "filename": "cv.pdf"}
        if caption:
            im["caption"] = caption
        return self._send({"type": "document", "document": im}, shown=[f"(document{': ' + caption if caption else ''})"])

    def location(self, lat, lng, name=None):
        l = {"latitude": lat, "longitude": lng}
        if name:
            l["name"] = name
        return self._send({"type": "location", "location": l}, shown=[f"(location {lat}, {lng}{' ' + name if name else ''})"])

    def template_button(self, text, payload="STOP"):
        """The quick reply below a template, such as the stop button that Meta asks for."""
        return self._send({"type": "button", "button": {"payload": payload, "text": text}}, shown=[f"(button of a template: {text})"])


def arguments(description, more=()):
    import argparse
    p = argparse.ArgumentParser(description=description)
    e = os.environ
    p.add_argument("--bin", default=e.get("SWITCHBOARD_BIN"), help="the built binary (or SWITCHBOARD_BIN)")
    p.add_argument("--plugins", default=e.get("SWITCHBOARD_PLUGINS"), help="the folder of components (or SWITCHBOARD_PLUGINS)")
    p.add_argument("--config", default=e.get("SWITCHBOARD_CONFIG"), help="plugins.toml (or SWITCHBOARD_CONFIG)")
    for a, k in more:
        p.add_argument(*a, **k)
    a = p.parse_args()
    for name in ("bin", "plugins", "config"):
        if not getattr(a, name) or not os.path.exists(getattr(a, name)):
            raise SystemExit(f"--{name} is needed (or its variable of the environment)")
    return a
