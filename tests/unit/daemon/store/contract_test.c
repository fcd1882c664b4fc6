/*
 * The contract of daemon/core/store.h, asked of both who keep it: LMDB and the simulator's
 * store in memory. Each test runs once for each.
 */
#include "tests/unit/daemon/store/subject.h"

/* ------------------------------------------------------------------------------- tests -- */

static void test_empty(void **state)
{
    struct subject *s = *state;
    struct buf all = {0};
    struct chain chain = {0};
    struct envelope_id id = {{1}};
    struct stored stored;
    uint64_t seq;
    uint8_t bytes[ENVELOPE_HEADER_BYTES];

    dump(s, &all);
    buf_put_u8(&all, 0);
    assert_null(strstr((const char *)all.data, "log "));
    assert_null(strstr((const char *)all.data, "head "));
    assert_false(reader(s)->at(reader(s)->ctx, &chain, 1, &stored));
    assert_false(reader(s)->find(reader(s)->ctx, &id, &chain, &seq));
    assert_err(ERR_NOT_FOUND, reader(s)->header(reader(s)->ctx, &chain, 1, bytes));
    assert_err(ERR_NOT_FOUND, log_of(s)->get(log_of(s)->ctx, 1, dump_log, &all));
    buf_fini(&all);
}

static void test_an_envelope_can_be_found_by_place_and_by_id(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made a = make(&arena, 1, 2, 1, 500), b = make(&arena, 1, 2, 2, 0);
    const struct write writes[] = {put(&a), put(&b)};
    struct stored stored;
    struct chain chain;
    uint64_t seq, lseq;
    uint8_t bytes[ENVELOPE_HEADER_BYTES];

    assert_ok(commit(s, writes, 2, &lseq));
    assert_int_equal(lseq, 2);
    reopen(s);
    assert_true(reader(s)->at(reader(s)->ctx, &a.chain, 2, &stored));
    assert_int_equal(stored.lseq, 2);
    assert_true(stored.payload_held);
    assert_memory_equal(stored.id.b, b.id.b, 32);
    assert_true(reader(s)->find(reader(s)->ctx, &a.id, &chain, &seq));
    assert_int_equal(seq, 1);
    assert_true(chain_eq(&chain, &a.chain));
    assert_ok(reader(s)->header(reader(s)->ctx, &a.chain, 1, bytes));
    assert_memory_equal(bytes, a.header, sizeof(bytes));
    arena_fini(&arena);
}

static void test_a_gap_refuses_the_batch_and_what_rests_on_it(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made a1 = make(&arena, 1, 1, 1, 10), a2 = make(&arena, 1, 1, 2, 10);
    struct made b1 = make(&arena, 2, 1, 1, 10), b3 = make(&arena, 2, 1, 3, 10);
    const struct write first[] = {put(&a1)},
                       gap[] = {setting("app/x", "1"), put(&b1), put(&b3)},
                       after[] = {put(&a2)};
    struct store_batch group[] = {{.batch = 1, .writes = first, .n = 1},
                                  {.batch = 2, .writes = gap, .n = 3},
                                  {.batch = 3, .writes = after, .n = 1}};
    struct stored stored;
    struct buf all = {0};

    commit_group(s, group, 3);
    assert_err(ERR_OK, group[0].err);
    assert_err(ERR_ORDER, group[1].err);
    assert_err(ERR_ORDER, group[2].err);
    assert_true(reader(s)->at(reader(s)->ctx, &a1.chain, 1, &stored));
    assert_false(reader(s)->at(reader(s)->ctx, &a2.chain, 2, &stored));
    assert_false(reader(s)->at(reader(s)->ctx, &b1.chain, 1, &stored));
    reader(s)->each_setting(reader(s)->ctx, "", dump_setting, &all);
    assert_int_equal(all.len, 0);
    assert_ok(commit(s, after, 1, NULL)); /* once it was heard, everything goes on */
    assert_true(reader(s)->at(reader(s)->ctx, &a2.chain, 2, &stored));
    buf_fini(&all);
    arena_fini(&arena);
}

