#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/member/fold_state.h"

/* The state as text, one fact a line, each kind in order of its ids. README.md explains it. */

static void put_hex(struct buf *out, const char *before, const void *bytes, size_t n)
{
    char *text = mem_zalloc(2 * n + 1);
    text_hex(text, bytes, n);
    buf_put_str(out, before);
    buf_put_str(out, text);
    free(text);
}

static void put_number(struct buf *out, const char *before, uint64_t v)
{
    char text[21];
    buf_put_str(out, before);
    buf_put_str(out, v == FOLD_OPEN ? "open" : text_decimal(text, v));
}

static int compare_nodes(const void *a, const void *b)
{
    const struct node *const *x = a, *const *y = b;
    return envelope_id_cmp(&(*x)->item.id, &(*y)->item.id);
}

static void dump_statements(const struct fold *fold, struct buf *out)
{
    struct node **order = mem_zalloc((fold->nodes_n + 1) * sizeof(*order));
    for (size_t i = 0; i < fold->nodes_n; i++)
        order[i] = fold->nodes[i];
    qsort(order, fold->nodes_n, sizeof(struct node *), compare_nodes);
    for (size_t i = 0; i < fold->nodes_n; i++) {
        const struct node *node = order[i];
        put_hex(out, "statement ", node->item.id.b, 32);
        buf_put_str(out, " ");
        buf_put_str(out, statement_name(node->type));
        buf_put_str(out, " ");
        buf_put_str(out, fold_verdict_name(fold->why[node->number]));
        if (!fold->counted[node->number]) buf_put_str(out, " clipped");
        buf_put_str(out, "\n");
    }
    free(order);
}

static void dump_schools(const struct fold *fold, struct buf *out)
{
    struct fold_school school;
    for (size_t i = 0; fold_school_at(fold, i, &school); i++) {
        put_hex(out, "school ", school.id.b, 32);
        buf_put_str(out, school.status == FOLD_LIVE ? " live"
                         : school.left              ? " left"
                                                    : " ended");
        if (school.hub) buf_put_str(out, " hub");
        if (school.steward) buf_put_str(out, " steward");
        if (school.observer) buf_put_str(out, " observer");
        put_hex(out, " since ", school.since.b, 32);
        if (!envelope_id_is_zero(&school.ended)) put_hex(out, " ended ", school.ended.b, 32);
        put_hex(out, " root ", school.root_pk.b, 32);
        put_hex(out, " recovery ", school.recovery_pk.b, 32);
        buf_put_str(out, " name ");
        buf_put(out, school.name.p, school.name.n);
        buf_put_str(out, "\n");
    }
}

static const char *clip_name(enum fold_clip clip)
{
    static const char *const names[] = {"", " not-member", " cut", " frozen"};
    return names[clip];
}

static void dump_devices(const struct fold *fold, struct buf *out)
{
    struct fold_device device;
    for (size_t i = 0; fold_device_at(fold, i, &device); i++) {
        put_hex(out, "device ", device.id.b, 32);
        buf_put_str(out, device.status == FOLD_LIVE ? " live" : " ended");
        put_hex(out, " school ", device.school.b, 32);
        put_hex(out, " enrolled ", device.enrolled.b, 32);
        if (!envelope_id_is_zero(&device.ended)) put_hex(out, " ended ", device.ended.b, 32);
        buf_put_str(out, "\n");
    }
    struct device_pk pk;
    struct place head;
    for (size_t i = 0; fold_head_at(fold, i, &pk, &head); i++) {
        struct chain chain = {.device = pk};
        struct fold_limit limit = cutoffs_limit(fold, &chain);
        put_hex(out, "chain ", pk.b, 32);
        put_number(out, " head ", head.seq);
        put_hex(out, " ", head.id.b, 32);
        put_number(out, " limit ", limit.limit);
        buf_put_str(out, clip_name(limit.why));
        buf_put_str(out, "\n");
    }
}

static void dump_invites(const struct fold *fold, struct buf *out)
{
    static const char *const names[] = {" open", " used", " void"};
    struct fold_invite invite;
    for (size_t i = 0; fold_invite_at(fold, i, &invite); i++) {
        put_hex(out, "invite ", invite.id.b, 16);
        buf_put_str(out, names[invite.status]);
        put_number(out, " uses ", invite.uses);
        buf_put_str(out, "\n");
    }
}

static void dump_limits(const struct fold *fold, const struct fold_space *space,
                        struct buf *out)
{
    struct fold_device device;
    for (size_t i = 0; fold_device_at(fold, i, &device); i++) {
        struct chain chain = {.device = device.id, .tag = space->tag};
        struct fold_limit limit = cutoffs_limit(fold, &chain);
        if (limit.why == FOLD_CLIP_NOT_MEMBER) continue;
        put_hex(out, "  limit ", device.id.b, 32);
        put_number(out, " ", limit.limit);
        buf_put_str(out, clip_name(limit.why));
        if (!envelope_id_is_zero(&limit.id)) put_hex(out, " ", limit.id.b, 32);
        buf_put_str(out, "\n");
    }
}

static void dump_epochs(const struct fold *fold, const struct fold_space *space,
                        struct buf *out)
{
    struct fold_epoch epoch, write;
    bool has = fold_write_epoch(fold, &space->tag, &write);
    for (size_t i = 0; fold_epoch_at(fold, &space->tag, i, &epoch); i++) {
        put_hex(out, "  epoch ", epoch.id.b, 32);
        put_number(out, " depth ", epoch.depth);
        if (!epoch.stands) buf_put_str(out, " void");
        if (epoch.tip) buf_put_str(out, " tip");
        if (epoch.loose) buf_put_str(out, " loose");
        if (epoch.clean) buf_put_str(out, " clean");
        if (has && envelope_id_eq(&write.id, &epoch.id)) buf_put_str(out, " write");
        put_number(out, " missing ", fold_grants_missing(fold, &epoch.id, NULL, 0));
        buf_put_str(out, "\n");
    }
}

static void dump_spaces(const struct fold *fold, struct buf *out)
{
    static const char *const names[] = {
        "", " member", " carrier", " asked-member", " asked-carrier", " left"};
    struct fold_space space;
    for (size_t i = 0; fold_space_at(fold, i, &space); i++) {
        put_hex(out, "space ", space.tag.b, 16);
        put_number(out, " class ", (uint64_t)space.space_class);
        buf_put_str(out, "\n");
        for (size_t k = 0; k < fold->by_school.n; k++) {
            const struct school_id *school = &fold->schools[fold->by_school.v[k]].id;
            enum fold_part part = fold_part(fold, &space.tag, school);
            if (part == FOLD_NONE) continue;
            put_hex(out, "  school ", school->b, 32);
            buf_put_str(out, names[part]);
            if (fold_holds_space(fold, &space.tag, school)) buf_put_str(out, " holds");
            buf_put_str(out, "\n");
        }
        dump_limits(fold, &space, out);
        dump_epochs(fold, &space, out);
    }
}

void fold_dump(const struct fold *fold, struct buf *out)
{
    struct digest digest;
    fold_digest(fold, &digest);
    put_hex(out, "digest ", digest.b, sizeof(digest.b));
    buf_put_str(out, "\n");
    dump_statements(fold, out);
    dump_schools(fold, out);
    dump_devices(fold, out);
    dump_invites(fold, out);
    dump_spaces(fold, out);
}
