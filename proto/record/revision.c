#include "proto/record/revision.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

void revision_fini(struct revision *revision)
{
    free(revision->parents);
    free(revision->person);
    free(revision->at);
    json_decref(revision->sections);
    *revision = (struct revision){0};
}

/* --- what each member must be; NULL or the sentence that refuses it --- */

static bool is_hex(const json_t *value, void *out, size_t n)
{
    const char *text = json_string_value(value);
    if (text == NULL) return false;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'F') return false; /* one spelling an id */
    }
    return text_unhex(out, n, text) == ERR_OK;
}

static bool is_positive(const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > IJSON_INTEGER_MAX) {
        return false;
    }
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static bool is_type(const char *text)
{
    size_t n = text == NULL ? 0 : strlen(text);
    return n >= 1 && n <= REVISION_TYPE_BYTES &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

/* "2026-03-01T09:30:00Z", perhaps with a fraction of the second; or nothing. */
static bool is_time(const char *text)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    if (text == NULL || *text == '\0') return text != NULL;
    const char *p = text;
    for (const char *s = shape; *s != '\0'; s++, p++) {
        bool digit = *p >= '0' && *p <= '9';
        if (*s == 'd' ? !digit : *p != *s) return false;
    }
    if (*p == '.') {
        size_t digits = strspn(p + 1, "0123456789");
        if (digits < 1 || digits > 9) return false;
        p += 1 + digits;
    }
    return strcmp(p, "Z") == 0;
}

static bool is_sections(const json_t *value)
{
    const char *name;
    json_t *section;
    if (!json_is_object(value)) return false;
    IJSON_FOREACH(value, name, section)
    {
        if (*name == '\0' || !json_is_object(section)) return false;
    }
    return true;
}

static bool is_person(const char *text)
{
    return text != NULL && strlen(text) <= LIMIT_NAME_BYTES;
}

static bool get_parents(const json_t *list, struct revision *out)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > LIMIT_REVISION_PARENTS) return false;
    out->parents = mem_zalloc(n * sizeof(*out->parents));
    out->n_parents = n;
    for (size_t i = 0; i < n; i++) {
        struct revision_id *id = &out->parents[i];
        if (!is_hex(json_array_get(list, i), id->b, sizeof(id->b))) return false;
        if (i > 0 && revision_id_cmp(id - 1, id) >= 0) return false;
    }
    return true;
}

/* Fills out from root; on a refusal out holds what is to be freed. */
static const char *refusal(const json_t *root, struct revision *out)
{
#define GET(name) json_object_get(root, name)
    const char *type = json_string_value(GET("type"));
    const char *person = json_string_value(GET("person"));
    const char *at = json_string_value(GET("at"));
    if (!json_is_object(root)) return "a revision is a JSON object";
    if (!is_hex(GET("record"), out->record.b, sizeof(out->record.b))) {
        return "`record` must be 32 lower-case hex digits";
    }
    if (!is_hex(GET("owner"), out->owner.b, sizeof(out->owner.b))) {
        return "`owner` must be 64 lower-case hex digits";
    }
    if (!is_type(type)) return "`type` must be 1 to 64 of a-z, 0-9 and _";
    if (!is_positive(GET("v"), &out->v)) return "`v` must be an integer from 1";
    if (!is_hex(GET("edit"), out->edit.b, sizeof(out->edit.b))) {
        return "`edit` must be 32 lower-case hex digits";
    }
    if (!get_parents(GET("parents"), out)) {
        return "`parents` must be at most 64 revision ids, ascending, none twice";
    }
    if (!is_positive(GET("lamport"), &out->lamport)) {
        return "`lamport` must be an integer from 1";
    }
    if (!is_person(person)) return "`person` must be a text of at most 200 bytes";
    if (!is_time(at)) return "`at` must be a time as 2026-03-01T09:30:00Z, or empty";
    if (!is_sections(GET("sections"))) return "`sections` must be an object of objects";
    memcpy(out->type, type, strlen(type) + 1);
    out->person = mem_strdup(person);
    out->at = mem_strdup(at);
    out->sections = json_incref(GET("sections"));
    return NULL;
#undef GET
}

enum err revision_decode(struct slice body, const struct revision_id *id, struct revision *out,
                         const char **why)
{
    json_t *root;
    enum err err = ijson_decode(body, LIMIT_BODY_BYTES, &root, why);
    if (err != ERR_OK) return err;
    struct revision revision = {.id = *id};
    const char *refused = refusal(root, &revision);
    json_decref(root);
    if (refused != NULL) {
        revision_fini(&revision);
        if (why != NULL) *why = refused;
        return ERR_MALFORMED;
    }
    *out = revision;
    return ERR_OK;
}

