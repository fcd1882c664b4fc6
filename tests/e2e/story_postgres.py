"""What a school may read, copied into PostgreSQL: once and again, killed in the middle on either
side and gone on with, followed live, and what is taken back is taken out there too."""

import json
import os
import re
import signal
import subprocess
import sys

from lab import BUILD, Failure, Lab, until
from postgres import Postgres

MANY = 1200


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


class Export:
    """A run of kith export --to, or of the program behind it with a page of its own."""

    def __init__(self, school, database, *more, page=None):
        args = [os.path.join(BUILD, "kith"), "--data", school.folder, "export", "--to", database.url]
        if page is not None:
            args = [os.path.join(BUILD, "kith-export-postgres"), "--socket",
                    os.path.join(school.folder, "kithd.sock"), "--to", database.url, "--page", str(page)]
        self.process = subprocess.Popen([*args, *more], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end(self, status=0, seconds=120):
        text = self.process.communicate(timeout=seconds)[0]
        expect("the export ends as it should", self.process.returncode == status,
               f"{self.process.returncode}: {text}")
        return text

    def kill(self):
        self.process.kill()
        return self.process.communicate()[0]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=30)[0]


def shown(school):
    """{id: record} of all that the school's daemon shows, page by page."""
    records, cursor = {}, ""
    while cursor is not None:
        page = school.net("GET", f"/changes?limit=500{'&cursor=' + cursor if cursor else ''}")
        records.update({r["id"]: r for r in page["items"]})
        cursor = page["next"]
    return records


def compare(school, database):
    """The copy has just what the daemon shows, in all of its tables."""
    there = shown(school)
    here = {r: json.loads(s) for r, s in database.ask("SELECT record, sections FROM kith.records")}
    expect("the copy has the records that the daemon shows", here.keys() == there.keys(),
           f"{len(here)} and {len(there)}")
    for record, sections in here.items():
        expect("with their words", sections == there[record]["sections"], record)
    for kind in {r["type"] for r in there.values()}:
        rows = {r for (r,) in database.ask(f'SELECT record FROM kith."{kind}"')}
        expect(f"a row each in the table {kind}",
               rows == {i for i, r in there.items() if r["type"] == kind}, len(rows))
    items = sum(len(v) for r in there.values() for s in r["sections"].values() for v in s.values()
                if isinstance(v, list) and v and isinstance(v[0], dict))
    expect("every item of a list", database.one("SELECT count(*) FROM kith.items") == str(items), items)
    return len(here)


def columns(school, database):
    """Typed columns, links, and words that would be harm if they were more than words."""
    evil = "x'); DROP TABLE kith.records; -- \" \\ $$"
    idea = school.add("idea", {"head": {"title": evil}})["record"]
    owner = school.net("GET", "")["school"]["id"]
    cycle = school.add("cycle", {
        "head": {"title": "Exit tickets", "number": 3, "start": "2026-03-02", "team": ["a", "b,c"],
                 "idea": f"{owner}/{idea}"},
        "plan": {"questions": [{"question": "How many?", "prediction": "60 %"}, {"question": "Who?"}]},
        "do": {"finished": True, "data": [{"label": "forms", "value": 12.5, "of": 48}]}})["record"]
    Export(school, database).end()
    expect("words are words", database.one(
        f"SELECT head_title FROM kith.idea WHERE record = '{idea}'") == evil)
    row = database.ask("SELECT head_number + 1, head_start + 1, head_team[2], do_finished,"
                       f" state FROM kith.cycle JOIN kith.records USING (owner, record) WHERE record = '{cycle}'")[0]
    expect("columns have types", row == ["4", "2026-03-03", "b,c", "t", "studying"], row)
    rows = database.ask("SELECT target_record FROM kith.links WHERE path = 'head.idea'")
    expect("links are rows", rows == [[idea]], rows)
    rows = database.ask("SELECT item ->> 'prediction' FROM kith.items WHERE path = 'plan.questions'"
                        " ORDER BY position")
    expect("items are rows", rows == [["60 %"], [None]], rows)
    expect("a number in an item", database.one(
        "SELECT (item ->> 'value')::numeric * 2 FROM kith.items WHERE path = 'do.data'") == "25.0")


