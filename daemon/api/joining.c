/* The first steps: init, found, join, one more device. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "proto/base/cursor.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"

/* Name of a network, a device or a school: some text without control characters. */
static bool name_good(struct call *call, const char *field, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = name; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f) n = 0;
    }
    if (n >= 1 && n <= LIMIT_NAME_BYTES) return true;
    call_fail_field(call, field, "a name of 1 to 200 bytes on one line");
    return false;
}

static bool network_name_good(struct call *call, const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

    if (n >= 1 && n <= 64 && name[n] == '\0' && name[0] != '-') return true;
    call_fail_field(call, "network", "1 to 64 of a-z, 0-9, - and _, not beginning with -");
    return false;
}

/* ------------------------------------------------------------------------- a device's code */

/*
 * What a new device needs to find its school's network, besides the phrase: "KITHDEV-" and, in
 * base32, version 2, network, school, its root (what the phrase must give), the statement that
 * made the root current, the transport key of a device that answers, its address. It opens
 * nothing by itself.
 */
static const char code_prefix[] = "KITHDEV-";
enum { DEVICE_CODE_VERSION = 2 };

struct device_code {
    struct network_id network;
    struct school_id school;
    struct root_pk root_pk;
    struct envelope_id seen;
    struct transport_pk peer;
    char address[LIMIT_ADDRESS_BYTES + 1];
};

static char *code_encode(struct call *call, const struct device_code *code)
{
    struct buf bytes = {0}, text = {0};
    char *out;

    buf_put_u8(&bytes, DEVICE_CODE_VERSION);
    buf_put(&bytes, code->network.b, sizeof(code->network.b));
    buf_put(&bytes, code->school.b, sizeof(code->school.b));
    buf_put(&bytes, code->root_pk.b, sizeof(code->root_pk.b));
    buf_put(&bytes, code->seen.b, sizeof(code->seen.b));
    buf_put(&bytes, code->peer.b, sizeof(code->peer.b));
    buf_put_str(&bytes, code->address);
    buf_put_str(&text, code_prefix);
    text_base32(&text, buf_slice(&bytes));
    buf_put_u8(&text, 0);
    out = arena_strdup(&call->arena, (const char *)text.data);
    buf_fini(&bytes);
    buf_fini(&text);
    return out;
}

static bool code_decode(struct device_code *out, const char *text)
{
    struct buf bytes = {0};
    struct cursor cursor;
    size_t n;
    bool good;

    memset(out, 0, sizeof(*out));
    text += strspn(text, " \t\r\n");
    if (strncasecmp(text, code_prefix, sizeof(code_prefix) - 1) != 0) return false;
    if (text_unbase32(&bytes, text + sizeof(code_prefix) - 1) != ERR_OK) {
        buf_fini(&bytes);
        return false;
    }
    cursor = cursor_of(buf_slice(&bytes));
    good = cursor_u8(&cursor) == DEVICE_CODE_VERSION;
    cursor_copy(&cursor, out->network.b, sizeof(out->network.b));
    cursor_copy(&cursor, out->school.b, sizeof(out->school.b));
    cursor_copy(&cursor, out->root_pk.b, sizeof(out->root_pk.b));
    cursor_copy(&cursor, out->seen.b, sizeof(out->seen.b));
    cursor_copy(&cursor, out->peer.b, sizeof(out->peer.b));
    n = cursor.left;
    good = good && n > 0 && n <= LIMIT_ADDRESS_BYTES;
    if (good) cursor_copy(&cursor, out->address, n);
    good = good && cursor_done(&cursor) && strlen(out->address) == n;
    buf_fini(&bytes);
    return good;
}

