#include "daemon/core/joins.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"
#include "daemon/core/joinbook.h"

enum {
    JOINS_WORDS_MS = 8 * 1000,  /* a JOIN waits this long for its steward and the words */
    JOINS_OTHERS_MS = 5 * 1000, /* the last of it for any steward, not the inviter alone */
};

/* -------------------------------------------------------------- what survives a restart -- */

void joins_reload(struct node *node, enum err err)
{
    enum node_state before = node->state;
    if (node->joins.ticket != 0) {
        node_refuse(node, node->joins.ticket, err,
                    "nothing was written; free some disk space "
                    "and try again");
    }
    joinbook_fini(&node->joins);
    node->state = NODE_SOLO;
    joinbook_load(node);
    if (node->state == NODE_SOLO && before != NODE_SOLO) {
        memset(&node->network, 0, sizeof(node->network));
        sessions_end_all(node, "the network could not be written down");
    }
}

/* ----------------------------------------------------------------------------- the joiner --
 */

/* Answers the JOIN that waits, with the four words if they are known. */
static void answer_join(struct node *node)
{
    struct joins *joins = &node->joins;
    if (joins->ticket == 0) return;
    ledger_reply(node, &(struct reply){.ticket = joins->ticket,
                                       .text = joins->words[0] == '\0' ? NULL : joins->words});
    joins->ticket = 0;
}

static void start_joining(struct node *node, const struct network_id *network,
                          const struct command *command)
{
    node->joins.active = true;
    acts_enter(node, network, NODE_JOINING);
    joinbook_save_network(node, network);
    joinbook_save_join(node);
    dialer_refresh(node);
    dialer_hurry(node);
    out_notice(&node->out, NOTICE_MEMBERSHIP);
    if (node->joins.enlisting) {
        ledger_reply(node, &(struct reply){.ticket = command->ticket});
        return;
    }
    answer_join(node); /* an earlier JOIN of the same network */
    node->joins.ticket = command->ticket;
    node->joins.ticket_ms = node->now_ms + JOINS_WORDS_MS;
}

static void request_of(struct node *node, const struct command_join *act,
                       const struct invite *invite, struct buf *out)
{
    struct invite_request request = {
        .school = node->options.school,
        .school_name = {act->school_name, strlen(act->school_name)},
        .root_pk = act->root_pk,
        .recovery_pk = act->recovery_pk,
        .device = {.device = node->options.device_pk,
                   .box = node->options.box_pk,
                   .transport = node->options.transport_pk,
                   .name = {node->options.device_name, strlen(node->options.device_name)}},
    };
    invite_id(&request.invite, &invite->secret);
    invite_request_sign(&request, &invite->network, &act->root_sk);
    out->len = 0;
    invite_request_encode(out, &request);
}

/* Is the steward who has our request, by this invite, on the line? */
static bool is_asked(const struct node *node, const struct invite *invite)
{
    const struct joins *joins = &node->joins;
    struct invite_id one, other;
    invite_id(&one, &joins->invite.secret);
    invite_id(&other, &invite->secret);
    if (!joins->active || joins->words[0] == '\0' || !invite_id_eq(&one, &other)) return false;
    size_t i = 0;
    while (i < node->sessions.n &&
           (node->sessions.all[i]->state != SESSION_JOINING ||
            !transport_pk_eq(&node->sessions.all[i]->transport, &joins->peer)))
        i++;
    return i < node->sessions.n;
}

