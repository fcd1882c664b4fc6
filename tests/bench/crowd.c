#include "tests/bench/crowd.h"

#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/app/folder.h"
#include "proto/base/check.h"
#include "proto/crypto/dh.h"
#include "proto/crypto/sign.h"

enum {
    ROUNDS_MAX = 200000, /* wakes of the two nodes until something must have come */
    QUIET_MS = 50,
};

/* What will happen, in order: nothing is delivered inside the step that caused it. */
struct crowd_due {
    unsigned school;
    struct event event;
    struct buf bytes;
    struct crowd_due *next;
};

static void must(bool good, const char *what)
{
    if (good) return;
    (void)fprintf(stderr, "bench_store: %s\n", what);
    exit(1);
}

static void must_be_ok(enum err err, const char *what)
{
    if (err != ERR_OK) (void)fprintf(stderr, "bench_store: %s: %s\n", what, err_text(err));
    must(err == ERR_OK, what);
}

static void system_random(void *ctx, void *out, size_t n)
{
    (void)ctx;
    randombytes_buf(out, n);
}

/* ----------------------------------------------------------------------- nodes and events --
 */

static void post(struct crowd *crowd, unsigned school, const struct event *event,
                 struct slice bytes)
{
    struct crowd_due *due = mem_zalloc(sizeof(*due));

    due->school = school;
    due->event = *event;
    if (bytes.n > 0) buf_put(&due->bytes, bytes.p, bytes.n);
    *crowd->due_tail = due;
    crowd->due_tail = &due->next;
}

static unsigned other_of(const struct crowd *crowd, unsigned school)
{
    return school == CROWD_HUB ? crowd->live : CROWD_HUB;
}

/* As seal_commit does, but without a thread. */
static void commit(struct crowd *crowd, unsigned at, const struct update *update)
{
    struct crowd_school *self = &crowd->schools[at];

    if (update->batch == 0) return;
    struct write *writes = mem_dup(update->writes, update->writes_n * sizeof(*writes));
    struct buf *sealed = mem_zalloc(update->writes_n * sizeof(*sealed));
    for (size_t i = 0; i < update->writes_n; i++) {
        if (writes[i].kind != WRITE_SETTING || writes[i].payload.p == NULL) continue;
        seal_close(&self->seal, writes[i].key, writes[i].payload, &sealed[i]);
        writes[i].payload = buf_slice(&sealed[i]);
    }
    struct store_batch batch = {
        .batch = update->batch, .writes = writes, .n = update->writes_n};
    store_commit(self->store, &batch, 1);
    for (size_t i = 0; i < update->writes_n; i++)
        buf_fini(&sealed[i]);
    free(sealed);
    free(writes);
    must_be_ok(batch.err, "a commit");
    const struct event event = {
        .kind = EVENT_STORED,
        .stored = {.batch = batch.batch, .err = batch.err, .lseq = batch.lseq}};
    post(crowd, at, &event, slice_of(NULL, 0));
}

/* Only a school calls, and only the hub answers; one line at a time, with one number. */
static void dial(struct crowd *crowd, unsigned at, const struct update_dial *dial)
{
    bool works =
        at != CROWD_HUB && !crowd->connected && strcmp(dial->address, crowd->hub_address) == 0;
    struct event event = {.kind = works ? EVENT_CONN_OPENED : EVENT_DIAL_FAILED,
                          .conn = {.dial = dial->dial, .address = crowd->hub_address}};

    if (works) {
        crowd->connected = true;
        event.conn.conn = ++crowd->lines;
        const struct event in = {.kind = EVENT_CONN_OPENED,
                                 .conn = {.conn = crowd->lines, .address = "school:1"}};
        post(crowd, CROWD_HUB, &in, slice_of(NULL, 0));
    }
    post(crowd, at, &event, slice_of(NULL, 0));
}

static void hang_up(struct crowd *crowd)
{
    const struct event event = {.kind = EVENT_CONN_CLOSED, .conn = {.conn = crowd->lines}};

    if (!crowd->connected) return;
    crowd->connected = false;
    post(crowd, CROWD_HUB, &event, slice_of(NULL, 0));
    post(crowd, crowd->live, &event, slice_of(NULL, 0));
}

