#include "daemon/core/session.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/compare.h"
#include "daemon/core/dispatch.h"
#include "daemon/core/inner.h"
#include "daemon/core/intake.h"
#include "daemon/core/stream.h"
#include "daemon/core/telling.h"

enum {
    SESSION_PING_MS = 30 * 1000,    /* keeps NAT mappings, and shows a dead peer */
    SESSION_IDLE_MS = 95 * 1000,    /* three pings unanswered */
    SESSION_COMPARE_MS = 60 * 1000, /* digests anew: what a lost push left behind */
    SESSION_HELLO_MS = 10 * 1000,
    SESSION_CHECKS = 32, /* signatures a step: about 2 ms, 5 on an old machine */
    SESSION_UNREAD_BYTES = 4 * 1024 * 1024, /* four times what credit allows */
    SESSION_UNREAD_KEEP = 64 * 1024,
};

static const char *const state_names[] = {
#define X(name, text) text,
    SESSION_STATE_TABLE(X)
#undef X
};

/* Legal moves: a mask of next states for each state. */
static const unsigned state_moves[] = {
    [SESSION_SHAKING] = 1u << SESSION_HELLO | 1u << SESSION_JOINING | 1u << SESSION_SERVING |
                        1u << SESSION_GONE,
    [SESSION_HELLO] = 1u << SESSION_OPEN | 1u << SESSION_TELLING | 1u << SESSION_GONE,
    [SESSION_OPEN] = 1u << SESSION_TELLING | 1u << SESSION_GONE,
    [SESSION_TELLING] = 1u << SESSION_GONE,
    [SESSION_JOINING] = 1u << SESSION_GONE,
    [SESSION_SERVING] = 1u << SESSION_GONE,
    [SESSION_GONE] = 0,
};

void session_move(struct node *node, struct session *session, enum session_state to,
                  const char *why)
{
    CHECK((state_moves[session->state] & 1u << to) != 0);
    node_trace(node, "session", session->conn, state_names[session->state], state_names[to],
               why, 0);
    session->state = to;
}

struct session *session_find(struct node *node, uint64_t conn)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        if (session->conn == conn && session->state != SESSION_GONE) return session;
    }
    return NULL;
}

struct session *session_of_device(struct node *node, const struct device_pk *device)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        if ((session->state == SESSION_HELLO || session->state == SESSION_OPEN) &&
            device_pk_eq(&session->device, device)) {
            return session;
        }
    }
    return NULL;
}

struct link *session_link_find(struct session *session, const struct chain *chain)
{
    uint64_t *at = map_get(&session->by_chain, chain);
    return at == NULL ? NULL : &session->links[*at];
}

struct link *session_link(struct session *session, const struct chain *chain, uint64_t seq)
{
    struct link *link = session_link_find(session, chain);
    if (link != NULL) return link;
    MEM_RESERVE(session->links, session->links_n, session->links_cap);
    map_put(&session->by_chain, chain, session->links_n);
    link = &session->links[session->links_n++];
    *link = (struct link){.chain = *chain, .held = seq, .sent = seq};
    return link;
}

void session_send(struct node *node, struct session *session,
                  const struct wire_message *message)
{
    if (session->state == SESSION_GONE || !channel_is_open(session->channel)) return;
    struct buf plain = {0};
    wire_encode(&plain, message);
    struct buf *out = out_conn(&node->out, session->conn);
    size_t before = out->len;
    channel_seal(session->channel, node->now_ms, buf_slice(&plain), out);
    session->bytes_out += out->len - before;
    buf_fini(&plain);
}

static struct session *session_new(struct node *node, uint64_t conn, uint64_t dial,
                                   const char *address)
{
    struct session *session = mem_zalloc(sizeof(*session));
    session->conn = conn;
    session->dial = dial;
    session->opened_ms = session->heard_ms = node->now_ms;
    session->ping_ms = node->now_ms + SESSION_PING_MS;
    session->compare_ms = node_jitter_ms(node, SESSION_COMPARE_MS, SESSION_COMPARE_MS / 4);
    session->stream.credit = LIMIT_CREDIT_BYTES;
    session->intake.credit = LIMIT_CREDIT_BYTES;
    strncpy(session->address, address == NULL ? "" : address, LIMIT_ADDRESS_BYTES);
    map_init(&session->by_chain, sizeof(struct chain), node->options.seed);
    MEM_RESERVE(node->sessions.all, node->sessions.n, node->sessions.cap);
    node->sessions.all[node->sessions.n++] = session;
    return session;
}

