/*
 * world.h: a small network for the tests of view and report: schools with real keys, statements
 * and sealed envelopes, and for each a log in memory and a view of it. What is said goes into
 * the world's list; deliver puts it into a school's log, in any order that keeps each chain's.
 */
#ifndef TESTS_UNIT_DAEMON_VIEW_WORLD_H
#define TESTS_UNIT_DAEMON_VIEW_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/view/compose.h"
#include "daemon/view/query.h"
#include "daemon/view/view.h"
#include "proto/crypto/dh.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/phrase.h"
#include "proto/crypto/sign.h"
#include "proto/envelope/envelope.h"
#include "proto/member/keyring.h"
#include "proto/member/make.h"
#include "proto/record/revision.h"
#include "tests/support/tests.h"
#include "tests/unit/daemon/view/world_log.h"

enum { WORLD_SCHOOLS = 5 };

struct world;

struct world_school {
    struct world *world;
    const char *name;
    struct school_id id;
    struct root_pk root_pk;
    struct root_sk root_sk;
    struct recovery_pk recovery_pk;
    struct recovery_sk recovery_sk;
    struct statement_device device;
    struct device_sk sk;
    struct box_sk box_sk;
    struct place head;    /* of its statements */
    bool has[WORLD_SAID]; /* delivered */
    struct world_log log;
    const struct schema_set *schemas; /* of its view; NULL: those in the program */
    struct view *view;
    struct view_reader *reader;
};

struct world {
    struct rng rng;
    struct env env;
    struct network_id network;
    struct fold *fold;
    struct keyring *ring; /* holds the keys of all epochs made here */
    struct world_school schools[WORLD_SCHOOLS];
    size_t n;
    struct world_said said[WORLD_SAID];
    size_t said_n;
    int64_t wall_s;
};

/* ----------------------------------------------------------------------------- the world -- */

static inline void world_view_open(struct world_school *school, const char *path)
{
    struct view_options options = {.path = path,
                                   .school = school->id,
                                   .device = school->device.device,
                                   .box_pk = school->device.box,
                                   .box_sk = school->box_sk,
                                   .schemas = school->schemas};
    assert_ok(view_open(&school->view, &options, &school->log.reader));
    assert_ok(view_reader_open(&school->reader, school->view));
}

static inline void world_view_close(struct world_school *school)
{
    view_reader_close(school->reader);
    view_close(school->view);
    school->reader = NULL;
    school->view = NULL;
}

static inline void world_catch_up(struct world_school *school)
{
    bool more = true;
    while (more)
        assert_ok(view_step(school->view, VIEW_BATCH_MAX, &more));
}

/* A school with keys, not in any network. */
static inline struct world_school *world_school(struct world *world, const char *name)
{
    struct world_school *school = &world->schools[world->n++];
    uint8_t seed[32];
    *school = (struct world_school){.world = world, .name = name};
    env_random(&world->env, seed, sizeof(seed));
    sign_root_keypair(&school->root_pk, &school->root_sk, seed);
    env_random(&world->env, school->recovery_sk.b, 32);
    dh_public(school->recovery_pk.b, school->recovery_sk.b);
    env_random(&world->env, seed, sizeof(seed));
    sign_device_keypair(&school->device.device, &school->sk, seed);
    env_random(&world->env, school->box_sk.b, 32);
    dh_public(school->device.box.b, school->box_sk.b);
    env_random(&world->env, seed, sizeof(seed));
    dh_public(school->device.transport.b, seed);
    school->device.name = (struct statement_text){"PC 1", 4};
    phrase_school_id(&school->id, &school->root_pk);
    school->log.reader =
        (struct log_reader){&school->log, world_log_read, world_log_get, world_log_last};
    return school;
}

static inline struct world *world_new(uint64_t seed)
{
    struct world *world = mem_zalloc(sizeof(*world));
    world->rng.state = seed;
    world->env = tests_env(&world->rng);
    world->wall_s = 1772357400; /* 2026-03-01T09:30:00Z */
    return world;
}

