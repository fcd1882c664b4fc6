#include "client/cli/screen.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/command.h"
#include "client/cli/table.h"
#include "client/cli/when.h"
#include "proto/record/cycle.h"
#include "proto/record/render.h"
#include "proto/record/revision.h"

enum { VALUE_COLUMN = 22 };

const char *screen_type(const char *type)
{
    const struct schema *schema = command_schema(type);
    return schema == NULL ? type : schema->label;
}

const char *screen_title(const json_t *record)
{
    const char *title = api_str(record, "title");
    if (title[0] != '\0') return title;
    return api_bool(record, "hidden") ? "(hidden by a steward)" : "(without a title)";
}

const char *screen_flag(const char *flag)
{
#define X(name, text) \
    if (strcmp(flag, #name) == 0) return text;
    CYCLE_FLAG_TABLE(X)
    X(amended, "the plan was changed after Do had started")
    X(also_written, "two wrote at once; both are kept below, and the next edit settles it")
    X(waiting, "an earlier piece of it has not arrived yet")
#undef X
    return flag;
}

char *screen_audience(const json_t *audience)
{
    const char *class = api_str(audience, "class"), *name = api_str(audience, "name");
    struct buf out = {0};
    json_t *school;
    size_t i, others = 0;
    if (strcmp(class, "own") == 0) {
        bool mine = json_array_size(api_list(audience, "schools")) == 0;
        json_array_foreach(api_list(audience, "schools"), i, school) mine =
            mine || api_bool(school, "mine");
        buf_put_str(&out, mine ? "this school" : "that school alone");
    } else if (strcmp(class, "network") == 0) {
        buf_put_str(&out, "the whole network");
    } else if (strcmp(class, "hub") == 0) {
        buf_put_str(&out, "the hub");
    } else {
        json_array_foreach(api_list(audience, "schools"), i, school)
        {
            if (api_bool(school, "mine")) continue;
            if (others++ > 0) buf_put_str(&out, ", ");
            buf_put_str(&out, api_str(school, "name"));
        }
        if (others == 0) buf_put_str(&out, name[0] == '\0' ? "no buddy yet" : name);
    }
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

/* "read by the hub, Lincoln"; who wrote it goes without saying, so a pair's is "this school".
 */
static void add_audiences(struct term *term, const json_t *record)
{
    json_t *audience;
    size_t i;
    bool any = false;
    json_array_foreach(api_list(record, "audiences"), i, audience)
    {
        if (strcmp(api_str(audience, "class"), "own") == 0) continue;
        char *name = screen_audience(audience);
        bool theirs = strcmp(name, api_name(record, "owner")) == 0;
        term_addf(term, TERM_DIM, "%s%s", any ? ", " : " · read by ",
                  theirs ? "this school" : name);
        free(name);
        any = true;
    }
    if (!any) term_add(term, TERM_DIM, " · this school only");
}

static void add_flags(struct term *term, const json_t *record)
{
    json_t *flag;
    size_t i;
    json_array_foreach(api_list(record, "flags"), i, flag)
    {
        const char *text = json_string_value(flag);
        if (text == NULL) continue;
        term_addf(term, TERM_WARN, "%s%s", i == 0 ? "" : "; ", screen_flag(text));
    }
    if (json_array_size(api_list(record, "flags")) > 0) term_end(term, 0, 2);
}

static const json_t *pointed_at(const json_t *links, const char *ref)
{
    size_t i;
    json_t *link;
    json_array_foreach(links, i, link)
    {
        if (strcmp(api_str(link, "ref"), ref) == 0) return json_object_get(link, "record");
    }
    return NULL;
}

/* A reference is 97 characters; people know records by their titles and first digits. */
static void add_value(struct term *term, const char *value, const json_t *links)
{
    struct school_id owner;
    struct record_id id;
    if (strlen(value) == REVISION_REF_CHARS &&
        revision_ref_decode(value, &owner, &id) == ERR_OK) {
        const json_t *record = pointed_at(links, value);
        if (record != NULL) term_addf(term, TERM_PLAIN, "%s  ", api_str(record, "title"));
        term_addf(term, record == NULL ? TERM_PLAIN : TERM_DIM, "%.6s", value + 65);
    } else {
        term_add(term, TERM_PLAIN, value);
    }
}

/* Where a line begins, where it goes on, and what stands before its value. */
static void add_label(struct term *term, const struct render_line *line, unsigned indent)
{
    if (line->kind == RENDER_ENTRY) {
        term_add(term, TERM_DIM, "- ");
        return;
    }
    term_add(term, TERM_DIM, line->label);
    if (line->value[0] == '\0') return;
    if (indent <= 2) {
        term_pad(term, VALUE_COLUMN - 2);
    } else {
        term_add(term, TERM_DIM, ": ");
    }
}

/* Does anything stand under this heading? */
static bool says_something(const struct render *render, size_t at)
{
    for (size_t i = at + 1; i < render->n; i++) {
        const struct render_line *line = &render->lines[i];
        bool below = render->lines[at].kind == RENDER_SECTION
                         ? line->kind != RENDER_SECTION
                         : line->depth > render->lines[at].depth;
        if (!below) return false;
        if (line->kind == RENDER_FIELD || line->kind == RENDER_ENTRY) return true;
    }
    return false;
}

void screen_sections(struct cli *cli, const char *type, const json_t *sections,
                     const json_t *links)
{
    struct render render = {0};
    struct term *term = &cli->out;
    const char *item = NULL; /* an item's number goes before its first field */
    render_record(&render, command_schema(type), sections);
    for (size_t i = 0; i < render.n; i++) {
        const struct render_line *line = &render.lines[i];
        unsigned indent = 2 * (line->depth < 6 ? line->depth : 6);
        if (indent == 0) indent = 2;
        bool heading = line->kind != RENDER_FIELD && line->kind != RENDER_ENTRY;
        if (heading && !says_something(&render, i)) continue;
        if (line->kind == RENDER_SECTION) {
            term_heading(term, line->label);
        } else if (line->kind == RENDER_ITEM) {
            item = line->label;
            if (line->value[0] == '\0') continue;
            term_addf(term, TERM_DIM, "%s %s", item, line->value); /* what it is of */
            term_end(term, indent, indent + 2);
            item = NULL;
        } else {
            bool top = line->kind == RENDER_FIELD && indent <= 2;
            unsigned first = item != NULL && indent >= 2 ? indent - 2 : indent;
            if (item != NULL) term_addf(term, TERM_DIM, "%s ", item);
            item = NULL;
            add_label(term, line, indent);
            add_value(term, line->value, links);
            term_end(term, first, top ? VALUE_COLUMN : indent + 2);
        }
    }
    render_fini(&render);
}

static void written_line(struct cli *cli, const json_t *record)
{
    char ago[WHEN_MAX];
    const char *person = api_str(record, "person");
    int64_t at = api_time(record, "at");
    struct term *term = &cli->out;
    term_add(term, TERM_DIM, api_name(record, "owner"));
    if (api_str(record, "state")[0] != '\0')
        term_addf(term, TERM_DIM, " · %s", api_str(record, "state"));
    add_audiences(term, record);
    if (at != 0) term_addf(term, TERM_DIM, " · written %s", when_ago(ago, at, cli->now_s));
    if (person[0] != '\0') term_addf(term, TERM_DIM, " by %s", person);
    term_end(term, 0, 0);
}

static void also_written(struct cli *cli, const json_t *record)
{
    const json_t *lists[] = {api_list(record, "amendments"), api_list(record, "also_written")};
    const char *const titles[] = {"Changed after Do had started",
                                  "Also written at the same time"};
    for (size_t l = 0; l < 2; l++) {
        json_t *entry;
        size_t i;
        if (json_array_size(lists[l]) == 0) continue;
        term_heading(&cli->out, titles[l]);
        json_array_foreach(lists[l], i, entry)
        {
            const char *person = api_str(entry, "person");
            char *value = json_dumps(json_object_get(entry, "value"), JSON_ENCODE_ANY);
            json_t *one =
                json_pack("{s:O}", api_str(entry, "section"), json_object_get(entry, "value"));
            term_addf(&cli->out, TERM_DIM, "%s%s%s", api_str(entry, "section"),
                      person[0] == '\0' ? "" : ", by ", person);
            term_end(&cli->out, 2, 4);
            if (json_is_object(json_object_get(entry, "value"))) {
                screen_sections(cli, api_str(record, "type"), one, NULL);
            } else if (value != NULL) {
                term_add(&cli->out, TERM_PLAIN, value);
                term_end(&cli->out, 4, 4);
            }
            json_decref(one);
            free(value);
        }
    }
}

/* Records that this one is named by: "8d21ee  Title  decided, Lincoln". */
static void pointing(struct cli *cli, const char *heading, const json_t *list)
{
    json_t *item;
    size_t i;
    if (json_array_size(list) > 0) term_heading(&cli->out, heading);
    json_array_foreach(list, i, item)
    {
        const char *decision = api_str(item, "decision"), *state = api_str(item, "state");
        term_addf(&cli->out, TERM_DIM, "%.6s  ", api_str(item, "id"));
        term_add(&cli->out, TERM_PLAIN, api_str(item, "title"));
        if (decision[0] != '\0')
            term_addf(&cli->out, TERM_BOLD, "  %s", decision);
        else if (state[0] != '\0')
            term_addf(&cli->out, TERM_DIM, "  %s", state);
        term_addf(&cli->out, TERM_DIM, "  %s", api_name(item, "owner"));
        term_end(&cli->out, 2, 4);
        term_add(&cli->out, TERM_PLAIN, api_str(item, "summary"));
        if (api_str(item, "summary")[0] != '\0') term_end(&cli->out, 4, 4);
    }
}

static void derived(struct cli *cli, const json_t *record)
{
    const json_t *derived = json_object_get(record, "derived");
    const json_t *history = json_object_get(derived, "history");
    if (api_int(history, "cycles") > 0) {
        term_gap(&cli->out);
        int64_t cycles = api_int(history, "cycles"), schools = api_int(history, "schools");
        term_addf(
            &cli->out, TERM_PLAIN,
            "Tested in %lld cycle%s by %lld school%s: %lld adopted, %lld "
            "adapted, %lld abandoned, %lld under way; %lld of %lld predictions matched.",
            (long long)cycles, cycles == 1 ? "" : "s", (long long)schools,
            schools == 1 ? "" : "s", (long long)api_int(history, "adopted"),
            (long long)api_int(history, "adapted"), (long long)api_int(history, "abandoned"),
            (long long)api_int(history, "running"), (long long)api_int(history, "matched"),
            (long long)api_int(history, "predictions"));
        term_end(&cli->out, 0, 2);
    }
    pointing(cli, "Tests of this idea", api_list(derived, "tests"));
    pointing(cli, "Ideas based on it", api_list(derived, "based_on_it"));
    pointing(cli, "Tried by", api_list(derived, "tried_by"));
    pointing(cli, "Next cycle", api_list(derived, "next"));
}

/* What points at it from any other field of any type. */
static void linked(struct cli *cli, const json_t *record)
{
    /* These are told above, in words of their own. */
    static const char *const told[][2] = {
        {"cycle", "head.idea"}, {"idea", "head.based_on"}, {"cycle", "head.prior"}};
    size_t i;
    json_t *group;
    json_array_foreach(api_list(record, "linked"), i, group)
    {
        const char *type = api_str(group, "type");
        const struct schema *schema = command_schema(type);
        int64_t count = api_int(group, "count");
        char heading[128];
        bool above = false;
        for (size_t k = 0; k < 3; k++) {
            above = above || (strcmp(told[k][0], type) == 0 &&
                              strcmp(told[k][1], api_str(group, "path")) == 0);
        }
        if (above) continue;
        snprintf(heading, sizeof(heading), "%.60s", schema == NULL ? type : schema->plural);
        size_t n = json_array_size(api_list(group, "records")), used = strlen(heading);
        if (count > (int64_t)n) {
            snprintf(heading + used, sizeof(heading) - used, ": %lld, the newest",
                     (long long)count);
        }
        pointing(cli, heading, api_list(group, "records"));
    }
}

/* Was the school named before, in another space? Its own word goes before hearsay. */
static bool is_named(const json_t *list, size_t at)
{
    const json_t *item = json_array_get(list, at), *other;
    const char *school = api_str(json_object_get(item, "school"), "id");
    bool direct = api_name(item, "through")[0] == '\0';
    for (size_t i = 0; (other = json_array_get(list, i)) != NULL; i++) {
        bool other_direct = api_name(other, "through")[0] == '\0';
        if (i == at || strcmp(api_str(json_object_get(other, "school"), "id"), school) != 0)
            continue;
        if ((other_direct && !direct) || (other_direct == direct && i < at)) return true;
    }
    return false;
}

/* Nobody but the school reads it: what others hold of it are sealed copies. */
static bool is_kept(const json_t *record)
{
    json_t *audience;
    size_t i;
    json_array_foreach(api_list(record, "audiences"), i, audience)
    {
        if (strcmp(api_str(audience, "class"), "own") != 0) return false;
    }
    return i > 0;
}

/* "Reached Roosevelt; The hub, through Roosevelt", or "Sealed copies at Roosevelt" */
static void reached(struct cli *cli, const json_t *record)
{
    const json_t *list = api_list(record, "reached");
    const char *what = is_kept(record) ? "A sealed copy is at " : "Reached ";
    json_t *item;
    size_t i, n = 0;
    json_array_foreach(list, i, item)
    {
        const char *through = api_name(item, "through");
        if (api_bool(json_object_get(item, "school"), "mine") || is_named(list, i)) continue;
        term_addf(&cli->out, TERM_DIM, "%s", n++ == 0 ? what : "; ");
        term_add(&cli->out, TERM_PLAIN, api_name(item, "school"));
        if (through[0] != '\0') term_addf(&cli->out, TERM_DIM, ", through %s", through);
    }
    if (n > 0) term_end(&cli->out, 0, 2);
}

void screen_record(struct cli *cli, const json_t *record)
{
    struct term *term = &cli->out;
    const char *type = api_str(record, "type");
    term_addf(term, TERM_BOLD, "%s", screen_title(record));
    term_addf(term, TERM_DIM, "  %s %s", screen_type(type), api_str(record, "short"));
    term_end(term, 0, 2);
    written_line(cli, record);
    if (api_str(record, "title")[0] != '\0') add_flags(term, record);
    if (api_bool(record, "hidden")) {
        term_line(term, TERM_WARN, "A steward has hidden this record from the network.");
    }
    if (api_bool(record, "withheld")) {
        term_line(term, TERM_PLAIN,
                  "Nobody is named in it, and it is not shown by itself: what "
                  "several say together is.");
    }
    screen_sections(cli, type, json_object_get(record, "sections"), api_list(record, "links"));
    also_written(cli, record);
    derived(cli, record);
    linked(cli, record);
    term_gap(term);
    reached(cli, record);
    int64_t total = api_int(json_object_get(record, "feedback"), "total");
    int64_t open = api_int(json_object_get(record, "feedback"), "open");
    if (total > 0) {
        term_gap(term);
        term_addf(term, TERM_PLAIN, "Feedback: %lld", (long long)total);
        if (open > 0) term_addf(term, TERM_WARN, ", %lld without an answer", (long long)open);
        term_addf(term, TERM_DIM, "   kith feedback list %s", api_str(record, "short"));
        term_end(term, 0, 2);
    }
}

void screen_records(struct cli *cli, const json_t *items, bool one_type, const char *nothing)
{
    static const struct table_column columns[] = {
        {"id", 0, TABLE_LEFT},     {"what", 6, TABLE_LEFT},  {"title", 16, TABLE_LEFT},
        {"school", 8, TABLE_LEFT}, {"state", 6, TABLE_LEFT}, {"written", 0, TABLE_LEFT},
    };
    struct table table;
    json_t *item;
    size_t i;
    if (json_array_size(items) == 0) {
        term_line(&cli->out, TERM_PLAIN, "%s", nothing);
        return;
    }
    table_init(&table, columns, 6);
    json_array_foreach(items, i, item)
    {
        char ago[WHEN_MAX];
        bool mine = api_bool(json_object_get(item, "owner"), "mine");
        int64_t at = api_time(item, "at");
        bool warn = json_array_size(api_list(item, "flags")) > 0;
        table_put(&table, TERM_DIM, api_str(item, "short"));
        table_put(&table, TERM_PLAIN, one_type ? "" : screen_type(api_str(item, "type")));
        table_put(&table, TERM_PLAIN, screen_title(item));
        table_put(&table, mine ? TERM_DIM : TERM_PLAIN,
                  mine ? "this school" : api_name(item, "owner"));
        table_putf(&table, warn ? TERM_WARN : TERM_PLAIN, "%s%s", api_str(item, "state"),
                   warn ? " !" : "");
        table_put(&table, TERM_DIM, at == 0 ? "" : when_ago(ago, at, cli->now_s));
    }
    table_write(&table, &cli->out);
    table_fini(&table);
}

void screen_behind(struct cli *cli, const json_t *answer)
{
    if (api_bool(answer, "behind")) {
        term_next(&cli->out, "The daemon is still reading what came in; there may be more.");
    }
    if (json_is_string(json_object_get(answer, "next"))) {
        term_next(&cli->out, "There is more: the same with --cursor %s",
                  api_str(answer, "next"));
    }
}