static void answer(struct crowd_school *self, const struct update *update)
{
    for (size_t i = 0; i < update->replies_n; i++) {
        const struct reply *reply = &update->replies[i];
        self->replied = true;
        self->err = reply->err;
        (void)snprintf(self->text, sizeof(self->text), "%s",
                       reply->err != ERR_OK && reply->reason != NULL ? reply->reason
                       : reply->text != NULL                         ? reply->text
                                                                     : "");
    }
}

static void step(struct crowd *crowd, unsigned at, struct event *event)
{
    struct crowd_school *self = &crowd->schools[at];
    struct update update;

    if (self->node == NULL) return;
    event->now_ms = crowd->now_ms;
    event->wall_s = (int64_t)time(NULL);
    node_step(self->node, event, &update);
    self->wake_ms = update.wake_ms;
    commit(crowd, at, &update);
    struct read_request reads[64];
    size_t reads_n = update.reads_n;
    CHECK(reads_n <= sizeof(reads) / sizeof(reads[0]));
    if (reads_n > 0) memcpy(reads, update.reads, reads_n * sizeof(reads[0]));
    for (size_t i = 0; i < update.sends_n; i++) {
        const struct event data = {.kind = EVENT_CONN_DATA,
                                   .conn = {.conn = update.sends[i].conn}};
        if (crowd->connected && update.sends[i].conn == crowd->lines)
            post(crowd, other_of(crowd, at), &data, update.sends[i].bytes);
    }
    for (size_t i = 0; i < update.dials_n; i++)
        dial(crowd, at, &update.dials[i]);
    for (size_t i = 0; i < update.closes_n; i++) {
        if (update.closes[i] == crowd->lines) hang_up(crowd);
    }
    answer(self, &update);
    for (size_t i = 0; i < reads_n; i++) { /* the update is over: a read may lead to a step */
        struct event read = {.kind = EVENT_READ, .read = {.ticket = reads[i].ticket}};
        struct store_read got = {0};
        read.read.err = store_read(self->store, &reads[i], &got);
        read.read.entries = got.entries;
        read.read.n = got.n;
        read.read.more = got.more;
        step(crowd, at, &read);
        store_read_fini(&got);
    }
}

static void drain(struct crowd *crowd)
{
    for (struct crowd_due *due; (due = crowd->due) != NULL;) {
        crowd->due = due->next;
        if (crowd->due == NULL) crowd->due_tail = &crowd->due;
        if (due->event.kind == EVENT_CONN_DATA) due->event.conn.bytes = buf_slice(&due->bytes);
        step(crowd, due->school, &due->event);
        buf_fini(&due->bytes);
        free(due);
    }
}

/* On to the next timer of one of the two nodes, or by QUIET_MS where there is none. */
static void tick(struct crowd *crowd)
{
    const unsigned two[] = {CROWD_HUB, crowd->live};
    uint64_t next = crowd->now_ms + QUIET_MS;

    for (unsigned i = 0; i < 2; i++) {
        const struct crowd_school *school = &crowd->schools[two[i]];
        if (school->node != NULL && school->wake_ms < next) next = school->wake_ms;
    }
    if (next > crowd->now_ms) crowd->now_ms = next;
    for (unsigned i = 0; i < 2; i++) {
        struct event event = {.kind = EVENT_TICK};
        if (i > 0 && two[i] == CROWD_HUB) break;
        if (crowd->schools[two[i]].wake_ms <= crowd->now_ms) step(crowd, two[i], &event);
    }
    drain(crowd);
}

static void switch_on(struct crowd *crowd, unsigned at)
{
    struct crowd_school *self = &crowd->schools[at];
    const struct keyfile *keys = &self->keyfile;
    char data[CROWD_PATH_BYTES + 32], dir[FOLDER_PATH_BYTES], path[FOLDER_PATH_BYTES];
    struct event start = {.kind = EVENT_START};

    (void)snprintf(data, sizeof(data), "%s/school-%u", crowd->dir, at);
    must_be_ok(folder_network(dir, data, "main"), data);
    must_be_ok(folder_path(path, dir, "store"), dir);
    must_be_ok(store_open(&self->store, &(struct store_options){.dir = path}), path);
    const struct node_options options = {.device_pk = keys->device_pk,
                                         .device_sk = keys->device_sk,
                                         .box_pk = keys->box_pk,
                                         .box_sk = keys->box_sk,
                                         .transport_pk = keys->transport_pk,
                                         .transport_sk = keys->transport_sk,
                                         .school = keys->school,
                                         .device_name = keys->device_name,
                                         .version = KITH_VERSION,
                                         .seed = 1 + at};
    seal_init(&self->seal, &keys->device_sk, &crowd->env);
    seal_reader_init(&self->reader, &self->seal, store_get_reader(self->store));
    self->node = node_new(&options, &crowd->env, &self->reader.reader);
    step(crowd, at, &start);
    drain(crowd);
}

