#!/usr/bin/env python3
"""Runs the corpus against the built product as a black box. Standard library only (Python 3.11).

    python3 understand.py open [held] --bin ./switchboard --plugins ./plugins --config ./plugins.toml [--what sentences,values,midflow] [--json out.json]

sentences: each from a fresh phone; the agent from unified_sessions.current_agent after the answer, the language from the answer's words.
values: each said in a real form whose result is stored (a price, a pay, a number of people, years, rooms, a ride's time, a quantity).
midflow: the form is played to the state, then the utterance is said."""
import concurrent.futures, datetime as dt, json, os, re, sys, time
import clock
from product import Phone, Template, arguments
from simulate import D, FAILURES, HERE, SERVICES, ZONE, Play, language_of
from when import fits, resolve

LANGS = ("en", "fr", "rw", "sw")
EMERGENCY = re.compile(r"\b(112|912|111|113|114|116|999|911|3512|3029|0800)\b")
HUMAN = re.compile(r"ticket|human|real person|our team|someone from|équipe|conseiller|humain|quelqu'un|itsinda|umuntu|umukozi wacu|ikibazo|timu|tiketi|mtu|mhudumu|wahudumu", re.I)


def read(parts, name):
    out = []
    for part in parts:
        folder = part if os.path.isdir(part) else os.path.join(HERE, part)
        out += [{**json.loads(l), "part": os.path.basename(os.path.normpath(folder))} for l in open(os.path.join(folder, name + ".jsonl"), encoding="utf-8")]
    return out


def table(title, rows, key, ok):
    print(f"\n{title}")
    for k in sorted({key(r) for r in rows}, key=lambda k: (LANGS.index(k) if k in LANGS else 9, str(k))):
        rs = [r for r in rows if key(r) == k]
        n = sum(ok(r) for r in rs)
        print(f"  {str(k):<18} {n:>4} of {len(rs):<4} {n / len(rs):>5.0%}")


def docs_of(product, number):
    """All that the product keeps of this person now, as JSON values and texts."""
    docs = []
    for r in product.rows("select s.collected_data, s.active_flow, s.flow_step, s.current_agent from unified_sessions s join person p on p.person_id = s.user_id where p.phone in (?, ?) and s.status = 'active'", number, "+" + number):
        docs.append(json.loads(r["collected_data"] or "{}"))
    for sql in ("select r.value as v from record r join person p on p.person_id = r.person_id where p.phone in (?, ?)",
                "select s.query as v from saved_search s join person p on p.person_id = s.person_id where p.phone in (?, ?)",
                "select json_object('price', l.price, 'max', l.price_max, 'title', l.title, 'where', l.location_text, 'attributes', json(l.attributes)) as v from unified_listings l join person p on p.person_id = l.owner_user_id where p.phone in (?, ?)",
                "select a.attributes as v from unified_applications a join person p on p.person_id = a.applicant_user_id where p.phone in (?, ?)"):
        for r in product.rows(sql, number, "+" + number):
            try:
                docs.append(json.loads(r["v"]))
            except (ValueError, TypeError):
                pass
    return docs


def leaves(x):
    if isinstance(x, dict):
        for v in x.values():
            yield from leaves(v)
    elif isinstance(x, list):
        for v in x:
            yield from leaves(v)
    else:
        yield x


def money_in(docs, text, amount):
    for v in leaves(docs):
        if isinstance(v, (int, float)) and not isinstance(v, bool) and v in (amount, amount * 100):
            return True
    return bool(re.search(r"(?<!\d)" + f"{int(amount):,}".replace(",", r"[\s.,\u00a0\u202f]?") + r"(?!\d)", text)) and amount >= 1000


def number_in(docs, n):
    return any(v == n or (isinstance(v, str) and v.strip() == str(n)) for v in leaves(docs) if not isinstance(v, bool))


def words_in(docs, text, s):
    hay = " ".join(str(v) for v in leaves(docs)).lower() + " " + text.lower()
    return any(w in hay for w in re.findall(r"[\w']{3,}", s.lower()))