static void test_what_is_held_already_is_skipped(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made a = make(&arena, 1, 1, 1, 10), b = make(&arena, 1, 1, 2, 10);
    const struct write writes[] = {put(&a), put(&a), put(&b)};
    uint64_t lseq;

    assert_ok(commit(s, writes, 3, &lseq));
    assert_int_equal(lseq, 2);
    assert_ok(commit(s, writes, 3, &lseq));
    assert_int_equal(lseq, 2);
    arena_fini(&arena);
}

static void test_another_envelope_in_a_taken_place_is_refused(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made a = make(&arena, 1, 1, 1, 10), twin = make(&arena, 1, 1, 1, 11);
    const struct write one = put(&a), two = put(&twin);

    assert_ok(commit(s, &one, 1, NULL));
    assert_err(ERR_ORDER, commit(s, &two, 1, NULL));
    arena_fini(&arena);
}

struct listed {
    struct envelope_id ids[4];
    size_t n;
};

static void list_statement(void *arg, struct slice header, struct slice payload, bool vouched)
{
    struct listed *listed = arg;
    (void)payload;
    (void)vouched;
    assert_true(listed->n < 4);
    envelope_id(&listed->ids[listed->n++], header.p);
}

static void test_a_statement_aside_is_in_the_log_and_in_no_chain(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made a = make(&arena, 1, 0, 1, 10), twin = make(&arena, 1, 0, 1, 11);
    struct made b = make(&arena, 1, 0, 2, 10), record = make(&arena, 1, 1, 1, 10);
    struct write writes[] = {put(&a), put(&twin), put(&b)}, wrong = put(&record);
    struct listed listed = {.n = 0};
    struct stored stored;
    uint64_t lseq;

    writes[1].aside = wrong.aside = true;
    assert_ok(commit(s, writes, 3, &lseq));
    assert_int_equal(lseq, 3);
    assert_ok(commit(s, &writes[1], 1, &lseq)); /* once is enough */
    assert_int_equal(lseq, 3);
    assert_err(ERR_INVALID, commit(s, &wrong, 1, NULL)); /* statements alone */
    reopen(s);
    assert_true(reader(s)->at(reader(s)->ctx, &a.chain, 1, &stored));
    assert_memory_equal(stored.id.b, a.id.b, 32);
    assert_true(reader(s)->at(reader(s)->ctx, &a.chain, 2, &stored));
    reader(s)->each_statement(reader(s)->ctx, list_statement, &listed);
    assert_int_equal(listed.n, 3);
    assert_memory_equal(listed.ids[1].b, twin.id.b, 32);
    arena_fini(&arena);
}

static void test_erase_takes_the_payload_and_leaves_the_header(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made a = make(&arena, 1, 1, 1, 100), other = make(&arena, 3, 1, 9, 1);
    const struct write w = put(&a), gone = erase(&a), absent = erase(&other);
    const struct write back = {
        .kind = WRITE_PAYLOAD, .chain = a.chain, .seq = 1, .payload = a.payload};
    const struct read_request request = {
        .kind = READ_RUN, .chain = a.chain, .seq = 1, .count = 10, .bytes_max = 1 << 20};
    const struct read_entry *entries;
    struct stored stored;
    size_t n;
    bool more;

    assert_ok(commit(s, &w, 1, NULL));
    assert_ok(commit(s, &absent, 1, NULL));
    assert_ok(commit(s, &gone, 1, NULL));
    assert_ok(commit(s, &w, 1, NULL)); /* held: it does not come back by itself */
    reopen(s);
    assert_true(reader(s)->at(reader(s)->ctx, &a.chain, 1, &stored));
    assert_false(stored.payload_held);
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 1);
    assert_true(entries[0].erased);
    assert_int_equal(entries[0].payload.n, 0);
    assert_memory_equal(entries[0].header.p, a.header, sizeof(a.header));

    assert_ok(commit(s, &back, 1, NULL));
    read_request(s, &request, &entries, &n, &more);
    assert_false(entries[0].erased);
    assert_true(slice_eq(entries[0].payload, a.payload));
    arena_fini(&arena);
}

