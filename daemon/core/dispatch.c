#include "daemon/core/dispatch.h"

#include "daemon/core/compare.h"
#include "daemon/core/inner.h"
#include "daemon/core/intake.h"
#include "daemon/core/telling.h"

static void on_hello(struct node *node, struct session *session,
                     const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    const struct wire_hello *hello = &message->hello;
    if (session->state != SESSION_HELLO || session->hello_heard) {
        session_fail(node, session, ERR_MALFORMED, "hello");
        return;
    }
    if (hello->version_min > WIRE_VERSION || hello->version_max < WIRE_VERSION) {
        session_end(node, session, WIRE_BYE_VERSION, "no common version");
        return;
    }
    session->hello_heard = true;
    struct fold_device device;
    if (!session->provisional && fold_device(node->fold, &session->device, &device) &&
        device.status != FOLD_LIVE) {
        telling_begin(node, session);
        compare_on_offer(node, session, &hello->offer);
        return;
    }
    dialer_on_hello(node, session);
    session_move(node, session, SESSION_OPEN, NULL);
    compare_on_offer(node, session, &hello->offer);
    holdings_tell(node, session);
}

static void on_spaces(struct node *node, struct session *session,
                      const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    compare_on_offer(node, session, &message->spaces.offer);
    bool whole = (message->spaces.offer.flags & WIRE_MORE) == 0;
    if (whole && session->dial == 0) session->offer_stale = true; /* the caller compares */
}

static void on_buckets(struct node *node, struct session *session,
                       const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    compare_on_buckets(node, session, &message->buckets);
}

static void on_entries(struct node *node, struct session *session,
                       const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    compare_on_entries(node, session, &message->entries);
}

static void on_done(struct node *node, struct session *session,
                    const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    compare_on_done(node, session, &message->done);
}

static void on_run(struct node *node, struct session *session,
                   const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    intake_on_run(node, session, &message->run);
}

static void on_items(struct node *node, struct session *session,
                     const struct wire_message *message, size_t bytes)
{
    intake_on_items(node, session, &message->items, bytes);
}

static void on_run_end(struct node *node, struct session *session,
                       const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    intake_on_run_end(node, session, &message->run_end);
}

static void on_credit(struct node *node, struct session *session,
                      const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    session->stream.credit += message->credit.bytes;
    if (session->stream.credit > LIMIT_CREDIT_BYTES) {
        session_fail(node, session, ERR_CREDIT, "credit");
    }
}

static void on_ack(struct node *node, struct session *session,
                   const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    const struct wire_ack *ack = &message->ack;
    for (size_t i = 0; i < ack->n; i++) {
        struct chain chain = {.device = ack->entries[i].device, .tag = ack->tag};
        struct link *link = session_link_find(session, &chain);
        if (link != NULL && ack->entries[i].head.seq > link->held) {
            link->held = ack->entries[i].head.seq;
        }
        holdings_on_held(node, &chain, &session->device, ack->entries[i].head.seq,
                         &session->device);
    }
}

static void on_holds(struct node *node, struct session *session,
                     const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    for (size_t i = 0; i < message->holds.n; i++) {
        const struct wire_hold *hold = &message->holds.holds[i];
        struct chain chain = {.device = hold->device, .tag = hold->tag};
        if (!device_pk_eq(&hold->device, &node->options.device_pk)) continue; /* not ours */
        holdings_on_held(node, &chain, &hold->holder, hold->seq, &session->device);
    }
}

static void on_beacon(struct node *node, struct session *session,
                      const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    beacons_on_beacon(node, session, &message->beacon);
}

static void on_fork_message(struct node *node, struct session *session,
                            const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    forks_on_message(node, session, message);
}

static void on_piece_message(struct node *node, struct session *session,
                             const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    pieces_on_message(node, session, message);
}

static void on_ping(struct node *node, struct session *session,
                    const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    session_send(
        node, session,
        &(struct wire_message){.type = WIRE_PONG, .pong = {.token = message->ping.token}});
}

static void on_pong(struct node *node, struct session *session,
                    const struct wire_message *message, size_t bytes)
{
    (void)node, (void)session, (void)message, (void)bytes; /* heard_ms is what it was for */
}

static void on_bye(struct node *node, struct session *session,
                   const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    out_close(&node->out, session->conn);
    dialer_on_bye(node, session, message->bye.reason);
    session_drop(node, session, wire_bye_text(message->bye.reason));
}

static void on_join_request(struct node *node, struct session *session,
                            const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    joins_on_request(node, session, &message->join_request);
}

static void on_join_status(struct node *node, struct session *session,
                           const struct wire_message *message, size_t bytes)
{
    (void)bytes;
    joins_on_status(node, session, &message->join_status);
}

/* Which message is legal in which states, and who takes it. */
enum {
    IN_HELLO = 1u << SESSION_HELLO,
    IN_OPEN = 1u << SESSION_OPEN,
    IN_JOINING = 1u << SESSION_JOINING,
    IN_SERVING = 1u << SESSION_SERVING,
    IN_UP = IN_OPEN | 1u << SESSION_TELLING,
    IN_ANY = IN_HELLO | IN_UP | IN_JOINING | IN_SERVING,
};
static const struct {
    unsigned states;
    void (*take)(struct node *, struct session *, const struct wire_message *, size_t bytes);
} messages[] = {
    [WIRE_HELLO] = {IN_HELLO, on_hello},
    [WIRE_SPACES] = {IN_UP, on_spaces},
    [WIRE_BUCKETS] = {IN_UP, on_buckets},
    [WIRE_ENTRIES] = {IN_UP, on_entries},
    [WIRE_DONE] = {IN_UP, on_done},
    [WIRE_RUN] = {IN_UP, on_run},
    [WIRE_ITEMS] = {IN_UP, on_items},
    [WIRE_RUN_END] = {IN_UP, on_run_end},
    [WIRE_CREDIT] = {IN_UP, on_credit},
    [WIRE_ACK] = {IN_UP, on_ack},
    [WIRE_HOLDS] = {IN_UP, on_holds},
    [WIRE_BEACON] = {IN_UP, on_beacon},
    [WIRE_FETCH] = {IN_UP, on_fork_message},
    [WIRE_ENVELOPE] = {IN_UP, on_fork_message},
    [WIRE_IDS_WANT] = {IN_UP, on_fork_message},
    [WIRE_IDS] = {IN_UP, on_fork_message},
    [WIRE_PING] = {IN_ANY, on_ping},
    [WIRE_PONG] = {IN_ANY, on_pong},
    [WIRE_BYE] = {IN_ANY, on_bye},
    [WIRE_JOIN_REQUEST] = {IN_SERVING, on_join_request},
    [WIRE_JOIN_STATUS] = {IN_JOINING, on_join_status},
    [WIRE_PIECE_WANT] = {IN_OPEN, on_piece_message},
    [WIRE_PIECE] = {IN_OPEN, on_piece_message},
};

void dispatch_message(struct node *node, struct session *session, struct slice bytes)
{
    struct wire_message message;
    enum err err = wire_decode(&message, &node->out.arena, bytes);
    if (err != ERR_OK) {
        session_fail(node, session, err, "message");
        return;
    }
    if (message.type == WIRE_UNKNOWN) return;
    if ((messages[message.type].states & 1u << session->state) == 0) {
        session_fail(node, session, ERR_MALFORMED, wire_type_name((uint8_t)message.type));
        return;
    }
    messages[message.type].take(node, session, &message, bytes.n);
}