def time_in(docs, rule, now):
    right = resolve(rule, now, ZONE)
    for v in leaves(docs):
        t = None
        if isinstance(v, (int, float)) and not isinstance(v, bool) and 1.6e12 < v < 4e12:
            t = dt.datetime.fromtimestamp(v / 1000, dt.timezone.utc)
        elif isinstance(v, str) and re.match(r"20\d\d-\d\d-\d\dT\d\d", v):
            try:
                t = dt.datetime.fromisoformat(v.replace("Z", "+00:00"))
            except ValueError:
                continue
        if t and fits(t if t.tzinfo else t.replace(tzinfo=dt.timezone.utc), right, ZONE):
            return True
    return False


def past(rule, now):
    r = resolve(rule, now, ZONE)
    r = r[0] if isinstance(r, list) else r
    end = r["to"] if isinstance(r, dict) else r
    return "T" in end and dt.datetime.fromisoformat(end) < now


# ---------------------------------------------------------------------------------------------------------------------- sentences
def sentence(product, d, n):
    number = f"2507{30000000 + n}"
    p = Phone(product, number, "Test")
    new = p.say(d["text"])
    text = "\n".join(s.text for s in new)
    s = product.rows("select s.current_agent, s.active_flow from unified_sessions s join person p on p.person_id = s.user_id where p.phone in (?, ?) and s.status = 'active'", number, "+" + number)
    agent, flow = (s[0]["current_agent"], s[0]["active_flow"]) if s else (None, None)
    right = {d["agent"], *d.get("agent_also_right", [])}
    if "none" in right:
        ok = agent in (None, "support") or agent in right
        if flow and d["intent"] in ("smalltalk", "thanks", "emergency"):
            ok = False
        if d["intent"] == "emergency":
            ok = bool(EMERGENCY.search(text))
    else:
        ok = agent in right
    services = sum(any(c in o[2] for c in SERVICES) for x in new for o in x.options)
    why = "no answer" if not new else "not understood" if FAILURES["not understood"].search(text) else "menu" if services >= 6 and d["intent"] not in ("smalltalk", "thanks", "emergency", "other") and d["agent"] != "none" else None
    # What the agent's own texts are in: names between stars and listings' words are not counted.
    own = re.sub(r"\*[^*\n]*\*", " ", text)
    score = language_of(own + " " + " ".join(o[2] for x in new for o in x.options if services >= 6))
    best = max(score, key=lambda k: score[k]) if any(score.values()) else None
    # Judged where there are words to judge by, on both sides.
    judged = best is not None and score[best] >= 2 and len(re.findall(r"[a-zà-ÿ']{2,}", d["text"].lower())) >= 1
    lang_ok = (score[d["language"]] >= score[best]) if judged else None
    docs, now = docs_of(product, number), dt.datetime.fromtimestamp(clock.now(), dt.timezone.utc)
    heard, slots = [], d["slots"]
    if ok and d["agent"] not in ("none", "support"):
        for k, v in slots.items():
            if k in ("currency", "time", "kind", "also", "per", "unit", "cover"):
                continue
            if k == "time_rule":
                if not past(v, now):
                    heard.append(("time", time_in(docs, v, now)))
            elif k in ("price", "price_min", "price_max", "pay", "pay_max", "total"):
                heard.append(("money", money_in(docs, text, v)))
            elif k in ("rooms", "seats", "people", "qty", "years"):
                heard.append((k, number_in(docs, v) or (k == "qty" and words_in(docs, "", str(v)))))
            elif k in ("place", "from", "to"):
                # The city's centre is said in many words, and so is the airport.
                v = {"airport": "airport aéroport kibuga indege uwanja", "Kigali": "kigali nyarugenge town mujyi mjini ville"}.get(v, v)
                heard.append(("place", words_in(docs, text, v)))
            elif k == "plate":
                heard.append((k, v.lower() in re.sub(r"\W", "", " ".join(str(x) for x in leaves(docs))).lower()))
            elif k in ("thing", "role", "name", "vehicle"):
                v = " ".join(v) if isinstance(v, list) else str(v)
                heard.append((k, words_in(docs, text, v) if k not in ("vehicle",) else any(str(x).lower().startswith(v[:3]) for x in leaves(docs))))
    return {**d, "got": agent, "flow": flow, "ok": ok, "why": why, "lang_ok": lang_ok, "lang": best, "answer": text[:120], "slots_heard": heard}


