#include "tests/unit/daemon/core/pair.h"

#include <stdio.h>
#include <stdlib.h>

static void feed(struct pair *pair, int at, struct event *event);

static struct pair_conn *conn_of(struct pair_node *self, uint64_t conn)
{
    for (size_t k = 0; k < self->conns_n; k++) {
        if (self->conns[k].conn == conn) return &self->conns[k];
    }
    return NULL;
}

static void forget_conn(struct pair_node *self, uint64_t conn)
{
    struct pair_conn *found = conn_of(self, conn);
    if (found != NULL) *found = self->conns[--self->conns_n];
}

static void show_traces(const struct pair *pair, int at, const struct update *update)
{
    for (size_t i = 0; i < update->traces_n && pair->trace; i++) {
        const struct update_trace *t = &update->traces[i];
        printf("[%6llu] %d %s/%llu: %s -> %s%s%s (%llu)\n", (unsigned long long)pair->now_ms,
               at, t->machine, (unsigned long long)t->conn, t->from, t->to, t->why ? ": " : "",
               t->why ? t->why : "", (unsigned long long)t->number);
    }
}

static void take_replies(struct pair *pair, struct pair_node *self, const struct update *update)
{
    for (size_t i = 0; i < update->replies_n; i++) {
        const struct reply *reply = &update->replies[i];
        self->reply = *reply;
        self->replied = true;
        snprintf(self->text, sizeof(self->text), "%s", reply->text ? reply->text : "");
        self->bytes.len = 0;
        buf_put(&self->bytes, reply->bytes.p, reply->bytes.n);
        if (reply->err != ERR_OK && pair->trace) {
            printf("   reply %s: %s\n", err_name(reply->err),
                   reply->reason ? reply->reason : "-");
        }
        self->reply.reason = NULL;
    }
}

static void send_all(struct pair *pair, struct pair_node *self, const struct update *update)
{
    for (size_t i = 0; i < update->sends_n; i++) {
        const struct pair_conn *conn = conn_of(self, update->sends[i].conn);
        if (conn == NULL) continue;
        struct event event = {
            .kind = EVENT_CONN_DATA,
            .conn = {.conn = conn->peer_conn, .bytes = update->sends[i].bytes}};
        feed(pair, conn->peer, &event);
    }
}

static void dial_all(struct pair *pair, int at, const struct update *update)
{
    struct pair_node *self = &pair->nodes[at];
    for (size_t i = 0; i < update->dials_n; i++) {
        const struct update_dial *dial = &update->dials[i];
        int to = atoi(dial->address + 4); /* "node3:1" */
        if (to < 0 || (size_t)to >= pair->n || pair->nodes[to].off || self->off) {
            struct event event = {.kind = EVENT_DIAL_FAILED, .conn = {.dial = dial->dial}};
            feed(pair, at, &event);
            continue;
        }
        uint64_t mine = ++pair->next_conn, theirs = ++pair->next_conn;
        struct pair_node *other = &pair->nodes[to];
        self->conns[self->conns_n++] = (struct pair_conn){mine, to, theirs};
        other->conns[other->conns_n++] = (struct pair_conn){theirs, at, mine};
        struct event in = {.kind = EVENT_CONN_OPENED,
                           .conn = {.conn = theirs, .address = "in"}};
        feed(pair, to, &in);
        struct event out = {
            .kind = EVENT_CONN_OPENED,
            .conn = {.conn = mine, .dial = dial->dial, .address = dial->address}};
        feed(pair, at, &out);
    }
}

static void close_all(struct pair *pair, struct pair_node *self, const struct update *update)
{
    for (size_t i = 0; i < update->closes_n; i++) {
        const struct pair_conn *found = conn_of(self, update->closes[i]);
        if (found == NULL) continue;
        struct pair_conn conn = *found;
        forget_conn(self, conn.conn);
        forget_conn(&pair->nodes[conn.peer], conn.peer_conn);
        struct event event = {.kind = EVENT_CONN_CLOSED, .conn = {.conn = conn.peer_conn}};
        feed(pair, conn.peer, &event);
    }
}

/* Nothing here steps a node but the answers to reads, which come last: the update is done with.
 */
static void carry_out(struct pair *pair, int at, const struct update *update)
{
    struct pair_node *self = &pair->nodes[at];
    show_traces(pair, at, update);
    self->wake_ms = update->wake_ms;
    self->notices |= update->notices;
    take_replies(pair, self, update);
    if (update->batch != 0) {
        ram_store_submit(self->store, update->batch, update->writes, update->writes_n);
    }
    send_all(pair, self, update);
    dial_all(pair, at, update);
    close_all(pair, self, update);
    size_t reads_n = update->reads_n;
    struct read_request *reads = mem_realloc(NULL, reads_n + 1, sizeof(*reads));
    if (reads_n > 0) memcpy(reads, update->reads, reads_n * sizeof(*reads));
    for (size_t i = 0; i < reads_n; i++) {
        struct event event = {.kind = EVENT_READ, .read = {.ticket = reads[i].ticket}};
        event.read.err = ram_store_read(self->store, &reads[i], &event.read.entries,
                                        &event.read.n, &event.read.more);
        feed(pair, at, &event);
    }
    free(reads);
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
            if (result.err != ERR_OK && pair->trace)
                printf("store: %s\n", err_name(result.err));
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
    for (int i = 0; i < 300 && !self->replied; i++)
        pair_run(pair, 100);
    assert_true(self->replied);
    return self->reply.err;
}

void pair_off(struct pair *pair, int at, bool off)
{
    struct pair_node *self = &pair->nodes[at];
    if (off) {
        while (self->conns_n > 0) {
            struct pair_conn conn = self->conns[--self->conns_n];
            forget_conn(&pair->nodes[conn.peer], conn.peer_conn);
            struct event there = {.kind = EVENT_CONN_CLOSED, .conn = {.conn = conn.peer_conn}};
            feed(pair, conn.peer, &there);
            struct event here = {.kind = EVENT_CONN_CLOSED, .conn = {.conn = conn.conn}};
            step(pair, at, &here);
        }
    }
    drain(pair); /* what it wrote is answered: it is out of reach, not crashed */
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
