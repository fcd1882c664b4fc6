#include "daemon/core/acts.h"

#include <string.h>

#include "daemon/core/inner.h"
#include "daemon/core/joinbook.h"
#include "proto/crypto/hash.h"

const char *command_name(enum command_kind kind)
{
    static const char *const names[] = {
#define X(name, member, text) #name,
        COMMAND_TABLE(X)
#undef X
    };
    CHECK(kind >= 0 && kind < COMMAND_COUNT);
    return names[kind];
}

/* ------------------------------------------------------------------------------- tools -- */

struct make acts_make(struct node *node)
{
    return (struct make){.fold = node->fold,
                         .device = node->options.device_pk,
                         .head = books_next_place(node),
                         .env = node->env};
}

static bool frontier_head(void *ctx, const struct chain *chain, struct place *out)
{
    *out = ledger_tip(ctx, chain);
    return out->seq > 0;
}

struct make_frontier acts_frontier(struct node *node)
{
    return (struct make_frontier){.ctx = node, .head = frontier_head};
}

void acts_say(struct node *node, uint64_t ticket, enum err err, const struct make *make,
              struct slice body)
{
    struct reply reply = {.ticket = ticket};
    if (err == ERR_OK) err = books_say(node, body, &reply.statement);
    if (err != ERR_OK) {
        node_refuse(node, ticket, err,
                    err == ERR_REFUSED ? fold_verdict_text(make->why) : NULL);
        return;
    }
    ledger_reply(node, &reply);
}

enum err acts_tag(const struct node *node, const struct audience *audience,
                  struct space_tag *out)
{
    struct space_id space;
    switch (audience->class) {
    case AUDIENCE_NETWORK:
        space_network(&space, &node->network);
        break;
    case AUDIENCE_OWN:
        space_own(&space, &node->network, &node->options.school);
        break;
    case AUDIENCE_HUB:
        space_hub(&space, &node->network, &node->options.school);
        break;
    case AUDIENCE_GROUP:
        space = audience->group;
        break;
    default:
        return ERR_INVALID;
    }
    *out = space_tag(&space);
    return fold_part(node->fold, out, &node->options.school) == FOLD_MEMBER ? ERR_OK
                                                                            : ERR_NOT_FOUND;
}

enum err acts_seal(struct node *node, const struct space_tag *tag, struct slice body)
{
    struct envelope_epoch epoch;
    enum err err = keyring_write_key(node->keyring, node->fold, tag, &epoch.id, &epoch.key);
    if (err != ERR_OK) return ERR_NO_KEY;
    struct chain chain = node_own_chain(node, tag);
    if (!fold_may_write(node->fold, &chain)) return ERR_REFUSED;
    struct place head = ledger_tip(node, &chain);
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct buf payload = {0};
    struct envelope_signer signer = {.network = node->network, .sk = &node->options.device_sk};
    err = envelope_seal_record(header, &payload, &signer, tag, &head, &epoch, node->env, body);
    if (err == ERR_OK) {
        struct envelope_id id;
        envelope_id(&id, header);
        ledger_put(node, header, &id, buf_slice(&payload), false, 0);
    }
    buf_fini(&payload);
    return err;
}

void acts_enter(struct node *node, const struct network_id *network, enum node_state state)
{
    node->network = *network;
    node->state = state;
    books_reload(node);
    if (!node->beacons.loaded) beacons_load(node);
    beacons_wake(node, 0);
}

/* ---------------------------------------------------------------------------- founding -- */

static void found(struct node *node, const struct command *command)
{
    const struct command_found *act = &command->found;
    struct make make = {.device = node->options.device_pk,
                        .root = &act->root_sk,
                        .root_pk = &act->root_pk,
                        .env = node->env};
    struct make_school school = {
        .name = act->school_name,
        .root_pk = act->root_pk,
        .recovery_pk = act->recovery_pk,
        .device = {.device = node->options.device_pk,
                   .box = node->options.box_pk,
                   .transport = node->options.transport_pk,
                   .name = {node->options.device_name, strlen(node->options.device_name)}},
    };
    struct buf body = {0};
    struct reply reply = {.ticket = command->ticket};
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct place start = {0};
    struct envelope_signer signer = {.sk = &node->options.device_sk}; /* network zero */
    enum err err = make_found(&body, &make, act->network_name, &school);
    if (err == ERR_OK) err = envelope_make_statement(header, &signer, &start, buf_slice(&body));
    if (err == ERR_OK) {
        struct network_id network;
        envelope_id(&reply.statement, header);
        memcpy(network.b, reply.statement.b, sizeof(network.b));
        acts_enter(node, &network, NODE_MEMBER);
        err = books_add_statement(node, header, &reply.statement, buf_slice(&body), 0);
    }
    if (err != ERR_OK) {
        node_refuse(node, command->ticket, err, "the network could not be founded");
    } else {
        joinbook_save_network(node, &node->network);
        ledger_reply(node, &reply);
        out_notice(&node->out, NOTICE_JOINED);
    }
    buf_fini(&body);
}