def sentences(template, rows):
    product = template.product().start()
    try:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            out = list(pool.map(lambda x: sentence(product, x[1], x[0]), enumerate(rows)))
    finally:
        product.stop()
    judged = [r for r in out if r["lang_ok"] is not None]
    well = lambda r: r["ok"] and not r["why"]
    print(f"\n=== sentences: {sum(r['ok'] for r in out)} of {len(out)} at the right agent ({sum(r['ok'] for r in out) / len(out):.1%}), {sum(well(r) for r in out)} of them without a menu or \"not sure\" ({sum(well(r) for r in out) / len(out):.1%}); "
          f"answered in the right language {sum(r['lang_ok'] for r in judged)} of {len(judged)} judged ({sum(r['lang_ok'] for r in judged) / len(judged):.1%})")
    table("agent, by language", out, lambda r: r["language"], lambda r: r["ok"])
    table("language of the answer", judged, lambda r: r["language"], lambda r: r["lang_ok"])
    table("agent, by agent", out, lambda r: r["agent"], lambda r: r["ok"])
    table("by intent", out, lambda r: r["intent"], lambda r: r["ok"])
    table("hard or not", out, lambda r: "hard" if r["hard"] else "plain", lambda r: r["ok"])
    slots = [(k, ok) for r in out for k, ok in r["slots_heard"]]
    print("\nslots said that are kept after one message (where the agent is right):")
    for k in sorted({k for k, _ in slots}):
        n = [ok for kk, ok in slots if kk == k]
        print(f"  {k:<18} {sum(n):>4} of {len(n):<4} {sum(n) / len(n):>5.0%}")
    print("\nmisses: id, language, wanted -> got, text")
    for r in out:
        if not r["ok"]:
            print(f"  {r['id']} {r['language']} {r['agent']:<16} -> {str(r['got']):<16} {'!' if r['hard'] else ' '} {r['text']}")
    print("\nanswered in another language:")
    for r in out:
        if r["lang_ok"] is False:
            print(f"  {r['id']} {r['language']} answered in {r['lang']}: {r['text']}")
    return out


# ------------------------------------------------------------------------------------------------------------------------- values
HELLO = {"en": "hi", "fr": "bonjour", "rw": "muraho", "sw": "habari"}
THING = {"en": "bicycle", "fr": "vélo", "rw": "igare", "sw": "baiskeli"}
LONG = {"en": "it is good and works well", "fr": "en bon état et marche bien", "rw": "kimeze neza kandi gikora neza", "sw": "iko katika hali nzuri kabisa"}
ASK = {  # how somebody who cannot find the menu's row says it
    "marketplace.sell": {"en": "I want to sell my bicycle", "fr": "je veux vendre mon vélo", "rw": "ndashaka kugurisha igare", "sw": "nataka kuuza baiskeli"},
    "jobs.post": {"en": "I want to hire a cook", "fr": "je veux recruter un cuisinier", "rw": "ndashaka gutanga akazi k'umutetsi", "sw": "nataka kuajiri mpishi"},
    "rides.request": {"en": "I need a ride", "fr": "j'ai besoin d'un trajet", "rw": "nkeneye imodoka", "sw": "nahitaji usafiri"},
    "jobs.find": {"en": "I look for a job as a driver", "fr": "je cherche un emploi de chauffeur", "rw": "ndashaka akazi k'ubushoferi", "sw": "natafuta kazi ya udereva"},
    "property.list": {"en": "I have a house to rent out", "fr": "je loue ma maison", "rw": "mfite inzu ikodeshwa", "sw": "nina nyumba ya kupangisha"},
    "property.find": {"en": "I look for a house to rent", "fr": "je cherche une maison à louer", "rw": "ndashaka inzu yo gukodesha", "sw": "natafuta nyumba ya kupanga"},
    "farmer.sell": {"en": "I want to sell maize", "fr": "je veux vendre du maïs", "rw": "ndashaka kugurisha ibigori", "sw": "nataka kuuza mahindi"},
    "waiter.find": {"en": "Chez Solange", "fr": "Chez Solange", "rw": "Chez Solange", "sw": "Chez Solange"},
    "marketplace.find": {"en": "I look for a fridge", "fr": "je cherche un frigo", "rw": "ndashaka kugura frigo", "sw": "natafuta friji"},
}


