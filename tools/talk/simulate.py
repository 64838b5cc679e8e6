#!/usr/bin/env python3
"""Customers with goals, played against the built product as a black box. Standard library only (Python 3.11).

    python3 simulate.py open [held ...] --bin ./switchboard --plugins ./plugins --config ./plugins.toml [--json out.json] [--only ID] [--talk]

Each goal gets a product of its own: a fresh copy of a database with the demonstration set, own ports, an own fake Graph API. README.md says
how goals are written and judged. The exit code is 0 whatever is reached; 2 if the product cannot be started."""
import concurrent.futures, datetime as dt, json, os, re, sys, threading, time
from statistics import median
import clock
from product import Phone, Template, arguments
from when import fits, resolve

HERE = os.path.dirname(os.path.abspath(__file__))
ZONE = "Africa/Kigali"
D = json.load(open(os.path.join(HERE, "questions.json"), encoding="utf-8"))
QUESTIONS = [(q["key"], re.compile(q["is"], re.I)) for q in D["questions"]]
TAP = {k: re.compile(v, re.I) for k, v in D["tap"].items()}
FAILURES = {k: re.compile(v, re.I | re.S) for k, v in D["failures"].items()}
LANG = {k: set(v) for k, v in D["languages"].items()}
SERVICES = "🛍💼🏠🌾🍽🚗🚕📊🤝"
ALIAS = {"product": ["thing", "title"], "title": ["role", "thing"], "lookfor": ["thing", "role"], "rentprice": ["price"], "salary": ["pay"], "where": ["place", "from"], 
         "pickup": ["from", "place"], "dropoff": ["to"], "leave": ["time"], "when": ["time"], "seatprice": ["price"], "budget": ["budget", "price_max", "price"], "describe": ["description"],
         "leadname": ["client", "title"], "bkind": ["bkind"], "money": ["money", "price"], "price": ["price", "budget"], "dish": ["dish"], "subject": ["subject", "thing"], "details": ["details", "description"],
         "remind": ["time"], "category": ["category", "role"], "notes": ["notes"], "items": ["items", "thing"], "whatabout": ["whatabout"], "movein": ["movein", "time"], "whenwhere": ["whenwhere"], "people": ["people", "seats"], "seats": ["seats", "people"], "happened": ["happened", "details"], "near": ["place"]}
PLAIN = {"description": {"en": "in good condition", "fr": "en bon état", "rw": "imeze neza", "sw": "iko katika hali nzuri"}}


def plain(title):
    return re.sub(r"[^\w\s'’.,/&%()+→:-]", "", title).strip(" ….")


def core(text):
    lines = [l.strip() for l in text.split("\n") if l.strip() and not l.strip().startswith("_")]
    asked = [l for l in lines if "?" in l]
    return (asked or lines or [""])[-1]


def language_of(text):
    words = re.findall(r"[a-zà-ÿ']+", text.lower())
    return {k: sum(w in v or w.split("'")[0] + "'" in v for w in words) for k, v in LANG.items()}