void joins_join(struct node *node, const struct command *command)
{
    const struct command_join *act = &command->join;
    struct invite invite;
    if (invite_from_text(&invite, act->code) != ERR_OK) {
        node_refuse(node, command->ticket, ERR_INVALID,
                    "the invite is not whole; copy it again, from KITH- to the last character");
        return;
    }
    if ((int64_t)(invite.expires_ms / 1000) < node->wall_s) {
        node_refuse(node, command->ticket, ERR_EXPIRED,
                    "the invite has expired, if this computer's clock is right");
        return;
    }
    struct joins *joins = &node->joins;
    if (joins->active && joins->enlisting) {
        node_refuse(
            node, command->ticket, ERR_EXISTS,
            "this computer is becoming one more device of its school; it needs no invite");
        return;
    }
    if (joins->active && joins->admitted && !network_id_eq(&invite.network, &node->network)) {
        node_refuse(node, command->ticket, ERR_EXISTS,
                    "another network has admitted this school already; kith sync meets it");
        return;
    }
    if (is_asked(node, &invite)) { /* the words stay those of the first handshake */
        ledger_reply(node, &(struct reply){.ticket = command->ticket, .text = joins->words});
        return;
    }
    joins->invite = invite;
    joins->enlisting = joins->admitted = false;
    joins->words[0] = joins->note[0] = '\0';
    if (joins->active) sessions_end_all(node, "asking anew"); /* new handshakes, new words */
    request_of(node, act, &invite, &joins->body);
    start_joining(node, &invite.network, command);
}

/* Our own device-add, signed by the school's root: seq 1 of this device's chain. */
static enum err device_add_of(struct node *node, const struct command_enlist *act,
                              struct buf *out)
{
    struct statement statement = {
        .type = STATEMENT_DEVICE_ADD,
        .seen = {.items = &act->seen, .n = 1},
        .root = {.by_root = true, .pk = act->root_pk},
        .u.device_add = {.school = node->options.school,
                         .device = {.device = node->options.device_pk,
                                    .box = node->options.box_pk,
                                    .transport = node->options.transport_pk,
                                    .name = {node->options.device_name,
                                             strlen(node->options.device_name)}}}};
    struct statement_place place = {
        .network = act->network, .device = node->options.device_pk, .seq = 1};
    struct envelope_signer signer = {.network = act->network, .sk = &node->options.device_sk};
    struct buf body = {0};
    struct place start = {0};
    uint8_t header[ENVELOPE_HEADER_BYTES];
    statement_encode(&body, &statement);
    statement_sign_root(&body, &place, &act->root_sk);
    enum err err = envelope_make_statement(header, &signer, &start, buf_slice(&body));
    if (err == ERR_OK) {
        out->len = 0;
        buf_put(out, header, sizeof(header));
        buf_put(out, body.data, body.len);
    }
    buf_fini(&body);
    return err;
}

void joins_enlist(struct node *node, const struct command *command)
{
    const struct command_enlist *act = &command->enlist;
    struct joins *joins = &node->joins;
    enum err err = device_add_of(node, act, &joins->body);
    if (err != ERR_OK || strlen(act->address) > LIMIT_ADDRESS_BYTES) {
        node_refuse(node, command->ticket, ERR_INVALID, "the device code is not whole");
        return;
    }
    joins->enlisting = true;
    joins->admitted = true;
    joins->peer = act->peer;
    strncpy(joins->address, act->address, sizeof(joins->address) - 1);
    start_joining(node, &act->network, command);
}

bool joins_wants(const struct node *node, struct channel_invite *out)
{
    const struct joins *joins = &node->joins;
    if (!joins->active || joins->admitted) return false;
    invite_id(&out->id, &joins->invite.secret);
    invite_psk(&out->psk, &joins->invite.secret, &joins->invite.network);
    return true;
}

bool joins_trusts(const struct node *node, const struct transport_pk *transport)
{
    for (size_t i = 0; i < node->joins.doors_n; i++) {
        if (transport_pk_eq(&node->joins.doors[i].transport, transport)) return true;
    }
    return false;
}

void joins_contacts(struct node *node)
{
    struct joins *joins = &node->joins;
    if (joins->active) joinbook_list_doors(joins);
    for (size_t i = 0; i < joins->doors_n; i++)
        dialer_add_steward(node, &joins->doors[i].transport, joins->doors[i].address);
}