def facts(lang, **more):
    C = {"say": {"en": "sports", "fr": "sport", "rw": "siporo", "sw": "michezo"}[lang], "tap": "⚽|sport|siporo|michezo|🏠|🍽|hosp|hôtel|hotel|driv|🚗"}
    return {"product": THING[lang], "title": THING[lang], "lookfor": "@skip", "category": C, "price": "75000", "pay": "90000", "salary": "90000", "place": "Kigali", "description": LONG[lang], "from": "Kigali", "to": "Huye",
            "time": {"en": "tomorrow 15:00", "fr": "demain 15h", "rw": "ejo 15:00", "sw": "kesho 15:00"}[lang], "seats": "1", "people": "2", "ridein": {"say": "car", "tap": "🚗|car|voiture|imodoka|gari"},
            "unit": {"say": "kilo", "tap": "kilo"}, "quantity": "100 kg", "skills": LONG[lang], "years": "2", "why": LONG[lang], "termq": {"say": "", "tap": "📅|month|mois|kwezi|mwezi"},
            "homekind": {"say": "", "tap": "house|maison|^.{0,3}inzu|nyumba"}, "bedrooms": "2", "bathrooms": "1", "amenities": LONG[lang], "landlord": LONG[lang], "movein": "1/1", "items": "1 fanta",
            "how": {"say": "", "tap": "pick|prend|fata|chuku"}, **more}


