#include "proto/record/merge.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/record/fold.h"
#include "proto/record/ijson.h"

/* One write of one key. list and item are "" for a section's plain members. */
struct write {
    const char *section;
    const char *list;
    const char *item;
    size_t node;
    size_t index; /* of the item in its list */
    const json_t *value;
    size_t key; /* number of the key among the contested ones */
    bool superseded;
};

struct writes {
    struct write *all;
    size_t n, cap;
    json_t *lists; /* {section: {member: true}}: what counts as an item list */
};

static bool counts_as_list(const json_t *lists, const char *section, const char *member)
{
    return json_object_get(json_object_get(lists, section), member) != NULL;
}

static void find_lists(json_t *lists, const struct revision *revision)
{
    const char *name, *member;
    json_t *section, *value;
    IJSON_FOREACH(revision->sections, name, section)
    {
        IJSON_FOREACH(section, member, value)
        {
            if (!fold_is_items(value)) continue;
            if (json_object_get(lists, name) == NULL) {
                json_object_set_new(lists, name, json_object());
            }
            json_object_set_new(json_object_get(lists, name), member, json_true());
        }
    }
}

static void add(struct writes *writes, struct write write)
{
    MEM_RESERVE(writes->all, writes->n, writes->cap);
    writes->all[writes->n++] = write;
}

static void find_writes(struct writes *writes, const struct revision *revision, size_t node)
{
    const char *name, *member;
    json_t *section, *value, *item;
    size_t i;
    IJSON_FOREACH(revision->sections, name, section)
    {
        bool plain = json_object_size(section) == 0;
        IJSON_FOREACH(section, member, value)
        {
            if (!counts_as_list(writes->lists, name, member)) {
                plain = true;
                continue;
            }
            if (!fold_is_items(value)) continue;
            json_array_foreach(value, i, item)
            {
                add(writes, (struct write){.section = name,
                                           .list = member,
                                           .item = ijson_str(item, "id"),
                                           .node = node,
                                           .index = i,
                                           .value = item});
            }
        }
        if (plain) {
            add(writes,
                (struct write){
                    .section = name, .list = "", .item = "", .node = node, .value = section});
        }
    }
}

static int key_cmp(const struct write *x, const struct write *y)
{
    int c = strcmp(x->section, y->section);
    if (c == 0) c = strcmp(x->list, y->list);
    return c != 0 ? c : strcmp(x->item, y->item);
}

/* By key; within a key the greatest first, and of repeats in one list the last. */
static int by_key(const void *a, const void *b)
{
    const struct write *x = a, *y = b;
    int c = key_cmp(x, y);
    if (c != 0) return c;
    if (x->node != y->node) return x->node > y->node ? -1 : 1;
    return x->index > y->index ? -1 : x->index < y->index;
}

/* Sorts, drops repeats of a key in one revision, numbers the contested keys. */
static size_t number_keys(struct writes *writes)
{
    struct write *all = writes->all;
    size_t kept = 0, keys = 0;
    if (writes->n > 1) qsort(all, writes->n, sizeof(*all), by_key);
    for (size_t i = 0; i < writes->n; i++) {
        bool same = kept > 0 && key_cmp(&all[kept - 1], &all[i]) == 0;
        if (same && all[kept - 1].node == all[i].node) continue;
        all[kept++] = all[i];
    }
    writes->n = kept;
    for (size_t i = 0; i < kept; i++) {
        all[i].key = SIZE_MAX;
        if (i > 0 && key_cmp(&all[i - 1], &all[i]) == 0) {
            if (all[i - 1].key == SIZE_MAX) all[i - 1].key = keys++;
            all[i].key = all[i - 1].key;
        }
    }
    return keys;
}

static void bits_or(uint64_t *into, const uint64_t *from, size_t words)
{
    for (size_t i = 0; i < words; i++)
        into[i] |= from[i];
}