static void switch_off(struct crowd *crowd, unsigned at)
{
    struct crowd_school *self = &crowd->schools[at];

    if (self->node == NULL) return;
    node_free(self->node);
    store_close(self->store);
    self->node = NULL;
    self->store = NULL;
}

/* -------------------------------------------------------------------------------- schools --
 */

static void make_school(struct crowd *crowd, unsigned at)
{
    struct crowd_school *self = &crowd->schools[at];
    char path[CROWD_PATH_BYTES + 64];
    uint8_t seed[32];

    /* The root comes from a seed and not from a phrase: Argon2id would take a second each. */
    env_random(&crowd->env, seed, sizeof(seed));
    sign_root_keypair(&self->keys.root_pk, &self->keys.root_sk, seed);
    env_random(&crowd->env, self->keys.recovery_sk.b, sizeof(self->keys.recovery_sk.b));
    dh_public(self->keys.recovery_pk.b, self->keys.recovery_sk.b);
    keyfile_make(&self->keyfile, &crowd->env);
    self->keyfile.root_pk = self->keys.root_pk;
    self->keyfile.recovery_pk = self->keys.recovery_pk;
    phrase_school_id(&self->keyfile.school, &self->keys.root_pk);
    (void)snprintf(self->keyfile.school_name, sizeof(self->keyfile.school_name), "School %u",
                   at);
    (void)snprintf(self->keyfile.device_name, sizeof(self->keyfile.device_name), "office");
    (void)snprintf(path, sizeof(path), "%s/school-%u", crowd->dir, at);
    must(mkdir(path, 0700) == 0, "the folder of a school is there already");
    (void)snprintf(path, sizeof(path), "%s/school-%u/device.key", crowd->dir, at);
    must_be_ok(keyfile_save(&self->keyfile, path), path);
}

void crowd_init(struct crowd *crowd, const char *dir, unsigned n, const char *hub_address)
{
    must(sodium_init() >= 0 && strlen(dir) < CROWD_PATH_BYTES,
         "no libsodium, or too long a path");
    memset(crowd, 0, sizeof(*crowd));
    (void)strcpy(crowd->dir, dir);
    crowd->hub_address = hub_address;
    crowd->env = (struct env){.random = system_random};
    crowd->rng.state = 90;
    crowd->now_ms = 1000;
    crowd->n = n;
    crowd->due_tail = &crowd->due;
    char path[CROWD_PATH_BYTES + 16];
    (void)snprintf(path, sizeof(path), "%s/bodies", dir);
    crowd->bodies = fopen(path, "w");
    must(crowd->bodies != NULL, path);
    crowd->schools = mem_zalloc(n * sizeof(*crowd->schools));
    for (unsigned i = 0; i < n; i++)
        make_school(crowd, i);
    switch_on(crowd, CROWD_HUB);
    struct command command = {.kind = COMMAND_ADDRESSES,
                              .addresses = {.addresses = &crowd->hub_address, .n = 1}};
    crowd_do(crowd, CROWD_HUB, &command);
}

void crowd_fini(struct crowd *crowd)
{
    hang_up(crowd);
    drain(crowd);
    for (unsigned i = 0; i < crowd->n; i++)
        switch_off(crowd, i);
    must(fclose(crowd->bodies) == 0, "the bodies");
    free(crowd->schools);
}

void crowd_do(struct crowd *crowd, unsigned at, struct command *command)
{
    struct crowd_school *self = &crowd->schools[at];
    struct event event = {.kind = EVENT_COMMAND, .command = command};

    command->ticket = ++crowd->tickets;
    self->replied = false;
    step(crowd, at, &event);
    drain(crowd);
    for (int i = 0; i < ROUNDS_MAX && !self->replied; i++)
        tick(crowd);
    must(self->replied, command_name(command->kind));
    if (self->err != ERR_OK) (void)fprintf(stderr, "%s\n", self->text);
    must_be_ok(self->err, command_name(command->kind));
}