def value(product, d, n):
    lang, text, kind = d["language"], d["text"], d["kind"]
    number = f"2507{40000000 + n}"
    years = re.search(r"\bans\b|imyaka|miaka|year", text)
    rooms = re.search(r"ibyumba|vyumba|room|chambre", text)
    spread = kind == "money" and any("min" in v for v in d["values"])
    how = {"money": ("jobs.post", "salary") if spread else ("marketplace.sell", "price"), "time": ("rides.request", "time"), "quantity": ("farmer.sell", "quantity"),
           "number": ("jobs.find", "years") if years else ("property.list", "bedrooms") if rooms else ("waiter.find", "people")}[kind]
    path, slot = how
    f = facts(lang, **{slot: [text]})
    if path == "jobs.post":
        f.pop("pay")
    if path == "jobs.find":
        f.update(place="@skip", pay="@skip", salary="@skip", budget="@skip")
        f["lookfor"] = f["category"] = {"say": {"en": "driver", "fr": "chauffeur", "rw": "umushoferi", "sw": "dereva"}[lang], "tap": "🚗|driv|chauff|shofer|derev"}
    act = {"open": HELLO[lang], "path": path, "words": ASK[path][lang], "menu_is_fine": True, "turns": 20}
    if path == "waiter.find":
        f["lookfor"] = "Chez Solange"
        act.update(pick="solange", act="reserve")
    if path == "jobs.find":
        act.update(pick="driver", act="apply")
    goal = {"id": d["id"], "language": lang, "agent": "", "style": "tapped", "title": "", "me": {"name": "Test", "language": lang, "phone": number, "facts": f}, "acts": [], "success": []}
    end = {"listing": {"by": "me"}} if path in ("marketplace.sell", "jobs.post", "rides.request", "property.list", "farmer.sell") else {"application": {"by": "me"}}
    act["until"] = [end]
    play = Play(goal, product)
    play.judge = lambda *a: None
    done, why = play.act(act)
    said = any(x == (">", text) for x in play.people["me"].talk)
    res = {**d, "said": said, "got": None, "outcome": None}
    if not said:
        return {**res, "outcome": "not checked", "got": why[:80]}
    ids = play.ids("me")
    row = next((r for r in product.rows("select * from unified_listings") if r["owner_user_id"] in ids), None) or next((r for r in product.rows("select * from unified_applications") if r["applicant_user_id"] in ids), None)
    if row is None:
        asked = f"times for" in why
        return {**res, "outcome": "asked" if asked else "not checked", "got": why[:80], "ok": bool(asked and d["may_ask"])}
    attrs = json.loads(row.get("attributes") or "{}")
    now = play.now
    ok, got = False, None
    if kind == "money":
        got = (row["price"], row.get("price_max"), row["currency"])
        for v in d["values"]:
            a = v.get("amount", v.get("max")) if "min" not in v else v["min"]
            if row["price"] is not None and float(row["price"]) == a and (("min" not in v) or row["price_max"] is None or float(row["price_max"]) == v["max"]) and (a == 0 or row["currency"] == v["currency"]):
                ok = True
        unread = row["price"] is None
    elif kind == "number":
        got = attrs.get("people", attrs.get("years", attrs.get("bedrooms")))
        ok, unread = got in d["values"], got is None
    elif kind == "quantity":
        got = attrs.get("quantity")
        unread = got is None
        if isinstance(got, str) and re.sub(r"\W", "", got.lower()) == re.sub(r"\W", "", text.lower()):
            return {**res, "outcome": "kept as words", "got": got, "ok": True}
        ok = any(re.search(rf"\b{v['amount']}\b ?.*", str(got)) or str(v["amount"]) in str(got) for v in d["values"])
    else:
        at = next((x for x in leaves(attrs) if isinstance(x, (int, float)) and 1.6e12 < x < 4e12), None)
        t = dt.datetime.fromtimestamp(at / 1000, dt.timezone.utc) if at else None
        got = t.astimezone(dt.timezone(dt.timedelta(hours=2))).strftime("%a %d/%m %H:%M") if t else None
        rights = [resolve(r, now, ZONE) for r in d["rule"] if r != "?"]
        ok = t is not None and any(fits(t, r, ZONE) for r in rights)
        unread = t is None
    talk = [s for dd, s in play.people["me"].talk]
    i = talk.index(text)
    asked = i + 1 < len(talk) and FAILURES["not understood"].search(talk[i + 1])
    if asked:
        return {**res, "outcome": "asked", "got": talk[i + 1][:70], "ok": bool(d["may_ask"])}
    if unread:
        return {**res, "outcome": "not read", "got": str(got), "ok": False}
    return {**res, "outcome": "right" if ok else "wrong without a word", "got": str(got), "ok": ok}


def values(template, rows):
    product = template.product().start()
    try:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            out = list(pool.map(lambda x: value(product, x[1], x[0]), enumerate(rows)))
    finally:
        product.stop()
    # What is kept word for word says nothing about understanding.
    checked = [r for r in out if r["outcome"] not in ("not checked", "kept as words")]
    count = {}
    for r in out:
        count[r["outcome"]] = count.get(r["outcome"], 0) + 1
    print(f"\n=== values: {len(checked)} of {len(out)} could be checked by a form that stores them; right or rightly asked {sum(bool(r.get('ok')) for r in checked)} ({sum(bool(r.get('ok')) for r in checked) / max(1, len(checked)):.1%}); " + ", ".join(f"{k} {v}" for k, v in sorted(count.items())))
    table("by kind", checked, lambda r: r["kind"], lambda r: bool(r.get("ok")))
    table("by language", checked, lambda r: r["language"], lambda r: bool(r.get("ok")))
    for kind in ("money", "time", "number", "quantity"):
        table(f"{kind} by language", [r for r in checked if r["kind"] == kind], lambda r: r["language"], lambda r: bool(r.get("ok")))
    print("\nmisses: id, language, kind, said, right, outcome, got")
    for r in out:
        if not r.get("ok"):
            print(f"  {r['id']} {r['language']} {r['kind']:<8} {r['text']!r}  right {json.dumps(r.get('rule') or r['values'], ensure_ascii=False)}  {r['outcome']}: {r['got']}")
    return out


