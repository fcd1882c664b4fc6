/* Two nets on one loop, over loopback: who is told what, when, and where the bounds are. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/net/net.h"
#include "proto/base/limits.h"
#include "tests/support/tests.h"

enum { CONNS_MAX = 400 };

struct side {
    struct net *net;
    bool inside; /* a call of ours is running: nothing may be called back */
    unsigned opened, closed, failed;
    uint64_t conns[CONNS_MAX];
    bool open[CONNS_MAX * 2]; /* by number */
    uint64_t last_dial;
    enum err last_err;
    char address[ADDRESS_TEXT_BYTES];
    struct buf got;
    bool close_on_data;
};

struct pair {
    uv_loop_t loop;
    struct side a, b;
    unsigned port;
    unsigned stopped;
    uv_timer_t deadline;
    bool late;
};

static void on_opened(void *ctx, uint64_t conn, uint64_t dial, const char *address)
{
    struct side *side = ctx;
    assert_false(side->inside);
    assert_true(conn < CONNS_MAX * 2);
    assert_false(side->open[conn]);
    side->open[conn] = true;
    side->conns[side->opened++] = conn;
    side->last_dial = dial;
    snprintf(side->address, sizeof(side->address), "%s", address);
}

static void on_data(void *ctx, uint64_t conn, struct slice bytes)
{
    struct side *side = ctx;
    assert_false(side->inside);
    assert_true(side->open[conn]);
    buf_put(&side->got, bytes.p, bytes.n);
    if (side->close_on_data) net_close(side->net, conn);
}

static void on_closed(void *ctx, uint64_t conn)
{
    struct side *side = ctx;
    assert_false(side->inside);
    assert_true(side->open[conn]); /* once for each */
    side->open[conn] = false;
    side->closed++;
}

static void on_dial_failed(void *ctx, uint64_t dial, enum err err)
{
    struct side *side = ctx;
    assert_false(side->inside);
    side->failed++;
    side->last_dial = dial;
    side->last_err = err;
}

static void on_deadline(uv_timer_t *timer)
{
    struct pair *pair = timer->data;
    pair->late = true;
}

/* Turns the loop until the condition holds; fails after ten seconds. */
#define UNTIL(pair, condition)                                    \
    do {                                                          \
        (pair)->late = false;                                     \
        uv_timer_start(&(pair)->deadline, on_deadline, 10000, 0); \
        while (!(condition) && !(pair)->late)                     \
            uv_run(&(pair)->loop, UV_RUN_ONCE);                   \
        if (!(condition)) fail_msg("never came: %s", #condition); \
        uv_timer_stop(&(pair)->deadline);                         \
    } while (0)

static void side_init(struct pair *pair, struct side *side)
{
    const struct net_callbacks callbacks = {side, on_opened, on_data, on_closed,
                                            on_dial_failed};
    side->net = net_new(&pair->loop, &callbacks);
}

static int setup(void **state)
{
    struct pair *pair = mem_zalloc(sizeof(*pair));
    uv_loop_init(&pair->loop);
    uv_timer_init(&pair->loop, &pair->deadline);
    pair->deadline.data = pair;
    side_init(pair, &pair->a);
    side_init(pair, &pair->b);
    assert_ok(net_listen(pair->b.net, "127.0.0.1:0", &pair->port));
    assert_true(pair->port > 0);
    *state = pair;
    return 0;
}

static void on_stopped(void *ctx)
{
    ++*(unsigned *)ctx;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    net_stop(pair->a.net, on_stopped, &pair->stopped);
    net_stop(pair->b.net, on_stopped, &pair->stopped);
    assert_int_equal(pair->stopped, 0);
    UNTIL(pair, pair->stopped == 2);
    uv_close((uv_handle_t *)&pair->deadline, NULL);
    uv_run(&pair->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&pair->loop), 0);
    buf_fini(&pair->a.got);
    buf_fini(&pair->b.got);
    free(pair);
    return 0;
}

static void dial_to(struct pair *pair, uint64_t dial, const char *host)
{
    char address[64];
    snprintf(address, sizeof(address), "%s:%u", host, pair->port);
    pair->a.inside = true;
    net_dial(pair->a.net, dial, address);
    pair->a.inside = false;
}

static void send_text(struct side *side, uint64_t conn, const char *text)
{
    side->inside = true;
    net_send(side->net, conn, slice_of(text, strlen(text)));
    side->inside = false;
}

static void connect_pair(struct pair *pair)
{
    unsigned a = pair->a.opened, b = pair->b.opened;
    dial_to(pair, 7, "127.0.0.1");
    UNTIL(pair, pair->a.opened == a + 1 && pair->b.opened == b + 1);
}