static void test_a_header_may_come_without_its_payload(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made a = make(&arena, 1, 1, 1, 100);
    struct write w = put(&a);
    struct stored stored;

    w.erased = true;
    assert_err(ERR_INVALID, commit(s, &w, 1, NULL)); /* a payload, and no payload */
    w.payload = slice_of(NULL, 0);
    assert_ok(commit(s, &w, 1, NULL));
    assert_true(reader(s)->at(reader(s)->ctx, &a.chain, 1, &stored));
    assert_false(stored.payload_held);
    arena_fini(&arena);
}

static bool count_entry(void *arg, const struct log_entry *entry)
{
    (void)entry;
    return --*(int *)arg > 0;
}

static void test_the_log_has_holes_where_local_revisions_were(void **state)
{
    struct subject *s = *state;
    uint8_t id[3][32] = {{1}, {2}, {3}};
    const struct write writes[] = {local(id[0], "one"), local(id[1], "two"),
                                   local(id[1], "two"), local(id[2], "three")};
    const struct write drops[] = {
        {.kind = WRITE_LOCAL_DROP, .key = slice_of(id[1], 32)},
        {.kind = WRITE_LOCAL_DROP, .key = slice_of(id[2], 32)},
    };
    const struct read_request request = {.kind = READ_LOCAL, .seq = 1, .count = 10};
    const struct read_entry *entries;
    struct buf text = {0};
    uint64_t lseq;
    size_t n;
    bool more;
    int stop_after = 1;

    assert_ok(commit(s, writes, 4, &lseq));
    assert_int_equal(lseq, 3);
    assert_ok(log_of(s)->read(log_of(s)->ctx, 0, 10, count_entry, &stop_after));
    assert_int_equal(stop_after, 0);
    assert_ok(commit(s, drops, 2, NULL));
    assert_ok(commit(s, drops, 2, NULL)); /* gone already: nothing happens */
    reopen(s);
    assert_int_equal(log_of(s)->last(log_of(s)->ctx), 3); /* never given twice */
    assert_err(ERR_NOT_FOUND, log_of(s)->get(log_of(s)->ctx, 2, dump_log, &text));
    assert_ok(log_of(s)->get(log_of(s)->ctx, 1, dump_log, &text));
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 1);
    assert_false(more);
    assert_memory_equal(entries[0].payload.p, "one", 3);
    assert_memory_equal(entries[0].revision.b, id[0], 32);
    assert_ok(commit(s, &writes[1], 1, &lseq)); /* written once more, it is new */
    assert_int_equal(lseq, 4);
    buf_fini(&text);
}

static void test_settings_are_kept_in_order_of_key(void **state)
{
    struct subject *s = *state;
    char longest[501];
    struct buf text = {0};

    memset(longest, 'k', sizeof(longest));
    longest[500] = '\0';
    const struct write writes[] = {setting("node/b", "2"), setting("app/z", ""),
                                   setting("node/a", "1"), setting("node/", "0"),
                                   setting(longest, "v")};
    const struct write deletes[] = {setting("node/a", NULL), setting("node/none", NULL)};
    const struct write too_long = {
        .kind = WRITE_SETTING, .key = slice_of(longest, 501), .payload = slice_of("v", 1)};
    const struct write nameless = {.kind = WRITE_SETTING, .payload = slice_of("v", 1)};

    assert_ok(commit(s, writes, 5, NULL));
    assert_err(ERR_INVALID, commit(s, &too_long, 1, NULL));
    assert_err(ERR_INVALID, commit(s, &nameless, 1, NULL));
    reader(s)->each_setting(reader(s)->ctx, "node/", dump_setting, &text);
    buf_put_u8(&text, 0);
    assert_string_equal((const char *)text.data, "\nsetting 6e6f64652f 30"
                                                 "\nsetting 6e6f64652f61 31"
                                                 "\nsetting 6e6f64652f62 32");
    assert_ok(commit(s, deletes, 2, NULL));
    reopen(s);
    text.len = 0;
    reader(s)->each_setting(reader(s)->ctx, "node/a", dump_setting, &text);
    reader(s)->each_setting(reader(s)->ctx, "lost", dump_setting, &text);
    assert_int_equal(text.len, 0);
    reader(s)->each_setting(reader(s)->ctx, "app/z", dump_setting, &text);
    assert_true(text.len > 0); /* empty is not absent */
    buf_fini(&text);
}

