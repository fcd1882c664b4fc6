#include "tests/unit/daemon/core/pair.h"

#include <stdio.h>
#include <stdlib.h>

static void feed(struct pair *pair, int at, struct event *event);

static void carry_out(struct pair *pair, int at, const struct update *update)
{
    struct pair_node *self = &pair->nodes[at];
    for (size_t i = 0; i < update->traces_n && pair->trace; i++) {
        const struct update_trace *t = &update->traces[i];
        printf("[%6llu] %d %s/%llu: %s -> %s%s%s (%llu)\n", (unsigned long long)pair->now_ms, at,
               t->machine, (unsigned long long)t->conn, t->from, t->to, t->why ? ": " : "",
               t->why ? t->why : "", (unsigned long long)t->number);
    }
    self->wake_ms = update->wake_ms;
    self->notices |= update->notices;
    for (size_t i = 0; i < update->replies_n; i++) {
        self->reply = update->replies[i];
        self->replied = true;
        snprintf(self->text, sizeof(self->text), "%s",
                 update->replies[i].text ? update->replies[i].text : "");
        self->bytes.len = 0;
        buf_put(&self->bytes, update->replies[i].bytes.p, update->replies[i].bytes.n);
        if (self->reply.err != ERR_OK && pair->trace) {
            printf("   reply %s: %s\n", err_name(self->reply.err),
                   self->reply.reason ? self->reply.reason : "-");
        }
        self->reply.reason = NULL;
    }
    if (update->batch != 0) {
        ram_store_submit(self->store, update->batch, update->writes, update->writes_n);
    }
    /* What an update asks for is copied before any of it leads to the next step. */
    struct {
        uint64_t conn;
        uint8_t *bytes;
        size_t n;
    } *sends = calloc(update->sends_n + 1, sizeof(*sends));
    size_t sends_n = update->sends_n;
    for (size_t i = 0; i < sends_n; i++) {
        sends[i].conn = update->sends[i].conn;
        sends[i].n = update->sends[i].bytes.n;
        sends[i].bytes = mem_dup(update->sends[i].bytes.p, sends[i].n);
    }
    struct read_request *reads = calloc(update->reads_n + 1, sizeof(*reads));
    size_t reads_n = update->reads_n;
    if (reads_n > 0) memcpy(reads, update->reads, reads_n * sizeof(*reads));
    struct {
        uint64_t dial;
        char address[256];
    } *dials = calloc(update->dials_n + 1, sizeof(*dials));
    size_t dials_n = update->dials_n;
    for (size_t i = 0; i < dials_n; i++) {
        dials[i].dial = update->dials[i].dial;
        snprintf(dials[i].address, sizeof(dials[i].address), "%s", update->dials[i].address);
    }
    uint64_t closes[64];
    size_t closes_n = update->closes_n;
    for (size_t i = 0; i < closes_n; i++) closes[i] = update->closes[i];

    for (size_t i = 0; i < sends_n; i++) {
        for (size_t k = 0; k < self->conns_n; k++) {
            if (self->conns[k].conn != sends[i].conn) continue;
            struct event event = {.kind = EVENT_CONN_DATA,
                                  .conn = {.conn = self->conns[k].peer_conn,
                                           .bytes = slice_of(sends[i].bytes, sends[i].n)}};
            feed(pair, self->conns[k].peer, &event);
            break;
        }
        free(sends[i].bytes);
    }
    for (size_t i = 0; i < dials_n; i++) {
        int to = atoi(dials[i].address + 4); /* "node3:1" */
        if (to < 0 || (size_t)to >= pair->n || pair->nodes[to].off || self->off) {
            struct event event = {.kind = EVENT_DIAL_FAILED, .conn = {.dial = dials[i].dial}};
            feed(pair, at, &event);
            continue;
        }
        uint64_t mine = ++pair->next_conn, theirs = ++pair->next_conn;
        struct pair_node *other = &pair->nodes[to];
        self->conns[self->conns_n++] = (struct pair_conn){mine, to, theirs};
        other->conns[other->conns_n++] = (struct pair_conn){theirs, at, mine};
        struct event in = {.kind = EVENT_CONN_OPENED, .conn = {.conn = theirs, .address = "in"}};
        feed(pair, to, &in);
        struct event out = {.kind = EVENT_CONN_OPENED,
                            .conn = {.conn = mine,
                                     .dial = dials[i].dial,
                                     .address = dials[i].address}};
        feed(pair, at, &out);
    }
    for (size_t i = 0; i < closes_n; i++) {
        for (size_t k = 0; k < self->conns_n; k++) {
            if (self->conns[k].conn != closes[i]) continue;
            struct pair_conn conn = self->conns[k];
            self->conns[k] = self->conns[--self->conns_n];
            struct event event = {.kind = EVENT_CONN_CLOSED, .conn = {.conn = conn.peer_conn}};
            struct pair_node *other = &pair->nodes[conn.peer];
            for (size_t m = 0; m < other->conns_n; m++) {
                if (other->conns[m].conn == conn.peer_conn) {
                    other->conns[m] = other->conns[--other->conns_n];
                }
            }
            feed(pair, conn.peer, &event);
            break;
        }
    }
    for (size_t i = 0; i < reads_n; i++) {
        struct event event = {.kind = EVENT_READ, .read = {.ticket = reads[i].ticket}};
        event.read.err = ram_store_read(self->store, &reads[i], &event.read.entries, &event.read.n,
                                        &event.read.more);
        feed(pair, at, &event);
    }
    free(sends);
    free(reads);
    free(dials);
}