static void test_bytes_go_both_ways_in_order(void **state)
{
    struct pair *pair = *state;

    connect_pair(pair);
    assert_int_equal(pair->a.last_dial, 7);
    assert_int_equal(pair->b.last_dial, 0);
    assert_non_null(strstr(pair->b.address, "127.0.0.1:"));
    send_text(&pair->a, pair->a.conns[0], "one ");
    send_text(&pair->a, pair->a.conns[0], "two");
    send_text(&pair->b, pair->b.conns[0], "three");
    UNTIL(pair, pair->b.got.len == 7 && pair->a.got.len == 5);
    assert_memory_equal(pair->b.got.data, "one two", 7);
    assert_memory_equal(pair->a.got.data, "three", 5);
}

static void test_a_name_is_looked_up(void **state)
{
    struct pair *pair = *state;

    dial_to(pair, 1, "localhost");
    UNTIL(pair, pair->a.opened == 1 && pair->b.opened == 1);
    char expected[64];
    snprintf(expected, sizeof(expected), "localhost:%u", pair->port);
    assert_string_equal(pair->a.address, expected);
}

static void test_a_close_lets_the_last_words_out(void **state)
{
    struct pair *pair = *state;
    struct buf big = {0};

    memset(buf_extend(&big, 3000000), 'x', 3000000);
    connect_pair(pair);
    net_send(pair->a.net, pair->a.conns[0], buf_slice(&big));
    send_text(&pair->a, pair->a.conns[0], "bye");
    pair->a.inside = true;
    net_close(pair->a.net, pair->a.conns[0]);
    net_close(pair->a.net, pair->a.conns[0]);
    pair->a.inside = false;
    send_text(&pair->a, pair->a.conns[0], "too late");
    UNTIL(pair, pair->a.closed == 1 && pair->b.closed == 1);
    assert_int_equal(pair->b.got.len, 3000003);
    assert_memory_equal(pair->b.got.data + 3000000, "bye", 3);
    buf_fini(&big);
}

static void test_closing_from_a_callback_is_fine(void **state)
{
    struct pair *pair = *state;

    pair->b.close_on_data = true;
    connect_pair(pair);
    send_text(&pair->a, pair->a.conns[0], "hello");
    UNTIL(pair, pair->a.closed == 1 && pair->b.closed == 1);
}

static void test_dials_that_cannot_work_are_told_later(void **state)
{
    static const char *const bad[] = {"no port", "127.0.0.1:0", "*", ""};
    struct pair *pair = *state;

    for (unsigned i = 0; i < 4; i++) {
        pair->a.inside = true;
        net_dial(pair->a.net, 100 + i, bad[i]);
        pair->a.inside = false;
        UNTIL(pair, pair->a.failed == i + 1);
        assert_int_equal(pair->a.last_dial, 100 + i);
        assert_err(ERR_INVALID, pair->a.last_err);
    }
    net_dial(pair->a.net, 5, "127.0.0.1:1"); /* nobody listens there */
    UNTIL(pair, pair->a.failed == 5);
    assert_err(ERR_CLOSED, pair->a.last_err);
    assert_int_equal(net_get_stats(pair->a.net).dials, 0);
}

static void test_dials_have_a_bound(void **state)
{
    struct pair *pair = *state;

    for (unsigned i = 0; i < NET_DIALS_MAX; i++)
        net_dial(pair->a.net, i, "127.0.0.1:1");
    net_dial(pair->a.net, 1000, "127.0.0.1:1");
    UNTIL(pair, pair->a.failed == NET_DIALS_MAX + 1);
    assert_int_equal(net_get_stats(pair->a.net).dials, 0);
    net_dial(pair->a.net, 1001, "127.0.0.1:1"); /* and there is room again */
    UNTIL(pair, pair->a.failed == NET_DIALS_MAX + 2);
    assert_err(ERR_CLOSED, pair->a.last_err);
}

static void test_half_open_connections_of_an_address_have_a_bound(void **state)
{
    struct pair *pair = *state;
    char answer[NET_ANSWER_BYTES + 1] = {0};

    for (unsigned i = 0; i < LIMIT_HALF_OPEN_ADDRESS; i++)
        connect_pair(pair);
    assert_int_equal(net_get_stats(pair->b.net).half_open, LIMIT_HALF_OPEN_ADDRESS);
    dial_to(pair, 99, "127.0.0.1");
    UNTIL(pair, pair->a.opened == LIMIT_HALF_OPEN_ADDRESS + 1 && pair->a.closed == 1);
    assert_int_equal(pair->b.opened, LIMIT_HALF_OPEN_ADDRESS);
    assert_int_equal(net_get_stats(pair->b.net).refused, 1);

    /* The first answer of a handshake proves nothing; the second word does. */
    net_send(pair->b.net, pair->b.conns[0], slice_of(answer, NET_ANSWER_BYTES));
    assert_int_equal(net_get_stats(pair->b.net).half_open, LIMIT_HALF_OPEN_ADDRESS);
    net_send(pair->b.net, pair->b.conns[0], slice_of(answer, 1));
    assert_int_equal(net_get_stats(pair->b.net).half_open, LIMIT_HALF_OPEN_ADDRESS - 1);
    connect_pair(pair);
    /* And one that ends makes room. */
    net_close(pair->a.net, pair->a.conns[1]);
    UNTIL(pair, pair->b.closed == 1);
    connect_pair(pair);
}

