#include "daemon/core/duty.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"

enum {
    DUTY_OPENS = 16,                 /* HPKE openings a step: about 2 ms */
    DUTY_ROTATE_MS = 60 * 1000,      /* DESIGN 4.3: a random 0 to 60 s after a removal */
    DUTY_AGED_MS = 24 * 3600 * 1000, /* an old key: a random day, so that one does it for all */
    DUTY_HELP_MS = 20 * 1000,        /* others help out only after whom it concerns did not */
    DUTY_LOOSE = 64,           /* void epochs of a space: else who is removed could make work */
    DUTY_PAIR_MS = 1000,       /* of a school's devices one does it */
    DUTY_LOOK = 16,            /* recipients looked at when it is asked whose they are */
    DUTY_LOCAL_SLICE = 32,     /* local revisions wrapped in a step */
    DUTY_AGAIN_MS = 30 * 1000, /* what could not be done (a frozen chain) is tried again */
    DUTY_WRITABLE_MS = 2000,   /* while nothing may be written, it is asked again */
};

void duty_fini(struct duty *duty)
{
    free(duty->rows);
    *duty = (struct duty){0};
}

void duty_reload(struct node *node)
{
    node->duty.local_at = 0;
    node->duty.local_done = false;
}

void duty_on_membership(struct node *node)
{
    node->duty.look = true;
    node->duty.keys_wait = true;
}

/* Grants one slice. */
static enum err grant_slice(struct node *node, const struct envelope_id *epoch)
{
    struct make make = acts_make(node);
    struct buf body = {0};
    struct envelope_id id;
    size_t left = 0;
    enum err err =
        make_space_grant(&body, &make, epoch, node->keyring, MAKE_GRANTS_SLICE, &left);
    if (err == ERR_OK) err = books_say(node, buf_slice(&body), &id);
    buf_fini(&body);
    return err;
}

/*
 * The first grants, its own device's among them, go into the same batch: a key that a crash
 * could lose is never written under.
 */
enum err duty_make_epoch(struct node *node, const struct space_tag *tag, struct envelope_id *id)
{
    struct make make = acts_make(node);
    struct make_frontier frontier = acts_frontier(node);
    struct epoch_key key;
    struct buf body = {0};
    enum err err = make_space_epoch(&body, &make, tag, node->keyring, &frontier, &key);
    if (err == ERR_OK) err = books_say(node, buf_slice(&body), id);
    if (err == ERR_OK) err = keyring_add_epoch(node->keyring, node->fold, id, &key);
    if (err == ERR_OK) err = grant_slice(node, id);
    KEY_WIPE(&key);
    buf_fini(&body);
    return err;
}

/* ---------------------------------------------------------------------- what is wanted -- */

static struct duty_row *row_of(struct duty *duty, enum duty_kind kind,
                               const struct space_tag *tag)
{
    for (size_t i = 0; i < duty->n; i++) {
        if (duty->rows[i].kind == kind && space_tag_eq(&duty->rows[i].tag, tag)) {
            return &duty->rows[i];
        }
    }
    return NULL;
}

static void want(struct node *node, enum duty_kind kind, const struct space_tag *tag,
                 uint64_t wait_ms)
{
    struct duty *duty = &node->duty;
    struct duty_row *row = row_of(duty, kind, tag);
    if (row == NULL) {
        MEM_RESERVE(duty->rows, duty->n, duty->cap);
        row = &duty->rows[duty->n++];
        *row = (struct duty_row){.kind = kind,
                                 .tag = *tag,
                                 .due_ms = wait_ms == 0 ? node->now_ms
                                                        : node_jitter_ms(node, 0, wait_ms)};
    }
    row->seen = true;
}

static bool is_steward(const struct node *node)
{
    struct fold_school own;
    return fold_school(node->fold, &node->options.school, &own) && own.steward;
}

/*
 * Whether this node makes the space's next epoch, and how long it leaves it to others first. A
 * school's own and hub spaces are its own devices' business; a group's first epoch its maker's,
 * a later one that of the member who is quickest; the network's a steward's.
 */
static bool epoch_is_ours(const struct node *node, const struct fold_space *space,
                          uint64_t *wait_ms)
{
    *wait_ms = space->has_epoch ? DUTY_ROTATE_MS : 0;
    switch (space->space_class) {
    case SPACE_OWN:
    case SPACE_HUB:
        *wait_ms = 0;
        return school_id_eq(&space->school, &node->options.school);
    case SPACE_GROUP:
        if (space->has_epoch) return true;
        if (!school_id_eq(&space->maker, &node->options.school)) *wait_ms = DUTY_HELP_MS;
        return true;
    case SPACE_NETWORK:
        return is_steward(node);
    }
    return false;
}