static void test_one_beacon_a_device(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct envelope e = {.kind = ENVELOPE_BEACON, .seq = 5};
    uint8_t one[ENVELOPE_HEADER_BYTES], two[ENVELOPE_HEADER_BYTES];
    struct made record = make(&arena, 1, 1, 1, 1);
    struct buf text = {0}, again = {0};

    memset(e.network.b, 7, sizeof(e.network.b));
    e.payload_len = 3;
    envelope_encode(one, &e);
    e.seq = 6;
    envelope_encode(two, &e);
    const struct write writes[] = {
        {.kind = WRITE_BEACON, .header = slice_of(one, 316), .payload = slice_of("abc", 3)},
        {.kind = WRITE_BEACON, .header = slice_of(two, 316), .payload = slice_of("def", 3)}};
    const struct write wrong = {.kind = WRITE_BEACON,
                                .header = slice_of(record.header, 316),
                                .payload = record.payload};
    const struct write in_log = {.kind = WRITE_ENVELOPE, .header = slice_of(one, 316)};

    assert_ok(commit(s, writes, 2, NULL));
    assert_err(ERR_INVALID, commit(s, &wrong, 1, NULL));
    assert_err(ERR_INVALID, commit(s, &in_log, 1, NULL));
    reopen(s);
    reader(s)->each_beacon(reader(s)->ctx, dump_envelope, &text);
    dump_envelope(&again, slice_of(two, 316), slice_of("def", 3));
    assert_true(slice_eq(buf_slice(&text), buf_slice(&again)));
    assert_int_equal(log_of(s)->last(log_of(s)->ctx), 0);
    buf_fini(&text);
    buf_fini(&again);
    arena_fini(&arena);
}

static void test_a_run_keeps_its_bounds_and_its_chain(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made made[10], other = make(&arena, 1, 2, 1, 10);
    struct write writes[11];
    struct read_request request = {.kind = READ_RUN, .seq = 3, .count = 100};
    const struct read_entry *entries;
    size_t n;
    bool more;

    for (unsigned i = 0; i < 10; i++) {
        made[i] = make(&arena, 1, 1, i + 1, 1000);
        writes[i] = put(&made[i]);
    }
    writes[10] = put(&other);
    assert_ok(commit(s, writes, 11, NULL));
    request.chain = made[0].chain;
    request.bytes_max = 1 << 20;
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 8);
    assert_false(more);
    assert_memory_equal(entries[7].header.p, made[9].header, ENVELOPE_HEADER_BYTES);
    request.count = 8;
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 8);
    assert_false(more); /* at the bound and at the end */
    request.count = 7;
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 7);
    assert_true(more);
    request.bytes_max = 2 * 1316;
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 2);
    request.bytes_max = 2 * 1316 - 1;
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 1);
    request.bytes_max = 1; /* one, so that a reader always gets on */
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 1);
    assert_true(more);
    request.seq = 11;
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 0);
    arena_fini(&arena);
}

static void test_statements_come_in_order_of_the_log(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made a = make(&arena, 9, 0, 1, 3), r = make(&arena, 9, 5, 1, 3);
    struct made b = make(&arena, 2, 0, 1, 3), c = make(&arena, 9, 0, 2, 3);
    struct write writes[] = {put(&a), put(&r), put(&b), put(&c)};
    struct buf text = {0}, expected = {0};

    writes[2].vouched = true;
    assert_ok(commit(s, writes, 4, NULL));
    reader(s)->each_statement(reader(s)->ctx, dump_statement, &text);
    dump_envelope(&expected, slice_of(a.header, 316), a.payload);
    dump_statement(&expected, slice_of(b.header, 316), b.payload, true);
    dump_envelope(&expected, slice_of(c.header, 316), c.payload);
    assert_true(slice_eq(buf_slice(&text), buf_slice(&expected)));
    buf_fini(&text);
    buf_fini(&expected);
    arena_fini(&arena);
}

static void note_piece(void *arg, const struct piece_id *id, size_t bytes)
{
    say(arg, " ", slice_of(id->b, 1));
    say_number(arg, " ", bytes);
}