struct slice joins_introduction(struct node *node)
{
    const struct device_pk *device = &node->options.device_pk;
    struct buf bytes = {0};
    buf_put(&bytes, device->b, sizeof(device->b));
    if (node->joins.active && node->joins.enlisting) {
        buf_put(&bytes, node->joins.body.data, node->joins.body.len);
    }
    struct slice copy = out_copy(&node->out, buf_slice(&bytes));
    buf_fini(&bytes);
    return copy;
}

static void remember_words(char words[PHRASE_FOUR_BYTES], const struct session *session)
{
    if (words[0] == '\0') {
        phrase_four_words(words, channel_handshake_hash(session->channel));
    }
}

/* Words are of one handshake: one steward is asked, the others tell if it let us in. */
static void ask_steward(struct node *node, struct session *session)
{
    struct joins *joins = &node->joins;
    if (joins->words[0] == '\0') {
        remember_words(joins->words, session);
        joins->peer = session->transport;
        joinbook_save_join(node);
    } else if (!transport_pk_eq(&joins->peer, &session->transport)) {
        return;
    }
    session_send(node, session,
                 &(struct wire_message){.type = WIRE_JOIN_REQUEST,
                                        .join_request = {.body = buf_slice(&joins->body)}});
    out_notice(&node->out, NOTICE_MEMBERSHIP);
}

void joins_on_opened(struct node *node, struct session *session)
{
    struct joins *joins = &node->joins;
    if (session->state != SESSION_JOINING || !joins->active) return; /* a steward waits */
    bool inviter = transport_pk_eq(&joins->invite.stewards[0].transport, &session->transport);
    if (joins->words[0] == '\0' && !inviter && joins->ticket != 0 &&
        node->now_ms + JOINS_OTHERS_MS < joins->ticket_ms) {
        return; /* who made the invite is asked first, and is who gets the telephone call */
    }
    ask_steward(node, session);
}

/* The steward who made the invite did not answer: any other that did is asked. */
static void ask_another(struct node *node)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        if (node->sessions.all[i]->state != SESSION_JOINING) continue;
        ask_steward(node, node->sessions.all[i]);
        return;
    }
}

void joins_on_status(struct node *node, struct session *session,
                     const struct wire_join_status *message)
{
    struct joins *joins = &node->joins;
    size_t n = message->text.n < WIRE_TEXT_BYTES ? message->text.n : WIRE_TEXT_BYTES;
    if (n > 0) memcpy(joins->note, message->text.p, n);
    joins->note[n] = '\0';
    out_notice(&node->out, NOTICE_MEMBERSHIP);
    if (message->state == WIRE_JOIN_REFUSED && joins->ticket != 0) {
        node_refuse(node, joins->ticket, ERR_REFUSED, joins->note);
        joins->ticket = 0;
    }
    answer_join(node); /* it is with the steward */
    if (message->state == WIRE_JOIN_REFUSED && joins->words[0] != '\0') {
        joins->words[0] = '\0'; /* asked once more, it is another handshake */
        joinbook_save_join(node);
    }
    if (message->state != WIRE_JOIN_ADMITTED || joins->admitted || !joins->active) return;
    joins->admitted = true;
    joinbook_save_join(node);
    session_end(node, session, WIRE_BYE_JOINED, "admitted");
    dialer_hurry(node);
}

/* ----------------------------------------------------------------------------- the steward --
 */

bool joins_psk(struct node *node, const struct invite_id *invite, struct psk *psk)
{
    struct fold_invite known;
    struct fold_school own;
    if (node->state != NODE_MEMBER || !fold_invite(node->fold, invite, &known)) return false;
    if (known.status == FOLD_INVITE_VOID) return false;
    if (!fold_school(node->fold, &node->options.school, &own) || !own.steward) return false;
    return invite_open(psk, &known.seals, invite, &node->options.box_pk,
                       &node->options.box_sk) == ERR_OK;
}