static int by_node(const void *a, const void *b)
{
    const struct write *const *x = a, *const *y = b;
    return (*x)->node > (*y)->node ? -1 : (*x)->node < (*y)->node;
}

/* Contested keys that one pass looks at: what a hostile history costs is bytes in its length.
 */
enum { PASS_KEYS = 1024, PASS_WORDS = PASS_KEYS / 64 };

/*
 * Marks what a descendant wrote again, of the keys from `base` on. Each node has one bit a key,
 * "a descendant writes it"; going from the greatest node down, a node hands its bits and its
 * own keys to its parents. What an erased node hands on goes to all nodes of a smaller lamport:
 * `pending`, fed from `staged` when the lamport falls. `order`: the writes by node, the
 * greatest first.
 */
static void mark_pass(const struct merge_node *nodes, size_t n, struct write **order,
                      size_t n_order, size_t base, uint64_t (*bits)[PASS_WORDS])
{
    uint64_t *pending = bits[n], *staged = bits[n + 1];
    size_t at = 0;
    for (size_t i = n; i-- > 0;) {
        uint64_t *own = bits[i];
        if (i + 1 < n && nodes[i].lamport < nodes[i + 1].lamport) {
            bits_or(pending, staged, PASS_WORDS);
        }
        bits_or(own, pending, PASS_WORDS);
        /* A revision writes a key once, so asking and setting can go together. */
        for (; at < n_order && order[at]->node == i; at++) {
            size_t key = order[at]->key - base;
            if (order[at]->key == SIZE_MAX || order[at]->key < base || key >= PASS_KEYS)
                continue;
            order[at]->superseded = own[key / 64] >> (key % 64) & 1;
            own[key / 64] |= (uint64_t)1 << (key % 64);
        }
        for (size_t p = 0; p < nodes[i].n_parents; p++) {
            bits_or(bits[nodes[i].parents[p]], own, PASS_WORDS);
        }
        if (nodes[i].after_all) bits_or(staged, own, PASS_WORDS);
    }
}

static void mark_superseded(const struct merge_node *nodes, size_t n, struct writes *writes,
                            size_t keys)
{
    size_t bytes = (n + 2) * PASS_WORDS * sizeof(uint64_t);
    uint64_t(*bits)[PASS_WORDS] = mem_zalloc(bytes);
    struct write **order = mem_zalloc(writes->n * sizeof(*order));
    for (size_t i = 0; i < writes->n; i++)
        order[i] = &writes->all[i];
    if (writes->n > 1) qsort(order, writes->n, sizeof(struct write *), by_node);
    for (size_t base = 0; base < keys; base += PASS_KEYS) {
        if (base > 0) memset(bits, 0, bytes);
        mark_pass(nodes, n, order, writes->n, base, bits);
    }
    free(order);
    free(bits);
}

static json_t *origin(const struct revision *revision)
{
    char hex[65];
    json_t *out = json_object();
    text_hex(hex, revision->id.b, sizeof(revision->id.b));
    ijson_set_str(out, "revision", hex);
    text_hex(hex, revision->edit.b, sizeof(revision->edit.b));
    ijson_set_str(out, "edit", hex);
    ijson_set_str(out, "person", revision->person);
    ijson_set_str(out, "at", revision->at);
    return out;
}

/* A section's plain members that say something. New reference. */
static json_t *plain_members(const json_t *lists, const struct write *write)
{
    const char *member;
    json_t *value, *out = json_object();
    IJSON_FOREACH(write->value, member, value)
    {
        if (json_is_null(value) || counts_as_list(lists, write->section, member)) continue;
        json_object_set(out, member, value);
    }
    return out;
}

static json_t *value_of(const json_t *lists, const struct write *write)
{
    if (*write->list == '\0') return plain_members(lists, write);
    return json_incref((json_t *)(uintptr_t)write->value);
}

static bool is_deleted(const json_t *item)
{
    return json_is_true(json_object_get(item, "deleted"));
}