/* A queue of events, so that nothing is delivered inside the step that caused it. */
struct queued {
    int at;
    struct event event;
    uint8_t *bytes;
    char address[256];
    struct queued *next;
};
static struct queued *first, **last = &first;

static void step(struct pair *pair, int at, struct event *event)
{
    struct update update;
    if (pair->nodes[at].off) return;
    event->now_ms = pair->now_ms;
    event->wall_s = pair->wall_s + (int64_t)(pair->now_ms / 1000);
    node_step(pair->nodes[at].node, event, &update);
    carry_out(pair, at, &update);
}

static void feed(struct pair *pair, int at, struct event *event)
{
    if (event->kind == EVENT_READ) {
        /* entries are borrowed from the store: step now, we are between steps */
        step(pair, at, event);
        return;
    }
    struct queued *q = calloc(1, sizeof(*q));
    q->at = at;
    q->event = *event;
    if (event->kind == EVENT_CONN_DATA) {
        q->bytes = mem_dup(event->conn.bytes.p, event->conn.bytes.n);
        q->event.conn.bytes.p = q->bytes;
    }
    if (event->conn.address != NULL && event->kind == EVENT_CONN_OPENED) {
        snprintf(q->address, sizeof(q->address), "%s", event->conn.address);
        q->event.conn.address = q->address;
    }
    *last = q;
    last = &q->next;
}

static bool drain(struct pair *pair)
{
    bool any = false;
    for (;;) {
        struct queued *q = first;
        if (q != NULL) {
            first = q->next;
            if (first == NULL) last = &first;
            step(pair, q->at, &q->event);
            free(q->bytes);
            free(q);
            any = true;
            continue;
        }
        bool synced = false;
        for (size_t i = 0; i < pair->n; i++) {
            struct ram_store_result result;
            if (pair->nodes[i].store == NULL) continue; /* not set up yet */
            if (!ram_store_sync(pair->nodes[i].store, &result)) continue;
            struct event event = {.kind = EVENT_STORED,
                                  .stored = {result.batch, result.err, result.lseq}};
            if (result.err != ERR_OK && pair->trace) printf("store: %s\n", err_name(result.err));
            step(pair, (int)i, &event);
            synced = any = true;
        }
        if (!synced) return any;
    }
}