# ------------------------------------------------------------------------------------------------------------------------ midflow
STATES = {"sell.price": ("marketplace.sell", "price"), "sell.category": ("marketplace.sell", "category"), "sell.description": ("marketplace.sell", "describe"), "sell.photos": ("marketplace.sell", "photos"),
          "sell.summary": ("marketplace.sell", "confirm"), "posted": ("marketplace.sell", None), "find.result": ("marketplace.find", None), "item": ("marketplace.find", None), "asked": ("marketplace.find", None),
          "consent": ("marketplace.sell", None), "apply.years": ("jobs.find", "years"), "ride.when": ("rides.request", "when"), "rent.budget": ("property.find", "budget"), "order.items": ("waiter.find", "items"), "menu": (None, None)}


class Stop(Exception):
    pass


def bring(product, d, number, other):
    """Plays to the state. Returns (play, the answers that are open) or (None, why)."""
    lang, (path, key) = d["language"], STATES[d["state"]]
    f = facts(lang, product="fridge frigo friji", price="80000", place="Kimironko", lookfor="fridge frigo friji")
    f["from"] = "Kimironko"
    if d["state"].startswith(("sell", "posted", "consent")):
        f["category"] = {"say": "", "tap": "🏠|household|maison|mu rugo|nyumbani"}
    else:
        f["place"] = "@skip"
    if d["state"] in ("apply.years", "find.result", "item", "asked"):
        f.update(place="@skip", pay="@skip", salary="@skip", budget="@skip")
        f["category"] = {"say": "", "tap": "🚗|driv|chauff|shofer|derev"}
    if d["state"] == "apply.years":
        f["lookfor"] = f["category"]
    if d["state"] == "rent.budget":
        f["place"] = "Remera"
    if d["state"] == "order.items":
        f["lookfor"], f["place"] = "Chez Solange", "Remera"
    act = {"open": HELLO[lang], "path": path, "words": ASK.get(path, {}).get(lang), "menu_is_fine": True, "turns": 18}
    if d["state"] in ("find.result", "item", "asked"):
        act["pick"] = "fridge|frigo|friji" if d["state"] != "find.result" else None
        act["act"] = "contact" if d["state"] == "asked" else None
    if d["state"] == "apply.years":
        act.update(pick="driver", act="apply")
    if d["state"] == "order.items":
        act.update(pick="solange", act="order")
    goal = {"id": d["id"], "language": lang, "agent": "", "style": "tapped", "title": "", "me": {"name": "Test", "language": lang, "phone": number, "facts": f}, "other": {"name": "Buyer", "language": lang, "phone": other, "facts": {}}, "acts": [], "success": []}
    play = Play(goal, product)
    play.judge = lambda *a: None
    if d["state"] == "menu":
        return play, play.people["me"].say(HELLO[lang])
    act = {k: v for k, v in act.items() if v is not None}
    used, style, what = {}, "tapped", act["open"]
    for _ in range(act["turns"]):
        _, new = play.send("me", what, style)
        if not new:
            return None, "no answer"
        k = play.key_of(new)
        options = [o for s in new for o in s.options]
        if key and k == key:
            return play, new
        if d["state"] in ("posted", "consent") and play.holds({"listing": {"by": "me"}}):
            break
        if d["state"] == "find.result" and sum(bool(re.search("fridge|frigo|friji", o[2] + o[3], re.I)) for o in options) >= 1:
            return play, new
        if d["state"] == "item" and used.get("pick") and any(re.search(D["tap"]["contact"], o[2], re.I) for o in options):
            return play, new
        if d["state"] == "asked" and play.holds({"match": {"seeker": "me"}}):
            return play, new
        what, note = play.decide("me", act, new, used, style)
        if what is None:
            return None, note
    if d["state"] == "posted":
        return play, new
    if d["state"] == "consent":
        # Another phone finds it and asks.
        b = play.people["other"]
        ids = play.ids("me")
        title = next((r["title"] for r in product.rows("select title, owner_user_id from unified_listings") if r["owner_user_id"] in ids), "")
        a2 = {"who": "other", "open": HELLO[lang], "path": "marketplace.find", "words": ASK["marketplace.find"][lang], "pick": re.escape(title[:12]), "act": "contact", "menu_is_fine": True}
        play.facts_of["other"] = {"lookfor": title, "place": "@skip", "budget": "@skip"}
        a2["until"] = [{"match": {"seeker": "other", "owner": "me"}}]
        ok, why = play.act(a2)
        if not ok:
            return None, why
        new = play.people["me"].hear(5)
        return (play, new) if new else (None, "no consent question came")
    return None, "the state did not come"


