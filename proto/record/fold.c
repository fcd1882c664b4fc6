#include "proto/record/fold.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"
#include "proto/record/merge.h"

struct fold_entry fold_entry_full(const struct revision *revision)
{
    return (struct fold_entry){.mark = FOLD_MARK_FULL, .revision = revision};
}

struct fold_entry fold_entry_void(const struct revision *revision)
{
    return (struct fold_entry){.mark = FOLD_MARK_VOID, .revision = revision};
}

struct fold_entry fold_entry_erased(const struct revision_id *id, uint64_t lamport)
{
    return (struct fold_entry){.mark = FOLD_MARK_ERASED, .id = *id, .lamport = lamport};
}

const char *fold_status_name(enum fold_standing status)
{
    static const char *const names[FOLD_STATUS_COUNT] = {
        [FOLD_STATUS_IN_EFFECT] = "in effect", [FOLD_STATUS_ERASED] = "erased",
        [FOLD_STATUS_VOID] = "void",           [FOLD_STATUS_WAITING] = "waiting",
        [FOLD_STATUS_BROKEN] = "broken",
    };
    return names[status];
}

static const struct revision_id *id_of(const struct fold_entry *entry)
{
    return entry->revision != NULL ? &entry->revision->id : &entry->id;
}

static uint64_t lamport_of(const struct fold_entry *entry)
{
    return entry->revision != NULL ? entry->revision->lamport : entry->lamport;
}

static size_t parents_of(const struct fold_entry *entry)
{
    return entry->revision != NULL ? entry->revision->n_parents : 0;
}

/* --- the graph: distinct revisions in order of id, edges by place --- */

struct node {
    struct fold_entry entry;
    enum fold_standing status;
    size_t unresolved;   /* parents that are missing, or not yet judged */
    size_t first_parent; /* in graph.parents; SIZE_MAX there: missing */
    size_t first_child;  /* in graph.children */
    size_t n_children;
    size_t rank; /* place among the nodes that count */
};

struct graph {
    struct node *nodes;
    size_t n;
    size_t *parents;
    size_t *children;
};

/* By id; of one id the mark that takes most away first, so that repeats are a function of it.
 */
static int by_id_and_mark(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    int c = revision_id_cmp(id_of(&x->entry), id_of(&y->entry));
    if (c != 0) return c;
    static const int takes[] = {
        [FOLD_MARK_FULL] = 0, [FOLD_MARK_VOID] = 1, [FOLD_MARK_ERASED] = 2};
    if (x->entry.mark != y->entry.mark) return takes[y->entry.mark] - takes[x->entry.mark];
    uint64_t lx = lamport_of(&x->entry), ly = lamport_of(&y->entry);
    return lx < ly ? -1 : lx > ly;
}