void pair_run(struct pair *pair, uint64_t ms)
{
    uint64_t end = pair->now_ms + ms;
    drain(pair);
    for (;;) {
        uint64_t due = end;
        for (size_t i = 0; i < pair->n; i++) {
            if (pair->nodes[i].node == NULL || pair->nodes[i].off) continue;
            if (pair->nodes[i].wake_ms < due) due = pair->nodes[i].wake_ms;
        }
        if (due >= end) break;
        if (due > pair->now_ms) pair->now_ms = due;
        for (size_t i = 0; i < pair->n; i++) {
            if (pair->nodes[i].node == NULL || pair->nodes[i].off) continue;
            if (pair->nodes[i].wake_ms > pair->now_ms) continue;
            struct event event = {.kind = EVENT_TICK};
            step(pair, (int)i, &event);
        }
        drain(pair);
    }
    pair->now_ms = end;
}

enum err pair_do(struct pair *pair, int at, struct command *command)
{
    struct pair_node *self = &pair->nodes[at];
    command->ticket = ++pair->next_ticket;
    self->replied = false;
    struct event event = {.kind = EVENT_COMMAND, .command = command};
    step(pair, at, &event);
    drain(pair);
    for (int i = 0; i < 300 && !self->replied; i++) pair_run(pair, 100);
    assert_true(self->replied);
    return self->reply.err;
}

void pair_off(struct pair *pair, int at, bool off)
{
    struct pair_node *self = &pair->nodes[at];
    if (off) {
        while (self->conns_n > 0) {
            struct pair_conn conn = self->conns[--self->conns_n];
            struct pair_node *other = &pair->nodes[conn.peer];
            for (size_t m = 0; m < other->conns_n; m++) {
                if (other->conns[m].conn == conn.peer_conn) {
                    other->conns[m] = other->conns[--other->conns_n];
                }
            }
            struct event there = {.kind = EVENT_CONN_CLOSED, .conn = {.conn = conn.peer_conn}};
            feed(pair, conn.peer, &there);
            struct event here = {.kind = EVENT_CONN_CLOSED, .conn = {.conn = conn.conn}};
            step(pair, at, &here);
        }
    }
    self->off = off;
    drain(pair);
}

void pair_init(struct pair *pair, size_t n)
{
    memset(pair, 0, sizeof(*pair));
    pair->rng.state = 7;
    pair->env = tests_env(&pair->rng);
    pair->n = n;
    pair->now_ms = 1000;
    pair->wall_s = 1790000000;
    for (size_t i = 0; i < n; i++) {
        struct pair_node *self = &pair->nodes[i];
        uint8_t seed[32];
        struct node_options *o = &self->options;
        env_random(&pair->env, seed, 32);
        sign_device_keypair(&o->device_pk, &o->device_sk, seed);
        env_random(&pair->env, o->box_sk.b, 32);
        dh_public(o->box_pk.b, o->box_sk.b);
        env_random(&pair->env, o->transport_sk.b, 32);
        dh_public(o->transport_pk.b, o->transport_sk.b);
        env_random(&pair->env, seed, 32);
        sign_root_keypair(&self->keys.root_pk, &self->keys.root_sk, seed);
        env_random(&pair->env, self->keys.recovery_sk.b, 32);
        dh_public(self->keys.recovery_pk.b, self->keys.recovery_sk.b);
        phrase_school_id(&o->school, &self->keys.root_pk);
        o->device_name = "office";
        o->version = "kith test";
        o->seed = 100 + i;
        self->store = ram_store_new();
        self->node = node_new(o, &pair->env, ram_store_get_reader(self->store));
        struct event event = {.kind = EVENT_START};
        step(pair, (int)i, &event);
        char address[32];
        snprintf(address, sizeof(address), "node%zu:1", i);
        const char *list[] = {address};
        struct command command = {.kind = COMMAND_ADDRESSES,
                                  .addresses = {.addresses = list, .n = 1}};
        assert_ok(pair_do(pair, (int)i, &command));
    }
}

void pair_fini(struct pair *pair)
{
    for (size_t i = 0; i < pair->n; i++) {
        node_free(pair->nodes[i].node);
        ram_store_free(pair->nodes[i].store);
        buf_fini(&pair->nodes[i].bytes);
    }
    while (first != NULL) {
        struct queued *q = first;
        first = q->next;
        free(q->bytes);
        free(q);
    }
    last = &first;
}
