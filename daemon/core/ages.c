#include "daemon/core/ages.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"

static const char ages_key[] = "node/ages";

void ages_fini(struct ages *ages)
{
    free(ages->rows);
    *ages = (struct ages){0};
}

static struct ages_row *row_of(const struct ages *ages, const struct space_tag *tag)
{
    for (size_t i = 0; i < ages->n; i++) {
        if (space_tag_eq(&ages->rows[i].tag, tag)) return &ages->rows[i];
    }
    return NULL;
}

static void add_row(struct ages *ages, const struct ages_row *row)
{
    MEM_RESERVE(ages->rows, ages->n, ages->cap);
    ages->rows[ages->n++] = *row;
}

static void save(struct node *node)
{
    struct buf value = {0};
    buf_put_u64(&value, (uint64_t)node->ages.looked_wall_s);
    for (size_t i = 0; i < node->ages.n; i++) {
        const struct ages_row *row = &node->ages.rows[i];
        buf_put(&value, row->tag.b, sizeof(row->tag.b));
        buf_put(&value, row->epoch.b, sizeof(row->epoch.b));
        buf_put_u64(&value, row->age_s);
    }
    ledger_set(node, ages_key, buf_slice(&value));
    buf_fini(&value);
}

static void on_ages(void *arg, struct slice key, struct slice value)
{
    (void)key;
    struct node *node = arg;
    struct cursor in = cursor_of(value);
    node->ages.looked_wall_s = (int64_t)cursor_u64(&in);
    while (in.left > 0 && !in.failed) {
        struct ages_row row;
        cursor_copy(&in, row.tag.b, sizeof(row.tag.b));
        cursor_copy(&in, row.epoch.b, sizeof(row.epoch.b));
        row.age_s = cursor_u64(&in);
        if (!in.failed) add_row(&node->ages, &row);
    }
    if (!cursor_done(&in)) node->damaged++;
}

void ages_load(struct node *node)
{
    node->reader->each_setting(node->reader->ctx, ages_key, on_ages, node);
}

/* Seconds since the last look, as far as a date can be believed. */
static uint64_t passed_s(const struct node *node)
{
    int64_t since = node->ages.looked_wall_s;
    if (since == 0 || node->wall_s <= since) return 0;
    uint64_t passed = (uint64_t)node->wall_s - (uint64_t)since;
    return passed < AGES_STEP_MAX_S ? passed : AGES_STEP_MAX_S;
}

/* The write epochs of the spaces that this school is a member of, each with its age. */
static void count(struct node *node, uint64_t passed)
{
    struct ages before = node->ages;
    struct fold_space space;
    struct fold_epoch epoch;
    node->ages.rows = NULL;
    node->ages.n = node->ages.cap = 0;
    for (size_t i = 0; fold_space_at(node->fold, i, &space); i++) {
        if (fold_part(node->fold, &space.tag, &node->options.school) != FOLD_MEMBER ||
            !fold_write_epoch(node->fold, &space.tag, &epoch)) {
            continue;
        }
        struct ages_row row = {.tag = space.tag, .epoch = epoch.id};
        const struct ages_row *old = row_of(&before, &space.tag);
        if (old != NULL && envelope_id_eq(&old->epoch, &epoch.id)) {
            row.age_s = old->age_s + passed;
            if (row.age_s >= AGES_MAX_S) node->duty.look = true;
        }
        add_row(&node->ages, &row);
    }
    free(before.rows);
}

uint64_t ages_tick(struct node *node)
{
    struct ages *ages = &node->ages;
    if (node->state != NODE_MEMBER || ledger_ready(node) != ERR_OK) return UINT64_MAX;
    if (node->now_ms >= ages->look_ms) {
        count(node, passed_s(node));
        ages->looked_wall_s = node->wall_s;
        ages->look_ms = node->now_ms + AGES_LOOK_MS;
        save(node);
    }
    return ages->look_ms;
}

bool ages_old(const struct node *node, const struct space_tag *tag)
{
    const struct ages_row *row = row_of(&node->ages, tag);
    struct fold_epoch epoch;
    return row != NULL && row->age_s >= AGES_MAX_S &&
           fold_write_epoch(node->fold, tag, &epoch) && envelope_id_eq(&row->epoch, &epoch.id);
}