static void session_free(struct session *session)
{
    channel_free(session->channel);
    stream_fini(&session->stream);
    run_unpacker_fini(&session->intake.unpacker);
    map_fini(&session->by_chain);
    buf_fini(&session->unread);
    free(session->offered);
    free(session->compares);
    free(session->links);
    free(session);
}

void sessions_fini(struct node *node)
{
    for (size_t i = 0; i < node->sessions.n; i++)
        session_free(node->sessions.all[i]);
    free(node->sessions.all);
    node->sessions = (struct sessions){0};
}

void session_drop(struct node *node, struct session *session, const char *why)
{
    if (session->state == SESSION_GONE) return;
    intake_on_cut(node, session);
    session_move(node, session, SESSION_GONE, why);
    dialer_on_gone(node, session);
    joins_on_gone(node, session);
    out_notice(&node->out, NOTICE_PEERS);
}

void session_end(struct node *node, struct session *session, uint8_t bye, const char *why)
{
    if (session->state == SESSION_GONE) return;
    session_send(node, session,
                 &(struct wire_message){.type = WIRE_BYE, .bye = {.reason = bye}});
    out_close(&node->out, session->conn);
    session_drop(node, session, why);
}

void session_fail(struct node *node, struct session *session, enum err err, const char *what)
{
    node->refused++;
    node_trace(node, "session", session->conn, what, "refused", err_text(err), 0);
    session_end(node, session, WIRE_BYE_PROTOCOL, err_text(err));
}

void sessions_end_all(struct node *node, const char *why)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        session_end(node, node->sessions.all[i], WIRE_BYE_CLOSING, why);
    }
}

/* ------------------------------------------------------------------------------- opening -- */

void session_on_opened(struct node *node, uint64_t conn, uint64_t dial, const char *address)
{
    struct session *session = session_new(node, conn, dial, address);
    /* Also where this device has ended: who counts it as a member may know that it is one. */
    if (node->sessions.n > LIMIT_SESSIONS + LIMIT_HALF_OPEN || node->state == NODE_SOLO) {
        out_close(&node->out, conn);
        session_move(node, session, SESSION_GONE, "no room or no network");
        return;
    }
    if (dial == 0) {
        session->channel = channel_new_responder(node->env, &node->network,
                                                 &node->options.transport_sk, node->now_ms);
        return;
    }
    struct dialer_target target;
    if (!dialer_on_opened(node, session, &target)) {
        out_close(&node->out, conn);
        session_move(node, session, SESSION_GONE, "the dial is forgotten");
        return;
    }
    session->transport = target.transport;
    session->device = target.device;
    session->invite = target.invite.id;
    enum err err = channel_new_initiator(
        &session->channel, node->env, &node->network, &node->options.transport_sk,
        &target.transport, target.joining ? &target.invite : NULL, joins_introduction(node),
        node->now_ms, out_conn(&node->out, conn));
    if (err != ERR_OK) {
        out_close(&node->out, conn);
        session_drop(node, session, err_text(err));
    }
}

/* Of two connections with one device, the one dialled by the smaller device stays. */
static bool loses_to_other(struct node *node, struct session *session)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *other = node->sessions.all[i];
        if (other == session || !transport_pk_eq(&other->transport, &session->transport))
            continue; /* the key, not the device: a joiner knows its stewards by that alone */
        if (other->state != SESSION_HELLO && other->state != SESSION_OPEN) continue;
        bool we_are_smaller = device_pk_cmp(&node->options.device_pk, &session->device) < 0;
        bool other_stays;
        if ((other->dial != 0) == (session->dial != 0)) {
            other_stays = false; /* the same side called again: the old line is dead */
        } else {
            other_stays = (other->dial != 0) == we_are_smaller;
        }
        if (other_stays) return true;
        session_end(node, other, WIRE_BYE_DUPLICATE, "another connection stays");
    }
    return false;
}