def many(school):
    lines = "".join(json.dumps({"type": "idea", "sections": {"head": {"title": f"Idea {i}"}}}) + "\n"
                    for i in range(MANY))
    path = os.path.join(school.folder, "many.jsonl")
    with open(path, "w") as f:
        f.write(lines)
    text = school.kith("import", path)[1]
    expect("many records", f"Wrote {MANY}" in text, text)


def under_way(database):
    """How many records stand there while a pass is in the middle; 0 when it is not."""
    rows = database.ask("SELECT pass_cursor IS NOT NULL AND (SELECT count(*) FROM kith.records) > 200,"
                        " (SELECT count(*) FROM kith.records) FROM kith.state", check=False)
    return int(rows[0][1]) if rows and rows[0][0] == "t" else 0


def killed(school, database):
    """kill -9 of the exporter, then of the database, both with a pass in the middle."""
    database.ask("DROP SCHEMA kith CASCADE")
    export = Export(school, database, page=3)
    part = until("a pass in the middle", lambda: under_way(database), 60, 0.01)
    export.kill()
    cursor = database.one("SELECT pass_cursor FROM kith.state")
    expect("it was killed in the middle", part < MANY and cursor is not None, part)
    before = int(database.one("SELECT count(*) FROM kith.records"))

    export = Export(school, database, page=3)
    until("it to be further", lambda: under_way(database) > before + 100, 60, 0.01)
    database.kill()
    text = export.end(4)
    expect("it says what is gone, and what to do", "database" in text and "again" in text, text)
    expect("it had gone on, not begun anew", "goes on where it stopped" in text, text)
    database.start()
    middle = int(database.one("SELECT count(*) FROM kith.records"))
    expect("what was committed is there", middle > before, (before, middle))
    text = Export(school, database).end()
    expect("and it goes on once more", "goes on where it stopped" in text, text)
    written = int(re.search(r"(\d+) written", text).group(1))
    expect("with the rest alone", written <= MANY + 10 - middle, (written, middle))
    return part, middle


