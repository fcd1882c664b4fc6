#include "daemon/core/node.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"
#include "daemon/core/joinbook.h"
#include "daemon/core/stream.h"

/* A SYNC that waits gives up on peers that are silent. */
enum { NODE_SYNC_MS = 20 * 1000, NODE_SYNC_LOOK_MS = 200 };

struct node *node_new(const struct node_options *options, const struct env *env,
                      const struct store_reader *reader)
{
    struct node *node = mem_zalloc(sizeof(*node));
    node->options = *options;
    node->options.device_name = mem_strdup(options->device_name);
    node->options.version = mem_strdup(options->version);
    node->env = env;
    node->reader = reader;
    node->rng.state = options->seed;
    ledger_load(node);
    holdings_load(node);
    node->beacons.due_ms = UINT64_MAX;
    joinbook_load(node);
    forks_load(node);
    ages_load(node);
    if (node->state != NODE_SOLO) {
        books_reload(node);
        beacons_load(node);
    }
    return node;
}

void node_free(struct node *node)
{
    if (node == NULL) return;
    sessions_fini(node);
    pieces_fini(&node->pieces);
    mends_fini(&node->mends);
    bundles_fini(&node->bundles);
    forks_fini(&node->forks);
    aside_fini(&node->aside);
    duty_fini(&node->duty);
    ages_fini(&node->ages);
    joinbook_fini(&node->joins);
    dialer_fini(&node->dialer);
    holdings_fini(&node->holdings);
    beacons_fini(node);
    books_fini(&node->books);
    ledger_fini(&node->ledger);
    keyring_free(node->keyring);
    fold_free(node->fold);
    out_fini(&node->out);
    free((void *)(uintptr_t)node->options.device_name);
    free((void *)(uintptr_t)node->options.version);
    mem_wipe(node, sizeof(*node));
    free(node);
}

static void on_start(struct node *node)
{
    if (node->state == NODE_SOLO) return;
    beacons_wake(node, 500);
    dialer_refresh(node);
}

static void on_read(struct node *node, const struct event_read *read)
{
    if (stream_on_read(node, read)) return;
    if (duty_on_read(node, read)) return;
    if (forks_on_read(node, read)) return;
    if (pieces_on_read(node, read)) return;
    bundles_on_read(node, read);
}

static void take_event(struct node *node, const struct event *event)
{
    switch (event->kind) {
    case EVENT_START:
        on_start(node);
        return;
    case EVENT_TICK:
        return;
    case EVENT_STORED:
        ledger_on_stored(node, event->stored.batch, event->stored.err, event->stored.lseq);
        return;
    case EVENT_READ:
        on_read(node, &event->read);
        return;
    case EVENT_CONN_OPENED:
        session_on_opened(node, event->conn.conn, event->conn.dial, event->conn.address);
        return;
    case EVENT_CONN_DATA:
        session_on_data(node, event->conn.conn, event->conn.bytes);
        return;
    case EVENT_CONN_CLOSED:
        session_on_closed(node, event->conn.conn);
        return;
    case EVENT_DIAL_FAILED:
        dialer_on_failed(node, event->conn.dial);
        return;
    case EVENT_COMMAND:
        acts_do(node, event->command);
        return;
    case EVENT_STOP:
        sessions_end_all(node, "this daemon ends");
        return;
    }
}

/* All peers that can be reached were equal: the waiting SYNC is answered. */
static bool all_equal(const struct node *node)
{
    if (dialer_busy(node) || node->ledger.batches_n > 0) return false;
    for (size_t i = 0; i < node->sessions.n; i++) {
        const struct session *session = node->sessions.all[i];
        if (session->state == SESSION_GONE || session->state == SESSION_TELLING) continue;
        if (session->state != SESSION_OPEN || !session_is_equal(session)) return false;
    }
    return true;
}

static uint64_t answer_sync(struct node *node)
{
    if (node->sync_ticket == 0) return UINT64_MAX;
    bool late = node->now_ms >= node->sync_since_ms + NODE_SYNC_MS;
    bool looked = node->now_ms >= node->sync_since_ms + NODE_SYNC_LOOK_MS;
    if (!late && !(looked && all_equal(node))) return node->now_ms + NODE_SYNC_LOOK_MS;
    out_reply(&node->out,
              &(struct reply){.ticket = node->sync_ticket,
                              .err = late ? ERR_TIMEOUT : ERR_OK,
                              .reason = late ? "some peers are still behind" : NULL});
    node->sync_ticket = 0;
    return UINT64_MAX;
}

static void earlier(uint64_t *wake, uint64_t due)
{
    if (due < *wake) *wake = due;
}

/* What a changed fold changes, once a step however many statements came. */
static void follow_membership(struct node *node)
{
    if (!node->membership_changed || node->fold == NULL) return;
    node->membership_changed = false;
    books_refresh(node);
    books_obey_late(node);
    joins_on_membership(node);
    sessions_on_membership(node);
    duty_on_membership(node);
    dialer_refresh(node);
    out_notice(&node->out, NOTICE_MEMBERSHIP);
}

static uint64_t run_duties(struct node *node)
{
    uint64_t wake = UINT64_MAX;
    follow_membership(node);
    earlier(&wake, ages_tick(node));
    earlier(&wake, duty_tick(node));
    follow_membership(node);
    earlier(&wake, bundles_tick(node));
    earlier(&wake, sessions_tick(node));
    follow_membership(node); /* what was left to read may have brought some */
    earlier(&wake, beacons_tick(node));
    earlier(&wake, holdings_tick(node));
    earlier(&wake, joins_tick(node));
    earlier(&wake, pieces_tick(node));
    earlier(&wake, mends_tick(node));
    earlier(&wake, ledger_tick(node));
    sessions_flush(node);
    earlier(&wake, dialer_tick(node));
    earlier(&wake, answer_sync(node));
    if (node->membership_changed) earlier(&wake, node->now_ms);
    return wake;
}

void node_step(struct node *node, const struct event *event, struct update *out)
{
    out_reset(&node->out);
    if (event->now_ms > node->now_ms) node->now_ms = event->now_ms;
    node->wall_s = event->wall_s;
    node->checks = 0;
    take_event(node, event);
    uint64_t wake = run_duties(node);
    uint64_t batch = ledger_close(node);
    out_finish(&node->out, out);
    out->batch = batch;
    out->wake_ms = wake;
}