static size_t place_of(const struct graph *graph, const struct revision_id *id)
{
    size_t low = 0, high = graph->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = revision_id_cmp(id_of(&graph->nodes[middle].entry), id);
        if (c == 0) return middle;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

static void graph_init(struct graph *graph, const struct fold_entry *entries, size_t n)
{
    *graph = (struct graph){.nodes = mem_zalloc(n * sizeof(*graph->nodes))};
    size_t edges = 0, at = 0;
    for (size_t i = 0; i < n; i++) {
        graph->nodes[i].entry = entries[i];
        if (entries[i].mark == FOLD_MARK_ERASED) {
            /* Content that is still at hand must not make a difference. */
            graph->nodes[i].entry =
                fold_entry_erased(id_of(&entries[i]), lamport_of(&entries[i]));
        }
    }
    if (n > 1) qsort(graph->nodes, n, sizeof(*graph->nodes), by_id_and_mark);
    for (size_t i = 0; i < n; i++) {
        const struct revision_id *id = id_of(&graph->nodes[i].entry);
        if (graph->n > 0 && revision_id_eq(id_of(&graph->nodes[graph->n - 1].entry), id)) {
            continue;
        }
        graph->nodes[graph->n++] = graph->nodes[i];
        edges += parents_of(&graph->nodes[i].entry);
    }
    graph->parents = mem_zalloc(edges * sizeof(size_t));
    graph->children = mem_zalloc(edges * sizeof(size_t));
    for (size_t i = 0; i < graph->n; i++) {
        struct node *node = &graph->nodes[i];
        node->first_parent = at;
        node->unresolved = parents_of(&node->entry);
        for (size_t p = 0; p < parents_of(&node->entry); p++, at++) {
            graph->parents[at] = place_of(graph, &node->entry.revision->parents[p]);
            if (graph->parents[at] != SIZE_MAX) graph->nodes[graph->parents[at]].n_children++;
        }
    }
    at = 0;
    for (size_t i = 0; i < graph->n; i++) {
        graph->nodes[i].first_child = at;
        at += graph->nodes[i].n_children;
        graph->nodes[i].n_children = 0;
    }
    for (size_t i = 0; i < graph->n; i++) {
        const struct node *node = &graph->nodes[i];
        for (size_t p = 0; p < parents_of(&node->entry); p++) {
            size_t parent = graph->parents[node->first_parent + p];
            if (parent == SIZE_MAX) continue;
            struct node *above = &graph->nodes[parent];
            graph->children[above->first_child + above->n_children++] = i;
        }
    }
}

static void graph_fini(struct graph *graph)
{
    free(graph->nodes);
    free(graph->parents);
    free(graph->children);
}

/* All parents are judged, and none waits. */
static enum fold_standing judge(const struct graph *graph, const struct node *node)
{
    const struct revision *revision = node->entry.revision;
    if (revision == NULL) return FOLD_STATUS_ERASED;
    uint64_t greatest = 0;
    for (size_t p = 0; p < revision->n_parents; p++) {
        const struct node *parent = &graph->nodes[graph->parents[node->first_parent + p]];
        if (parent->status == FOLD_STATUS_BROKEN) return FOLD_STATUS_BROKEN;
        if (lamport_of(&parent->entry) > greatest) greatest = lamport_of(&parent->entry);
        const struct revision *above = parent->entry.revision;
        if (above != NULL && strcmp(above->type, revision->type) != 0) {
            return FOLD_STATUS_BROKEN;
        }
    }
    if (revision->lamport != greatest + 1) return FOLD_STATUS_BROKEN;
    return node->entry.mark == FOLD_MARK_VOID ? FOLD_STATUS_VOID : FOLD_STATUS_IN_EFFECT;
}

/* What is never reached waits: a parent of it, or of one of its ancestors, is not here. */
static void judge_all(struct graph *graph)
{
    size_t *queue = mem_zalloc(graph->n * sizeof(*queue));
    size_t head = 0, tail = 0;
    for (size_t i = 0; i < graph->n; i++) {
        graph->nodes[i].status = FOLD_STATUS_WAITING;
        if (graph->nodes[i].unresolved == 0) queue[tail++] = i;
    }
    while (head < tail) {
        struct node *node = &graph->nodes[queue[head++]];
        node->status = judge(graph, node);
        for (size_t c = 0; c < node->n_children; c++) {
            size_t child = graph->children[node->first_child + c];
            if (--graph->nodes[child].unresolved == 0) queue[tail++] = child;
        }
    }
    free(queue);
}

/* --- the nodes that count, in ascending precedence --- */

static bool counts(const struct node *node)
{
    return node->status != FOLD_STATUS_WAITING && node->status != FOLD_STATUS_BROKEN;
}

static int by_precedence(const void *a, const void *b)
{
    const struct node *const *x = a, *const *y = b;
    uint64_t lx = lamport_of(&(*x)->entry), ly = lamport_of(&(*y)->entry);
    if (lx != ly) return lx < ly ? -1 : 1;
    return revision_id_cmp(id_of(&(*x)->entry), id_of(&(*y)->entry));
}

static void set_heads(struct fold_state *out, const struct graph *graph, struct node **order,
                      size_t n)
{
    uint64_t erased = 0; /* the greatest erased lamport: all below are in its past */
    for (size_t i = 0; i < n; i++) {
        if (order[i]->status == FOLD_STATUS_ERASED) erased = lamport_of(&order[i]->entry);
    }
    out->heads = mem_zalloc((n < LIMIT_REVISION_PARENTS ? n : LIMIT_REVISION_PARENTS) *
                            sizeof(*out->heads));
    out->lamport_next = 1;
    for (size_t i = n; i-- > 0 && out->n_heads < LIMIT_REVISION_PARENTS;) {
        bool head = lamport_of(&order[i]->entry) >= erased;
        for (size_t c = 0; head && c < order[i]->n_children; c++) {
            head = !counts(&graph->nodes[graph->children[order[i]->first_child + c]]);
        }
        if (!head) continue;
        if (out->n_heads == 0) out->lamport_next = lamport_of(&order[i]->entry) + 1;
        size_t at = out->n_heads++; /* ascending by id */
        for (; at > 0 && revision_id_cmp(&out->heads[at - 1], id_of(&order[i]->entry)) > 0;
             at--) {
            out->heads[at] = out->heads[at - 1];
        }
        out->heads[at] = *id_of(&order[i]->entry);
    }
}

static void set_sections(struct fold_state *out, const struct graph *graph, struct node **order,
                         size_t n)
{
    struct merge_node *nodes = mem_zalloc(n * sizeof(*nodes));
    size_t *parents = NULL, n_parents = 0, cap = 0;
    for (size_t i = 0; i < n; i++)
        order[i]->rank = i;
    for (size_t i = 0; i < n; i++) {
        const struct node *node = order[i];
        nodes[i] = (struct merge_node){.lamport = lamport_of(&node->entry),
                                       .after_all = node->status == FOLD_STATUS_ERASED};
        if (node->status == FOLD_STATUS_IN_EFFECT) nodes[i].revision = node->entry.revision;
        nodes[i].n_parents = parents_of(&node->entry);
        for (size_t p = 0; p < nodes[i].n_parents; p++) {
            MEM_RESERVE(parents, n_parents, cap);
            parents[n_parents++] = graph->nodes[graph->parents[node->first_parent + p]].rank;
        }
    }
    for (size_t i = 0, at = 0; i < n; at += nodes[i++].n_parents) {
        if (nodes[i].n_parents > 0) nodes[i].parents = parents + at;
    }
    merge_sections(nodes, n, out->sections, out->written, out->also);
    free(parents);
    free(nodes);
}

void fold_init(struct fold_state *out, const struct fold_entry *entries, size_t n)
{
    *out = (struct fold_state){.type = "",
                               .n_status = n,
                               .status = mem_zalloc(n * sizeof(*out->status)),
                               .sections = json_object(),
                               .written = json_object(),
                               .also = json_array()};
    struct graph graph;
    graph_init(&graph, entries, n);
    judge_all(&graph);
    struct node **order = mem_zalloc(graph.n * sizeof(*order));
    size_t n_order = 0;
    for (size_t i = 0; i < graph.n; i++) {
        out->counts[graph.nodes[i].status]++;
        if (counts(&graph.nodes[i])) order[n_order++] = &graph.nodes[i];
    }
    if (n_order > 1) qsort(order, n_order, sizeof(struct node *), by_precedence);
    for (size_t i = 0; i < n; i++) {
        out->status[i] = graph.nodes[place_of(&graph, id_of(&entries[i]))].status;
    }
    for (size_t i = 0; i < n_order; i++) {
        if (order[i]->status != FOLD_STATUS_IN_EFFECT) continue;
        const struct revision *revision = order[i]->entry.revision;
        if (out->first == NULL) out->first = revision;
        out->last = revision;
        if (revision->v > out->v) out->v = revision->v;
    }
    out->exists = out->first != NULL;
    if (out->exists) out->type = out->first->type;
    set_heads(out, &graph, order, n_order);
    set_sections(out, &graph, order, n_order);
    free(order);
    graph_fini(&graph);
}

void fold_fini(struct fold_state *state)
{
    free(state->status);
    free(state->heads);
    json_decref(state->sections);
    json_decref(state->written);
    json_decref(state->also);
    *state = (struct fold_state){0};
}

json_t *fold_json(const struct fold_state *state)
{
    json_t *out = json_object(), *heads = json_array(), *counts_json = json_object();
    json_object_set_new(out, "exists", json_boolean(state->exists));
    ijson_set_str(out, "type", state->type);
    json_object_set_new(out, "v", json_integer((json_int_t)state->v));
    json_object_set(out, "sections", state->sections);
    json_object_set(out, "written", state->written);
    json_object_set(out, "also", state->also);
    for (size_t i = 0; i < state->n_heads; i++) {
        char hex[65];
        text_hex(hex, state->heads[i].b, sizeof(state->heads[i].b));
        json_array_append_new(heads, json_string(hex));
    }
    json_object_set_new(out, "heads", heads);
    json_object_set_new(out, "lamport_next", json_integer((json_int_t)state->lamport_next));
    for (int i = 0; i < FOLD_STATUS_COUNT; i++) {
        json_object_set_new(counts_json, fold_status_name((enum fold_standing)i),
                            json_integer((json_int_t)state->counts[i]));
    }
    json_object_set_new(out, "counts", counts_json);
    return out;
}

/* --- the past of one revision --- */

size_t fold_past(struct fold_entry *entries, size_t n, const struct revision_id *id)
{
    struct graph graph;
    graph_init(&graph, entries, n);
    bool *in = mem_zalloc(graph.n * sizeof(*in));
    size_t *stack = mem_zalloc(graph.n * sizeof(*stack));
    size_t top = 0, start = place_of(&graph, id), kept = 0;
    uint64_t below = 0; /* everything with a smaller lamport is in */
    if (start != SIZE_MAX) {
        in[start] = true;
        stack[top++] = start;
    }
    while (top > 0) {
        const struct node *node = &graph.nodes[stack[--top]];
        if (node->entry.mark == FOLD_MARK_ERASED && lamport_of(&node->entry) > below) {
            below = lamport_of(&node->entry);
            for (size_t i = 0; i < graph.n; i++) {
                if (in[i] || lamport_of(&graph.nodes[i].entry) >= below) continue;
                in[i] = true;
                stack[top++] = i;
            }
        }
        for (size_t p = 0; p < parents_of(&node->entry); p++) {
            size_t parent = graph.parents[node->first_parent + p];
            if (parent == SIZE_MAX || in[parent]) continue;
            in[parent] = true;
            stack[top++] = parent;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (in[place_of(&graph, id_of(&entries[i]))]) entries[kept++] = entries[i];
    }
    free(stack);
    free(in);
    graph_fini(&graph);
    return kept;
}

/* --- one write after another --- */

bool fold_is_items(const json_t *value)
{
    size_t i;
    json_t *item;
    if (json_array_size(value) == 0) return false;
    json_array_foreach(value, i, item)
    {
        if (!json_is_string(json_object_get(item, "id"))) return false;
    }
    return true;
}

static void apply_item(json_t *list, const json_t *item)
{
    bool deleted = json_is_true(json_object_get(item, "deleted"));
    size_t i;
    json_t *other;
    json_array_foreach(list, i, other)
    {
        if (strcmp(ijson_str(other, "id"), ijson_str(item, "id")) != 0) continue;
        if (deleted)
            json_array_remove(list, i);
        else
            json_array_set(list, i, (json_t *)(uintptr_t)item);
        return;
    }
    if (!deleted) json_array_append(list, (json_t *)(uintptr_t)item);
}

void fold_apply(json_t *section, const json_t *write)
{
    const char *name;
    json_t *value, *item;
    void *next;
    size_t i;
    bool plain = json_object_size(write) == 0;
#define IS_LIST(member)                               \
    (fold_is_items(json_object_get(write, member)) || \
     fold_is_items(json_object_get(section, member)))
    IJSON_FOREACH(write, name, value)
    {
        if (!IS_LIST(name)) plain = true;
    }
    if (plain) {
        json_object_foreach_safe(section, next, name, value)
        {
            if (!IS_LIST(name)) json_object_del(section, name);
        }
    }
    IJSON_FOREACH(write, name, value)
    {
        if (!IS_LIST(name)) {
            if (!json_is_null(value)) json_object_set(section, name, value);
        } else if (fold_is_items(value)) {
            json_t *list = json_array();
            if (fold_is_items(json_object_get(section, name))) {
                json_array_extend(list, json_object_get(section, name));
            }
            json_array_foreach(value, i, item) apply_item(list, item);
            if (json_array_size(list) > 0)
                json_object_set(section, name, list);
            else
                json_object_del(section, name);
            json_decref(list);
        }
    }
#undef IS_LIST
}