class Play:
    """One goal being played."""

    def __init__(self, goal, product):
        self.goal, self.product = goal, product
        self.people, self.known, self.failures, self.asked_known, self.facts_of = {}, {}, [], [], {}
        self.counts = {"in": 0, "out": 0}
        self.now = dt.datetime.fromtimestamp(clock.now(), dt.timezone.utc)
        for role in ("me", "other"):
            if role in goal:
                g = goal[role]
                self.people[role] = Phone(product, g["phone"], g["name"])
                self.facts_of[role] = g.get("facts", {})
        self.notes = []

    # ---- what is in the database -------------------------------------------------------------------------------------------------
    def ids(self, role):
        n = self.people[role].number
        return [r["person_id"] for r in self.product.rows("select person_id from person where phone in (?, ?)", n, "+" + n)] or \
            [r["person_id"] for r in self.product.rows("select person_id from identity where value in (?, ?)", n, "+" + n)]

    def right_time(self, doc, rule):
        right = resolve(rule, self.now, ZONE)

        def walk(x):
            if isinstance(x, dict):
                return any(walk(v) for v in x.values())
            if isinstance(x, list):
                return any(walk(v) for v in x)
            if isinstance(x, (int, float)) and 1.6e12 < x < 4e12:
                return fits(dt.datetime.fromtimestamp(x / 1000, dt.timezone.utc), right, ZONE)
            if isinstance(x, (int, float)) and 1.6e9 < x < 4e9:
                return fits(dt.datetime.fromtimestamp(x, dt.timezone.utc), right, ZONE)
            if isinstance(x, str) and re.match(r"20\d\d-\d\d-\d\dT", x):
                try:
                    t = dt.datetime.fromisoformat(x.replace("Z", "+00:00"))
                    return fits(t if t.tzinfo else t.replace(tzinfo=dt.timezone.utc), right, ZONE)
                except ValueError:
                    return False
            if isinstance(x, str) and x[:1] in "{[":
                try:
                    return walk(json.loads(x))
                except ValueError:
                    return False
            return False
        return walk(doc)

    def fit_row(self, row, want):
        attrs = row.get("attributes") or "{}"
        attrs = json.loads(attrs) if isinstance(attrs, str) else attrs
        for k, v in want.items():
            if k in ("by", "to", "owner", "seeker"):
                continue
            if k == "time":
                if not self.right_time(attrs, v) and not self.right_time({k: x for k, x in row.items() if k not in ("created_at", "updated_at", "expires_at")}, v):
                    return False
            elif k == "attr":
                for name, val in v.items():
                    got = attrs.get(name)
                    if not (re.search(str(val), str(got), re.I) if isinstance(val, str) else got == val):
                        return False
            elif k == "images":
                if len(json.loads(row.get("images") or "[]")) < v:
                    return False
            elif k == "text":
                if not re.search(v, " ".join(str(x) for x in row.values()), re.I):
                    return False
            elif k == "not_text":
                if re.search(v, " ".join(str(row.get(x) or "") for x in ("title", "description")), re.I):
                    return False
            elif k == "near":
                if row.get("lat") is None or abs(row["lat"] - v[0]) + abs(row["lng"] - v[1]) > 0.02:
                    return False
            elif k in ("status", "listing_status"):
                if row.get(k) not in (v if isinstance(v, list) else [v]):
                    return False
            elif isinstance(v, str):
                if not re.search(v, str(row.get(k) or ""), re.I):
                    return False
            elif row.get(k) is None or float(row[k]) != float(v):
                return False
        return True

    def holds(self, check):
        (kind, w), = check.items()
        rows = self.product.rows
        if kind == "listing" or kind == "no_listing":
            ids = self.ids(w.get("by", "me"))
            found = [r for r in rows("select * from unified_listings") if r["owner_user_id"] in ids and self.fit_row(r, {"status": "active", **w})]
            return bool(found) == (kind == "listing")
        if kind == "application":
            ids, to = self.ids(w.get("by", "me")), self.ids(w["to"]) if w.get("to") else None
            for r in rows("select a.*, l.owner_user_id, l.title, l.status as listing_status from unified_applications a join unified_listings l on l.id = a.listing_id"):
                if r["applicant_user_id"] in ids and (to is None or r["owner_user_id"] in to) and self.fit_row(r, w):
                    return True
            return False
        if kind == "match":
            ids, to = self.ids(w.get("seeker", "me")), self.ids(w["owner"]) if w.get("owner") else None
            for r in rows("select m.*, l.title, l.price, l.category from unified_matches m join unified_listings l on l.id = m.listing_id"):
                if r["seeker_user_id"] in ids and (to is None or r["owner_user_id"] in to) and self.fit_row(r, w):
                    return True
            return False
        if kind == "card":
            to, of = self.people[w.get("to", "me")], w.get("of")
            phones = [p for s in to.got for p in s.phones + s.links]
            return any(of is None or p.endswith(self.people[of].number[-9:]) for p in phones)
        if kind == "heard":
            got = self.people[w.get("who", "me")].got
            return any(re.search(w["re"], s.text + "\n" + "\n".join(o[2] + " " + o[3] for o in s.options), re.I | re.S) for s in got)
        if kind == "heard_money":
            digits = f"{w['amount']:,}".replace(",", r"[\s.,  ]?")
            return any(re.search(r"(?<!\d)" + digits + r"(?!\d)", s.text + " ".join(o[3] for o in s.options)) for s in self.people[w.get("who", "me")].got)
        if kind == "record":
            ids = self.ids(w.get("by", "me"))
            for r in rows("select * from record"):
                if r["person_id"] in ids and re.search(w.get("agent", ""), r["agent"]) and r["collection"] not in ("search",) and re.search(w.get("re", ""), r["value"], re.I) \
                        and ("time" not in w or self.right_time(r["value"], w["time"])):
                    return True
            return False
        if kind == "reminder":
            ids = self.ids("me")
            for r in rows("select * from notice"):
                if r["person_id"] in ids and self.right_time({"at": r["run_at"]}, w["time"]):
                    return True
            return False
        if kind == "ticket":
            ids = self.ids(w.get("by", "me"))
            return any(r["person_id"] in ids and re.search(w.get("re", ""), f"{r.get('subject')} {r.get('details')}", re.I) for r in rows("select * from ticket")) or \
                any(r["person_id"] in ids and r.get("taken_over_by") for r in rows("select * from person"))
        if kind == "saved_search":
            ids = self.ids(w.get("by", "me"))
            return any(r["person_id"] in ids and re.search(w.get("re", ""), str(r.get("query")), re.I) for r in rows("select * from saved_search"))
        if kind in ("opted_out", "not_opted_out"):
            ids = self.ids(w.get("who", "me"))
            return any(r["person_id"] in ids and r.get("opted_out_at") for r in rows("select * from person")) == (kind == "opted_out")
        if kind == "no_flow":
            ids = self.ids(w.get("who", "me"))
            return not any(r["user_id"] in ids and r.get("active_flow") and r["status"] == "active" for r in rows("select * from unified_sessions"))
        if kind == "answers_in":
            got = self.people[w.get("who", "me")].got[-1:]
            score = language_of(" ".join(self.bare(s) for s in got))
            return max(score, key=lambda k: score[k]) == w["language"] and score[w["language"]] > 0
        if kind == "graceful":
            return all(self.known.get("graceful", {}).values())
        if kind == "messages_at_most":
            return self.counts["out"] <= w
        raise ValueError(kind)

    # ---- what is a failure ------------------------------------------------------------------------------------------------------
    def bare(self, said):
        t = re.sub(r"\*[^*]*\*", " ", said.text)
        for r in self.product.rows("select title, description, category from unified_listings"):
            for x in (r["title"], r["description"]):
                if x:
                    t = t.replace(x, " ")
        return t

    def judge(self, role, before, new, said_by_person, act, asked_before):
        lang = act.get("language") or self.goal[role]["language"]
        for s in new:
            why = None
            text = s.text
            score = language_of(self.bare(s))
            best = max(score, key=lambda k: score[k])
            services = sum(any(c in o[2] for c in SERVICES) for o in s.options)
            meant = said_by_person and not re.search(r"^\(taps|^(hi|hello|hey|bonjour|salut|muraho|mwaramutse|habari|mambo|menu|menyu|stop)\b", said_by_person, re.I) or len(said_by_person) > 26
            if best != lang and score[best] >= 4 and score[lang] * 2 < score[best]:
                why = f"wrong language ({best})"
            elif FAILURES["not understood"].search(text):
                why = "not understood"
            elif FAILURES["nothing found"].search(text) and act.get("exists", True):
                why = "nothing found"
            elif services >= 6 and len(s.options) >= 7 and meant and not act.get("menu_is_fine"):
                why = "menu instead of an answer"
            elif len(text) >= 12 and text in before[-1:] and not re.search(r"taps|menu|menyu|back|retour|inyuma|nyuma", said_by_person, re.I):
                why = "the same again"
            elif len(s.options) >= 2 and "?" not in text and act.get("pick") and not any(re.search(act["pick"], o[2] + " " + o[3], re.I) for o in s.options) \
                    and not (act.get("act") and any(TAP[act["act"]].search(o[2]) for o in s.options)) and not TAP["confirm"].search(" ".join(o[2] for o in s.options)) and sum(bool(re.search(r"\d{3}|📍", o[3])) for o in s.options) >= 2:
                why = "unrelated results"
            elif not act.get("pick") and any("listing" in c for c in act.get("until", [])) and len(s.options) >= 2 and "?" not in text and sum(bool(re.search(r"\d{3}|📍", o[3])) for o in s.options) >= 2 \
                    and not self.product.rows("select 1 from unified_listings where domain = 'rides' and owner_user_id in (select person_id from person where phone in (?, ?))", self.people[role].number, "+" + self.people[role].number):
                why = "unrelated results"
            if why:
                self.failures.append({"who": role, "why": why, "after": said_by_person[:80], "text": s.show()[:160]})

    # ---- how a person answers ---------------------------------------------------------------------------------------------------
    def key_of(self, new):
        for s in reversed(new):
            text = "\n".join(l for l in s.text.split("\n") if not l.strip().startswith("_"))
            if not text.strip():
                continue
            titles = [o[2] for o in s.options]
            if dict(QUESTIONS)["confirm"].search(text) or (any(TAP["confirm"].search(t) for t in titles) and any(TAP["cancel"].search(t) for t in titles) and len(titles) <= 4):
                return "confirm"
            # The last question, or else what stands last; names between stars are not the business's words.
            text = re.sub(r"\*[^*\n]*\*", " ", text)
            parts = [x.strip() for x in re.split(r"(?<=[?.!:])\s+|\n+", text) if x.strip()]
            for part in [x for x in reversed(parts) if x.endswith("?")] + [x for x in reversed(parts) if not x.endswith("?")]:
                for k, rx in QUESTIONS:
                    if rx.search(part):
                        if k == "contact" and not part.endswith("?") and not any(TAP["ask me"].search(t) for t in titles):
                            continue
                        return k
        return None

    def fact(self, role, key):
        f = self.facts_of[role]
        for k in [key] + ALIAS.get(key, []):
            if k in f:
                return f[k]
        return None

    def pick_option(self, options, rx, also_below=False):
        for o in options:
            if re.search(rx, o[2], re.I):
                return o
        if also_below:
            for o in options:
                if re.search(rx, o[3], re.I):
                    return o
        return None

    def send(self, role, what, style):
        """Does what a person does: text, a tap, a photo, a place. Returns (what was said, the answers)."""
        p = self.people[role]
        if isinstance(what, tuple) and what[0] == "tap":
            return f"(taps {what[1][2]})", p.tap(what[1])
        if isinstance(what, tuple):  # an option, and words for those who type
            option, words = what
            if style == "tapped" or (words is None and not plain(option[2])):
                return f"(taps {option[2]})", p.tap(option)
            t = words or plain(option[2])
            return t, p.say(t)
        if isinstance(what, dict):
            if "photo" in what:
                return f"(photo) {what['photo'] or ''}", p.photo(what["photo"] or None)
            if "location" in what:
                return "(location)", p.location(*what["location"])
            if "voice" in what:
                return "(voice)", p.voice()
            if "document" in what:
                return "(document)", p.document(what["document"] or None)
            if "burst" in what:
                return " / ".join(what["burst"]), p.burst(what["burst"])
            if "button" in what:
                return "(button)", p.template_button(what["button"])
        return what, p.say(what)

    def decide(self, role, act, new, used, style):
        """The next thing to do, or (None, why)."""
        g, lang = self.goal[role], self.goal[role]["language"]
        options = [o for s in new for o in s.options]
        key = self.key_of(new)
        for i, it in enumerate(act.get("interrupt", [])):
            if it["at"] == key and not used.get(("interrupt", i)):
                used[("interrupt", i)] = 1
                return it["say"], "interrupt"
        if act.get("path") and options:
            step = used.get("path", 0)
            path = D["paths"][act["path"]]
            if step < len(path):
                o = self.pick_option(options, path[step])
                if o:
                    used["path"] = step + 1
                    return (o, None), "path"
        if act.get("act") and options:
            o = self.pick_option(options, D["tap"].get(act["act"], act["act"]))
            if o and used.get("act", 0) < 2 and key != "confirm":
                used["act"] = used.get("act", 0) + 1
                return (o, act.get("act_say") if used["act"] == 1 else None), "act"
        if act.get("pick") and options:
            o = self.pick_option(options, act["pick"], True)
            if o and used.get("pick", 0) < 2 and key != "confirm":
                used["pick"] = used.get("pick", 0) + 1
                n = options.index(o) + 1
                return (o, str(n) if sum(map(ord, self.goal["id"])) % 2 == 0 else None), "pick"
        n = used.get(("key", key), 0)
        if key:
            used[("key", key)] = n + 1
        f = self.fact(role, key) if key else None
        tap_rx = None
        if isinstance(f, dict) and "say" in f:
            tap_rx, f = f.get("tap"), f["say"]
        tries = f if isinstance(f, list) else ([f, f] if f is not None else [])
        if key == "confirm":
            words = tries or D["words"]["confirm"][lang]
            if n >= 3:
                return None, "confirming does not help"
            o = self.pick_option(options, D["tap"]["confirm"])
            return ((o, words[min(n, len(words) - 1)]) if o else words[min(n, len(words) - 1)]), key
        if tap_rx and options:
            o = self.pick_option(options, tap_rx)
            if o and n < 3:
                # Own words first; where they are not understood, what the option says.
                return (o, tries[0] if n == 0 else None), key
        if tries:
            if n >= len(tries):
                o = self.pick_option(options, D["tap"]["skip"])
                if o and n < len(tries) + 1:
                    return (o, None), key
                return None, f"asked {n + 1} times for {key}"
            t = tries[n]
            if t == "@skip":
                o = self.pick_option(options, D["tap"]["skip"])
                return ((o, D["words"]["skip"][lang]) if o else D["words"]["skip"][lang]), key
            if t == "@photo":
                return {"photo": ""}, key
            if isinstance(t, str) and t.startswith("@location"):
                lat, lng, name = t[9:].strip().split(" ", 2)
                return {"location": [float(lat), float(lng), name]}, key
            if isinstance(t, str) and options:
                for o in options:  # the answer is one of the options
                    if plain(o[2]).lower() == t.lower():
                        return (o, t), key
            return t, key
        if n < 2:
            # What people do where they have nothing special to say.
            if key in ("photos", "note", "notes", "plate", "discount", "amenities", "describe", "near", "budget"):
                o = self.pick_option(options, D["tap"]["skip"])
                if o:
                    return (o, D["words"]["skip"][lang]), key
                if key == "describe" or key == "amenities":
                    return PLAIN["description"][lang], key
                return D["words"]["skip"][lang], key
            if key == "photos_more":
                o = self.pick_option(options, D["tap"]["done"])
                return ((o, D["words"]["done"][lang]) if o else D["words"]["done"][lang]), key
            if key == "contact":
                o = self.pick_option(options, D["tap"]["ask me"])
                return ((o, D["words"]["ask me"][lang]) if o else D["words"]["ask me"][lang]), key
            if key == "condition":
                o = self.pick_option(options, D["tap"]["used"])
                if o:
                    return (o, None), key
            if key == "keep":
                o = self.pick_option(options, D["tap"]["keep"])
                return ((o, D["words"]["yes"][lang]) if o else D["words"]["yes"][lang]), key
            if key == "consent":
                o = self.pick_option(options, D["tap"]["share"])
                return ((o, D["words"]["yes"][lang]) if o else D["words"]["yes"][lang]), key
            if key == "days":
                return "30", key
            if key == "hurt":
                return D["words"]["no"][lang], key
            if key == "name":
                return g["name"], key
        if options:
            for name, v in self.facts_of[role].items():
                rx = v.get("tap") if isinstance(v, dict) else None
                if rx and used.get(("opt", name), 0) < 1 and key != "whatdo":
                    o = self.pick_option(options, rx)
                    if o:
                        used[("opt", name)] = 1
                        return (o, None), "option"
            o = self.pick_option(options, D["tap"]["skip"])
            if o and used.get("skip", 0) < 2:
                used["skip"] = used.get("skip", 0) + 1
                return (o, None), "skip"
        # Scrolls up and taps what was offered before.
        if act.get("act") and used.get("act", 0) and used.get("up", 0) < 1:
            o = self.pick_option([o for s in reversed(self.people[role].got) for o in s.options], D["tap"].get(act["act"], act["act"]))
            if o:
                used["up"] = 1
                return ("tap", o), "scrolls up"
        if act.get("words") and used.get("words", 0) < 1:
            used["words"] = 1
            return act["words"], "in other words"
        return None, f"does not know how to go on ({key or 'no question'})"

    def act(self, act):
        role = act.get("who", "me")
        p, style = self.people[role], act.get("style") or self.goal[role].get("style") or self.goal["style"]
        used, until = {}, act.get("until", [])
        counted = not act.get("setup")
        first = True
        what = act.get("open")
        note = "opens"
        for turn in range(act.get("turns", 16)):
            before = [s.text for s in p.got]
            i0, o0 = p.sent, len(p.got)
            if what is None and first:  # waits for word from the business
                said, new = "(waits)", p.hear(act.get("wait", 4))
                if not new:
                    new = p.got[-1:]
            else:
                said, new = self.send(role, what, style)
            first = False
            fresh = p.got[o0:]
            if counted:
                self.counts["in"] += p.sent - i0
                self.counts["out"] += len(fresh)
                self.judge(role, before, fresh, said, act, None)
            if act.get("graceful") and turn == 0:
                bad = not fresh or any(f["after"] == said[:80] and f["who"] == role for f in self.failures) or any(len(s.options) >= 6 for s in fresh)
                self.known.setdefault("graceful", {})[act.get("open") if isinstance(act.get("open"), str) else "it"] = not bad
            if until and all(self.holds(c) for c in until):
                return True, ""
            if not until and not act.get("go_on"):
                return True, ""
            if not new:
                return False, "no answer"
            k = self.key_of(new)
            if counted and k and k in act.get("said", []) and used.get(("key", k), 0) == 0 and note != "interrupt":
                self.asked_known.append(k)
            what, note = self.decide(role, act, new, used, style)
            if what is None:
                # Some word may still be on its way.
                end = time.time() + act.get("patience", 1.5)
                while until and time.time() < end:
                    for other in self.people.values():  # also to the other side
                        if len(other._mine()) > other.seen:
                            o0 = len(other.got)
                            other.hear(0.2)
                            self.counts["out"] += (len(other.got) - o0) if counted else 0
                    if all(self.holds(c) for c in until):
                        return True, ""
                    time.sleep(0.1)
                return False, note + ": " + " | ".join(s.show() for s in new)[-180:]
        return False, "too many turns"

    def run(self):
        g = self.goal
        for need in g.get("needs", []):
            if not any(re.search(need["title"], r["title"], re.I) and r["domain"] == need["domain"] for r in self.product.rows("select title, domain from unified_listings where status = 'active'")):
                return False, f"blocked: the demonstration set has no {need['title']} in {need['domain']}"
        for a in g["acts"]:
            ok, why = self.act(a)
            if not ok and not a.get("optional"):
                return False, ("blocked, the other side: " if a.get("setup") else "") + why
        end = time.time() + g.get("patience", 3)
        while True:
            missing = [c for c in g["success"] if not self.holds(c)]
            if not missing:
                return True, ""
            if time.time() > end:
                return False, "not so: " + json.dumps(missing[0], ensure_ascii=False)
            for p in self.people.values():
                if len(p._mine()) > p.seen:
                    o0 = len(p.got)
                    p.hear(0.3)
                    self.counts["out"] += len(p.got) - o0
            time.sleep(0.1)