/* An offer, or the rest of one, in as many messages as it takes. */
static void send_spaces(struct node *node, struct session *session, struct wire_offer *rest)
{
    do {
        struct wire_message spaces = {.type = WIRE_SPACES};
        spaces.spaces.offer = compare_offer_part(rest);
        session_send(node, session, &spaces);
    } while (rest->n > 0);
}

static void send_hello(struct node *node, struct session *session)
{
    struct wire_message hello = {
        .type = WIRE_HELLO,
        .hello = {.version_min = WIRE_VERSION,
                  .version_max = WIRE_VERSION,
                  .software = slice_of(node->options.version, strlen(node->options.version))},
    };
    struct wire_offer rest;
    compare_offer(node, session, &rest);
    hello.hello.offer = compare_offer_part(&rest);
    session_send(node, session, &hello);
    session->hello_sent = true;
    if (rest.n > 0) send_spaces(node, session, &rest);
}

/* A new device brings its device-add along: whoever it calls first takes it in. */
static void take_device_add(struct node *node, struct slice bytes)
{
    if (node->fold == NULL || bytes.n <= ENVELOPE_HEADER_BYTES) return;
    struct slice payload =
        slice_of(bytes.p + ENVELOPE_HEADER_BYTES, bytes.n - ENVELOPE_HEADER_BYTES);
    struct envelope envelope;
    struct envelope_id id;
    if (envelope_decode(&envelope, slice_of(bytes.p, ENVELOPE_HEADER_BYTES)) != ERR_OK ||
        envelope.kind != ENVELOPE_STATEMENT || envelope.seq != 1 ||
        envelope_check_payload(&envelope, payload) != ERR_OK ||
        !envelope_verify_signature(bytes.p)) {
        return;
    }
    envelope_id(&id, bytes.p);
    struct chain chain = envelope_chain(&envelope);
    if (ledger_tip(node, &chain).seq > 0 || ledger_ready(node) != ERR_OK) return;
    enum err err = books_add_statement(node, bytes.p, &id, payload, 0);
    if (err != ERR_OK) node->refused++;
}

/* Whom a channel that opened belongs to: a member's device, also one that was removed and may
   not know it yet, or the invite's steward. */
static bool identify(struct node *node, struct session *session, struct slice introduction)
{
    struct fold_device device;
    if (session->dial == 0) {
        size_t n = sizeof(session->device.b);
        if (introduction.n < n) return false;
        memcpy(session->device.b, introduction.p, n);
        take_device_add(node, slice_of(introduction.p + n, introduction.n - n));
    }
    if (session->dial == 0 && node->fold != NULL &&
        fold_device(node->fold, &session->device, &device)) {
        return transport_pk_eq(&device.transport, &session->transport);
    }
    if (session->dial != 0 && node->fold != NULL &&
        fold_device_by_transport(node->fold, &session->transport, &device)) {
        session->device = device.id;
        return true;
    }
    /* A joiner trusts its invite until it has read the statements; the steward knows it. */
    session->provisional = joins_trusts(node, &session->transport);
    return session->provisional;
}

static void on_channel_opened(struct node *node, struct session *session,
                              const struct channel_event *event)
{
    session->transport = event->remote;
    if (event->is_join) {
        session->invite = event->invite;
        session_move(node, session, session->dial != 0 ? SESSION_JOINING : SESSION_SERVING,
                     NULL);
        joins_on_opened(node, session);
        return;
    }
    if (!identify(node, session, event->bytes)) {
        session_end(node, session, WIRE_BYE_NOT_MEMBER, "not a member here");
        return;
    }
    if (loses_to_other(node, session)) {
        session_end(node, session, WIRE_BYE_DUPLICATE, "another connection stays");
        return;
    }
    session_move(node, session, SESSION_HELLO, NULL);
    dialer_on_known(node, session);
    out_notice(&node->out, NOTICE_PEERS);
    send_hello(node, session);
}