def stock(template):
    """A template in whose database two people sell what is looked for."""
    product = template.product().start()
    try:
        for i in range(2):
            play, why = bring(product, {"id": "stock", "state": "posted", "language": "en"}, f"2507{60000000 + i}", f"2507{60000010 + i}")
            if play is None:
                print("nothing to find could be posted:", why)
    finally:
        product.stop()
    return template.derived(product)


def mid(template, d, n):
    product = template.product().start()
    try:
        number, other = f"2507{50000000 + 2 * n}", f"2507{50000001 + 2 * n}"
        play, new = bring(product, d, number, other)
        if play is None:
            return {**d, "reached": False, "why": new}
        p = play.people["me"]
        before = [s.text for s in p.got]
        open_key = play.key_of(new)
        answers = p.say(d["text"])
        text = "\n".join(s.text for s in answers)
        key = play.key_of(answers)
        options = [o for s in answers for o in s.options]
        failed = not answers or FAILURES["not understood"].search(text) or FAILURES["nothing found"].search(text) or (text in before[-2:] and d["action"] != "back")
        services = sum(any(c in o[2] for c in SERVICES) for o in options)
        failed = bool(failed or (services >= 6 and d["state"] != "menu"))
        sess = product.rows("select s.current_agent, s.active_flow from unified_sessions s join person p on p.person_id = s.user_id where p.phone in (?, ?) and s.status = 'active'", number, "+" + number)
        flow = sess[0]["active_flow"] if sess else None
        agent = sess[0]["current_agent"] if sess else None
        docs, now = docs_of(product, number), play.now
        a, ok = d["action"], False
        if a in ("answer", "correct"):
            v, slot = d.get("value"), d.get("slot")
            if slot in ("price", "budget", "price_max") and isinstance(v, (int, float)):
                # A search that is done leaves its words and limits behind.
                ok = not failed and (v == 0 or money_in(docs, text, v))
            elif slot in ("years", "rooms"):
                ok = not failed and (number_in(docs, v) and key != open_key)
            elif slot == "time":
                ok = not failed and (time_in(docs, "now" if v == "now" else v, now))
            elif slot in ("place", "from"):
                ok = not failed and words_in(docs, text, v)
            elif slot == "category":
                ok = not failed and key != "category"
            else:
                ok = not failed and (key != open_key or key is None)
            if a == "correct" and d["state"].startswith("sell") and words_in([x for x in leaves(docs) if isinstance(x, str) and d["text"][:14].lower() in x.lower()], "", d["text"]):
                ok = False
        elif a == "confirm":
            for _ in range(20):
                ok = play.holds({"listing": {"by": "me"}}) if d["state"] == "sell.summary" else play.holds({"card": {"to": "other", "of": "me"}})
                if ok:
                    break
                play.people["other"].hear(0.15)
        elif a == "decline":
            ok = not failed and not play.holds({"card": {"to": "other", "of": "me"}})
        elif a in ("skip", "back"):
            ok = not failed and key != open_key
        elif a == "leave":
            ok = not failed and not flow
            if d["state"] == "sell.summary":
                ok = ok and not play.holds({"listing": {"by": "me"}})
        elif a == "handoff":
            ok = agent == d["agent"]
        elif a == "human":
            ok = not failed and (bool(HUMAN.search(text)) or play.holds({"ticket": {"by": "me"}}))
        elif a == "emergency":
            ok = bool(EMERGENCY.search(text))
        elif a in ("explain", "talk"):
            ok = not failed and not (d["state"].startswith("sell") and words_in([x for x in leaves(docs) if isinstance(x, str) and d["text"].lower() == x.lower()], "", d["text"])) and (bool(flow) or not d["state"].startswith(("sell", "order", "ride", "rent", "apply")))
        elif a in ("status", "relay"):
            ok = not failed
        elif a == "mark-sold":
            ok = play.holds({"listing": {"by": "me", "status": ["sold", "removed"]}}) or any(re.search(D["tap"]["sold"], o[2], re.I) for o in options)
        elif a == "opt-out":
            ok = play.holds({"opted_out": {"who": "me"}}) or (not failed and ("?" in text or any("🔕" in o[2] for o in options)))
        elif a == "language":
            score = language_of(re.sub(r"\*[^*\n]*\*", " ", text))
            ok = bool(text) and max(score, key=lambda k: score[k]) == d["to_language"]
        elif a == "change":
            ok = not failed and key != "confirm"
        elif a == "ask":
            ok = not failed and "?" in text and key == open_key or ("?" in text and d["state"] == "find.result" and not failed)
        return {**d, "reached": True, "ok": bool(ok), "answer": " | ".join(s.show() for s in answers)[:150]}
    except Exception as e:
        return {**d, "reached": False, "why": f"{type(e).__name__}: {e}"}
    finally:
        product.stop()
        import shutil
        shutil.rmtree(product.dir, ignore_errors=True)


