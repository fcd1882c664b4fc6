#include "daemon/core/joinbook.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"

static const char network_key[] = "node/network";
static const char join_key[] = "node/join";
static const char doors_key[] = "node/doors";
static const char invite_prefix[] = "node/invite/";
static const char request_prefix[] = "node/request/";

static void key_of(struct buf *key, const char *prefix, const struct invite_id *invite)
{
    key->len = 0;
    buf_put_str(key, prefix);
    buf_put(key, invite->b, sizeof(invite->b));
}

static void forget(struct node *node, const char *prefix, const struct invite_id *invite)
{
    struct buf key = {0};
    key_of(&key, prefix, invite);
    ledger_write(node, &(struct write){.kind = WRITE_SETTING, .key = buf_slice(&key)});
    buf_fini(&key);
}

static void put_text(struct buf *buf, const char *text)
{
    buf_put_u16(buf, (uint16_t)strlen(text));
    buf_put_str(buf, text);
}

/* A text of at most max bytes, owned; NULL when the cursor failed. */
static char *take_text(struct cursor *cursor, size_t max)
{
    size_t n = cursor_count(cursor, max, 1);
    struct slice bytes = cursor_take(cursor, n);
    if (cursor->failed) return NULL;
    char *text = mem_zalloc(n + 1);
    if (n > 0) memcpy(text, bytes.p, n);
    return text;
}

void joinbook_save_invite(struct node *node, const struct joins_invite *invite)
{
    struct buf key = {0}, value = {0};
    key_of(&key, invite_prefix, &invite->id);
    buf_put_u64(&value, (uint64_t)invite->expires_wall_s);
    buf_put_u8(&value, invite->approve_automatically);
    put_text(&value, invite->code);
    put_text(&value, invite->note);
    ledger_write(node, &(struct write){.kind = WRITE_SETTING,
                                       .key = buf_slice(&key),
                                       .payload = buf_slice(&value)});
    buf_fini(&key);
    buf_fini(&value);
}

static bool id_of_key(struct invite_id *id, struct slice key, const char *prefix)
{
    if (key.n != strlen(prefix) + sizeof(id->b)) return false;
    memcpy(id->b, key.p + strlen(prefix), sizeof(id->b));
    return true;
}

static void on_invite(void *arg, struct slice key, struct slice value)
{
    struct node *node = arg;
    struct joins_invite invite = {0};
    struct cursor in = cursor_of(value);
    invite.expires_wall_s = (int64_t)cursor_u64(&in);
    invite.approve_automatically = cursor_u8(&in) != 0;
    invite.code = take_text(&in, 8192);
    invite.note = take_text(&in, 8192);
    if (!id_of_key(&invite.id, key, invite_prefix) || !cursor_done(&in)) {
        free(invite.code);
        free(invite.note);
        node->damaged++;
        return;
    }
    MEM_RESERVE(node->joins.invites, node->joins.invites_n, node->joins.invites_cap);
    node->joins.invites[node->joins.invites_n++] = invite;
}

struct joins_invite *joinbook_find_invite(struct joins *joins, const struct invite_id *invite)
{
    for (size_t i = 0; i < joins->invites_n; i++) {
        if (invite_id_eq(&joins->invites[i].id, invite)) return &joins->invites[i];
    }
    return NULL;
}

void joinbook_drop_invite(struct node *node, const struct invite_id *id)
{
    struct joins *joins = &node->joins;
    struct joins_invite *invite = joinbook_find_invite(joins, id);
    if (invite == NULL) return;
    forget(node, invite_prefix, id);
    free(invite->code);
    free(invite->note);
    *invite = joins->invites[--joins->invites_n];
}

static void request_fini(struct joins_request *request)
{
    buf_fini(&request->body);
    free(request->school_name);
    free(request->device_name);
}

static char *text_of(struct statement_text text)
{
    char *copy = mem_zalloc(text.n + 1);
    if (text.n > 0) memcpy(copy, text.p, text.n);
    return copy;
}

