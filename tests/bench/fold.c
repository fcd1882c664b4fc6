/*
 * bench_fold: what the membership of a whole network costs to fold.
 *
 *   bench_fold SCHOOLS…      for each number one JSON object a line, times in seconds
 *
 * The history is the common one, in which everybody saw everything: the hub invites and admits
 * one school after the other and grants it the network's key; the school makes its own space
 * and the one with the hub, adds two more devices and grants them all keys; every second school
 * has a group with the one before it. All by the makers that a node uses.
 *
 * cold        a fold of all statements from nothing, and one refresh: a start, or another view
 * added       one statement more and the refresh after it, the mean over the last school's;
 *             added_max: the slowest of them
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/crypto/dh.h"
#include "proto/crypto/phrase.h"
#include "proto/crypto/sign.h"
#include "proto/envelope/envelope.h"
#include "proto/member/fold.h"
#include "proto/member/keyring.h"
#include "proto/member/make.h"

enum { DEVICES = 3, SCHOOLS_MAX = 10000 };

struct device {
    struct device_sk sk;
    struct statement_device keys;
    struct keyring *ring;
};

struct school {
    struct school_id id;
    struct root_pk root_pk;
    struct root_sk root_sk;
    struct recovery_pk recovery_pk;
    struct device devices[DEVICES];
};

struct history {
    struct env env;
    struct network_id network;
    struct fold *fold;
    struct school *schools;
    struct fold_item *items;
    size_t n, cap;
    double last, max; /* what adding took since they were set to 0 */
    struct make make; /* what SAY gives to the maker that it calls */
    struct buf body;
};

static void must(enum err err, const char *what)
{
    if (err == ERR_OK) return;
    (void)fprintf(stderr, "bench_fold: %s: %s\n", what, err_text(err));
    exit(1);
}