static inline void world_free(struct world *world)
{
    for (size_t i = 0; i < world->n; i++) {
        struct world_school *school = &world->schools[i];
        world_view_close(school);
        for (size_t k = 0; k < school->log.n; k++) {
            if (school->log.said[k] == NULL) {
                free((void *)(uintptr_t)school->log.entries[k].payload.p);
            }
        }
    }
    for (size_t i = 0; i < world->said_n; i++)
        buf_fini(&world->said[i].payload);
    fold_free(world->fold);
    keyring_free(world->ring);
    free(world);
}

/* ----------------------------------------------------------------------------- saying it -- */

static inline struct world_said *world_add(struct world *world, enum log_kind kind,
                                           const uint8_t header[ENVELOPE_HEADER_BYTES],
                                           struct slice payload)
{
    assert_true(world->said_n < WORLD_SAID);
    struct world_said *said = &world->said[world->said_n++];
    struct envelope envelope;
    *said = (struct world_said){.kind = kind};
    memcpy(said->header, header, ENVELOPE_HEADER_BYTES);
    buf_put(&said->payload, payload.p, payload.n);
    assert_ok(envelope_decode(&envelope, slice_of(header, ENVELOPE_HEADER_BYTES)));
    said->chain = envelope_chain(&envelope);
    said->seq = envelope.seq;
    envelope_id(&said->id, header);
    return said;
}

static inline struct make world_make(struct world_school *school)
{
    return (struct make){.fold = school->world->fold,
                         .device = school->device.device,
                         .head = school->head,
                         .env = &school->world->env};
}

static inline struct envelope_id world_say(struct world_school *school, struct buf *body)
{
    struct world *world = school->world;
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct envelope_signer signer = {world->network, &school->sk};
    assert_ok(envelope_make_statement(header, &signer, &school->head, buf_slice(body)));
    struct world_said *said = world_add(world, LOG_STATEMENT, header, buf_slice(body));
    if (world->fold == NULL) {
        memcpy(world->network.b, said->id.b, sizeof(world->network.b));
        world->fold = fold_new(&world->network);
        world->ring = keyring_new();
    }
    struct fold_item item = {.id = said->id,
                             .device = school->device.device,
                             .seq = said->seq,
                             .prev = school->head.id,
                             .body = buf_slice(&said->payload)};
    assert_int_equal(fold_add(world->fold, &item), FOLD_ADDED);
    fold_refresh(world->fold);
    assert_int_equal(fold_verdict(world->fold, &said->id), FOLD_VERDICT_STANDS);
    school->head = (struct place){said->seq, said->id};
    buf_fini(body);
    return said->id;
}

/* Last place of a chain among all that was said. */
static inline bool world_head(void *ctx, const struct chain *chain, struct place *out)
{
    const struct world *world = ctx;
    bool found = false;
    for (size_t i = 0; i < world->said_n; i++) {
        if (chain_eq(&world->said[i].chain, chain)) {
            *out = (struct place){world->said[i].seq, world->said[i].id};
            found = true;
        }
    }
    return found;
}

/* Grants of every space's write epoch to who lacks one, by a school that is a member. */
static inline void world_grant(struct world_school *school)
{
    struct world *world = school->world;
    struct fold_space space;
    for (size_t i = 0; fold_space_at(world->fold, i, &space); i++) {
        struct fold_epoch epoch;
        if (fold_part(world->fold, &space.tag, &school->id) != FOLD_MEMBER) continue;
        for (size_t k = 0; fold_epoch_at(world->fold, &space.tag, k, &epoch); k++) {
            struct make make = world_make(school);
            struct buf body = {0};
            size_t left = 0;
            if (!epoch.stands) continue;
            if (make_space_grant(&body, &make, &epoch.id, world->ring, 100, &left) == ERR_OK) {
                (void)world_say(school, &body);
            }
            buf_fini(&body);
        }
    }
}