/* A caller from another address of this machine. */
struct probe {
    uv_tcp_t tcp;
    uv_connect_t request;
};

static void on_probe(uv_connect_t *request, int status)
{
    (void)request;
    assert_int_equal(status, 0);
}

static void probe(struct pair *pair, struct probe *out, unsigned i)
{
    struct sockaddr_in from, to;
    char host[16];

    snprintf(host, sizeof(host), "127.0.1.%u", i + 1);
    uv_tcp_init(&pair->loop, &out->tcp);
    uv_ip4_addr(host, 0, &from);
    uv_ip4_addr("127.0.0.1", (int)pair->port, &to);
    assert_int_equal(uv_tcp_bind(&out->tcp, (const struct sockaddr *)&from, 0), 0);
    assert_int_equal(
        uv_tcp_connect(&out->request, &out->tcp, (const struct sockaddr *)&to, on_probe), 0);
}

static void test_half_open_connections_have_a_bound_in_all(void **state)
{
    static struct probe probes[LIMIT_HALF_OPEN + 1];
    struct pair *pair = *state;

    for (unsigned i = 0; i < LIMIT_HALF_OPEN; i++) {
        probe(pair, &probes[i], i);
        UNTIL(pair, pair->b.opened == i + 1);
    }
    assert_int_equal(net_get_stats(pair->b.net).half_open, LIMIT_HALF_OPEN);
    probe(pair, &probes[LIMIT_HALF_OPEN], LIMIT_HALF_OPEN);
    UNTIL(pair, net_get_stats(pair->b.net).refused == 1);
    assert_int_equal(pair->b.opened, LIMIT_HALF_OPEN);
    for (unsigned i = 0; i <= LIMIT_HALF_OPEN; i++)
        uv_close((uv_handle_t *)&probes[i].tcp, NULL);
    UNTIL(pair, pair->b.closed == LIMIT_HALF_OPEN);
    assert_int_equal(net_get_stats(pair->b.net).half_open, 0);
}

static void test_a_peer_that_does_not_read_is_closed(void **state)
{
    struct pair *pair = *state;
    struct buf big = {0};

    memset(buf_extend(&big, NET_WRITE_BYTES_MAX), 'x', NET_WRITE_BYTES_MAX);
    connect_pair(pair);
    net_send(pair->a.net, pair->a.conns[0], buf_slice(&big)); /* the bound: taken */
    net_send(pair->a.net, pair->a.conns[0], slice_of("x", 1));
    assert_int_equal(pair->a.closed, 0);
    UNTIL(pair, pair->a.closed == 1 && pair->b.closed == 1);
    assert_int_equal(pair->b.got.len, 0);
    connect_pair(pair);
    net_send(pair->a.net, pair->a.conns[1], buf_slice(&big));
    UNTIL(pair, pair->b.got.len == NET_WRITE_BYTES_MAX);
    buf_fini(&big);
}

static void test_listening(void **state)
{
    struct pair *pair = *state;
    char taken[32];
    unsigned port;

    snprintf(taken, sizeof(taken), "127.0.0.1:%u", pair->port);
    assert_err(ERR_EXISTS, net_listen(pair->a.net, taken, &port));
    assert_err(ERR_INVALID, net_listen(pair->a.net, "203.0.113.7:0", &port));
    assert_err(ERR_INVALID, net_listen(pair->a.net, "somewhere", &port));
    for (unsigned i = 0; i < NET_LISTENERS_MAX; i++)
        assert_ok(net_listen(pair->a.net, i == 0 ? "*:0" : "localhost:0", &port));
    assert_err(ERR_LIMIT, net_listen(pair->a.net, "127.0.0.1:0", &port));
}

static void test_stopping_with_everything_under_way(void **state)
{
    struct pair *pair = *state;

    connect_pair(pair);
    send_text(&pair->a, pair->a.conns[0], "unsent");
    net_dial(pair->a.net, 1, "localhost:1");
    net_dial(pair->a.net, 2, "127.0.0.1:1");
    uv_run(&pair->loop, UV_RUN_NOWAIT); /* teardown stops in the middle of it */
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_bytes_go_both_ways_in_order),
        T(test_a_name_is_looked_up),
        T(test_a_close_lets_the_last_words_out),
        T(test_closing_from_a_callback_is_fine),
        T(test_dials_that_cannot_work_are_told_later),
        T(test_dials_have_a_bound),
        T(test_half_open_connections_of_an_address_have_a_bound),
        T(test_half_open_connections_have_a_bound_in_all),
        T(test_a_peer_that_does_not_read_is_closed),
        T(test_listening),
        T(test_stopping_with_everything_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