void crowd_found(struct crowd *crowd)
{
    const struct crowd_school *hub = &crowd->schools[CROWD_HUB];
    struct command command = {.kind = COMMAND_FOUND,
                              .found = {.network_name = "Bench",
                                        .school_name = hub->keyfile.school_name,
                                        .root_pk = hub->keys.root_pk,
                                        .root_sk = hub->keys.root_sk,
                                        .recovery_pk = hub->keys.recovery_pk}};
    crowd_do(crowd, CROWD_HUB, &command);
}

struct peer_look {
    const struct device_pk *device;
    bool equal;
};

static void look_at(void *arg, const struct node_peer *peer)
{
    struct peer_look *look = arg;
    if (device_pk_eq(&peer->device, look->device)) look->equal = peer->connected && peer->equal;
}

static bool equal_with(const struct crowd *crowd, unsigned at, unsigned with)
{
    struct peer_look look = {.device = &crowd->schools[with].keyfile.device_pk};
    node_each_peer(crowd->schools[at].node, look_at, &look);
    return look.equal;
}

void crowd_admit(struct crowd *crowd, unsigned at)
{
    const struct crowd_school *self = &crowd->schools[at];
    struct node_status status;
    struct command invite = {.kind = COMMAND_INVITE_CREATE,
                             .invite_create = {.days = 7, .approve_automatically = true}};
    crowd_do(crowd, CROWD_HUB, &invite);
    char code[CROWD_TEXT_BYTES];
    (void)strcpy(code, crowd->schools[CROWD_HUB].text);
    crowd_on(crowd, at);
    struct command join = {.kind = COMMAND_JOIN,
                           .join = {.code = code,
                                    .school_name = self->keyfile.school_name,
                                    .root_pk = self->keys.root_pk,
                                    .root_sk = self->keys.root_sk,
                                    .recovery_pk = self->keys.recovery_pk}};
    crowd_do(crowd, at, &join);
    for (int i = 0; i < ROUNDS_MAX; i++) {
        node_get_status(self->node, &status);
        if (status.state == NODE_MEMBER) break;
        tick(crowd);
    }
    must(status.state == NODE_MEMBER, "a school was not admitted");
    crowd_off_when_equal(crowd);
}

void crowd_on(struct crowd *crowd, unsigned at)
{
    crowd->live = at;
    if (at != CROWD_HUB) switch_on(crowd, at);
}

static void off(struct crowd *crowd)
{
    unsigned at = crowd->live;

    hang_up(crowd);
    drain(crowd);
    switch_off(crowd, at);
    crowd->live = CROWD_HUB;
}

void crowd_off_when_equal(struct crowd *crowd)
{
    unsigned at = crowd->live;

    if (at == CROWD_HUB) return;
    for (int i = 0; i < ROUNDS_MAX; i++) {
        if (equal_with(crowd, at, CROWD_HUB) && equal_with(crowd, CROWD_HUB, at)) break;
        tick(crowd);
    }
    must(equal_with(crowd, at, CROWD_HUB), "a school and the hub do not agree");
    off(crowd);
}

static int remove_one(const char *path, const struct stat *what, int kind, struct FTW *at)
{
    (void)what, (void)kind, (void)at;
    return remove(path);
}

void crowd_forget(struct crowd *crowd, unsigned at)
{
    enum { FOLDERS_OPEN = 8 };
    char path[CROWD_PATH_BYTES + 32];

    (void)snprintf(path, sizeof(path), "%s/school-%u", crowd->dir, at);
    must(crowd->schools[at].node == NULL, "a school that is on is not forgotten");
    must(nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS) == 0, path);
}

static void count(void *arg, const struct node_space *space)
{
    uint64_t *n = arg;
    *n += space->envelopes;
}

static uint64_t held(const struct crowd *crowd)
{
    uint64_t n = 0;
    node_each_space(crowd->schools[CROWD_HUB].node, count, &n);
    return n;
}

void crowd_off_when_held(struct crowd *crowd, uint64_t records)
{
    if (crowd->live == CROWD_HUB) return;
    for (int i = 0; i < ROUNDS_MAX && held(crowd) < records; i++)
        tick(crowd);
    must(held(crowd) >= records, "the hub lacks records");
    off(crowd);
}