/* A new epoch of a space, granted to all its members. */
static inline void world_epoch(struct world_school *school, const struct space_tag *tag)
{
    struct world *world = school->world;
    struct make make = world_make(school);
    struct make_frontier frontier = {world, world_head};
    struct buf body = {0};
    struct epoch_key key;
    assert_ok(make_space_epoch(&body, &make, tag, world->ring, &frontier, &key));
    struct envelope_id id = world_say(school, &body);
    assert_ok(keyring_add_epoch(world->ring, world->fold, &id, &key));
    world_grant(school);
}

static inline struct space_tag world_tag(struct world_school *school, enum space_class class)
{
    struct space_id space;
    if (class == SPACE_NETWORK) space_network(&space, &school->world->network);
    if (class == SPACE_OWN) space_own(&space, &school->world->network, &school->id);
    if (class == SPACE_HUB) space_hub(&space, &school->world->network, &school->id);
    return space_tag(&space);
}

static inline void world_own_epochs(struct world_school *school, bool hub)
{
    struct space_tag own = world_tag(school, SPACE_OWN),
                     with_hub = world_tag(school, SPACE_HUB);
    world_epoch(school, &own);
    if (!hub) world_epoch(school, &with_hub);
}

static inline void world_found(struct world_school *school, const char *network)
{
    struct make make = {.device = school->device.device,
                        .root = &school->root_sk,
                        .root_pk = &school->root_pk,
                        .env = &school->world->env};
    struct make_school founder = {.name = school->name,
                                  .root_pk = school->root_pk,
                                  .recovery_pk = school->recovery_pk,
                                  .device = school->device};
    struct buf body = {0};
    assert_ok(make_found(&body, &make, network, &founder));
    (void)world_say(school, &body);
    struct space_tag tag = world_tag(school, SPACE_NETWORK);
    world_epoch(school, &tag);
    world_own_epochs(school, true);
}

static inline void world_join(struct world_school *steward, struct world_school *school)
{
    struct world *world = steward->world;
    struct invite_secret secret;
    struct buf body = {0};
    env_random(&world->env, secret.b, sizeof(secret.b));
    struct make make = world_make(steward);
    assert_ok(make_invite(&body, &make, &secret, 1900000000000u));
    (void)world_say(steward, &body);
    struct invite_request request = {.school = school->id,
                                     .school_name = {school->name, strlen(school->name)},
                                     .root_pk = school->root_pk,
                                     .recovery_pk = school->recovery_pk,
                                     .device = school->device};
    invite_id(&request.invite, &secret);
    invite_request_sign(&request, &world->network, &school->root_sk);
    make = world_make(steward);
    assert_ok(make_admit(&body, &make, &request));
    (void)world_say(steward, &body);
    world_grant(steward);
    world_own_epochs(school, false);
}

/* A group of two, accepted, with an epoch. Its tag. */
static inline struct fold_space world_buddies(struct world_school *a, struct world_school *b)
{
    struct world *world = a->world;
    struct make make = world_make(a);
    struct buf body = {0};
    struct space_id id;
    struct fold_space space;
    assert_ok(make_space_new(&body, &make, "", &b->id, 1));
    struct envelope_id made = world_say(a, &body);
    space_group(&id, &world->network, &made);
    struct space_tag tag = space_tag(&id);
    if (fold_part(world->fold, &tag, &a->id) != FOLD_MEMBER) {
        make = world_make(a);
        assert_ok(make_space_accept(&body, &make, &tag, STATEMENT_AS_MEMBER));
        (void)world_say(a, &body);
    }
    make = world_make(b);
    assert_ok(make_space_accept(&body, &make, &tag, STATEMENT_AS_MEMBER));
    (void)world_say(b, &body);
    world_epoch(a, &tag);
    assert_true(fold_space(world->fold, &tag, &space));
    return space;
}

static inline struct world_said *world_write(struct world_school *school,
                                             const struct space_tag *tag, struct slice body)
{
    struct world *world = school->world;
    struct chain chain = {school->device.device, *tag};
    struct place head = {0};
    struct envelope_epoch epoch;
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct buf payload = {0};
    struct envelope_signer signer = {world->network, &school->sk};
    (void)world_head(world, &chain, &head);
    assert_ok(keyring_write_key(world->ring, world->fold, tag, &epoch.id, &epoch.key));
    assert_ok(
        envelope_seal_record(header, &payload, &signer, tag, &head, &epoch, &world->env, body));
    struct world_said *said = world_add(world, LOG_RECORD, header, buf_slice(&payload));
    buf_fini(&payload);
    return said;
}

