/* Membership: the fold of a set of statements, one statement's bytes, invites. */
#include <string.h>

#include "proto/base/text.h"
#include "proto/member/fold.h"
#include "proto/member/invite.h"
#include "proto/member/statement.h"
#include "tests/tools/fold_of.h"
#include "tests/tools/ops.h"

static const char *const statuses[] = {"unknown", "live", "ended"};
static const char *const clips[] = {"none", "not member", "cut", "frozen"};

static void put_verdicts(json_t *out, const struct fold *fold)
{
    struct fold_item item;
    for (size_t i = 0; fold_item_at(fold, i, &item); i++) {
        json_t *row = json_object();
        const struct statement *statement = fold_statement(fold, &item.id);
        ask_put_hex(row, "id", item.id.b, sizeof(item.id.b));
        json_object_set_new(
            row, "type",
            json_string(statement == NULL ? "unknown" : statement_name(statement->type)));
        json_object_set_new(row, "verdict",
                            json_string(fold_verdict_name(fold_verdict(fold, &item.id))));
        json_array_append_new(out, row);
    }
}

static void put_schools(json_t *schools, json_t *devices, const struct fold *fold)
{
    struct fold_school school;
    for (size_t i = 0; fold_school_at(fold, i, &school); i++) {
        json_t *row = json_object();
        ask_put_hex(row, "id", school.id.b, sizeof(school.id.b));
        ask_put_text(row, "name", school.name.p, school.name.n);
        json_object_set_new(row, "status", json_string(statuses[school.status]));
        json_object_set_new(row, "steward", json_boolean(school.steward));
        json_object_set_new(row, "hub", json_boolean(school.hub));
        json_object_set_new(row, "observer", json_boolean(school.observer));
        ask_put_hex(row, "root_pk", school.root_pk.b, sizeof(school.root_pk.b));
        json_array_append_new(schools, row);
    }
    struct fold_device device;
    for (size_t i = 0; fold_device_at(fold, i, &device); i++) {
        json_t *row = json_object();
        ask_put_hex(row, "id", device.id.b, sizeof(device.id.b));
        ask_put_hex(row, "school", device.school.b, sizeof(device.school.b));
        json_object_set_new(row, "status", json_string(statuses[device.status]));
        json_array_append_new(devices, row);
    }
}

static void put_spaces(json_t *out, const struct fold *fold)
{
    struct fold_space space;
    for (size_t i = 0; fold_space_at(fold, i, &space); i++) {
        json_t *row = json_object();
        struct fold_epoch epoch;
        struct school_id school;
        json_t *members = json_array();
        char hex[65];
        ask_put_hex(row, "space_tag", space.tag.b, sizeof(space.tag.b));
        ask_put_number(row, "class", space.space_class);
        for (size_t m = 0; fold_part_at(fold, &space.tag, FOLD_MEMBER, m, &school); m++) {
            text_hex(hex, school.b, sizeof(school.b));
            json_array_append_new(members, json_string(hex));
        }
        json_object_set_new(row, "members", members);
        if (fold_write_epoch(fold, &space.tag, &epoch)) {
            ask_put_hex(row, "write_epoch", epoch.id.b, sizeof(epoch.id.b));
            ask_put_hex(row, "key_id", epoch.key_id.b, sizeof(epoch.key_id.b));
        }
        json_object_set_new(row, "epoch_wanted",
                            json_boolean(fold_epoch_wanted(fold, &space.tag)));
        json_array_append_new(out, row);
    }
}

/* How far the chains count that the request asks about. */
static void put_limits(struct ask *ask, const struct fold *fold)
{
    const json_t *asked = ask_list(ask, ask->request, "chains", true);
    if (asked == NULL) return;
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(asked) && !ask->failed; i++) {
        const json_t *row = json_array_get(asked, i);
        struct chain chain;
        ask_bytes(ask, row, "device_pk", chain.device.b, sizeof(chain.device.b));
        ask_bytes(ask, row, "space_tag", chain.tag.b, sizeof(chain.tag.b));
        if (ask->failed) break;
        struct fold_limit limit = fold_limit(fold, &chain);
        json_t *answer = json_object();
        if (limit.limit == FOLD_OPEN) {
            json_object_set_new(answer, "limit", json_string("open"));
        } else {
            ask_put_number(answer, "limit", limit.limit);
        }
        json_object_set_new(answer, "why", json_string(clips[limit.why]));
        ask_put_hex(answer, "id", limit.id.b, sizeof(limit.id.b));
        json_object_set_new(answer, "may_write", json_boolean(fold_may_write(fold, &chain)));
        json_array_append_new(out, answer);
    }
    json_object_set_new(ask->answer, "chains", out);
}

void op_member_fold(struct ask *ask)
{
    json_t *refused = json_array();
    json_object_set_new(ask->answer, "refused", refused);
    struct fold *fold = fold_of(ask, refused);
    if (fold == NULL) return;
    struct digest digest;
    fold_digest(fold, &digest);
    ask_put_hex(ask->answer, "digest", digest.b, sizeof(digest.b));
    ask_put_number(ask->answer, "count", fold_count(fold));
    ask_put_number(ask->answer, "waiting", fold_waiting(fold));
    struct statement_text name = fold_network_name(fold);
    ask_put_text(ask->answer, "network", name.p, name.n);
    json_t *verdicts = json_array(), *schools = json_array(), *devices = json_array();
    json_t *spaces = json_array();
    put_verdicts(verdicts, fold);
    put_schools(schools, devices, fold);
    put_spaces(spaces, fold);
    json_object_set_new(ask->answer, "statements", verdicts);
    json_object_set_new(ask->answer, "schools", schools);
    json_object_set_new(ask->answer, "devices", devices);
    json_object_set_new(ask->answer, "spaces", spaces);
    put_limits(ask, fold);
    if (json_is_true(json_object_get(ask->request, "dump"))) {
        struct buf dump = {0};
        fold_dump(fold, &dump);
        ask_put_text(ask->answer, "dump", (const char *)dump.data, dump.len);
        buf_fini(&dump);
    }
    fold_free(fold);
    ask_result(ask, ERR_OK);
}

