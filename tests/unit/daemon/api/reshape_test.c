/* From the view's answers to the contract's. */
#include "tests/support/tests.h"

#include "daemon/api/reshape.h"

static struct buf text_of(const char *text)
{
    struct buf buf = {0};

    buf_put_str(&buf, text);
    return buf;
}

static void expect(struct buf *text, const char *wanted)
{
    buf_put_u8(text, 0);
    assert_string_equal((const char *)text->data, wanted);
    buf_fini(text);
}

static void a_page_says_where_the_next_begins(void **state)
{
    struct buf text =
        text_of("{\"records\":[{\"t\":\",\\\"more\\\":true\"}],\"more\":true,\"applied\":7}");

    (void)state;
    reshape_records(&text, 10, 5);
    expect(&text, "{\"items\":[{\"t\":\",\\\"more\\\":true\"}],\"next\":\"15\",\"applied\":7}");
    text = text_of("{\"records\":[],\"more\":false,\"applied\":0}");
    reshape_records(&text, 0, 5);
    expect(&text, "{\"items\":[],\"next\":null,\"applied\":0}");
}

static void found_records_keep_their_snippets(void **state)
{
    static const char found[] =
        "{\"found\":[{\"id\":\"a\",\"owner\":{\"name\":\"L\"},\"snippet\":\"[x]\"},"
        "{\"id\":\"b\",\"owner\":{\"name\":\"M\"},\"snippet\":\"y\"}],\"applied\":3}";
    struct buf text = text_of(found);

    (void)state;
    reshape_search(&text, "L", 0, 10);
    expect(&text, "{\"items\":[{\"record\":{\"id\":\"a\",\"owner\":{\"name\":\"L\"}},"
                  "\"snippet\":\"[x]\"}],"
                  "\"next\":null,\"applied\":3}");
    text = text_of(found);
    reshape_search(&text, NULL, 0, 1);
    assert_non_null(memmem(text.data, text.len, "\"next\":\"1\"", 10));
    buf_fini(&text);
}

static void rows_become_objects_and_shares_percent(void **state)
{
    struct buf text =
        text_of("{\"name\":\"share\",\"title\":\"T\",\"meaning\":\"M\",\"columns\":[{\"name\":"
                "\"s\",\"label\":\"S\","
                "\"kind\":\"text\"},{\"name\":\"p\",\"label\":\"P\",\"kind\":\"share\"}],"
                "\"rows\":[[\"L\",0.125],[\"M\",null]],\"applied\":3,\"schools\":2}");

    (void)state;
    reshape_report(&text, NULL);
    expect(&text, "{\"report\":\"share\",\"title\":\"T\",\"columns\":[{\"key\":\"s\",\"label\":"
                  "\"S\",\"kind\":\"text\"},"
                  "{\"key\":\"p\",\"label\":\"P\",\"kind\":\"percent\"}],\"rows\":[{\"s\":"
                  "\"L\",\"p\":12.5},"
                  "{\"s\":\"M\",\"p\":null}],\"notes\":[\"M\"],\"schools\":2,\"applied\":3}");
}

/* For a spreadsheet: no cell begins a formula, what could not be counted is empty. */
static void a_report_as_a_table(void **state)
{
    struct buf text =
        text_of("{\"name\":\"x\",\"title\":\"T\",\"meaning\":\"M\",\"columns\":[{\"name\":"
                "\"s\",\"label\":\"School\",\"kind\":\"text\"},{\"name\":\"n\",\"label\":"
                "\"Tests\",\"kind\":\"count\"},{\"name\":\"p\",\"label\":\"Share\",\"kind\":"
                "\"share\"}],\"rows\":[[\"=1+1\",3,0.125],[\"A, \\\"B\\\"\",0,null]]}");

    (void)state;
    reshape_report_csv(&text);
    buf_put_u8(&text, 0);
    assert_string_equal((const char *)text.data, "School,Tests,Share %\r\n'=1+1,3,12.5\r\n"
                                                 "\"A, \"\"B\"\"\",0,\r\n");
    buf_fini(&text);
}

/* News: feedback points at its target, a decision is one, and filters go on to the next page.
 */
static void the_feed_in_peoples_words(void **state)
{
    static const char page[] = "{\"feed\":[{\"lseq\":\"9\",\"what\":\"new\",\"sections\":["
                               "\"head\"],\"record\":{\"id\":\"f\",\"type\":"
                               "\"feedback\",\"title\":\"Good\",\"state\":\"warm\",\"owner\":{"
                               "\"name\":\"M\",\"mine\":false}},\"target\":"
                               "{\"id\":\"abcdef99\",\"type\":\"cycle\",\"title\":\"C\"}},"
                               "{\"lseq\":\"8\",\"what\":\"edit\",\"sections\":[\"act\"],"
                               "\"record\":{\"id\":\"c\",\"type\":\"cycle\","
                               "\"owner\":{\"name\":\"L\",\"mine\":true}},\"target\":null}],"
                               "\"more\":true,\"applied\":9}";
    struct buf text = text_of(page);
    struct reshape_feed feed = {.limit = 10};
    json_t *items = json_array(), *applied = NULL;
    uint64_t before = 0;
    bool more = false;

    (void)state;
    assert_true(reshape_feed_page(&text, &feed, items, &before, &more, &applied));
    assert_int_equal(before, 8);
    assert_int_equal(json_array_size(items), 2);
    assert_string_equal(tests_str(json_array_get(items, 0), "what"), "feedback");
    assert_string_equal(tests_str(json_array_get(items, 0), "text"), "Good");
    assert_string_equal(tests_str(json_object_get(json_array_get(items, 0), "record"), "short"),
                        "abcdef");
    assert_string_equal(tests_str(json_object_get(json_array_get(items, 0), "by"), "name"),
                        "M");
    assert_string_equal(tests_str(json_array_get(items, 1), "what"), "decided");
    json_array_clear(items);
    buf_fini(&text);
    text = text_of(page);
    feed.others = true;
    assert_true(reshape_feed_page(&text, &feed, items, &before, &more, &applied));
    assert_int_equal(json_array_size(items), 1);
    json_array_clear(items);
    buf_fini(&text);
    text = text_of(page);
    feed = (struct reshape_feed){.limit = 1};
    assert_false(reshape_feed_page(&text, &feed, items, &before, &more, &applied));
    assert_true(more);
    assert_int_equal(before, 9); /* the next page begins after what was given */
    buf_fini(&text);
    json_decref(items);
    json_decref(applied);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_says_where_the_next_begins),
        cmocka_unit_test(found_records_keep_their_snippets),
        cmocka_unit_test(rows_become_objects_and_shares_percent),
        cmocka_unit_test(a_report_as_a_table),
        cmocka_unit_test(the_feed_in_peoples_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