/* Whether this device admitted one of those who lack the epoch's key. */
static bool we_admitted(const struct node *node, const struct fold_epoch *epoch)
{
    struct fold_recipient lacking[DUTY_LOOK];
    size_t n = fold_grants_missing(node->fold, &epoch->id, lacking, DUTY_LOOK);
    for (size_t i = 0; i < n && i < DUTY_LOOK; i++) {
        struct fold_school school;
        struct fold_item admit;
        if (fold_school(node->fold, &lacking[i].school, &school) &&
            fold_find(node->fold, &school.since, &admit) &&
            device_pk_eq(&admit.device, &node->options.device_pk)) {
            return true;
        }
    }
    return false;
}

/* Grants are given at once by the epoch's maker and by who admitted, by others as a help. */
static uint64_t grant_wait(const struct node *node, const struct fold_space *space,
                           const struct fold_epoch *epoch)
{
    if (device_pk_eq(&epoch->maker, &node->options.device_pk)) return 0;
    if (space->space_class == SPACE_NETWORK && we_admitted(node, epoch)) return 0;
    if (space->space_class == SPACE_NETWORK && is_steward(node)) return DUTY_HELP_MS / 4;
    return DUTY_HELP_MS;
}

/*
 * An epoch that no standing one builds on, whose key this node holds and somebody lacks. Not
 * the write epoch alone: of two made at the same time, records stand under the other one, too,
 * and under one that is void since.
 */
static bool epoch_to_grant(const struct node *node, const struct space_tag *tag,
                           struct fold_epoch *out)
{
    struct fold_recipient lacking;
    size_t loose = 0;
    for (size_t i = 0; fold_epoch_at(node->fold, tag, i, out); i++) {
        loose += out->loose;
        if ((out->tip || (out->loose && loose <= DUTY_LOOSE)) &&
            keyring_find(node->keyring, &out->key_id) != NULL &&
            fold_grants_missing(node->fold, &out->id, &lacking, 1) > 0) {
            return true;
        }
    }
    return false;
}

static void look_at(struct node *node, const struct fold_space *space)
{
    uint64_t wait_ms;
    struct fold_epoch epoch;
    if (fold_part(node->fold, &space->tag, &node->options.school) != FOLD_MEMBER) return;
    bool wanted = fold_epoch_wanted(node->fold, &space->tag);
    if ((wanted || ages_old(node, &space->tag)) && epoch_is_ours(node, space, &wait_ms)) {
        want(node, DUTY_EPOCH, &space->tag, wanted ? wait_ms : DUTY_AGED_MS);
    }
    if (epoch_to_grant(node, &space->tag, &epoch)) {
        want(node, DUTY_GRANT, &space->tag, grant_wait(node, space, &epoch));
    }
}

/* Buddies carry each other's own space: that is the backup of both (DESIGN 4.3). */
static void look_at_pairs(struct node *node, const struct fold_space *space)
{
    struct school_id schools[FOLD_CARRIERS_MAX];
    const struct school_id *own = &node->options.school;
    bool differs;
    if (space->space_class != SPACE_OWN) return;
    if (school_id_eq(&space->school, own)) {
        (void)fold_pairing(node->fold, own, schools, &differs);
        if (differs) want(node, DUTY_CARRIERS, &space->tag, DUTY_PAIR_MS);
    } else if (fold_part(node->fold, &space->tag, own) == FOLD_ASKED_CARRIER &&
               fold_are_buddies(node->fold, &space->school, own)) {
        want(node, DUTY_CARRY, &space->tag, DUTY_PAIR_MS);
    }
}

static void look_around(struct node *node)
{
    struct duty *duty = &node->duty;
    struct fold_space space;
    duty->look = false;
    for (size_t i = 0; i < duty->n; i++)
        duty->rows[i].seen = false;
    for (size_t i = 0; fold_space_at(node->fold, i, &space); i++)
        look_at(node, &space);
    for (size_t i = 0; fold_space_at(node->fold, i, &space); i++)
        look_at_pairs(node, &space);
    for (size_t i = 0; i < duty->n;) {
        if (duty->rows[i].seen) {
            i++;
        } else {
            duty->rows[i] = duty->rows[--duty->n];
        }
    }
}

/* ------------------------------------------------------------------------------- doing it --
 */

static enum err do_pair(struct node *node, const struct duty_row *row)
{
    struct make make = acts_make(node);
    struct school_id schools[FOLD_CARRIERS_MAX];
    struct buf body = {0};
    struct envelope_id id;
    bool differs;
    size_t n = fold_pairing(node->fold, &node->options.school, schools, &differs);
    enum err err = row->kind == DUTY_CARRIERS
                       ? make_space_carriers(&body, &make, &row->tag, schools, n)
                       : make_space_accept(&body, &make, &row->tag, STATEMENT_AS_CARRIER);
    if (err == ERR_OK) err = books_say(node, buf_slice(&body), &id);
    buf_fini(&body);
    node_trace(node, "duty", 0, row->kind == DUTY_CARRIERS ? "carriers" : "carry",
               err_name(err), NULL, 0);
    return err;
}