/* ---------------------------------------------------------------------------- revisions -- */

static void revision_hash(struct revision_id *out, struct slice body)
{
    hash_bytes(out->b, sizeof(out->b), (struct slice){0}, "kith/1 revision", body,
               (struct slice){0});
}

static void write_local(struct node *node, const struct command *command)
{
    const struct command_write *act = &command->write;
    for (size_t i = 0; i < act->n; i++) {
        if (act->revisions[i].audience.class != AUDIENCE_OWN) {
            node_refuse(node, command->ticket, ERR_NOT_JOINED,
                        "sharing begins once this school has joined a network");
            return;
        }
        if (act->revisions[i].body.n > LIMIT_BODY_BYTES) {
            node_refuse(node, command->ticket, ERR_LIMIT, NULL);
            return;
        }
    }
    for (size_t i = 0; i < act->n; i++) {
        struct revision_id id;
        revision_hash(&id, act->revisions[i].body);
        ledger_write(node, &(struct write){.kind = WRITE_LOCAL,
                                           .key = slice_of(id.b, sizeof(id.b)),
                                           .payload = act->revisions[i].body});
    }
    ledger_reply(node, &(struct reply){.ticket = command->ticket, .count = act->n});
}

/* All or nothing: every audience must be there with its key before the first is sealed. */
static enum err check_audiences(struct node *node, const struct command_write *act)
{
    for (size_t i = 0; i < act->n; i++) {
        struct space_tag tag;
        struct key_id id;
        const struct epoch_key *key;
        if (act->revisions[i].body.n > LIMIT_BODY_BYTES) return ERR_LIMIT;
        enum err err = acts_tag(node, &act->revisions[i].audience, &tag);
        if (err != ERR_OK) return err;
        if (keyring_write_key(node->keyring, node->fold, &tag, &id, &key) != ERR_OK) {
            return ERR_NO_KEY;
        }
        struct chain chain = node_own_chain(node, &tag);
        if (!fold_may_write(node->fold, &chain)) return ERR_REFUSED;
        struct fold_school own;
        if (act->revisions[i].audience.class != AUDIENCE_OWN &&
            fold_school(node->fold, &node->options.school, &own) && own.observer) {
            return ERR_RIGHTS;
        }
    }
    return ERR_OK;
}

static bool all_own(const struct command_write *act)
{
    for (size_t i = 0; i < act->n; i++) {
        if (act->revisions[i].audience.class != AUDIENCE_OWN) return false;
    }
    return true;
}

static void write_revisions(struct node *node, const struct command *command)
{
    const struct command_write *act = &command->write;
    if (node->state != NODE_MEMBER) {
        if (node->state == NODE_ENDED) {
            node_refuse(node, command->ticket, ERR_REFUSED,
                        "this device is no member any more");
        } else {
            write_local(node, command);
        }
        return;
    }
    enum err err = check_audiences(node, act);
    if (err != ERR_OK) {
        node_refuse(node, command->ticket, err,
                    err == ERR_NO_KEY ? "the key of this audience has not arrived yet; connect "
                                        "to a member and try again"
                    : err == ERR_RIGHTS
                        ? "this school is an observer here: it reads, and shares "
                          "nothing"
                        : NULL);
        return;
    }
    /* More than a step may seal: stored as they are, in one batch, like what was written before
     * the school joined, and wrapped by duty.h in slices. */
    if (act->n > COMMAND_SEALS_MAX && all_own(act)) {
        write_local(node, command);
        return;
    }
    for (size_t i = 0; i < act->n; i++) {
        struct space_tag tag;
        err = acts_tag(node, &act->revisions[i].audience, &tag);
        if (err == ERR_OK) err = acts_seal(node, &tag, act->revisions[i].body);
        CHECK(err == ERR_OK); /* what could refuse it was asked above */
    }
    beacons_wake(node, 2000);
    ledger_reply(node, &(struct reply){.ticket = command->ticket, .count = act->n});
}