/* ---------------------------------------------------------------------------- delivering -- */

static inline void world_deliver_one(struct world_school *school, size_t i)
{
    struct world *world = school->world;
    struct world_said *said = &world->said[i];
    school->has[i] = true;
    bool erased = said->kind == LOG_RECORD &&
                  fold_erased(world->fold, &said->chain, said->seq, &said->id) == FOLD_ERASED;
    world_put_log(&school->log, said, erased && rng_chance(&world->rng, 500));
}

/* Everything that the school lacks, in the order in which it was said. */
static inline void world_deliver(struct world_school *school)
{
    for (size_t i = 0; i < school->world->said_n; i++) {
        if (!school->has[i]) world_deliver_one(school, i);
    }
}

static inline void world_sync(struct world *world)
{
    for (size_t i = 0; i < world->n; i++) {
        world_deliver(&world->schools[i]);
        world_catch_up(&world->schools[i]);
    }
}

/* The payloads of standing erases go from a school's log, as a store would do it. */
static inline void world_obey_erases(struct world_school *school)
{
    struct world_log *log = &school->log;
    for (size_t i = 0; i < log->n; i++) {
        struct world_said *said = log->said[i];
        if (said != NULL && said->kind == LOG_RECORD &&
            fold_erased(school->world->fold, &said->chain, said->seq, &said->id) ==
                FOLD_ERASED) {
            log->entries[i].erased = true;
            log->entries[i].payload = slice_of(NULL, 0);
        }
    }
}

/* ------------------------------------------------------------------- writing as a person -- */

static inline struct compose_who world_who(struct world_school *school)
{
    school->world->wall_s += 60;
    return (struct compose_who){
        .env = &school->world->env, .person = "A teacher", .wall_s = school->world->wall_s};
}

/* Carries out what was composed: writes and erases. The school sees its own at once. */
static inline void world_do(struct world_school *school, struct compose *compose)
{
    struct world *world = school->world;
    for (size_t i = 0; i < compose->revisions_n; i++) {
        const struct compose_revision *revision = &compose->revisions[i];
        if (world->fold == NULL) {
            world_put_local(&school->log, revision->body);
            continue;
        }
        struct space_tag tag = revision->class == SPACE_GROUP
                                   ? space_tag(&revision->group)
                                   : world_tag(school, revision->class);
        (void)world_write(school, &tag, revision->body);
    }
    for (size_t i = 0; i < compose->erases_n; i++) {
        const struct compose_erase *erase = &compose->erases[i];
        struct make_erase item = {.chain = erase->chain,
                                  .seq = erase->seq,
                                  .record = erase->record,
                                  .revision = erase->revision,
                                  .edit = erase->edit,
                                  .lamport = erase->lamport,
                                  .parents = erase->parents,
                                  .parents_n = erase->parents_n};
        for (size_t k = 0; k < world->said_n; k++) {
            if (chain_eq(&world->said[k].chain, &erase->chain) &&
                world->said[k].seq == erase->seq) {
                item.id = world->said[k].id;
            }
        }
        struct make make = world_make(school);
        struct buf body = {0};
        assert_ok(make_erase(&body, &make, &item));
        (void)world_say(school, &body);
    }
}

static inline void world_record_id(char hex[33], const struct compose *compose)
{
    for (size_t i = 0; i < 16; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", compose->key.record.b[i]);
    }
}

/* New record; its id goes to hex. */
static inline void world_new_record(struct world_school *school, const char *type,
                                    const char *sections, char hex[33])
{
    struct compose compose;
    struct compose_who who = world_who(school);
    enum err err = compose_new(school->reader, &who, type, sections, false, &compose);
    if (err != ERR_OK) fail_msg("compose_new: %s %s", err_name(err), compose.problems);
    world_record_id(hex, &compose);
    world_do(school, &compose);
    compose_fini(&compose);
    if (school->world->fold != NULL) world_deliver(school);
    world_catch_up(school);
}