/* --- writing --- */

static void put_member(struct buf *out, const char *name, const char *json)
{
    buf_put_str(out, out->data[out->len - 1] == '{' ? "\"" : ",\"");
    buf_put_str(out, name);
    buf_put_str(out, "\":");
    buf_put_str(out, json);
}

static void put_hex(struct buf *out, const char *name, const void *bytes, size_t n)
{
    char text[2 * 32 + 3] = "\"";
    text_hex(text + 1, bytes, n);
    text[2 * n + 1] = '"';
    text[2 * n + 2] = '\0';
    put_member(out, name, text);
}

static void put_number(struct buf *out, const char *name, uint64_t v)
{
    char text[21];
    put_member(out, name, text_decimal(text, v));
}

/* false when it is not UTF-8 */
static bool put_text(struct buf *out, const char *name, const char *value)
{
    json_t *string = json_string(value);
    if (string == NULL) return false;
    char *json = ijson_text(string);
    put_member(out, name, json);
    free(json);
    json_decref(string);
    return true;
}

static int by_id(const void *a, const void *b)
{
    return revision_id_cmp(a, b);
}

static void put_parents(struct buf *out, const struct revision *revision)
{
    struct revision_id *parents =
        mem_dup(revision->parents, revision->n_parents * sizeof(*parents));
    if (revision->n_parents > 1) qsort(parents, revision->n_parents, sizeof(*parents), by_id);
    put_member(out, "parents", "[");
    for (size_t i = 0; i < revision->n_parents; i++) {
        char hex[65];
        text_hex(hex, parents[i].b, sizeof(parents[i].b));
        buf_put_str(out, i == 0 ? "\"" : ",\"");
        buf_put_str(out, hex);
        buf_put_u8(out, '"');
    }
    buf_put_u8(out, ']');
    free(parents);
}

enum err revision_encode(const struct revision *revision, struct buf *out, const char **why)
{
    const char *ignored;
    if (why == NULL) why = &ignored;
    struct buf body = {0};
    buf_put_u8(&body, '{');
    put_hex(&body, "record", revision->record.b, sizeof(revision->record.b));
    put_hex(&body, "owner", revision->owner.b, sizeof(revision->owner.b));
    bool utf8 = put_text(&body, "type", revision->type);
    put_number(&body, "v", revision->v);
    put_hex(&body, "edit", revision->edit.b, sizeof(revision->edit.b));
    put_parents(&body, revision);
    put_number(&body, "lamport", revision->lamport);
    utf8 = put_text(&body, "person", revision->person == NULL ? "" : revision->person) && utf8;
    utf8 = put_text(&body, "at", revision->at == NULL ? "" : revision->at) && utf8;
    char *sections = revision->sections == NULL ? NULL : ijson_text(revision->sections);
    put_member(&body, "sections", sections == NULL ? "{}" : sections);
    free(sections);
    buf_put_u8(&body, '}');

    /* What we write, everybody must be able to read: the decoder is the judge. */
    struct revision back;
    struct revision_id none = {0};
    *why = "a text is not valid UTF-8";
    enum err err = utf8 ? revision_decode(buf_slice(&body), &none, &back, why) : ERR_INVALID;
    if (err == ERR_OK) {
        revision_fini(&back);
        buf_put(out, body.data, body.len);
    }
    buf_fini(&body);
    return err == ERR_MALFORMED ? ERR_INVALID : err;
}

/* --- references --- */

void revision_ref(char *out, const struct school_id *owner, const struct record_id *record)
{
    text_hex(out, owner->b, sizeof(owner->b));
    out[64] = '/';
    text_hex(out + 65, record->b, sizeof(record->b));
}

enum err revision_ref_decode(const char *text, struct school_id *owner,
                             struct record_id *record)
{
    struct school_id school;
    struct record_id id;
    if (strlen(text) != REVISION_REF_CHARS || text[64] != '/') return ERR_MALFORMED;
    if (strspn(text, "0123456789abcdef/") != REVISION_REF_CHARS) return ERR_MALFORMED;
    char hex[65];
    memcpy(hex, text, 64);
    hex[64] = '\0';
    if (text_unhex(school.b, sizeof(school.b), hex) != ERR_OK ||
        text_unhex(id.b, sizeof(id.b), text + 65) != ERR_OK) {
        return ERR_MALFORMED;
    }
    *owner = school;
    *record = id;
    return ERR_OK;
}