static void send_status(struct node *node, struct session *session, enum wire_join_state state,
                        const char *text)
{
    session_send(
        node, session,
        &(struct wire_message){
            .type = WIRE_JOIN_STATUS,
            .join_status = {.state = (uint8_t)state, .text = slice_of(text, strlen(text))},
        });
}

static bool is_member(const struct node *node, const struct school_id *school)
{
    struct fold_school known;
    return fold_school(node->fold, school, &known) && known.status == FOLD_LIVE;
}

/* The admit of a request. REFUSED and so on as make_admit. */
static enum err admit(struct node *node, const struct invite_id *invite,
                      struct envelope_id *statement, const char **why)
{
    struct joins_request *request = joinbook_find_request(&node->joins, invite);
    struct invite_request decoded;
    struct make make = acts_make(node);
    struct buf body = {0};
    enum err err = request == NULL ? ERR_NOT_FOUND
                                   : invite_request_decode(&decoded, buf_slice(&request->body));
    if (err == ERR_OK) err = make_admit(&body, &make, &decoded);
    if (err == ERR_REFUSED) *why = fold_verdict_text(make.why);
    if (err == ERR_OK) err = books_say(node, buf_slice(&body), statement);
    buf_fini(&body);
    if (err == ERR_OK) joinbook_drop_request(node, invite);
    return err;
}

static const char used_up[] = "the invite was used or withdrawn; ask for a new one";

/* Why a request is not taken, or NULL when it is good. */
static const char *fault_of(struct node *node, const struct session *session,
                            const struct invite_request *request)
{
    struct fold_invite known;
    if (!invite_id_eq(&request->invite, &session->invite) ||
        !invite_request_verify(request, &node->network)) {
        return "the request is not signed as it should be";
    }
    if (!fold_invite(node->fold, &session->invite, &known) ||
        known.status != FOLD_INVITE_OPEN) {
        return used_up;
    }
    if ((int64_t)(known.expires_ms / 1000) < node->wall_s) {
        return "the invite has expired; ask for a new one";
    }
    const struct joins_request *other = joinbook_find_request(&node->joins, &session->invite);
    struct invite_request held;
    if (other != NULL && invite_request_decode(&held, buf_slice(&other->body)) == ERR_OK &&
        !school_id_eq(&held.school, &request->school)) {
        return "another school has asked with this invite";
    }
    if (other == NULL && node->joins.requests_n >= LIMIT_JOIN_REQUESTS) {
        return "too many schools wait for approval; ask again later";
    }
    return NULL;
}

void joins_on_request(struct node *node, struct session *session,
                      const struct wire_join_request *message)
{
    struct invite_request request;
    if (invite_request_decode(&request, message->body) != ERR_OK) {
        session_fail(node, session, ERR_MALFORMED, "join request");
        return;
    }
    if (is_member(node, &request.school)) {
        send_status(node, session, WIRE_JOIN_ADMITTED, "");
        return;
    }
    const char *fault = fault_of(node, session, &request);
    if (fault != NULL) {
        send_status(node, session, WIRE_JOIN_REFUSED, fault);
        return;
    }
    if (joinbook_find_request(&node->joins, &session->invite) == NULL) {
        char words[PHRASE_FOUR_BYTES] = "";
        remember_words(words, session);
        if (!joinbook_keep_request(node, &session->invite, message->body, words, node->wall_s))
            return;
        joinbook_save_request(node, joinbook_find_request(&node->joins, &session->invite));
        out_notice(&node->out, NOTICE_MEMBERSHIP);
    }
    const struct joins_invite *invite = joinbook_find_invite(&node->joins, &session->invite);
    if (invite != NULL && invite->approve_automatically) {
        struct envelope_id statement;
        const char *why = NULL;
        if (admit(node, &session->invite, &statement, &why) == ERR_OK) return;
    }
    send_status(node, session, WIRE_JOIN_PENDING,
                "a steward has the request; compare the four words by telephone");
}

void joins_on_gone(struct node *node, struct session *session)
{
    if (session->state == SESSION_JOINING) out_notice(&node->out, NOTICE_MEMBERSHIP);
}