void op_member_statement(struct ask *ask)
{
    struct slice body = ask_hex(ask, ask->request, "body", false);
    if (ask->failed) return;
    struct statement statement;
    enum err err = statement_decode(&statement, &ask->arena, body);
    ask_result(ask, err);
    if (err != ERR_OK) return;
    ask_put_number(ask->answer, "type", statement.type);
    json_object_set_new(ask->answer, "name", json_string(statement_name(statement.type)));
    json_t *seen = json_array();
    char hex[65];
    for (size_t i = 0; i < statement.seen.n; i++) {
        text_hex(hex, statement_id_at(&statement.seen, i)->b, 32);
        json_array_append_new(seen, json_string(hex));
    }
    json_object_set_new(ask->answer, "seen", seen);
    json_object_set_new(ask->answer, "root_signed", json_boolean(statement.root.by_root));
    if (statement_type_of(statement_name(statement.type)) != 0) {
        struct buf again = {0};
        statement_encode(&again, &statement);
        ask_put_hex(ask->answer, "body", again.data, again.len);
        buf_fini(&again);
    }
}

/* -------------------------------------------------------------------------------- invites */

static void read_steward(struct ask *ask, const json_t *from, struct invite_steward *out)
{
    ask_bytes(ask, from, "transport_pk", out->transport.b, sizeof(out->transport.b));
    const json_t *addresses = ask_list(ask, from, "addresses", true);
    if (json_array_size(addresses) > INVITE_STEWARD_ADDRESSES) {
        ask_fail(ask, "addresses", "has too many");
        return;
    }
    for (size_t i = 0; i < json_array_size(addresses); i++) {
        const char *address = json_string_value(json_array_get(addresses, i));
        if (address == NULL || address[0] == 0 || strlen(address) > LIMIT_ADDRESS_BYTES) {
            ask_fail(ask, "addresses", "must be strings within their bound");
            return;
        }
        strcpy(out->address[out->addresses_n++], address);
    }
}

static void read_invite(struct ask *ask, const json_t *from, struct invite *out)
{
    memset(out, 0, sizeof(*out));
    ask_bytes(ask, from, "network_id", out->network.b, sizeof(out->network.b));
    ask_bytes(ask, from, "secret", out->secret.b, sizeof(out->secret.b));
    out->expires_ms = ask_number(ask, from, "expires_ms", INT64_MAX);
    const json_t *stewards = ask_list(ask, from, "stewards", false);
    if (json_array_size(stewards) < 1 || json_array_size(stewards) > LIMIT_INVITE_STEWARDS) {
        ask_fail(ask, "stewards", "must be one to three");
        return;
    }
    for (size_t i = 0; i < json_array_size(stewards) && !ask->failed; i++) {
        read_steward(ask, json_array_get(stewards, i), &out->stewards[out->stewards_n++]);
    }
}

static void put_invite(json_t *out, const struct invite *invite)
{
    ask_put_hex(out, "network_id", invite->network.b, sizeof(invite->network.b));
    ask_put_hex(out, "secret", invite->secret.b, sizeof(invite->secret.b));
    ask_put_number(out, "expires_ms", invite->expires_ms);
    json_t *stewards = json_array();
    for (size_t i = 0; i < invite->stewards_n; i++) {
        const struct invite_steward *steward = &invite->stewards[i];
        json_t *row = json_object(), *addresses = json_array();
        ask_put_hex(row, "transport_pk", steward->transport.b, sizeof(steward->transport.b));
        for (size_t a = 0; a < steward->addresses_n; a++) {
            json_array_append_new(addresses, json_string(steward->address[a]));
        }
        json_object_set_new(row, "addresses", addresses);
        json_array_append_new(stewards, row);
    }
    json_object_set_new(out, "stewards", stewards);
    struct invite_id id;
    struct psk psk;
    invite_id(&id, &invite->secret);
    invite_psk(&psk, &invite->secret, &invite->network);
    ask_put_hex(out, "invite_id", id.b, sizeof(id.b));
    ask_put_hex(out, "psk", psk.b, sizeof(psk.b));
    struct buf bytes = {0}, text = {0};
    invite_encode(&bytes, invite);
    invite_to_text(&text, invite);
    ask_put_hex(out, "bytes", bytes.data, bytes.len);
    ask_put_text(out, "text", (const char *)text.data, text.len);
    buf_fini(&bytes);
    buf_fini(&text);
}

void op_member_invite(struct ask *ask)
{
    struct invite invite;
    enum err err = ERR_OK;
    if (ask_has(ask->request, "text")) {
        const char *text = ask_text(ask, ask->request, "text");
        if (ask->failed) return;
        err = invite_from_text(&invite, text);
    } else if (ask_has(ask->request, "bytes")) {
        struct slice bytes = ask_hex(ask, ask->request, "bytes", false);
        if (ask->failed) return;
        err = invite_decode(&invite, bytes);
    } else {
        read_invite(ask, ask->request, &invite);
        if (ask->failed) return;
        /* A made-up invite is one only if it can be read again. */
        struct buf bytes = {0};
        struct invite again;
        invite_encode(&bytes, &invite);
        err = invite_decode(&again, buf_slice(&bytes));
        buf_fini(&bytes);
    }
    ask_result(ask, err);
    if (err == ERR_OK) put_invite(ask->answer, &invite);
    mem_wipe(&invite, sizeof(invite));
}
