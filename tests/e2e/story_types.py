"""A network brings a record type of its own: a file beside the daemon, and no C.

One school has the file and uses the type by CLI, API, search, export. Another, without it, gets
what was shared, keeps it and shows it raw; when the file is there after a restart, its records
show as what they are. Files that do not hold are said with their place, and what is built in
stays.
"""

import json
import os

from lab import Failure, Lab, until

WALK = {
    "title": "hall_walk", "type": "object", "x-version": 1, "x-label": "Hall walk",
    "x-plural": "Hall walks", "x-help": "Ten minutes in the corridor between two lessons.",
    "x-owner": "school", "x-title": "seen.where", "x-summary": "seen.mood",
    "x-widest": "group", "required": ["seen"],
    "properties": {
        "head": {"type": "object", "x-label": "Walk", "properties": {
            "note": {"type": "string", "x-flag": "note"},
            "idea": {"type": "string", "maxLength": 97, "x-input": "ref", "x-ref": "idea",
                     "x-flag": "idea", "x-label": "Change idea"}}},
        "seen": {"type": "object", "x-label": "Seen", "required": ["where"], "properties": {
            "where": {"type": "string", "minLength": 1, "maxLength": 60, "x-flag": "where",
                      "x-label": "Where", "x-prompt": "Where did you walk?"},
            "mood": {"type": "string", "enum": ["calm", "rather-loud", "wild"],
                     "x-flag": "mood", "x-label": "Mood"},
            "minutes": {"type": "integer", "minimum": 1, "maximum": 60, "x-flag": "minutes"},
            "people": {"type": "array", "x-merge": "items", "x-flag": "met", "x-label": "Met",
                       "items": {"type": "object", "required": ["id"], "properties": {
                           "id": {"type": "string", "minLength": 1, "maxLength": 64},
                           "who": {"type": "string", "maxLength": 100},
                           "said": {"type": "string", "maxLength": 500, "x-flag": "said"}}}}}}}}


def put(school, name, text):
    folder = os.path.join(school.folder, "schemas")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text if isinstance(text, str) else json.dumps(text, indent=1))


def expect(what, is_so):
    if not is_so:
        raise Failure(what)


def fails(school, *args, says, code=None):
    got, text = school.kith(*args, check=False)
    expect(f"kith {' '.join(args)} gave {got}: {text}", got != 0 and says in text)
    expect(f"kith {' '.join(args)} ended with {got}", code is None or got == code)


def here(school, record, **wanted):
    got = school.net("GET", f"/records/{record}")
    for name, value in wanted.items():
        expect(f"{school.name}: {name} is {got.get(name)!r}, not {value!r}",
               got.get(name) == value)
    return got