static enum err do_row(struct node *node, const struct duty_row *row)
{
    struct envelope_id id;
    struct fold_epoch epoch;
    enum err err = ERR_OK;
    if (row->kind == DUTY_EPOCH) {
        err = duty_make_epoch(node, &row->tag, &id);
        node_trace(node, "duty", 0, "epoch", err_name(err), NULL, 0);
    } else if (row->kind == DUTY_CARRIERS || row->kind == DUTY_CARRY) {
        err = do_pair(node, row);
    } else if (epoch_to_grant(node, &row->tag, &epoch)) {
        err = grant_slice(node, &epoch.id);
    }
    if (err == ERR_OK) node->duty.look = true;
    return err;
}

static void do_due(struct node *node)
{
    struct duty *duty = &node->duty;
    for (size_t i = 0; i < duty->n; i++) {
        if (duty->rows[i].due_ms > node->now_ms) continue;
        struct duty_row row = duty->rows[i];
        duty->rows[i] = duty->rows[--duty->n];
        if (do_row(node, &row) != ERR_OK) {
            row.due_ms = node_jitter_ms(node, DUTY_AGAIN_MS, DUTY_AGAIN_MS);
            MEM_RESERVE(duty->rows, duty->n, duty->cap);
            duty->rows[duty->n++] = row;
        }
        return; /* one a step: each is some milliseconds of key work */
    }
}

static void open_keys(struct node *node)
{
    struct duty *duty = &node->duty;
    if (!duty->keys_wait) return;
    size_t gained = keyring_step(node->keyring, node->fold, DUTY_OPENS, &duty->keys_wait);
    if (gained > 0) {
        duty->look = true;
        out_notice(&node->out, NOTICE_LOG);
    }
}

/* What was written before the school joined is wrapped once its own space has a key. */
static void wrap_local(struct node *node)
{
    struct duty *duty = &node->duty;
    struct space_id own;
    struct key_id id;
    const struct epoch_key *key;
    if (duty->local_done || duty->local_ticket != 0 || node->now_ms < duty->local_ms) return;
    space_own(&own, &node->network, &node->options.school);
    struct space_tag tag = space_tag(&own);
    if (keyring_write_key(node->keyring, node->fold, &tag, &id, &key) != ERR_OK) return;
    duty->local_ticket = ++node->next_ticket;
    out_read(&node->out, &(struct read_request){.kind = READ_LOCAL,
                                                .ticket = duty->local_ticket,
                                                .seq = duty->local_at,
                                                .count = DUTY_LOCAL_SLICE,
                                                .bytes_max = LIMIT_RUN_BYTES});
}

void duty_on_local(struct node *node)
{
    /* A read that is under way may have looked too early; the next finds them. */
    node->duty.local_more = node->duty.local_ticket != 0;
    node->duty.local_done = false;
}

bool duty_on_read(struct node *node, const struct event_read *read)
{
    struct duty *duty = &node->duty;
    if (duty->local_ticket == 0 || read->ticket != duty->local_ticket) return false;
    duty->local_ticket = 0;
    if (read->err != ERR_OK || node->state != NODE_MEMBER) return true;
    struct space_id own;
    space_own(&own, &node->network, &node->options.school);
    struct space_tag tag = space_tag(&own);
    for (size_t i = 0; i < read->n; i++) {
        const struct read_entry *entry = &read->entries[i];
        if (acts_seal(node, &tag, entry->payload) != ERR_OK) {
            duty->local_ms = node->now_ms + DUTY_AGAIN_MS;
            return true;
        }
        ledger_write(node, &(struct write){
                               .kind = WRITE_LOCAL_DROP,
                               .key = slice_of(entry->revision.b, sizeof(entry->revision.b))});
        duty->local_at = entry->lseq + 1;
    }
    duty->local_done = read->n == 0 && !duty->local_more;
    duty->local_more = false;
    beacons_wake(node, 2000);
    return true;
}

uint64_t duty_tick(struct node *node)
{
    struct duty *duty = &node->duty;
    if (node->state != NODE_MEMBER) return UINT64_MAX;
    open_keys(node); /* reading needs no writing: also on a full disk, and on a copied one */
    if (ledger_ready(node) != ERR_OK || forks_in_doubt(node)) {
        if (duty->keys_wait) return node->now_ms;
        return node->forks.copied ? UINT64_MAX : node->now_ms + DUTY_WRITABLE_MS;
    }
    if (duty->look) look_around(node);
    do_due(node);
    wrap_local(node);
    if (duty->look || duty->keys_wait) return node->now_ms;
    uint64_t wake = UINT64_MAX;
    if (!duty->local_done && duty->local_ms > node->now_ms) wake = duty->local_ms;
    for (size_t i = 0; i < duty->n; i++) {
        if (duty->rows[i].due_ms < wake) wake = duty->rows[i].due_ms;
    }
    return wake;
}