static void erase(struct node *node, const struct command *command)
{
    const struct command_erase *act = &command->erase;
    struct reply reply = {.ticket = command->ticket};
    for (size_t i = 0; i < act->n; i++) {
        const struct command_erase_item *item = &act->items[i];
        struct make make = acts_make(node);
        struct make_erase body_of = {.chain = item->chain,
                                     .seq = item->seq,
                                     .record = item->record,
                                     .revision = item->revision,
                                     .edit = item->edit,
                                     .lamport = item->lamport,
                                     .parents = item->parents,
                                     .parents_n = item->parents_n};
        struct buf body = {0};
        enum err err = ERR_NOT_FOUND;
        if (ledger_id_at(node, &item->chain, item->seq, &body_of.id)) {
            err = make_erase(&body, &make, &body_of);
        }
        if (err == ERR_OK) err = books_say(node, buf_slice(&body), &reply.statement);
        buf_fini(&body);
        if (err != ERR_OK) {
            reply.err = err;
            reply.reason = err == ERR_REFUSED ? fold_verdict_text(make.why) : NULL;
            break;
        }
        reply.count++;
    }
    ledger_reply(node, &reply);
}

/* ----------------------------------------------------------- commands of one statement -- */

/* Each makes the body of its statement; what is common stands in one_statement. */
typedef enum err (*act_fn)(struct node *node, const struct command *command, struct make *make,
                           struct buf *body);

static enum err act_hide(struct node *node, const struct command *command, struct make *make,
                         struct buf *body)
{
    (void)node;
    return make_hide(body, make, &command->hide.owner, &command->hide.record, "",
                     command->hide.hidden);
}

static enum err act_device_remove(struct node *node, const struct command *command,
                                  struct make *make, struct buf *body)
{
    struct make_frontier frontier = acts_frontier(node);
    size_t left_out;
    struct root_pk root_pk;
    make->root = command->device_remove.root_sk;
    if (make->root != NULL) {
        memcpy(root_pk.b, make->root->b + 32, sizeof(root_pk.b)); /* Ed25519: seed, then key */
        make->root_pk = &root_pk;
    }
    return make_device_remove(body, make, &command->device_remove.device, &frontier, &left_out);
}

static enum err act_role(struct node *node, const struct command *command, struct make *make,
                         struct buf *body)
{
    struct make_frontier frontier = acts_frontier(node);
    struct root_pk root_pk;
    make->root = command->role.root_sk;
    if (make->root != NULL) {
        memcpy(root_pk.b, make->root->b + 32, sizeof(root_pk.b));
        make->root_pk = &root_pk;
    }
    return make_role(body, make, &command->role.school, (enum statement_role)command->role.role,
                     command->role.on, &frontier);
}

static enum err act_assent(struct node *node, const struct command *command, struct make *make,
                           struct buf *body)
{
    (void)node;
    return make_assent(body, make, &command->assent.statement);
}

static enum err act_school_remove(struct node *node, const struct command *command,
                                  struct make *make, struct buf *body)
{
    struct make_frontier frontier = acts_frontier(node);
    size_t left_out;
    return make_school_remove(body, make, &command->school_remove.school, &frontier, &left_out);
}

static enum err act_leave(struct node *node, const struct command *command, struct make *make,
                          struct buf *body)
{
    struct make_frontier frontier = acts_frontier(node);
    size_t left_out;
    struct root_pk root_pk;
    if (command->leave.root_sk == NULL) return ERR_PHRASE;
    make->root = command->leave.root_sk;
    memcpy(root_pk.b, make->root->b + 32, sizeof(root_pk.b));
    make->root_pk = &root_pk;
    return make_leave(body, make, &frontier, &left_out);
}

static enum err act_root_rotate(struct node *node, const struct command *command,
                                struct make *make, struct buf *body)
{
    (void)node;
    struct root_pk root_pk;
    make->root = command->root_rotate.root_sk;
    if (make->root != NULL) {
        memcpy(root_pk.b, make->root->b + 32, sizeof(root_pk.b));
        make->root_pk = &root_pk;
    }
    return make_root_rotate(body, make, &command->root_rotate.school,
                            &command->root_rotate.new_root, &command->root_rotate.new_recovery);
}

static enum err act_hub_succession(struct node *node, const struct command *command,
                                   struct make *make, struct buf *body)
{
    struct make_frontier frontier = acts_frontier(node);
    return make_hub_succession(body, make, &command->hub_succession.school, &frontier);
}

/*
 * Accepts as a member where it was asked as one, else as a carrier.
 */