static double now_s(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void system_random(void *ctx, void *out, size_t n)
{
    (void)ctx;
    randombytes_buf(out, n);
}

/* ------------------------------------------------------------------------ one statement ----
 */

static void begin(struct history *h, size_t school, size_t device, bool root)
{
    struct school *s = &h->schools[school];
    h->make = (struct make){
        .fold = h->fold, .device = s->devices[device].keys.device, .env = &h->env};
    if (h->fold != NULL) h->make.head = fold_head(h->fold, &h->make.device);
    if (root) {
        h->make.root = &s->root_sk;
        h->make.root_pk = &s->root_pk;
    }
}

static struct envelope_id end(struct history *h, size_t school, size_t device, enum err err)
{
    struct device *d = &h->schools[school].devices[device];
    struct envelope_signer signer = {.network = h->network, .sk = &d->sk};
    const struct place *head = &h->make.head;
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct fold_item item = {.device = d->keys.device, .seq = head->seq + 1, .prev = head->id};
    must(err, "a body");
    must(envelope_make_statement(header, &signer, head, buf_slice(&h->body)), "a header");
    envelope_id(&item.id, header);
    item.body = slice_of(mem_dup(h->body.data, h->body.len), h->body.len);
    buf_fini(&h->body);
    if (h->fold == NULL) {
        memcpy(h->network.b, item.id.b, sizeof(h->network.b));
        h->fold = fold_new(&h->network);
    }
    double from = now_s();
    enum fold_added added = fold_add(h->fold, &item);
    fold_refresh(h->fold);
    from = now_s() - from;
    h->last += from;
    if (from > h->max) h->max = from;
    must(added == FOLD_ADDED ? ERR_OK : ERR_ORDER, "a statement");
    must(fold_verdict(h->fold, &item.id) == FOLD_VERDICT_STANDS ? ERR_OK : ERR_REFUSED,
         "a statement");
    MEM_RESERVE(h->items, h->n, h->cap);
    h->items[h->n++] = item;
    return item.id;
}

/* SAY(h, school, device, root, make_hide(&h->body, &h->make, …)) */
#define SAY(h, school, device, root, call) \
    (begin((h), (school), (device), (root)), end((h), (school), (device), (call)))

static void grant(struct history *h, size_t school, const struct envelope_id *epoch)
{
    const struct keyring *ring = h->schools[school].devices[0].ring;
    size_t left = 0;
    (void)SAY(h, school, 0, false,
              make_space_grant(&h->body, &h->make, epoch, ring, MAKE_GRANTS_SLICE, &left));
}

static void epoch(struct history *h, size_t school, const struct space_id *space,
                  struct envelope_id *id)
{
    struct keyring *ring = h->schools[school].devices[0].ring;
    struct space_tag tag = space_tag(space);
    struct epoch_key key;
    *id =
        SAY(h, school, 0, false, make_space_epoch(&h->body, &h->make, &tag, ring, NULL, &key));
    must(keyring_add_epoch(ring, h->fold, id, &key), "an epoch's key");
    grant(h, school, id);
}

/* ------------------------------------------------------------------------- the history ---- */

static void make_keys(struct history *h, size_t at)
{
    struct school *s = &h->schools[at];
    uint8_t seed[32], secret[32];
    env_random(&h->env, seed, sizeof(seed));
    sign_root_keypair(&s->root_pk, &s->root_sk, seed);
    env_random(&h->env, secret, sizeof(secret));
    dh_public(s->recovery_pk.b, secret);
    phrase_school_id(&s->id, &s->root_pk);
    for (int d = 0; d < DEVICES; d++) {
        struct device *device = &s->devices[d];
        struct box_sk box_sk;
        env_random(&h->env, seed, sizeof(seed));
        sign_device_keypair(&device->keys.device, &device->sk, seed);
        env_random(&h->env, box_sk.b, sizeof(box_sk.b));
        dh_public(device->keys.box.b, box_sk.b);
        env_random(&h->env, device->keys.transport.b, sizeof(device->keys.transport.b));
        device->keys.name = statement_text("office");
        if (d > 0) continue;
        device->ring = keyring_new();
        keyring_add_box(device->ring, &device->keys.box, &box_sk);
    }
}

static void admit(struct history *h, size_t at)
{
    struct school *s = &h->schools[at];
    struct invite_secret secret;
    env_random(&h->env, secret.b, sizeof(secret.b));
    (void)SAY(h, 0, 0, false, make_invite(&h->body, &h->make, &secret, 1000));
    struct invite_request request = {.school = s->id,
                                     .school_name = statement_text("A school"),
                                     .root_pk = s->root_pk,
                                     .recovery_pk = s->recovery_pk,
                                     .device = s->devices[0].keys};
    invite_id(&request.invite, &secret);
    invite_request_sign(&request, &h->network, &s->root_sk);
    (void)SAY(h, 0, 0, false, make_admit(&h->body, &h->make, &request));
}

static void buddies(struct history *h, size_t at)
{
    const struct school_id other = h->schools[at - 1].id;
    struct space_id space;
    struct envelope_id made =
        SAY(h, at, 0, false, make_space_new(&h->body, &h->make, "Buddies", &other, 1));
    space_group(&space, &h->network, &made);
    struct space_tag tag = space_tag(&space);
    (void)SAY(h, at - 1, 0, false,
              make_space_accept(&h->body, &h->make, &tag, STATEMENT_AS_MEMBER));
    epoch(h, at, &space, &made);
}

static void add_school(struct history *h, size_t at, const struct envelope_id *network)
{
    struct school *s = &h->schools[at];
    struct envelope_id own, hub;
    struct space_id space;
    make_keys(h, at);
    admit(h, at);
    grant(h, 0, network);
    space_own(&space, &h->network, &s->id);
    epoch(h, at, &space, &own);
    space_hub(&space, &h->network, &s->id);
    epoch(h, at, &space, &hub);
    for (int d = 1; d < DEVICES; d++)
        (void)SAY(h, at, d, true,
                  make_device_add(&h->body, &h->make, &s->id, &s->devices[d].keys));
    grant(h, at, &own);
    grant(h, at, &hub);
    grant(h, 0, network);
    if (at % 2 == 0) buddies(h, at);
}

static void build(struct history *h, size_t schools)
{
    struct envelope_id network;
    struct space_id space;
    *h = (struct history){.env = {.random = system_random},
                          .schools = mem_zalloc(schools * sizeof(*h->schools))};
    make_keys(h, 0);
    struct make_school hub = {.name = "Hub",
                              .root_pk = h->schools[0].root_pk,
                              .recovery_pk = h->schools[0].recovery_pk,
                              .device = h->schools[0].devices[0].keys};
    (void)SAY(h, 0, 0, true, make_found(&h->body, &h->make, "Bench", &hub));
    space_network(&space, &h->network);
    epoch(h, 0, &space, &network);
    for (size_t i = 1; i < schools; i++) {
        h->last = h->max = 0;
        add_school(h, i, &network);
    }
}

static void measure(size_t schools)
{
    struct history h;
    double from = now_s();
    build(&h, schools);
    double making = now_s() - from;
    size_t before = schools % 2 == 0 ? 12 : 16; /* what the last school said, see add_school */
    from = now_s();
    struct fold *fold = fold_new(&h.network);
    for (size_t i = 0; i < h.n; i++) {
        if (fold_add(fold, &h.items[i]) != FOLD_ADDED) exit(1);
    }
    fold_refresh(fold);
    double cold = now_s() - from;
    (void)printf("{\"schools\": %zu, \"statements\": %zu, \"making\": %.3f, \"cold\": %.4f, "
                 "\"added\": %.6f, \"added_max\": %.6f}\n",
                 schools, h.n, making, cold, h.last / (double)before, h.max);
    (void)fflush(stdout);
    fold_free(fold);
    fold_free(h.fold);
    for (size_t i = 0; i < h.n; i++)
        free((void *)(uintptr_t)h.items[i].body.p);
    for (size_t i = 0; i < schools; i++)
        keyring_free(h.schools[i].devices[0].ring);
    free(h.items);
    free(h.schools);
}

int main(int argc, char **argv)
{
    if (argc < 2 || sodium_init() < 0) {
        (void)fprintf(stderr, "usage: bench_fold SCHOOLS…\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        size_t schools = strtoul(argv[i], NULL, 10);
        if (schools < 2 || schools > SCHOOLS_MAX) return 2;
        measure(schools);
    }
    return 0;
}