static inline void world_edit(struct world_school *school, const char *id, const char *patch)
{
    struct compose compose;
    struct compose_who who = world_who(school);
    enum err err = compose_edit(school->reader, &who, id, patch, NULL, &compose);
    if (err != ERR_OK) fail_msg("compose_edit: %s %s", err_name(err), compose.problems);
    world_do(school, &compose);
    compose_fini(&compose);
    if (school->world->fold != NULL) world_deliver(school);
    world_catch_up(school);
}

static inline void world_share(struct world_school *school, const char *id, const char *with)
{
    struct compose compose, none;
    struct compose_audience audience;
    struct compose_who who = world_who(school);
    enum err err = compose_audience(school->reader, with, &audience, &none);
    if (err != ERR_OK) fail_msg("compose_audience %s: %s", with, none.problems);
    compose_fini(&none);
    err = compose_share(school->reader, &who, id, &audience, &compose);
    if (err != ERR_OK) fail_msg("compose_share: %s %s", err_name(err), compose.problems);
    world_do(school, &compose);
    compose_fini(&compose);
    world_deliver(school);
    world_catch_up(school);
}

/* -------------------------------------------------------------------------------- asking -- */

static inline json_t *world_parse(struct buf *text)
{
    json_error_t error;
    json_t *json =
        json_loadb((const char *)text->data, text->len, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) fail_msg("%s in %.*s", error.text, (int)text->len, (char *)text->data);
    buf_fini(text);
    return json;
}

/* The record as the school sees it, with its history; NULL when it does not. */
static inline json_t *world_show(struct world_school *school, const char *id)
{
    struct buf out = {0};
    enum err err = query_record(school->reader, id, true, school->world->wall_s, &out);
    if (err == ERR_NOT_FOUND) return NULL;
    assert_ok(err);
    return world_parse(&out);
}

/* The dump of a view made anew from the school's log. */
static inline void world_assert_rebuild_equal(struct world_school *school)
{
    struct buf kept = {0}, anew = {0};
    struct view_options options = {.school = school->id,
                                   .device = school->device.device,
                                   .box_pk = school->device.box,
                                   .box_sk = school->box_sk,
                                   .schemas = school->schemas};
    struct view *view = NULL;
    bool more = true;
    world_catch_up(school);
    assert_ok(view_open(&view, &options, &school->log.reader));
    while (more)
        assert_ok(view_step(view, 37, &more));
    assert_ok(view_dump(view, &anew));
    assert_ok(view_dump(school->view, &kept));
    view_close(view);
    if (!slice_eq(buf_slice(&kept), buf_slice(&anew))) {
        size_t i = 0;
        while (i < kept.len && i < anew.len && kept.data[i] == anew.data[i])
            i++;
        size_t from = i > 300 ? i - 300 : 0;
        fail_msg("dumps differ at %zu\nkept: %.*s\nanew: %.*s", i,
                 (int)(kept.len - from > 900 ? 900 : kept.len - from), (char *)kept.data + from,
                 (int)(anew.len - from > 900 ? 900 : anew.len - from),
                 (char *)anew.data + from);
    }
    assert_true(kept.len > 0);
    buf_fini(&kept);
    buf_fini(&anew);
}

static inline const json_t *world_at(const json_t *json, const char *path)
{
    char name[64];
    while (json != NULL && *path != '\0') {
        size_t n = strcspn(path, ".");
        assert_true(n < sizeof(name));
        memcpy(name, path, n);
        name[n] = '\0';
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(name))
                                   : json_object_get(json, name);
        path += n + (path[n] == '.');
    }
    return json;
}

static inline const char *world_text(const json_t *json, const char *path)
{
    json = world_at(json, path);
    return json_is_string(json) ? json_string_value(json) : "";
}

#endif