static bool on_channel_event(struct node *node, struct session *session,
                             const struct channel_event *event)
{
    struct psk psk;
    switch (event->kind) {
    case CHANNEL_NOTHING:
        return false;
    case CHANNEL_NEED_PSK: {
        bool known = joins_psk(node, &event->invite, &psk);
        enum err err = channel_answer_psk(session->channel, known ? &psk : NULL,
                                          out_conn(&node->out, session->conn));
        KEY_WIPE(&psk);
        if (err == ERR_OK) return true;
        out_close(&node->out, session->conn);
        session_drop(node, session, err_text(err));
        return false;
    }
    case CHANNEL_OPENED:
        on_channel_opened(node, session, event);
        return session->state != SESSION_GONE;
    case CHANNEL_MESSAGE:
        session->heard_ms = node->now_ms; /* bytes that are no message yet say nothing */
        dispatch_message(node, session, event->bytes);
        return session->state != SESSION_GONE;
    }
    return false;
}

/* Takes messages until the bytes or this step's time end. Returns what is left. */
static struct slice take_bytes(struct node *node, struct session *session, struct slice bytes)
{
    uint64_t conn = session->conn;
    struct buf answer = {0};
    for (bool on = true; on && node->checks < SESSION_CHECKS;) {
        struct channel_event event;
        enum err err = channel_receive(session->channel, node->now_ms, &bytes, &event, &answer);
        if (err != ERR_OK) {
            node->refused++;
            dialer_on_refused(node, session);
            out_close(&node->out, conn);
            session_drop(node, session, err_text(err));
            break;
        }
        if (answer.len > 0) {
            buf_put(out_conn(&node->out, conn), answer.data, answer.len);
            answer.len = 0;
        }
        on = on_channel_event(node, session, &event);
    }
    buf_fini(&answer);
    return bytes;
}

/* More of what came before. True when some of it still waits. */
static bool read_on(struct node *node, struct session *session)
{
    struct buf *unread = &session->unread;
    if (unread->len > session->unread_at && session->state != SESSION_GONE) {
        struct slice bytes =
            slice_of(unread->data + session->unread_at, unread->len - session->unread_at);
        session->unread_at = unread->len - take_bytes(node, session, bytes).n;
    }
    if (unread->len > session->unread_at && session->state != SESSION_GONE) return true;
    session->unread_at = unread->len = 0;
    if (unread->cap > SESSION_UNREAD_KEEP) buf_fini(unread);
    return false;
}

void session_on_data(struct node *node, uint64_t conn, struct slice bytes)
{
    struct session *session = session_find(node, conn);
    if (session == NULL) return;
    session->bytes_in += bytes.n;
    if (!read_on(node, session) && session->state != SESSION_GONE) {
        bytes = take_bytes(node, session, bytes);
    }
    if (session->state == SESSION_GONE) return;
    if (session->unread.len - session->unread_at + bytes.n > SESSION_UNREAD_BYTES) {
        session_fail(node, session, ERR_TOO_BIG, "messages");
        return;
    }
    buf_consume(&session->unread, session->unread_at);
    session->unread_at = 0;
    buf_put(&session->unread, bytes.p, bytes.n);
}

void session_on_closed(struct node *node, uint64_t conn)
{
    struct session *session = session_find(node, conn);
    if (session != NULL) session_drop(node, session, "the connection closed");
}

/* ------------------------------------------------------------------------- time and others --
 */

static void session_tick(struct node *node, struct session *session)
{
    uint64_t now = node->now_ms;
    if (session->state == SESSION_SHAKING) {
        if (now >= channel_deadline_ms(session->channel)) {
            out_close(&node->out, session->conn);
            dialer_on_refused(node, session);
            session_drop(node, session, "no handshake in time");
        }
        return;
    }
    if (session->state == SESSION_HELLO && now >= session->opened_ms + SESSION_HELLO_MS * 2) {
        session_end(node, session, WIRE_BYE_IDLE, "no hello in time");
        return;
    }
    if (now >= session->heard_ms + SESSION_IDLE_MS) {
        session_end(node, session, WIRE_BYE_IDLE, "nothing heard for too long");
        return;
    }
    if (now >= session->ping_ms) {
        session->ping_ms = now + SESSION_PING_MS;
        session_send(node, session,
                     &(struct wire_message){.type = WIRE_PING, .ping = {.token = now}});
    }
    if (session->state == SESSION_OPEN && now >= session->compare_ms) {
        session->compare_ms = node_jitter_ms(node, SESSION_COMPARE_MS, SESSION_COMPARE_MS / 4);
        session->offer_stale = true;
    }
}