static enum err act_space_accept(struct node *node, const struct command *command,
                                 struct make *make, struct buf *body)
{
    struct space_tag tag = space_tag(&command->space.space);
    enum fold_part part = fold_part(node->fold, &tag, &node->options.school);
    if (part == FOLD_MEMBER || part == FOLD_CARRIER) return ERR_EXISTS;
    return make_space_accept(body, make, &tag,
                             part == FOLD_ASKED_CARRIER ? STATEMENT_AS_CARRIER
                                                        : STATEMENT_AS_MEMBER);
}

static enum err act_space_leave(struct node *node, const struct command *command,
                                struct make *make, struct buf *body)
{
    struct make_frontier frontier = acts_frontier(node);
    struct space_tag tag = space_tag(&command->space.space);
    enum fold_part part = fold_part(node->fold, &tag, &node->options.school);
    bool carrier = part == FOLD_CARRIER || part == FOLD_ASKED_CARRIER;
    return make_space_leave(body, make, &tag,
                            carrier ? STATEMENT_AS_CARRIER : STATEMENT_AS_MEMBER, &frontier);
}

static enum err act_carriers(struct node *node, const struct command *command,
                             struct make *make, struct buf *body)
{
    (void)node;
    struct space_tag tag = space_tag(&command->carriers.space);
    return make_space_carriers(body, make, &tag, command->carriers.schools,
                               command->carriers.n);
}

static void one_statement(struct node *node, const struct command *command, act_fn act)
{
    struct make make = acts_make(node);
    struct buf body = {0};
    enum err err = act(node, command, &make, &body);
    acts_say(node, command->ticket, err, &make, buf_slice(&body));
    buf_fini(&body);
}

static void space_new(struct node *node, const struct command *command)
{
    const struct command_space_new *act = &command->space_new;
    struct make make = acts_make(node);
    struct buf body = {0};
    struct reply reply = {.ticket = command->ticket};
    enum err err =
        make_space_new(&body, &make, act->name == NULL ? "" : act->name, &act->with, 1);
    if (err == ERR_OK) err = books_say(node, buf_slice(&body), &reply.statement);
    if (err == ERR_OK) {
        space_group(&reply.space, &node->network, &reply.statement);
        ledger_reply(node, &reply);
    } else {
        node_refuse(node, command->ticket, err,
                    err == ERR_REFUSED ? fold_verdict_text(make.why) : NULL);
    }
    buf_fini(&body);
}

static void rotate(struct node *node, const struct command *command)
{
    struct space_tag tag = space_tag(&command->space.space);
    struct reply reply = {.ticket = command->ticket};
    enum err err = duty_make_epoch(node, &tag, &reply.statement);
    if (err != ERR_OK) {
        node_refuse(node, command->ticket, err, NULL);
        return;
    }
    ledger_reply(node, &reply);
}

static void sync_now(struct node *node, const struct command *command)
{
    if (command->sync.wait && node->sync_ticket != 0) {
        node_refuse(node, command->ticket, ERR_BUSY, "somebody is waiting for a sync already");
        return;
    }
    dialer_hurry(node);
    sessions_compare_now(node);
    if (command->sync.wait) {
        node->sync_ticket = command->ticket; /* answered by node_step when nothing is left */
        node->sync_since_ms = node->now_ms;
        return;
    }
    out_reply(&node->out, &(struct reply){.ticket = command->ticket});
}

static void set_addresses(struct node *node, const struct command *command)
{
    const struct command_addresses *act = &command->addresses;
    if (act->n > LIMIT_ADDRESSES) {
        node_refuse(node, command->ticket, ERR_LIMIT, "a device has at most eight addresses");
        return;
    }
    beacons_set_addresses(node, act->addresses, act->n);
    out_reply(&node->out, &(struct reply){.ticket = command->ticket});
}

/* --------------------------------------------------------------------------- the table -- */

enum {
    IN_SOLO = 1u << NODE_SOLO,
    IN_JOINING = 1u << NODE_JOINING,
    IN_MEMBER = 1u << NODE_MEMBER,
    IN_ENDED = 1u << NODE_ENDED,
    IN_ANY = IN_SOLO | IN_JOINING | IN_MEMBER | IN_ENDED,
};