/* Keeps a request whose body decodes; false otherwise. */
bool joinbook_keep_request(struct node *node, const struct invite_id *invite, struct slice body,
                           const char *words, int64_t wall_s)
{
    struct invite_request decoded;
    if (invite_request_decode(&decoded, body) != ERR_OK) return false;
    struct joins_request request = {.invite = *invite, .wall_s = wall_s};
    buf_put(&request.body, body.p, body.n);
    strncpy(request.words, words, sizeof(request.words) - 1);
    request.school_name = text_of(decoded.school_name);
    request.device_name = text_of(decoded.device.name);
    MEM_RESERVE(node->joins.requests, node->joins.requests_n, node->joins.requests_cap);
    node->joins.requests[node->joins.requests_n++] = request;
    return true;
}

void joinbook_save_request(struct node *node, const struct joins_request *request)
{
    struct buf key = {0}, value = {0};
    key_of(&key, request_prefix, &request->invite);
    buf_put_u64(&value, (uint64_t)request->wall_s);
    put_text(&value, request->words);
    buf_put(&value, request->body.data, request->body.len);
    ledger_write(node, &(struct write){.kind = WRITE_SETTING,
                                       .key = buf_slice(&key),
                                       .payload = buf_slice(&value)});
    buf_fini(&key);
    buf_fini(&value);
}

static void on_request_setting(void *arg, struct slice key, struct slice value)
{
    struct node *node = arg;
    struct invite_id invite;
    struct cursor in = cursor_of(value);
    int64_t wall_s = (int64_t)cursor_u64(&in);
    char *words = take_text(&in, PHRASE_FOUR_BYTES);
    if (words == NULL || !id_of_key(&invite, key, request_prefix) ||
        !joinbook_keep_request(node, &invite, slice_of(in.p, in.left), words, wall_s)) {
        node->damaged++;
    }
    free(words);
}

struct joins_request *joinbook_find_request(struct joins *joins, const struct invite_id *invite)
{
    for (size_t i = 0; i < joins->requests_n; i++) {
        if (invite_id_eq(&joins->requests[i].invite, invite)) return &joins->requests[i];
    }
    return NULL;
}

void joinbook_drop_request(struct node *node, const struct invite_id *invite)
{
    struct joins *joins = &node->joins;
    struct joins_request *request = joinbook_find_request(joins, invite);
    if (request == NULL) return;
    forget(node, request_prefix, invite);
    request_fini(request);
    size_t at = (size_t)(request - joins->requests);
    joins->requests_n--;
    memmove(request, request + 1, (joins->requests_n - at) * sizeof(*request));
    out_notice(&node->out, NOTICE_MEMBERSHIP);
}

/* The own join: the code as bytes, the words, the request (or our device-add, and whom to
 * call). */
void joinbook_save_join(struct node *node)
{
    const struct joins *joins = &node->joins;
    struct buf value = {0}, code = {0};
    buf_put_u8(&value, joins->enlisting);
    buf_put_u8(&value, joins->admitted);
    put_text(&value, joins->words);
    buf_put(&value, joins->peer.b, sizeof(joins->peer.b));
    put_text(&value, joins->address);
    if (!joins->enlisting) invite_encode(&code, &joins->invite);
    buf_put_u16(&value, (uint16_t)code.len);
    buf_put(&value, code.data, code.len);
    buf_put(&value, joins->body.data, joins->body.len);
    ledger_set(node, join_key, buf_slice(&value));
    buf_fini(&value);
    buf_fini(&code);
}

static void on_join(void *arg, struct slice key, struct slice value)
{
    (void)key;
    struct node *node = arg;
    struct joins *joins = &node->joins;
    struct cursor in = cursor_of(value);
    joins->enlisting = cursor_u8(&in) != 0;
    joins->admitted = cursor_u8(&in) != 0;
    char *words = take_text(&in, PHRASE_FOUR_BYTES);
    cursor_copy(&in, joins->peer.b, sizeof(joins->peer.b));
    char *address = take_text(&in, LIMIT_ADDRESS_BYTES);
    struct slice code = cursor_take(&in, cursor_u16(&in));
    bool good = words != NULL && address != NULL && !in.failed;
    if (good && !joins->enlisting) good = invite_decode(&joins->invite, code) == ERR_OK;
    if (good) {
        strncpy(joins->words, words, sizeof(joins->words) - 1);
        strncpy(joins->address, address, sizeof(joins->address) - 1);
        buf_put(&joins->body, in.p, in.left);
        joins->active = true;
        node->state = NODE_JOINING;
    } else {
        node->damaged++;
    }
    free(words);
    free(address);
}