void joining_code(struct call *call)
{
    struct device_code code = {0};
    struct node_status status;
    struct fold_school school;
    const char *address;

    node_get_status(call->network->node, &status);
    code.network = status.network;
    code.school = call->network->school;
    code.peer = call->network->transport;
    if (!fold_root_since(names_fold(call), &code.school, &code.seen) ||
        !fold_school(names_fold(call), &code.school, &school)) {
        call_fail(call, ERR_NOT_MEMBER, "this school is no longer a member", NULL, NULL);
        return;
    }
    code.root_pk = school.root_pk;
    if (call->host->addresses(call->host->ctx, call->network, &address, 1) == 0 ||
        strlen(address) > LIMIT_ADDRESS_BYTES) {
        call_fail(call, ERR_REFUSED, "nobody can call this device: it has no address",
                  "start kithd with an address to listen on, or set one (addresses)", NULL);
        return;
    }
    strcpy(code.address, address);
    call_reply(call, 201, json_pack("{s:s}", "code", code_encode(call, &code)));
}

static bool code_take(struct call *call, struct device_code *code)
{
    if (code_decode(code, call_text(call, "code"))) return true;
    call_fail(call, ERR_MALFORMED, "this is no device code, or a piece of it is missing",
              "copy it anew: kith device add prints it on a device of the school", "$.code");
    return false;
}

/* ------------------------------------------------------------------------------------ init */

struct init_state {
    struct api_init init;
    struct device_code code;
};

static void on_init(void *arg, enum err err, const char *reason, const char *words)
{
    struct call *call = arg;
    struct init_state *state = call->state;
    json_t *json;

    call->owed--;
    if (call->answered) {
        if (call->http == NULL) call_gone(call);
        return;
    }
    for (size_t i = 0; err == ERR_OK && i < call->host->networks(call->host->ctx); i++) {
        const struct api_network *network = call->host->network(call->host->ctx, i);

        if (strcmp(network->name, state->init.network) == 0) call->network = network;
    }
    if (err != ERR_OK || call->network == NULL) {
        call_fail(call, err == ERR_OK ? ERR_SYSTEM : err, reason,
                  err == ERR_EXISTS
                      ? "kith status shows it; kith --data DIR uses another folder"
                      : NULL,
                  err == ERR_PHRASE ? "$.phrase" : NULL);
    } else {
        json = json_object();
        names_set(json, "network", json_string(call->network->name));
        names_set(json, "school", names_own_school(call->network));
        names_set(json, "device", names_own_device(call->network));
        names_set(json, "words", words == NULL ? json_null() : json_string(words));
        call_reply(call, 201, json);
    }
    if (call->http == NULL) call_gone(call);
}

void joining_init(struct call *call)
{
    static const struct call_field fields[] = {
        {"school", CALL_TEXT, true},   {"device", CALL_TEXT, false},
        {"network", CALL_TEXT, false}, {"phrase", CALL_TEXT, false},
        {"code", CALL_TEXT, false},
    };
    struct init_state *state = arena_alloc(&call->arena, sizeof(*state));

    if (!call_body(call, fields, 5)) return;
    call->state = state;
    state->init.school_name = call_text(call, "school");
    state->init.device_name = call_text(call, "device");
    state->init.network = call_text(call, "network");
    state->init.phrase = call_text(call, "phrase");
    if (state->init.network == NULL) state->init.network = "main";
    if (!name_good(call, "school", state->init.school_name) ||
        !network_name_good(call, state->init.network) ||
        (state->init.device_name != NULL &&
         !name_good(call, "device", state->init.device_name))) {
        return;
    }
    if (call_text(call, "code") != NULL) {
        if (state->init.phrase == NULL) {
            call_fail_field(call, "phrase",
                            "a device code needs the school's twelve words too");
            return;
        }
        if (!code_take(call, &state->code)) return;
        state->init.school = &state->code.school;
        state->init.root_pk = &state->code.root_pk;
    }
    call->owed++;
    call->host->init(call->host->ctx, &state->init, on_init, call);
}

/* --------------------------------------------------------------------- found, join, enlist */

static void founded(struct call *call, const struct reply *reply)
{
    json_t *json = call_act_json(call, reply);
    struct node_status status;

    node_get_status(call->network->node, &status);
    names_set(json, "id", names_hex(status.network.b, sizeof(status.network.b)));
    call_reply(call, 200, json);
}