static const struct {
    unsigned states;
    bool signs; /* it makes something new under this device's key */
    void (*act)(struct node *, const struct command *);
    act_fn statement; /* instead of act, where it is one statement and nothing else */
} table[] = {
    [COMMAND_FOUND] = {IN_SOLO, true, found, NULL},
    [COMMAND_JOIN] = {IN_SOLO | IN_JOINING, true, joins_join, NULL},
    [COMMAND_ENLIST] = {IN_SOLO, true, joins_enlist, NULL},
    [COMMAND_INVITE_CREATE] = {IN_MEMBER, true, joins_invite_create, NULL},
    [COMMAND_INVITE_VOID] = {IN_MEMBER, true, joins_invite_void, NULL},
    [COMMAND_APPROVE] = {IN_MEMBER, true, joins_approve, NULL},
    [COMMAND_DENY] = {IN_MEMBER, false, joins_deny, NULL},
    [COMMAND_WRITE] = {IN_ANY, true, write_revisions, NULL},
    [COMMAND_ERASE] = {IN_MEMBER, true, erase, NULL},
    [COMMAND_HIDE] = {IN_MEMBER, true, NULL, act_hide},
    [COMMAND_DEVICE_REMOVE] = {IN_MEMBER, true, NULL, act_device_remove},
    [COMMAND_ROLE] = {IN_MEMBER, true, NULL, act_role},
    [COMMAND_ASSENT] = {IN_MEMBER, true, NULL, act_assent},
    [COMMAND_SCHOOL_REMOVE] = {IN_MEMBER, true, NULL, act_school_remove},
    [COMMAND_LEAVE] = {IN_MEMBER, true, NULL, act_leave},
    [COMMAND_ROOT_ROTATE] = {IN_MEMBER, true, NULL, act_root_rotate},
    [COMMAND_HUB_SUCCESSION] = {IN_MEMBER, true, NULL, act_hub_succession},
    [COMMAND_SPACE_NEW] = {IN_MEMBER, true, space_new, NULL},
    [COMMAND_SPACE_ACCEPT] = {IN_MEMBER, true, NULL, act_space_accept},
    [COMMAND_SPACE_LEAVE] = {IN_MEMBER, true, NULL, act_space_leave},
    [COMMAND_CARRIERS] = {IN_MEMBER, true, NULL, act_carriers},
    [COMMAND_ROTATE] = {IN_MEMBER, true, rotate, NULL},
    [COMMAND_SYNC] = {IN_ANY, false, sync_now, NULL},
    [COMMAND_BUNDLE_WRITE] = {IN_MEMBER, false, bundles_write, NULL},
    [COMMAND_BUNDLE_READ] = {IN_MEMBER | IN_JOINING, false, bundles_read, NULL},
    [COMMAND_ADDRESSES] = {IN_ANY, false, set_addresses, NULL},
    [COMMAND_PIECE_PUT] = {IN_ANY, true, pieces_put, NULL},
    [COMMAND_PIECE_GET] = {IN_ANY, false, pieces_get, NULL},
    [COMMAND_PIECE_DROP] = {IN_ANY, true, pieces_drop, NULL},
    [COMMAND_MEND] = {IN_MEMBER, false, mends_mend, NULL},
};

_Static_assert(sizeof(table) / sizeof(table[0]) == COMMAND_COUNT, "one row a command");

static const char *why_not_in(enum node_state state)
{
    switch (state) {
    case NODE_SOLO:
        return "found a network or join one first";
    case NODE_JOINING:
        return "wait until a steward has approved this school";
    case NODE_MEMBER:
        return "this school is in a network already";
    case NODE_ENDED:
        return "this device is no member of the network any more";
    }
    return NULL;
}

void acts_do(struct node *node, const struct command *command)
{
    CHECK(command->kind >= 0 && command->kind < COMMAND_COUNT);
    if ((table[command->kind].states & 1u << node->state) == 0) {
        enum err err = node->state == NODE_MEMBER  ? ERR_EXISTS
                       : node->state == NODE_ENDED ? ERR_REFUSED
                                                   : ERR_NOT_JOINED;
        node_refuse(node, command->ticket, err, why_not_in(node->state));
        return;
    }
    if (table[command->kind].signs) {
        enum err err = ledger_ready(node);
        if (err == ERR_OK && forks_in_doubt(node)) {
            node_refuse(node, command->ticket, ERR_FROZEN,
                        "this computer's data is an older copy: another copy of it has written "
                        "since. Nothing new is signed here; enlist it as a new device with the "
                        "twelve words");
            return;
        }
        if (err != ERR_OK) {
            node_refuse(node, command->ticket, err,
                        err == ERR_BUSY ? NULL : "free some disk space; nothing was written");
            return;
        }
    }
    if (table[command->kind].act != NULL) {
        table[command->kind].act(node, command);
    } else {
        one_statement(node, command, table[command->kind].statement);
    }
}