/* An item that shows, and the place of its first write. */
struct shown {
    const struct write *write;
    size_t node;
    size_t index;
};

static int by_first_write(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;
    if (x->node != y->node) return x->node < y->node ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Puts the items of one list, the writes from `from` to `to`, into the section. */
static void show_list(json_t *section, const struct write *from, const struct write *to)
{
    struct shown *shown = mem_zalloc((size_t)(to - from) * sizeof(*shown));
    size_t n = 0;
    for (const struct write *w = from; w < to;) {
        const struct write *first = w;
        while (w + 1 < to && key_cmp(w, w + 1) == 0)
            w++;
        if (!is_deleted(first->value)) {
            shown[n++] = (struct shown){.write = first, .node = w->node, .index = w->index};
        }
        w++;
    }
    if (n > 1) qsort(shown, n, sizeof(*shown), by_first_write);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append(list, (json_t *)(uintptr_t)shown[i].write->value);
    }
    if (n > 0) json_object_set(section, from->list, list);
    json_decref(list);
    free(shown);
}

static void show_section(const json_t *lists, const struct merge_node *nodes,
                         const struct write *from, const struct write *to, json_t *sections,
                         json_t *written)
{
    json_t *section = *from->list == '\0' ? plain_members(lists, from) : json_object();
    size_t last = from->node;
    for (const struct write *w = from; w < to;) {
        const struct write *first = w;
        while (w < to && strcmp(w->list, first->list) == 0) {
            if (w->node > last) last = w->node;
            w++;
        }
        if (*first->list != '\0') show_list(section, first, w);
    }
    if (json_object_size(section) > 0) json_object_set(sections, from->section, section);
    json_decref(section);
    json_t *by = origin(nodes[last].revision);
    json_object_set_new(by, "lamport", json_integer((json_int_t)nodes[last].lamport));
    json_object_set_new(written, from->section, by);
}

/* The writes of one key, the greatest first: those that neither show nor are superseded. */
static void keep_also(const json_t *lists, const struct merge_node *nodes,
                      const struct write *from, const struct write *to, json_t *also)
{
    json_t *shows = value_of(lists, from);
    for (const struct write *w = from + 1; w < to; w++) {
        if (w->superseded) continue;
        json_t *value = value_of(lists, w);
        if (!json_equal(value, shows)) {
            json_t *entry = origin(nodes[w->node].revision);
            ijson_set_str(entry, "section", w->section);
            if (*w->list != '\0') {
                ijson_set_str(entry, "list", w->list);
                ijson_set_str(entry, "item", w->item);
            }
            json_object_set(entry, "value", value);
            json_array_append_new(also, entry);
        }
        json_decref(value);
    }
    json_decref(shows);
}

void merge_sections(const struct merge_node *nodes, size_t n, json_t *sections, json_t *written,
                    json_t *also)
{
    struct writes writes = {.lists = json_object()};
    for (size_t i = 0; i < n; i++) {
        if (nodes[i].revision != NULL) find_lists(writes.lists, nodes[i].revision);
    }
    for (size_t i = 0; i < n; i++) {
        if (nodes[i].revision != NULL) find_writes(&writes, nodes[i].revision, i);
    }
    size_t keys = number_keys(&writes);
    if (keys > 0) mark_superseded(nodes, n, &writes, keys);

    /* (Nothing added to no array at all would be undefined.) */
    const struct write *end = writes.n == 0 ? writes.all : writes.all + writes.n;
    for (const struct write *w = writes.all, *from; w < end;) {
        for (from = w; w < end && key_cmp(w, from) == 0;)
            w++;
        keep_also(writes.lists, nodes, from, w, also);
    }
    for (const struct write *w = writes.all, *from; w < end;) {
        for (from = w; w < end && strcmp(w->section, from->section) == 0;)
            w++;
        show_section(writes.lists, nodes, from, w, sections, written);
    }
    free(writes.all);
    json_decref(writes.lists);
}