def play(template, goal):
    product = template.product().start()
    t = time.time()
    try:
        p = Play(goal, product)
        try:
            ok, why = p.run()
        except Exception as e:
            ok, why = False, f"the simulator failed: {type(e).__name__}: {e}"
        for x in p.people.values():
            o0 = len(x.got)
            x.hear(0.05)
            p.counts["out"] += len(x.got) - o0
        return {"id": goal["id"], "language": goal["language"], "agent": goal["agent"], "style": goal["style"], "title": goal["title"], "reached": ok, "why": why, "in": p.counts["in"], "out": p.counts["out"],
                "failures": p.failures, "asked_though_said": p.asked_known, "seconds": round(time.time() - t, 1), "talk": {r: x.talk for r, x in p.people.items()}}
    finally:
        product.stop()
        import shutil
        shutil.rmtree(product.dir, ignore_errors=True)


def totals(results):
    def one(rs):
        out, bad = sum(r["out"] for r in rs), sum(len(r["failures"]) for r in rs)
        reached = [r for r in rs if r["reached"]]
        return {"goals": len(rs), "reached": len(reached), "share": round(len(reached) / len(rs), 3) if rs else None, "median_out_per_reached": median([r["out"] for r in reached]) if reached else None,
                "out": out, "failures": bad, "failure_share": round(bad / out, 3) if out else None, "asked_though_said": sum(len(r["asked_though_said"]) for r in rs)}
    d = {"all": one(results)}
    for by in ("language", "agent", "style"):
        d[by] = {k: one([r for r in results if r[by] == k]) for k in sorted({r[by] for r in results})}
    kinds = {}
    for r in results:
        for f in r["failures"]:
            kinds[f["why"].split(" (")[0]] = kinds.get(f["why"].split(" (")[0], 0) + 1
    d["failure_kinds"] = dict(sorted(kinds.items(), key=lambda x: -x[1]))
    return d


