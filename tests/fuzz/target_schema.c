/*
 * Schemas: any text is a schema of the subset or is refused with a sentence; documents are
 * judged without harm, and a judgement names a place; what people type for a field parses to
 * something that the schema accepts.
 */
#include <jansson.h>

#include "proto/record/ijson.h"
#include "proto/record/schema.h"
#include "tests/fuzz/fuzz.h"

static struct schema_set *embedded(void)
{
    static struct schema_set *set;
    if (set == NULL) set = schema_set_new();
    return set;
}

static void judge(const struct schema *schema, const json_t *document)
{
    struct schema_problem problem = {{0}, {0}};
    enum err whole = schema_validate(schema, document, SCHEMA_WHOLE, &problem);
    if (whole != ERR_OK) FUZZ_CHECK(whole == ERR_INVALID && problem.text[0] != 0);
    enum err part = schema_validate(schema, document, SCHEMA_PART, &problem);
    /* What is whole and right is right in part too. */
    if (whole == ERR_OK) FUZZ_CHECK(part == ERR_OK);
    FUZZ_CHECK(schema_title(schema, document) != NULL);
    size_t at = 0;
    const struct schema_field *field;
    while ((field = schema_next(schema, &at)) != NULL) {
        FUZZ_CHECK(schema_field(schema, field->path) != NULL ||
                   strchr(field->path, '[') != NULL);
        (void)schema_get(document, field->path);
        if (field->flag != NULL) FUZZ_CHECK(schema_field_by_flag(schema, field->flag) != NULL);
    }
}

static json_t *parse(struct slice text)
{
    json_t *value = NULL;
    const char *why = NULL;
    return ijson_decode(text, LIMIT_BODY_BYTES, &value, &why) == ERR_OK ? value : NULL;
}

static void fuzz_document(struct fuzz_in *in)
{
    struct schema_set *set = embedded();
    const struct schema *schema = schema_set_at(set, fuzz_below(in, schema_set_count(set)));
    FUZZ_CHECK(schema_set_find(set, schema->type) == schema);
    json_t *document = parse(fuzz_rest(in));
    if (json_is_object(document)) judge(schema, document);
    json_decref(document);
}

static void fuzz_schema(struct fuzz_in *in)
{
    struct schema_set *set = schema_set_bare();
    struct slice text = fuzz_part(in);
    char *why = NULL;
    size_t before = schema_set_count(set);
    enum err err = schema_set_add(set, text, &why);
    if (err == ERR_OK) {
        FUZZ_CHECK(why == NULL && schema_set_count(set) >= before);
        json_t *document = parse(fuzz_rest(in));
        for (size_t i = 0; i < schema_set_count(set); i++) {
            if (json_is_object(document)) judge(schema_set_at(set, i), document);
        }
        json_decref(document);
    } else {
        FUZZ_CHECK(why != NULL && strlen(why) > 0 && schema_set_count(set) == before);
    }
    free(why);
    schema_set_free(set);
}

