/* Runs on their way out: as long as a run may be and one more, and more than the credit at
 * once. */
#include "daemon/core/stream.h"

#include "tests/unit/daemon/core/steps.h"

static void write_many(struct pair *pair, int at, size_t n, const char *text)
{
    struct command_revision *revisions = mem_zalloc(n * sizeof(*revisions));
    for (size_t i = 0; i < n; i++)
        revisions[i] = (struct command_revision){.audience = {.class = AUDIENCE_NETWORK},
                                                 .body = slice_of(text, strlen(text))};
    struct command command = {.kind = COMMAND_WRITE, .write = {.revisions = revisions, .n = n}};
    assert_ok(pair_do(pair, at, &command));
    assert_int_equal(pair->nodes[at].reply.count, n);
    free(revisions);
}

/* Written while the other is away; how much it has shortly after it came back. */
static void arrives(size_t n, const char *text)
{
    struct pair pair;
    steps_network(&pair, 2);
    struct space_id net = steps_network_space(&pair);
    pair_off(&pair, 1, true);
    write_many(&pair, 0, n, text);
    pair_off(&pair, 1, false);
    pair.nodes[1].wake_ms = pair.now_ms;
    pair_run(&pair, 10000);
    assert_int_equal(steps_space(&pair, 1, &net).envelopes, n);
    struct session *session = pair.nodes[0].node->sessions.all[0];
    assert_true(session_is_equal(session));
    assert_int_equal(session->stream.credit, LIMIT_CREDIT_BYTES); /* all of it came back */
    assert_int_equal(session->envelopes_out, n);
    pair_fini(&pair);
}

static void a_run_of_256_and_one_more(void **state)
{
    (void)state;
    arrives(LIMIT_RUN_ENVELOPES, "{\"a\":1}");
    arrives(LIMIT_RUN_ENVELOPES + 1, "{\"a\":1}");
}

static void more_than_the_credit_of_a_mebibyte(void **state)
{
    (void)state;
    char *text = mem_zalloc(30000);
    memset(text, 'x', 29999);
    arrives(80, text);
    free(text);
}

/* While a run waits for the peer, the next one is read; and both come, in order. */
static void the_next_run_lies_ready(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    struct space_id net = steps_network_space(&pair);
    uint64_t before = steps_space(&pair, 1, &net).envelopes;
    struct session *session = pair.nodes[0].node->sessions.all[0];
    const struct stream *stream = &session->stream;
    uint64_t credit = session->stream.credit;
    session->stream.credit = 0; /* the peer's disk is slow */
    for (int i = 0; i < 3; i++)
        write_many(&pair, 0, 1, "{\"a\":1}");
    pair_run(&pair, 100);
    assert_int_equal(steps_space(&pair, 1, &net).envelopes, before);
    assert_true(stream->message.len > 0);
    assert_int_equal(stream->ahead_n, 1); /* of a chain one run, and no further */
    assert_int_equal(stream->ahead[stream->ahead_at].run.n, 1);
    assert_int_equal(stream->ahead[stream->ahead_at].ticket, 0);
    assert_false(session_is_equal(session));
    session->stream.credit = credit;
    pair_run(&pair, 60000);
    assert_int_equal(steps_space(&pair, 1, &net).envelopes, before + 3);
    assert_true(session_is_equal(session));
    assert_int_equal(stream->credit, credit);
    pair_fini(&pair);
}

static struct session *session_to(struct pair *pair, int from, int to)
{
    const struct sessions *sessions = &pair->nodes[from].node->sessions;
    for (size_t i = 0; i < sessions->n; i++) {
        if (device_pk_eq(&sessions->all[i]->device, &pair->nodes[to].options.device_pk))
            return sessions->all[i];
    }
    fail_msg("%d has no session with %d", from, to);
    return NULL;
}

/* Of many chains with few envelopes each, several are read while a peer's disk is slow. */
static void short_runs_are_read_ahead(void **state)
{
    (void)state;
    enum { NODES = 6, LATE = NODES - 1 };
    struct pair pair;
    steps_network(&pair, NODES);
    pair_run(&pair, 60000);
    struct space_id net = steps_network_space(&pair);
    uint64_t before = steps_space(&pair, LATE, &net).envelopes;
    for (int i = 0; i < LATE; i++)
        session_to(&pair, i, LATE)->stream.credit = 0;
    for (int i = 0; i < LATE; i++)
        write_many(&pair, i, 1, "{\"a\":1}");
    pair_run(&pair, 100);
    assert_int_equal(steps_space(&pair, LATE, &net).envelopes, before);
    assert_int_equal(session_to(&pair, 0, LATE)->stream.ahead_n, STREAM_AHEAD);
    for (int i = 0; i < LATE; i++)
        session_to(&pair, i, LATE)->stream.credit = LIMIT_CREDIT_BYTES;
    pair_run(&pair, 60000);
    assert_int_equal(steps_space(&pair, LATE, &net).envelopes, before + LATE);
    assert_int_equal(session_to(&pair, 0, LATE)->stream.ahead_n, 0);
    assert_true(session_is_equal(session_to(&pair, 0, LATE)));
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_256_and_one_more),
        cmocka_unit_test(more_than_the_credit_of_a_mebibyte),
        cmocka_unit_test(the_next_run_lies_ready),
        cmocka_unit_test(short_runs_are_read_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