def main():
    a = arguments("Plays customers with goals against the built product.", [
        (("parts",), dict(nargs="+", help="folders with goals.jsonl: open, held")), (("--json",), dict(help="writes all of it here")), (("--only",), dict(help="ids, by commas")),
        (("--talk",), dict(action="store_true", help="prints the conversations")), (("--jobs",), dict(type=int, default=2))])
    goals = []
    for part in a.parts:
        folder = part if os.path.isdir(part) else os.path.join(HERE, part)
        goals += [{**json.loads(l), "part": os.path.basename(os.path.normpath(folder))} for l in open(os.path.join(folder, "goals.jsonl"), encoding="utf-8")]
    if a.only:
        goals = [g for g in goals if g["id"] in a.only.split(",")]
    t = time.time()
    template = Template(a.bin, a.plugins, a.config)
    warm = time.time() - t
    try:
        with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
            results = list(pool.map(lambda g: play(template, g), goals))
    finally:
        template.close()
    print(f"{'goal':<8} {'lang':<4} {'agent':<16} {'style':<7} {'reached':<7} {'in':>3} {'out':>4} {'fail':>4}  title / why")
    for r in results:
        print(f"{r['id']:<8} {r['language']:<4} {r['agent']:<16} {r['style']:<7} {'yes' if r['reached'] else 'NO':<7} {r['in']:>3} {r['out']:>4} {len(r['failures']):>4}  {r['title']}" + ("" if r["reached"] else f"\n{'':>59}{r['why'][:200]}"))
        for f in r["failures"]:
            print(f"{'':>59}- {f['why']}: > {f['after'][:60]!r} < {f['text'][:90]!r}")
        if a.talk:
            for who, talk in r["talk"].items():
                for d, s in talk:
                    print(f"{'':>12}[{who}] {d} {s}")
    d = totals(results)
    print()
    print(f"{'':<18} {'goals':>5} {'reached':>7} {'share':>6} {'median out':>10} {'out':>5} {'failures':>8} {'share':>6} {'asked though said':>18}")
    for name, x in [("all", d["all"])] + [(k, v) for by in ("language", "agent", "style") for k, v in d[by].items()]:
        print(f"{name:<18} {x['goals']:>5} {x['reached']:>7} {x['share']:>6.0%} {str(x['median_out_per_reached']):>10} {x['out']:>5} {x['failures']:>8} {x['failure_share'] or 0:>6.0%} {x['asked_though_said']:>18}")
    print("failures by kind:", ", ".join(f"{k} {v}" for k, v in d["failure_kinds"].items()) or "none")
    print(f"{time.time() - t:.0f} s, {warm:.0f} s of them to compile the components once")
    if a.json:
        json.dump({"totals": d, "goals": results}, open(a.json, "w", encoding="utf-8"), ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
