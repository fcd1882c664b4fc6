#include "proto/record/ijson.h"

#include "proto/base/limits.h"
#include "tests/unit/proto/record/records.h"

static enum err decode(const char *text)
{
    json_t *value;
    const char *why = NULL;
    enum err err = ijson_decode(slice_of(text, strlen(text)), LIMIT_BODY_BYTES, &value, &why);
    if (err == ERR_OK)
        json_decref(value);
    else
        assert_non_null(why);
    return err;
}

static void strict_where_others_guess(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } rows[] = {
        {"{}", ERR_OK},
        {"[1,2.5,-0,1e3,\"\\u00e9\",null,true]", ERR_OK},
        {" \"text\" ", ERR_OK},
        {"{\"a\":9007199254740992,\"b\":-9007199254740992}", ERR_OK},
        {"9007199254740993", ERR_MALFORMED},
        {"[{\"a\":-9007199254740993}]", ERR_MALFORMED},
        {"99999999999999999999", ERR_MALFORMED},
        {"1e308", ERR_OK},
        {"1e309", ERR_MALFORMED},
        {"-1e999", ERR_MALFORMED},
        {"{\"a\":1,\"a\":1}", ERR_MALFORMED},
        {"{\"a\":1,\"\\u0061\":2}", ERR_MALFORMED},
        {"{\"b\":{\"a\":1,\"a\":1}}", ERR_MALFORMED},
        {"", ERR_MALFORMED},
        {" ", ERR_MALFORMED},
        {"{", ERR_MALFORMED},
        {"{}{}", ERR_MALFORMED},
        {"{},", ERR_MALFORMED},
        {"[1,]", ERR_MALFORMED},
        {"{'a':1}", ERR_MALFORMED},
        {"NaN", ERR_MALFORMED},
        {"01", ERR_MALFORMED},
        {"+1", ERR_MALFORMED},
        {".5", ERR_MALFORMED},
        {"\"\\u0000\"", ERR_MALFORMED},
        {"{\"\\u0000\":1}", ERR_MALFORMED},
        {"\"\\ud800\"", ERR_MALFORMED},
        {"\"\\ud83d\\ude00\"", ERR_OK},
        {"\"\\ud83d\\u0041\"", ERR_MALFORMED},
        {"\"\\ud83d\"", ERR_MALFORMED},
        {"\"\\udc00\"", ERR_MALFORMED},
        {"\"\\u00g0\"", ERR_MALFORMED},
        {"\"\\x\"", ERR_MALFORMED},
        {"\"\\", ERR_MALFORMED},
        {"\"\\u00", ERR_MALFORMED},
        {"\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"", ERR_OK},
        {"{\"\":{\"\\\"\":\"\\\"\"}}", ERR_OK},
        {"\"\xc3\xa9\"", ERR_OK},
        {"\"\xc3\"", ERR_MALFORMED},
        {"\"\xc0\x80\"", ERR_MALFORMED},
        {"\"\xed\xa0\x80\"", ERR_MALFORMED},
        {"\"a\tb\"", ERR_MALFORMED},
        {"\xef\xbb\xbf{}", ERR_MALFORMED},
        {"// a\n{}", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (decode(rows[i].text) != rows[i].err) fail_msg("%s", rows[i].text);
    }
    json_t *value;
    assert_err(ERR_MALFORMED, ijson_decode(slice_of("\"\0\"", 3), 10, &value, NULL));
    assert_err(ERR_MALFORMED, ijson_decode(slice_of("1\0", 2), 10, &value, NULL));
}

static void depth_and_size_have_bounds(void **state)
{
    (void)state;
    for (size_t depth = LIMIT_JSON_DEPTH; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        char *open = records_repeat("[", depth), *close = records_repeat("]", depth);
        struct buf text = {0};
        buf_put_str(&text, open);
        buf_put_str(&text, "\"[[[[[[[[[[[[[[[[[[\\\"[[\""); /* in a text they do not count */
        buf_put_str(&text, close);
        buf_put_u8(&text, 0);
        assert_err(depth == LIMIT_JSON_DEPTH ? ERR_OK : ERR_TOO_BIG, decode((char *)text.data));
        buf_fini(&text);
        free(open);
        free(close);
    }
    for (size_t over = 0; over <= 1; over++) {
        char *text = records_repeat(" ", LIMIT_BODY_BYTES + over);
        text[0] = '1';
        assert_err(over == 0 ? ERR_OK : ERR_TOO_BIG, decode(text));
        free(text);
    }
    char *bomb = records_repeat("[", LIMIT_BODY_BYTES);
    assert_err(ERR_TOO_BIG, decode(bomb));
    free(bomb);
}

static void equal_values_dump_to_equal_bytes(void **state)
{
    (void)state;
    json_t *a = records_json("{'b':[1,{'y':2,'x':'\\u00e9'}],'a':null,'aa':1.5}");
    json_t *b = records_json("{ 'aa' : 1.50, 'a':null, 'b':[1,{'x':'\xc3\xa9','y':2}]}");
    char *x = ijson_text(a), *y = ijson_text(b);
    assert_string_equal(x, y);
    assert_string_equal(x, "{\"a\":null,\"aa\":1.5,\"b\":[1,{\"x\":\"\xc3\xa9\",\"y\":2}]}");
    free(x);
    free(y);
    json_decref(a);
    json_decref(b);
}

/* What jansson says of a text, where it is as strict: a second opinion. */
static void jansson_agrees(const char *text, size_t n, const json_t *got, const char *why)
{
    json_t *other = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (got != NULL) {
        if (!json_equal((json_t *)(uintptr_t)got, other)) fail_msg("%.*s", (int)n, text);
        char *ours = ijson_text(got);
        char *theirs = json_dumps(other, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        assert_string_equal(ours, theirs);
        free(ours);
        free(theirs);
    } else if (other != NULL && strstr(why, "an integer is beyond") == NULL) {
        fail_msg("%.*s: %s", (int)n, text, why);
    }
    json_decref(other);
}

/* Whatever comes in is refused or dumps to a text that reads back as the same value. */
static void random_texts_never_confuse(void **state)
{
    (void)state;
    static const char seed_text[] = "{\"a\":[1,-2,3.25e2,\"x\\n\\u00e9\\ud83d\\ude00\\\"\\/"
                                    "\\u0001\",{\"b\":true,\"c\":null}],"
                                    "\"d\":{},\"k\\u0041\":\"\\\\\",\"0\": -0.5}";
    static const char alphabet[] = "{}[]\",:\\u0123456789eE+-.truefalsn \xc3\xa9\x80";
    struct rng rng = {.state = 41};
    size_t good = 0;
    for (int round = 0; round < 50000; round++) {
        char text[sizeof(seed_text)];
        memcpy(text, seed_text, sizeof(text));
        for (uint64_t k = rng_below(&rng, 4); k > 0; k--) {
            text[rng_below(&rng, sizeof(text) - 1)] =
                alphabet[rng_below(&rng, sizeof(alphabet) - 1)];
        }
        json_t *value, *back;
        const char *why;
        if (ijson_decode(slice_of(text, sizeof(text) - 1), 1000, &value, &why) != ERR_OK) {
            jansson_agrees(text, sizeof(text) - 1, NULL, why);
            continue;
        }
        good++;
        jansson_agrees(text, sizeof(text) - 1, value, NULL);
        char *dump = ijson_text(value);
        assert_ok(ijson_decode(slice_of(dump, strlen(dump)), 4000, &back, NULL));
        char *again = ijson_text(back);
        assert_string_equal(dump, again);
        free(dump);
        free(again);
        json_decref(value);
        json_decref(back);
    }
    assert_true(good > 5000 && good < 45000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_where_others_guess),
        cmocka_unit_test(depth_and_size_have_bounds),
        cmocka_unit_test(equal_values_dump_to_equal_bytes),
        cmocka_unit_test(random_texts_never_confuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