static void test_pieces_are_kept_by_their_address_until_dropped(void **state)
{
    struct subject *s = *state;
    struct piece_id ids[] = {{{9}}, {{4}}};
    struct buf text = {0}, expected = {0};
    struct write writes[] = {
        {.kind = WRITE_PIECE, .key = slice_of(ids[0].b, 32), .payload = slice_of("first", 5)},
        {.kind = WRITE_PIECE, .key = slice_of(ids[1].b, 32), .payload = slice_of("other", 5)},
        {.kind = WRITE_PIECE, .key = slice_of(ids[0].b, 32), .payload = slice_of("later", 5)},
    };
    struct write drop = {.kind = WRITE_PIECE_DROP, .key = slice_of(ids[1].b, 32)};
    struct write wrong = {.kind = WRITE_PIECE, .key = slice_of(ids[1].b, 32)};
    const struct read_request request = {.kind = READ_PIECE, .piece = ids[0], .count = 1};
    const struct read_request none = {.kind = READ_PIECE, .piece = ids[1], .count = 1};
    const struct read_entry *entries;
    size_t n;
    bool more;

    assert_ok(commit(s, writes, 3, NULL));
    reopen(s);
    reader(s)->each_piece(reader(s)->ctx, note_piece, &text);
    note_piece(&expected, &ids[1], 5);
    note_piece(&expected, &ids[0], 5);
    assert_true(slice_eq(buf_slice(&text), buf_slice(&expected)));
    read_request(s, &request, &entries, &n, &more);
    assert_int_equal(n, 1);
    assert_true(slice_eq(entries[0].payload, slice_of("first", 5)));
    assert_ok(commit(s, &drop, 1, NULL));
    assert_ok(commit(s, &drop, 1, NULL));
    assert_int_equal(reader(s)->piece(reader(s)->ctx, &ids[1]), 0);
    assert_int_equal(reader(s)->piece(reader(s)->ctx, &ids[0]), 5);
    read_request(s, &none, &entries, &n, &more);
    assert_int_equal(n, 0);
    assert_err(ERR_INVALID, commit(s, &wrong, 1, NULL)); /* no bytes */
    buf_fini(&text);
    buf_fini(&expected);
}

static void test_payloads_at_the_bound_and_one_past_it(void **state)
{
    struct subject *s = *state;
    struct arena arena = {0};
    struct made most = make(&arena, 1, 1, 1, LIMIT_PAYLOAD_BYTES),
                over = make(&arena, 1, 1, 2, 1);
    uint8_t *bytes = arena_alloc(&arena, LIMIT_PAYLOAD_BYTES + 1);
    const struct write w = put(&most);
    struct write too_big = put(&over);

    too_big.payload = slice_of(bytes, LIMIT_PAYLOAD_BYTES + 1);
    assert_ok(commit(s, &w, 1, NULL));
    assert_err(ERR_INVALID, commit(s, &too_big, 1, NULL));
    arena_fini(&arena);
}

#define BOTH(test)                                     \
    {"lmdb " #test, test, setup_lmdb, teardown, NULL}, \
    {                                                  \
        "ram " #test, test, setup_ram, teardown, NULL  \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_empty),
        BOTH(test_an_envelope_can_be_found_by_place_and_by_id),
        BOTH(test_a_gap_refuses_the_batch_and_what_rests_on_it),
        BOTH(test_what_is_held_already_is_skipped),
        BOTH(test_another_envelope_in_a_taken_place_is_refused),
        BOTH(test_a_statement_aside_is_in_the_log_and_in_no_chain),
        BOTH(test_erase_takes_the_payload_and_leaves_the_header),
        BOTH(test_a_header_may_come_without_its_payload),
        BOTH(test_the_log_has_holes_where_local_revisions_were),
        BOTH(test_settings_are_kept_in_order_of_key),
        BOTH(test_one_beacon_a_device),
        BOTH(test_a_run_keeps_its_bounds_and_its_chain),
        BOTH(test_statements_come_in_order_of_the_log),
        BOTH(test_payloads_at_the_bound_and_one_past_it),
        BOTH(test_pieces_are_kept_by_their_address_until_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