uint64_t joins_tick(struct node *node)
{
    if (node->joins.ticket != 0) {
        uint64_t others_ms = node->joins.ticket_ms - JOINS_OTHERS_MS;
        if (node->now_ms < others_ms) return others_ms;
        if (node->joins.words[0] == '\0') ask_another(node);
    }
    if (node->joins.ticket != 0) {
        if (node->now_ms < node->joins.ticket_ms) return node->joins.ticket_ms;
        answer_join(node);
    }
    if (node->ledger.batches_n > 0 || node->state != NODE_MEMBER) return UINT64_MAX;
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        struct fold_invite known;
        if (session->state != SESSION_SERVING) continue;
        if (!fold_invite(node->fold, &session->invite, &known)) continue;
        if (known.status != FOLD_INVITE_USED || session->hello_sent) continue;
        session->hello_sent = true; /* said once */
        struct fold_device device;
        bool in = fold_device_by_transport(node->fold, &session->transport, &device) &&
                  device.status == FOLD_LIVE;
        if (in) {
            send_status(node, session, WIRE_JOIN_ADMITTED, "");
        } else { /* another school came with the same code, and was quicker */
            send_status(node, session, WIRE_JOIN_REFUSED, used_up);
        }
    }
    return UINT64_MAX;
}

/* -------------------------------------------------------------------------------- commands --
 */

/* The code's stewards: this device first, then others whose beacons say where they are. */
static size_t list_stewards(struct node *node, struct invite_steward *out)
{
    size_t n = 0;
    struct invite_steward *own = &out[n++];
    *own = (struct invite_steward){.transport = node->options.transport_pk};
    for (size_t i = 0; i < node->beacons.addresses_n && i < INVITE_STEWARD_ADDRESSES; i++) {
        strncpy(own->address[own->addresses_n++], node->beacons.addresses[i],
                LIMIT_ADDRESS_BYTES);
    }
    for (size_t i = 0; i < node->beacons.n && n < LIMIT_INVITE_STEWARDS; i++) {
        const struct beacons_kept *beacon = node->beacons.all[i];
        struct fold_device device;
        struct fold_school school;
        if (device_pk_eq(&beacon->device, &node->options.device_pk)) continue;
        if (!fold_device(node->fold, &beacon->device, &device) || device.status != FOLD_LIVE ||
            !fold_school(node->fold, &device.school, &school) || !school.steward ||
            beacon->body.n_addresses == 0) {
            continue;
        }
        struct invite_steward *other = &out[n++];
        *other = (struct invite_steward){.transport = device.transport};
        for (size_t k = 0; k < beacon->body.n_addresses && k < INVITE_STEWARD_ADDRESSES; k++) {
            memcpy(other->address[other->addresses_n++], beacon->body.addresses[k].p,
                   beacon->body.addresses[k].n);
        }
    }
    return n;
}