static void found_with_root(struct call *call)
{
    struct command_found *found = &call->command.found;

    call->refused = "kith status shows it; kith --data DIR begins in another folder";
    found->network_name = call_text(call, "title");
    found->school_name = call->network->school_name;
    found->root_pk = call->root.root_pk;
    found->root_sk = call->root.root_sk;
    found->recovery_pk = call->root.recovery_pk;
    call_submit(call, COMMAND_FOUND, founded);
}

void joining_found(struct call *call)
{
    static const struct call_field fields[] = {
        {"title", CALL_TEXT, true},
        {"phrase", CALL_TEXT, true},
    };

    if (!call_body(call, fields, 2) || !name_good(call, "title", call_text(call, "title")))
        return;
    call_root(call, found_with_root);
}

static void join_asked(struct call *call, const struct reply *reply)
{
    json_t *json = call_done_json(call);

    names_set(json, "words", reply->text == NULL ? json_null() : json_string(reply->text));
    call_reply(call, 202, json);
}

static void join_with_root(struct call *call)
{
    struct command_join *join = &call->command.join;

    call->refused = "talk to the steward; kith join takes a new code at any time";
    join->code = call_text(call, "code");
    join->school_name = call->network->school_name;
    join->root_pk = call->root.root_pk;
    join->root_sk = call->root.root_sk;
    join->recovery_pk = call->root.recovery_pk;
    call_submit(call, COMMAND_JOIN, join_asked);
}

static const struct call_field code_fields[] = {
    {"code", CALL_TEXT, true},
    {"phrase", CALL_TEXT, true},
};

void joining_join(struct call *call)
{
    if (!call_body(call, code_fields, 2)) return;
    call_root(call, join_with_root);
}

static void enlist_with_root(struct call *call)
{
    struct device_code *code = call->state;
    struct command_enlist *enlist = &call->command.enlist;

    enlist->network = code->network;
    enlist->peer = code->peer;
    enlist->address = code->address;
    enlist->seen = code->seen;
    enlist->root_pk = call->root.root_pk;
    enlist->root_sk = call->root.root_sk;
    call_submit(call, COMMAND_ENLIST, call_reply_act);
}

void joining_enlist(struct call *call)
{
    struct device_code *code = arena_alloc(&call->arena, sizeof(*code));

    if (!call_body(call, code_fields, 2) || !code_take(call, code)) return;
    if (!school_id_eq(&code->school, &call->network->school)) {
        call_fail(call, ERR_REFUSED, "the code is of another school than this data folder",
                  "kith init with the code and the phrase, in a new data folder", "$.code");
        return;
    }
    call->state = code;
    call_root(call, enlist_with_root);
}

/* ------------------------------------------------------------------------------- addresses */

void joining_addresses(struct call *call)
{
    static const struct call_field fields[] = {{"addresses", CALL_LIST, true}};
    const json_t *list;
    const char **addresses;
    size_t i;
    json_t *value;

    if (!call_body(call, fields, 1)) return;
    list = json_object_get(call->body, "addresses");
    if (json_array_size(list) > LIMIT_ADDRESSES) {
        call_fail(call, ERR_LIMIT, "at most 8 addresses", NULL, "$.addresses");
        return;
    }
    addresses = arena_alloc(&call->arena, LIMIT_ADDRESSES * sizeof(*addresses));
    json_array_foreach(list, i, value)
    {
        const char *text = json_string_value(value);
        const char *colon = text == NULL ? NULL : strrchr(text, ':');
        unsigned long port = colon == NULL ? 0 : strtoul(colon + 1, NULL, 10);

        if (colon == NULL || colon == text || port < 1 || port > 65535 ||
            strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
            strlen(text) > LIMIT_ADDRESS_BYTES) {
            call_fail(call, ERR_INVALID, "an address is host:port",
                      "for example kith.example.org:7447 or [2001:db8::1]:7447",
                      call_format(call, "$.addresses[%zu]", i));
            return;
        }
        addresses[i] = text;
    }
    call->command.addresses.addresses = addresses;
    call->command.addresses.n = json_array_size(list);
    call_submit(call, COMMAND_ADDRESSES, call_reply_done);
}