def midflow(template, rows):
    stocked = stock(template)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        out = list(pool.map(lambda x: mid(stocked if x[1]["state"] in ("find.result", "item", "asked") else template, x[1], x[0]), enumerate(rows)))
    done = [r for r in out if r["reached"]]
    print(f"\n=== midflow: {len(done)} of {len(out)} states came; done as a good product does {sum(r['ok'] for r in done)} ({sum(r['ok'] for r in done) / max(1, len(done)):.1%})")
    table("by language", done, lambda r: r["language"], lambda r: r["ok"])
    table("by action", done, lambda r: r["action"], lambda r: r["ok"])
    table("by state", done, lambda r: r["state"], lambda r: r["ok"])
    print("\nmisses: id, language, state, action, said, answer")
    for r in done:
        if not r["ok"]:
            print(f"  {r['id']} {r['language']} {r['state']:<16} {r['action']:<9} > {r['text']!r} < {r['answer'][:110]!r}")
    for r in out:
        if not r["reached"]:
            print(f"  {r['id']} {r['language']} {r['state']:<16} state not reached: {r['why'][:100]}")
    return out


def main():
    a = arguments("Runs the corpus against the built product.", [(("parts",), dict(nargs="+", help="folders with the corpus: open, held")), (("--what",), dict(default="sentences,values,midflow")), (("--json",), dict(help="writes all of it here"))])
    template = Template(a.bin, a.plugins, a.config)
    result = {}
    try:
        for what in a.what.split(","):
            t = time.time()
            result[what] = {"sentences": sentences, "values": values, "midflow": midflow}[what](template, read(a.parts, what))
            print(f"({what}: {time.time() - t:.0f} s)")
    finally:
        template.close()
    if a.json:
        json.dump(result, open(a.json, "w", encoding="utf-8"), ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