static void on_network(void *arg, struct slice key, struct slice value)
{
    (void)key;
    struct node *node = arg;
    if (value.n != sizeof(node->network.b)) {
        node->damaged++;
        return;
    }
    memcpy(node->network.b, value.p, value.n);
    node->state = NODE_MEMBER;
}

void joinbook_save_network(struct node *node, const struct network_id *network)
{
    ledger_set(node, network_key, slice_of(network->b, sizeof(network->b)));
}

static void add_door(struct joins *joins, const struct transport_pk *transport,
                     const char *address)
{
    if (joins->doors_n == JOINS_DOORS_MAX) return;
    struct joins_door *door = &joins->doors[joins->doors_n++];
    *door = (struct joins_door){.transport = *transport};
    memcpy(door->address, address, strlen(address));
}

void joinbook_list_doors(struct joins *joins)
{
    joins->doors_n = 0;
    if (joins->enlisting) {
        add_door(joins, &joins->peer, joins->address);
        return;
    }
    for (size_t i = 0; i < joins->invite.stewards_n; i++) {
        const struct invite_steward *steward = &joins->invite.stewards[i];
        for (size_t k = 0; k < steward->addresses_n; k++)
            add_door(joins, &steward->transport, steward->address[k]);
    }
}

static void save_doors(struct node *node)
{
    const struct joins *joins = &node->joins;
    struct buf value = {0};
    for (size_t i = 0; i < joins->doors_n; i++) {
        const struct joins_door *door = &joins->doors[i];
        buf_put(&value, door->transport.b, sizeof(door->transport.b));
        put_text(&value, door->address);
    }
    ledger_set(node, doors_key, buf_slice(&value));
    buf_fini(&value);
}

static void on_doors(void *arg, struct slice key, struct slice value)
{
    (void)key;
    struct node *node = arg;
    struct joins *joins = &node->joins;
    struct cursor in = cursor_of(value);
    while (in.left > 0 && joins->doors_n < JOINS_DOORS_MAX) {
        struct joins_door door = {0};
        cursor_copy(&in, door.transport.b, sizeof(door.transport.b));
        char *address = take_text(&in, LIMIT_ADDRESS_BYTES);
        if (address == NULL) break;
        strncpy(door.address, address, sizeof(door.address) - 1);
        joins->doors[joins->doors_n++] = door;
        free(address);
    }
    if (!cursor_done(&in)) node->damaged++;
}

void joinbook_end_join(struct node *node)
{
    save_doors(node);
    ledger_write(node, &(struct write){.kind = WRITE_SETTING,
                                       .key = slice_of(join_key, strlen(join_key))});
}

void joinbook_load(struct node *node)
{
    const struct store_reader *reader = node->reader;
    reader->each_setting(reader->ctx, network_key, on_network, node);
    reader->each_setting(reader->ctx, join_key, on_join, node);
    reader->each_setting(reader->ctx, doors_key, on_doors, node);
    reader->each_setting(reader->ctx, invite_prefix, on_invite, node);
    reader->each_setting(reader->ctx, request_prefix, on_request_setting, node);
}

void joinbook_fini(struct joins *joins)
{
    for (size_t i = 0; i < joins->invites_n; i++) {
        free(joins->invites[i].code);
        free(joins->invites[i].note);
    }
    for (size_t i = 0; i < joins->requests_n; i++)
        request_fini(&joins->requests[i]);
    free(joins->invites);
    free(joins->requests);
    buf_fini(&joins->body);
    *joins = (struct joins){0};
}