void joins_invite_create(struct node *node, const struct command *command)
{
    const struct command_invite_create *act = &command->invite_create;
    if (act->days < 1 || act->days > LIMIT_INVITE_DAYS) {
        node_refuse(node, command->ticket, ERR_INVALID, "an invite lasts 1 to 7 days");
        return;
    }
    if (node->beacons.addresses_n == 0) {
        node_refuse(node, command->ticket, ERR_INVALID,
                    "nobody could call: this computer has no address that others reach; start "
                    "kithd with --listen and --advertise HOST:PORT");
        return;
    }
    struct invite invite = {.network = node->network};
    invite.expires_ms = (uint64_t)(node->wall_s + (int64_t)act->days * 24 * 3600) * 1000;
    env_random(node->env, invite.secret.b, sizeof(invite.secret.b));
    invite.stewards_n = list_stewards(node, invite.stewards);
    struct make make = acts_make(node);
    struct buf body = {0}, code = {0};
    struct reply reply = {.ticket = command->ticket};
    enum err err = make_invite(&body, &make, &invite.secret, invite.expires_ms);
    if (err == ERR_OK) err = books_say(node, buf_slice(&body), &reply.statement);
    if (err != ERR_OK) {
        node_refuse(node, command->ticket, err,
                    err == ERR_REFUSED ? fold_verdict_text(make.why) : NULL);
    } else {
        invite_to_text(&code, &invite);
        struct joins *joins = &node->joins;
        MEM_RESERVE(joins->invites, joins->invites_n, joins->invites_cap);
        struct joins_invite *kept = &joins->invites[joins->invites_n++];
        *kept = (struct joins_invite){.code = mem_strdup((const char *)code.data),
                                      .note = mem_strdup(act->note == NULL ? "" : act->note),
                                      .expires_wall_s = (int64_t)(invite.expires_ms / 1000),
                                      .approve_automatically = act->approve_automatically};
        invite_id(&kept->id, &invite.secret);
        joinbook_save_invite(node, kept);
        reply.text = kept->code;
        ledger_reply(node, &reply);
    }
    KEY_WIPE(&invite.secret);
    buf_fini(&body);
    buf_fini(&code);
}

void joins_invite_void(struct node *node, const struct command *command)
{
    struct make make = acts_make(node);
    struct buf body = {0};
    struct invite_id invite = command->invite_void.invite;
    enum err err = make_invite_void(&body, &make, &invite);
    acts_say(node, command->ticket, err, &make, buf_slice(&body));
    if (err == ERR_OK) {
        joinbook_drop_invite(node, &invite);
        joinbook_drop_request(node, &invite);
    }
    buf_fini(&body);
}

void joins_approve(struct node *node, const struct command *command)
{
    struct reply reply = {.ticket = command->ticket};
    struct invite_id invite = command->request.invite;
    const char *why = NULL;
    enum err err = admit(node, &invite, &reply.statement, &why);
    if (err != ERR_OK) {
        node_refuse(node, command->ticket, err, why);
        return;
    }
    joinbook_drop_invite(node, &invite);
    ledger_reply(node, &reply);
}

void joins_deny(struct node *node, const struct command *command)
{
    struct invite_id invite = command->request.invite;
    if (joinbook_find_request(&node->joins, &invite) == NULL) {
        node_refuse(node, command->ticket, ERR_NOT_FOUND, NULL);
        return;
    }
    joinbook_drop_request(node, &invite);
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        if (session->state != SESSION_SERVING || !invite_id_eq(&session->invite, &invite))
            continue;
        send_status(node, session, WIRE_JOIN_REFUSED,
                    "the steward sent the request away; talk to them, then kith join again");
    }
    ledger_reply(node, &(struct reply){.ticket = command->ticket});
}

void joins_on_membership(struct node *node)
{
    struct fold_device own;
    bool live =
        fold_device(node->fold, &node->options.device_pk, &own) && own.status == FOLD_LIVE;
    if (node->state == NODE_JOINING && live) {
        node->state = NODE_MEMBER;
        joinbook_list_doors(&node->joins);
        node->joins.active = false;
        joinbook_end_join(node);
        beacons_wake(node, 100);
        dialer_hurry(node);
        node_trace(node, "node", 0, "joining", "member", NULL, 0);
        out_notice(&node->out, NOTICE_JOINED);
    }
    /* An admission that is void by now ends it too; and a removal may turn out to be void. */
    if (node->state == NODE_MEMBER && !live && fold_count(node->fold) > 0) {
        node->state = NODE_ENDED;
        node_trace(node, "node", 0, "member", "ended", NULL, 0);
        out_notice(&node->out, NOTICE_MEMBERSHIP);
    } else if (node->state == NODE_ENDED && live) {
        node->state = NODE_MEMBER;
        node->dialer.told = false;
        dialer_hurry(node);
        node_trace(node, "node", 0, "ended", "member", NULL, 0);
        out_notice(&node->out, NOTICE_MEMBERSHIP);
    }
}