static void fuzz_typed(struct fuzz_in *in)
{
    struct schema_set *set = embedded();
    const struct schema *schema = schema_set_at(set, fuzz_below(in, schema_set_count(set)));
    size_t skip = fuzz_u8(in), at = 0;
    const struct schema_field *field = schema_next(schema, &at);
    for (; skip > 0; skip--) {
        const struct schema_field *next = schema_next(schema, &at);
        if (next == NULL) break;
        field = next;
    }
    if (field == NULL) return;
    struct slice rest = fuzz_rest(in);
    char *text = mem_zalloc(rest.n + 1);
    json_t *value = NULL;
    struct schema_problem problem = {{0}, {0}};
    if (rest.n > 0) memcpy(text, rest.p, rest.n);
    enum err err = schema_parse(field, text, &value, &problem);
    if (err == ERR_OK) {
        FUZZ_CHECK(value != NULL);
        json_decref(value);
    } else {
        FUZZ_CHECK(value == NULL && problem.text[0] != 0);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    switch (fuzz_u8(&in) % 3) {
    case 0:
        fuzz_schema(&in);
        break;
    case 1:
        fuzz_document(&in);
        break;
    default:
        fuzz_typed(&in);
        break;
    }
    return 0;
}

static void put_schema(fuzz_put_fn put, void *ctx, const char *schema, const char *document)
{
    struct buf seed = {0};
    buf_put_u8(&seed, 0);
    buf_put_u16(&seed, (uint16_t)strlen(schema));
    buf_put_str(&seed, schema);
    buf_put_str(&seed, document);
    put(ctx, buf_slice(&seed));
    buf_fini(&seed);
}

/* Types that are refused, one complaint each; and one that uses what ours do not. */
static void put_odd_types(fuzz_put_fn put, void *ctx)
{
#define ODD(hints, field)                                                                     \
    "{\"title\":\"t\",\"type\":\"object\"," hints "\"properties\":{\"head\":{\"type\":"       \
    "\"object\",\"properties\":{\"r\":{\"type\":\"string\",\"x-input\":\"ref\"},\"f\":" field \
    "}}}}"
#define PLAIN "{\"type\":\"string\"}"
    static const char *const types[] = {
        ODD("", "{\"const\":1,\"minItems\":1,\"additionalProperties\":false}"),
        ODD("\"x-audience\":\"target\",\"x-target\":\"head.r\",", PLAIN),
        ODD("\"x-target\":\"head.f\",", PLAIN),
        ODD("\"x-audience\":\"all\",", PLAIN),
        ODD("\"x-owner\":\"all\",", PLAIN),
        ODD("\"x-widest\":\"all\",", PLAIN),
        ODD("\"x-owner\":\"network\",\"x-widest\":\"hub\",", PLAIN),
        ODD("\"x-anonymous\":true,\"x-owner\":\"any\",", PLAIN),
        ODD("\"x-title\":\"head.none\",", PLAIN),
        ODD("\"x-flag\":\"none\",", PLAIN),
        ODD("\"title\":7,", PLAIN),
        ODD("", "{\"type\":\"text\"}"),
        ODD("", "{\"type\":\"number\",\"multipleOf\":0}"),
        ODD("", "{\"type\":\"number\",\"multipleOf\":0.5,\"minimum\":\"1\"}"),
        ODD("", "{\"type\":\"integer\",\"x-poles\":[\"a\",\"b\"]}"),
        ODD("", "{\"type\":\"string\",\"enum\":[1]}"),
        ODD("", "{\"type\":\"string\",\"enum\":[]}"),
        ODD("", "{\"type\":\"string\",\"x-input\":\"wheel\"}"),
        ODD("", "{\"type\":\"string\",\"x-flag\":\"A\"}"),
        ODD("", "{\"type\":\"array\"}"),
        ODD("", "{\"type\":\"array\",\"x-merge\":\"items\",\"items\":" PLAIN "}"),
        ODD("", "{\"type\":\"array\",\"x-of\":\"head.none\",\"items\":" PLAIN "}"),
        ODD("", "{\"type\":\"array\",\"x-of\":\"head.r:a.b\",\"items\":" PLAIN "}"),
        ODD("", "{\"type\":\"array\",\"x-most\":{\"field\":\"a\"},\"items\":" PLAIN "}"),
        ODD("", "{\"type\":\"object\",\"properties\":{\"a\":{\"x-flag\":\"s\"},\"b\":{"
                "\"x-flag\":\"s\"}}}"),
        ODD("", "{\"type\":\"object\",\"properties\":{\"A b\":{}}}"),
        ODD("", "true"),
        "{\"title\":\"T\",\"properties\":{\"head\":{\"type\":\"object\"}}}",
        "{\"title\":\"t\",\"properties\":{\"head\":{\"type\":\"string\"}}}",
        "{\"title\":\"t\",\"type\":\"object\"}",
        "{\"title\":\"t\",\n\"type\"}",
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        put_schema(put, ctx, types[i], "{\"head\":{\"f\":0.75}}");
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    put_odd_types(put, ctx);
    static const char *const typed[] = {"12",     "-3",         "0.5",
                                        "yes",    "no",         "2026-03-02",
                                        "partly", "2026-02-30", "words of a person",
                                        "",       "adapt",      "ad"};
    static const char *const documents[] = {
        "{}",
        "{\"head\":{\"title\":\"t\",\"number\":1}}",
        "{\"head\":{\"title\":\"\",\"number\":-1,\"team\":[1]}}",
        "{\"plan\":{\"questions\":[{\"id\":\"1\",\"question\":\"q\",\"prediction\":\"p\"}]}}",
        "{\"plan\":{\"questions\":[{\"question\":\"q\"}],\"tasks\":[{\"id\":\"a\",\"what\":7}]}"
        "}",
        "{\"do\":{\"carried_out\":\"partly\",\"observations\":[{\"id\":\"1\",\"deleted\":true}]"
        "}}",
        "{\"do\":{\"carried_out\":\"never\"},\"act\":{\"decision\":\"adapt\"}}",
        "{\"study\":{\"results\":[{\"id\":\"1\",\"matched\":\"yes\",\"result\":null}]}}",
        "{\"head\":7}",
    };
    struct schema_set *set = embedded();
    for (uint8_t i = 0; i < schema_set_count(set); i++) {
        char *text = json_dumps(schema_set_at(set, i)->json, JSON_COMPACT);
        put_schema(put, ctx, text, documents[i % 9]);
        free(text);
        for (size_t d = 0; d < sizeof(documents) / sizeof(*documents); d++) {
            struct buf seed = {0};
            buf_put_u8(&seed, 1);
            buf_put_u8(&seed, i);
            buf_put_str(&seed, documents[d]);
            put(ctx, buf_slice(&seed));
            buf_fini(&seed);
        }
        for (uint8_t t = 0; t < sizeof(typed) / sizeof(*typed); t++) {
            struct buf seed = {0};
            buf_put_u8(&seed, 2);
            buf_put_u8(&seed, i);
            buf_put_u8(&seed, (uint8_t)(t * 5 + i));
            buf_put_str(&seed, typed[t]);
            put(ctx, buf_slice(&seed));
            buf_fini(&seed);
        }
    }
}