def idempotent(school, database):
    first = database.ask("SELECT md5(string_agg(r::text, '' ORDER BY record)) FROM kith.records r")
    text = Export(school, database).end()
    expect("a second run writes nothing", " 0 written, 0 taken out" in text, text)
    expect("and changes nothing", first == database.ask(
        "SELECT md5(string_agg(r::text, '' ORDER BY record)) FROM kith.records r"))
    holder = Export(school, database, "--follow")
    until("the first to hold the lock", lambda: database.one(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "1")
    text = Export(school, database).end(5)
    expect("two at once are refused", "another kith export" in text, text)
    holder.stop()


def title_there(database, title):
    return lambda: database.one(f"SELECT count(*) FROM kith.records WHERE title = '{title}'") == "1"


def followed(hub, school, database):
    """Live, through both ends going away; and what is taken back or hidden is taken out."""
    follow = Export(school, database, "--follow", page=50)
    record = hub.add("idea", {"head": {"title": "Shared and taken back"}})["record"]
    hub.share(record, "network")
    until("what another school shares", title_there(database, "Shared and taken back"))
    hub.net("PATCH", f"/records/{record}", {"sections": {"head": {"title": "Said otherwise"}}})
    until("its edit", title_there(database, "Said otherwise"))
    expect("one row for it", database.one(
        f"SELECT count(*) FROM kith.idea WHERE record = '{record}'") == "1")
    hub.net("POST", f"/records/{record}/unshare", {"from": "network"})
    until("it to be taken out when it is taken back", lambda: database.one(
        f"SELECT count(*) FROM kith.records WHERE record = '{record}'") == "0")
    expect("from its type's table too", database.one(
        f"SELECT count(*) FROM kith.idea WHERE record = '{record}'") == "0")

    other = hub.add("idea", {"head": {"title": "Hidden later"}})["record"]
    hub.share(other, "network")
    until("another one", title_there(database, "Hidden later"))
    hub.net("POST", f"/records/{other}/hide", {"hidden": True})
    until("a hidden one to be taken out", lambda: database.one(
        f"SELECT count(*) FROM kith.records WHERE record = '{other}'") == "0")

    database.kill()
    school.add("idea", {"head": {"title": "While the database was dead"}})
    database.start()
    until("what was written meanwhile", title_there(database, "While the database was dead"), 90)
    school.kill()
    school.start()
    school.add("idea", {"head": {"title": "After the daemon came back"}})
    until("what is written after a restart", title_there(database, "After the daemon came back"), 90)
    follow.stop()


def erased_while_away(hub, school, database):
    record = hub.add("idea", {"head": {"title": "Gone before the next run"}})["record"]
    hub.share(record, "network")
    until("it to arrive", school.has("Gone before the next run"))
    Export(school, database).end()
    expect("it is there", title_there(database, "Gone before the next run")())
    hub.net("POST", f"/records/{record}/unshare", {"from": "network"})
    until("it to be taken back", lambda: "Gone before the next run" not in school.titles())
    text = Export(school, database).end()
    expect("and it is taken out", "1 taken out" in text, text)
    expect("of the table", not title_there(database, "Gone before the next run")())


def a_new_type_and_field(school, database):
    """A column that is missing is added, and filled for what is there already."""
    database.ask("ALTER TABLE kith.idea DROP COLUMN head_title; DROP TABLE kith.bright_spot;"
                 " ALTER TABLE kith.cycle DROP COLUMN head_number;"
                 " ALTER TABLE kith.cycle ADD COLUMN head_number text")
    Export(school, database).end()
    expect("a new column is filled", int(database.one(
        "SELECT count(*) FROM kith.idea WHERE head_title IS NOT NULL")) >= MANY)
    expect("a new table stands", database.ask("SELECT * FROM kith.bright_spot") == [])
    expect("beside a column of another type", database.one(
        "SELECT max(head_number__bigint) FROM kith.cycle") == "3")
    database.ask("UPDATE kith.state SET layout = 99")
    text = Export(school, database).end(5)
    expect("a later program's copy is left alone", "later kith" in text, text)
    database.ask("UPDATE kith.state SET layout = 1")


def another_device(hub, school, database):
    """The same schema from another school is refused only when it is another network; here it is
    another device of the same: what it may not read goes."""
    mine = school.add("idea", {"head": {"title": "The school's alone"}})["record"]
    Export(school, database).end()
    expect("the school's own is there", database.one(
        f"SELECT count(*) FROM kith.records WHERE record = '{mine}'") == "1")
    Export(hub, database).end()
    expect("through the hub it is not", database.one(
        f"SELECT count(*) FROM kith.records WHERE record = '{mine}'") == "0")
    return compare(hub, database)


def main():
    if not os.path.exists(os.path.join(BUILD, "kith-export-postgres")):
        raise Failure("kith-export-postgres was not built: deploy/setup --dev installs libpq-dev")
    database = Postgres().start()
    try:
        with Lab() as lab:
            hub, school = lab.network("Lincoln")
            columns(school, database)
            many(school)
            part, middle = killed(school, database)
            n = compare(school, database)
            idempotent(school, database)
            followed(hub, school, database)
            erased_while_away(hub, school, database)
            a_new_type_and_field(school, database)
            compare(school, database)
            read = another_device(hub, school, database)
            print(f"{n} records: killed at {part} and at {middle}, gone on with both times; followed "
                  f"live through both ends' deaths; taken back, hidden and unreadable records were "
                  f"taken out; {read} through the hub")
    finally:
        database.stop()


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"failed: {failure}")