uint64_t sessions_tick(struct node *node)
{
    uint64_t wake = UINT64_MAX;
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        if (session->state == SESSION_GONE) continue;
        session_tick(node, session);
        uint64_t due = session->ping_ms;
        if (read_on(node, session)) due = node->now_ms;
        if (session->state == SESSION_SHAKING) due = channel_deadline_ms(session->channel);
        if (session->state == SESSION_OPEN && session->compare_ms < due)
            due = session->compare_ms;
        if (session->state == SESSION_TELLING) due = telling_due_ms(node, session);
        if (due < wake) wake = due;
    }
    return wake;
}

void sessions_on_membership(struct node *node)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        if (session->state != SESSION_HELLO && session->state != SESSION_OPEN) continue;
        struct fold_device device;
        if (node->fold != NULL && fold_device(node->fold, &session->device, &device)) {
            session->provisional = false;
            if (device.status != FOLD_LIVE) {
                if (session->state == SESSION_OPEN) telling_begin(node, session);
                continue; /* a hello that is awaited decides the same */
            }
        } else if (session->provisional &&
                   fold_device_by_transport(node->fold, &session->transport, &device)) {
            session->device = device.id;
            session->provisional = false;
        } else if (!session->provisional) { /* its admission is void by now */
            session_end(node, session, WIRE_BYE_NOT_MEMBER, "not a member here");
            continue;
        }
        compare_on_membership(node, session);
        if (compare_offer_changed(node, session)) session->offer_stale = true;
    }
}

bool session_is_equal(const struct session *session)
{
    if (stream_busy(&session->stream) || session->stream.ring_n > 0) return false;
    if (session->intake.running || session->offer_stale || session->unread.len > 0)
        return false;
    for (size_t i = 0; i < session->compares_n; i++) {
        if (session->compares[i].state != COMPARE_LIVE) return false;
    }
    return session->compares_n > 0;
}

void sessions_compare_now(struct node *node)
{
    for (size_t i = 0; i < node->sessions.n; i++)
        node->sessions.all[i]->offer_stale = true;
}

void sessions_on_stored(struct node *node, const struct chain *chain, uint64_t old_seq)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        if (!session_is_up(session)) continue;
        if (compare_of_tag(session, &chain->tag) == NULL) continue;
        stream_wake(node, session, session_link(session, chain, old_seq));
    }
}

void sessions_ack(struct node *node, uint64_t conn, const struct chain *chain,
                  const struct place *place)
{
    struct session *session = session_find(node, conn);
    if (session == NULL || !session_is_up(session)) return;
    struct entry entry = {.device = chain->device, .head = *place};
    session_send(node, session,
                 &(struct wire_message){
                     .type = WIRE_ACK,
                     .ack = {.tag = chain->tag, .entries = &entry, .n = 1},
                 });
}

void sessions_credit(struct node *node, uint64_t conn, uint64_t bytes)
{
    struct session *session = session_find(node, conn);
    if (session == NULL || !session_is_up(session) || bytes == 0) return;
    session->intake.credit += bytes;
    session_send(
        node, session,
        &(struct wire_message){.type = WIRE_CREDIT, .credit = {.bytes = (uint32_t)bytes}});
}

static void send_offer(struct node *node, struct session *session)
{
    struct wire_offer offer;
    compare_offer(node, session, &offer);
    session->offer_stale = false;
    send_spaces(node, session, &offer);
}

void sessions_flush(struct node *node)
{
    size_t kept = 0;
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        if (session_is_up(session)) {
            stream_pump(node, session);
            compare_step(node, session);
            if (session->state == SESSION_TELLING) telling_step(node, session);
            if (session->offer_stale && session->state == SESSION_OPEN)
                send_offer(node, session);
        }
    }
    /* Only now: whoever sends above may look for a session among all. */
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        if (session->state == SESSION_GONE) {
            session_free(session);
        } else {
            node->sessions.all[kept++] = session;
        }
    }
    node->sessions.n = kept;
}