with Lab() as lab:
    # -- bad files are said, and nothing else is lost by them --
    adams = lab.school("Adams")
    put(adams, "hall_walk.json", WALK)
    put(adams, "idea.json", {**WALK, "title": "idea"})
    put(adams, "typo.json", json.dumps({**WALK, "title": "typo"}).replace("maximum", "maxmum"))
    put(adams, "cut.json", '{"title": "cut",\n "type": "object"\n "x-label": "Cut"}')
    adams.start().init()
    listed = adams.api("GET", "/v1/schemas")
    refused = {r["file"]: r["text"] for r in listed["refused"]}
    expect(f"refused: {refused}", set(refused) == {"idea.json", "typo.json", "cut.json"})
    expect(refused["typo.json"], refused["typo.json"].startswith("seen.minutes: \"maxmum\""))
    expect(refused["cut.json"], refused["cut.json"].startswith("line 3:"))
    expect(refused["idea.json"], "stays as it is" in refused["idea.json"])
    types = {t["type"]: t for t in listed["items"]}
    expect("the type is there", types["hall_walk"]["built_in"] is False)
    expect("idea stays", types["idea"]["built_in"] and types["idea"]["label"] == "Change idea")
    expect("the log names them", b"typo.json" in adams.log_tail(40).encode())
    expect("status says so", "typo.json" in adams.kith("status")[1])
    page = adams.kith("help", "types")[1]
    expect(page, "hall-walk" in page and "Types of our own" in page and "cut.json" in page)

    # -- by CLI --
    expect("fields in the help", "Where did you walk?" in adams.kith("help", "hall-walk", "add")[1])
    idea = adams.add("idea", {"head": {"title": "Greeters at each door"}})["record"]
    fails(adams, "hall-walk", "add", "--mood", "calm", says="Where (--where): fill this in", code=2)
    fails(adams, "hall-walk", "add", "North stairs", "--minutes", "90", says="60 or less")
    fails(adams, "add", "hall-walk", "North stairs", "--colour", "red", says="colour", code=2)
    adams.kith("hall-walk", "add", "North stairs", "--mood", "rather loud", "--minutes", "10",
               "--met", "a hall monitor", "--said", "It is quieter since Monday", "--idea",
               idea[:8])
    shown = json.loads(adams.kith("--json", "list", "hall_walk")[1])["items"]
    expect(f"one is listed: {shown}", [s["title"] for s in shown] == ["North stairs"])
    walk = shown[0]["id"]
    here(adams, walk, title="North stairs", summary="rather-loud")
    page = adams.kith("show", walk[:8])[1]
    expect(page, "Hall walk" in page and "rather loud" in page and "quieter since" in page)
    adams.kith("edit", walk[:8], "--minutes", "12")
    expect("the edit stands",
           here(adams, walk)["sections"]["seen"]["minutes"] == 12)

    # -- by API, with errors that name the place --
    status, answer = adams.net("POST", "/records", {
        "type": "hall_walk", "sections": {"seen": {"where": "Gym", "mood": "sad"}}}, raw=True)
    expect(f"{status} {answer}", status == 400 and answer["error"]["problems"][0] ==
           {"section": "seen", "field": "mood", "text": "use one of calm, rather-loud, wild"})
    other = adams.add("hall_walk", {"seen": {"where": "Gym"}})["record"]

    # -- links, search, export --
    expect("the idea knows its walk", walk in json.dumps(adams.net("GET", f"/records?link={idea}")))
    found = adams.net("GET", "/search?q=quieter")["items"]
    expect(f"found: {found}", [f["record"]["id"] for f in found] == [walk])
    exported = [json.loads(line) for line in adams.kith("export")[1].splitlines() if line[:1] == "{"]
    expect("both are exported", {walk, other} <= {
        line["body"]["record"] for line in exported if "body" in line})

    # -- a form that comes with Kith, answered without a name --
    adams.kith("survey", "add", "--form", "thirteen-conditions")
    survey = adams.net("GET", "/records?type=survey")["items"][0]["id"]
    for answer in (3, 4, 4):
        adams.kith("survey", "answer", survey[:8], "--answer", f"curriculum={answer}",
                   "--answer", "data=d")
    page = adams.kith("survey", "results", survey[:8])[1]
    expect(page, "0  0  1  2  middle 4" in page and "don't know 3" in page)
    one = adams.net("GET", "/records?type=survey_response&full=1")["items"][0]
    expect(f"an answer is not shown: {one}", one["sections"] == {} and one["withheld"]
           and one["person"] == "" and one["at"].endswith("T00:00:00Z"))
    fails(adams, "edit", one["id"][:8], "--round", "2", says="as it was given", code=5)
    adams.kith("survey", "results", survey[:8], "--publish")
    tally = adams.net("GET", "/records?type=tally&full=1")["items"][0]
    expect("the tally has the counts", [line["counts"] for line in
           tally["sections"]["lines"]["list"] if line["of"] == "curriculum"] == [[0, 0, 1, 2]])

    # -- sync: the other school does not know the type --
    hub = lab.school("Hub").start().init().found()
    hub.admit(adams)
    baker = hub.admit(lab.school("Baker").start().init())
    adams.net("POST", "/buddies", {"school": "Baker"})
    until("Baker to be asked", lambda: baker.net("GET", "/buddies")["items"])
    baker.net("POST", "/buddies/Adams/accept")
    until("the link", lambda: adams.net("GET", "/buddies")["items"][0]["state"] == "accepted")
    status, answer = adams.net("GET", f"/records/{walk}/share?with=network", raw=True)
    expect(f"{status} {answer}", status == 403 and "Hall walks go to buddies or the hub"
           in json.dumps(answer))
    until("a key for the group",
          lambda: adams.net("GET", f"/records/{walk}/share?with=buddies", raw=True)[0] == 200)
    adams.share(walk, "buddies")
    until("Baker to have it",
          lambda: baker.net("GET", f"/records/{walk}", raw=True)[0] == 200)
    got = here(baker, walk, type="hall_walk", title="rather-loud")  # the first text that there is
    expect("as it was written", got["sections"]["seen"]["minutes"] == 12)
    expect("raw", got["summary"] is None)
    page = baker.kith("show", walk[:8])[1]
    expect(page, "quieter since Monday" in page and "rather-loud" in page)
    fails(baker, "hall-walk", "list", says="no command")
    expect("found raw", baker.net("GET", "/search?q=quieter")["items"])

    # -- and learns it --
    baker.stop()
    put(baker, "hall_walk.json", WALK)
    baker.start()
    until("the record to be made anew",
          lambda: baker.net("GET", f"/records/{walk}")["summary"] == "rather-loud")
    expect("in its words", "rather loud" in baker.kith("show", walk[:8])[1])
    expect("listed", "North stairs" in baker.kith("hall-walk", "list")[1])
    baker.kith("hall-walk", "add", "South door", "--mood", "wild")
    expect("its own", sorted(baker.titles(type="hall_walk")) == ["North stairs", "South door"])

    # -- and forgets it: nothing is lost --
    baker.stop()
    os.unlink(os.path.join(baker.folder, "schemas", "hall_walk.json"))
    baker.start()
    until("it to be shown raw", lambda: baker.net("GET", f"/records/{walk}")["summary"] is None)
    here(baker, walk, title="rather-loud")
    for school in (hub, adams, baker):
        expect(f"{school.name} ends in order", school.stop() == 0)
    print("types: a type was brought as a file, used, carried raw, learned, forgotten")
