/* What else to hide: as few cells as a bounded search finds. */
#include <stdlib.h>
#include <string.h>

#include "daemon/measure/suppress_inner.h"
#include "proto/base/check.h"

/* What looking for fewer cells may cost: a quarter of all (suppress.c). */
#define SEARCH_BUDGET UINT64_C(150000000)

/* ---- company ---- */

size_t suppress_search_hide(const struct suppress_work *work, bool *hidden, uint32_t cell,
                            uint32_t *list)
{
    const struct suppress_cell *cells = work->table->cells;
    if (hidden[cell] || suppress_is_silent(&cells[cell])) return 0;
    hidden[cell] = true;
    list[0] = cell;
    size_t n = 1;
    if (work->pair[cell] != SUPPRESS_NONE) {
        n += suppress_search_hide(work, hidden, work->pair[cell], list + n);
    }
    if (cells[cell].of != SUPPRESS_NONE) return n;
    for (uint32_t i = work->numerator[cell]; i != SUPPRESS_NONE; i = work->numerator[i])
        n += suppress_search_hide(work, hidden, i, list + n);
    return n;
}

/* Tells a cell again that was hidden for the audit's sake, and what went with it and with
 * nothing else; nothing happens to what is forced. */
static bool tell(const struct suppress_work *work, bool *hidden, uint32_t cell)
{
    uint32_t of = work->table->cells[cell].of;
    if (!hidden[cell] || suppress_is_forced(work, cell)) return false;
    if (of != SUPPRESS_NONE && hidden[of]) return false;
    hidden[cell] = false;
    if (work->pair[cell] != SUPPRESS_NONE) tell(work, hidden, work->pair[cell]);
    if (of != SUPPRESS_NONE) return true;
    for (uint32_t i = work->numerator[cell]; i != SUPPRESS_NONE; i = work->numerator[i])
        tell(work, hidden, i);
    return true;
}

static size_t count(const struct suppress_work *work, const bool *hidden)
{
    size_t n = 0;
    for (size_t i = 0; i < work->table->cells_n; i++)
        n += hidden[i];
    return n;
}

static bool *copy(struct arena *arena, const bool *hidden, size_t n)
{
    return arena_dup(arena, hidden, n + 1);
}

/* ---- cuts ---- */

/* Whether a number has to be protected at all: it is not told, and something can help. */
static bool is_guarded(const struct suppress_work *work, uint32_t unknown, const bool *hidden)
{
    if (work->unknowns[unknown].given_away) return false;
    return unknown >= work->table->cells_n || hidden[unknown] ||
           work->unknowns[unknown].guarded || work->why[unknown] != SUPPRESS_WHY_NOTHING;
}

/* How much a cut still lacks. */
static int64_t lacks(const struct suppress_work *work, const struct suppress_cut *cut,
                     const bool *hidden)
{
    int64_t left = is_guarded(work, cut->unknown, hidden) ? cut->least : 0;
    for (size_t i = 0; i < work->table->cells_n && left > 0; i++) {
        if (hidden[i]) left -= cut->gains[i];
    }
    return left;
}

/* Looking through the cuts costs, too. */
static bool spend(struct suppress_work *work)
{
    uint64_t cost = (work->cuts_n + 1) * work->table->cells_n;
    if (work->budget < cost) return false;
    work->budget -= cost;
    return true;
}

/* A number of the smaller cells first; of nothing last, for it widens little. */
static bool is_smaller(const struct suppress_work *work, uint32_t x, uint32_t y)
{
    int64_t a = work->table->cells[x].value, b = work->table->cells[y].value;
    if ((a == 0) != (b == 0)) return b == 0;
    return a != b ? a < b : x < y;
}

/* ---- the first way ---- */

/* How far a cell would bring the cuts that lack something, in thousandths of a cut a cell
 * hidden. */
static int64_t worth(struct suppress_work *work, bool *hidden, uint32_t cell,
                     const int64_t *lacking, uint32_t *list)
{
    int64_t sum = 0;
    size_t n = suppress_search_hide(work, hidden, cell, list);
    for (size_t k = 0; k < work->cuts_n; k++) {
        int64_t gain = 0;
        for (size_t i = 0; i < n && gain < lacking[k]; i++)
            gain += work->cuts[k].gains[list[i]];
        if (lacking[k] > 0) sum += 1000 * (gain < lacking[k] ? gain : lacking[k]) / lacking[k];
    }
    for (size_t i = 0; i < n; i++)
        hidden[list[i]] = false;
    return sum / (int64_t)n;
}

static uint32_t worthiest(struct suppress_work *work, bool *hidden, const int64_t *lacking,
                          uint32_t *list)
{
    uint32_t best = SUPPRESS_NONE;
    int64_t most = 0;
    for (uint32_t i = 0; i < work->table->cells_n; i++) {
        if (hidden[i] || !suppress_is_candidate(work, i)) continue;
        int64_t here = worth(work, hidden, i, lacking, list);
        if (here > most || (here == most && here > 0 && is_smaller(work, i, best))) {
            best = i;
            most = here;
        }
    }
    return best;
}

/* Hides the worthiest cells until no known cut lacks anything, or nothing that is left helps:
 * the next audit says which. */
static enum err satisfy(struct suppress_work *work, bool *hidden)
{
    int64_t *lacking = mem_zalloc((work->cuts_n + 1) * sizeof(*lacking));
    uint32_t *list = mem_zalloc((work->table->cells_n + 1) * sizeof(*list));
    uint32_t best;
    enum err err = ERR_OK;
    do {
        best = SUPPRESS_NONE;
        bool some = false;
        for (size_t k = 0; k < work->cuts_n; k++) {
            lacking[k] = lacks(work, &work->cuts[k], hidden);
            some = some || lacking[k] > 0;
        }
        if (some) best = worthiest(work, hidden, lacking, list);
        if (best != SUPPRESS_NONE) suppress_search_hide(work, hidden, best, list);
        if (!spend(work)) err = ERR_LIMIT;
    } while (best != SUPPRESS_NONE && err == ERR_OK);
    free(lacking);
    free(list);
    return err;
}

static enum err cover(struct suppress_work *work, bool *hidden)
{
    for (;;) {
        size_t narrow = 0, before = count(work, hidden);
        enum err err = suppress_audit_judge(work, hidden, SUPPRESS_AUDIT_ALL, &narrow);
        if (err != ERR_OK || narrow == 0) return err;
        err = satisfy(work, hidden);
        if (err != ERR_OK) return err;
        if (count(work, hidden) == before) return ERR_LIMIT;
    }
}

/* Whether nothing is too narrow; looks at the known cuts first. */
static enum err is_enough(struct suppress_work *work, const bool *hidden, bool *enough)
{
    *enough = false;
    if (!spend(work)) return ERR_LIMIT;
    for (size_t k = 0; k < work->cuts_n; k++) {
        if (lacks(work, &work->cuts[k], hidden) > 0) return ERR_OK;
    }
    size_t narrow = 0;
    enum err err = suppress_audit_judge(work, hidden, SUPPRESS_AUDIT_FIRST, &narrow);
    *enough = err == ERR_OK && narrow == 0;
    return err;
}

/* Tells again, the largest first, what was hidden in vain. */
static enum err trim(struct suppress_work *work, bool *hidden)
{
    size_t n = work->table->cells_n;
    bool *tried = arena_alloc(&work->arena, n + 1);
    for (;;) {
        uint32_t largest = SUPPRESS_NONE;
        for (uint32_t i = 0; i < n; i++) {
            if (!hidden[i] || tried[i] || suppress_is_forced(work, i)) continue;
            if (largest == SUPPRESS_NONE || is_smaller(work, largest, i)) largest = i;
        }
        if (largest == SUPPRESS_NONE) return ERR_OK;
        tried[largest] = true;
        bool *then = copy(&work->arena, hidden, n), enough;
        if (!tell(work, then, largest)) continue;
        enum err err = is_enough(work, then, &enough);
        if (err != ERR_OK) return err;
        if (enough) memcpy(hidden, then, n);
    }
}

/* ---- the fewest cells ---- */

/* A search by number: whether so many more cells are enough. What a cut lacks, one of its cells
 * must give; cells that were tried at a place need not be tried below it again. */
struct search {
    struct suppress_work *work;
    bool *out_of; /* cells that may not be hidden here */
    bool *found;
};

struct choice {
    uint32_t cell;
    int64_t gain;
};

static int by_gain(const void *x, const void *y)
{
    const struct choice *a = x, *b = y;
    if (a->gain != b->gain) return a->gain > b->gain ? -1 : 1;
    return a->cell < b->cell ? -1 : 1;
}

static size_t choices_of(const struct search *search, const struct suppress_cut *cut,
                         const bool *hidden, struct choice *out)
{
    size_t n = 0;
    for (uint32_t i = 0; i < search->work->table->cells_n; i++) {
        if (hidden[i] || search->out_of[i] || cut->gains[i] <= 0) continue;
        out[n++] = (struct choice){i, cut->gains[i]};
    }
    qsort(out, n, sizeof(*out), by_gain);
    return n;
}

/* The cut that lacks something and leaves the fewest choices; NULL when none lacks, *hopeless
 * when one cannot be satisfied with so many cells. */
static const struct suppress_cut *tightest(const struct search *search, const bool *hidden,
                                           size_t left, struct choice *choices, size_t *n,
                                           bool *hopeless)
{
    const struct suppress_cut *best = NULL;
    struct choice *here = mem_zalloc((search->work->table->cells_n + 1) * sizeof(*here));
    *hopeless = false;
    for (size_t k = 0; k < search->work->cuts_n && !*hopeless; k++) {
        const struct suppress_cut *cut = &search->work->cuts[k];
        int64_t lacking = lacks(search->work, cut, hidden);
        if (lacking <= 0) continue;
        size_t found = choices_of(search, cut, hidden, here);
        for (size_t i = 0; i < found && i < left; i++)
            lacking -= here[i].gain;
        *hopeless = lacking > 0;
        if (best != NULL && found >= *n) continue;
        best = cut;
        *n = found;
        memcpy(choices, here, found * sizeof(*choices));
    }
    free(here);
    return best;
}

static enum err look(struct search *search, const bool *hidden, size_t left, bool *done);

static enum err look_with(struct search *search, const bool *hidden, size_t left, uint32_t cell,
                          bool *done)
{
    size_t n = search->work->table->cells_n;
    bool *then = mem_dup(hidden, n + 1);
    uint32_t *list = mem_zalloc((n + 1) * sizeof(*list));
    size_t cost = suppress_search_hide(search->work, then, cell, list);
    bool allowed = cost <= left;
    for (size_t i = 0; i < cost && allowed; i++)
        allowed = !search->out_of[list[i]];
    enum err err = allowed ? look(search, then, left - cost, done) : ERR_OK;
    free(list);
    free(then);
    return err;
}

static enum err look(struct search *search, const bool *hidden, size_t left, bool *done)
{
    struct suppress_work *work = search->work;
    size_t cells = work->table->cells_n, n = 0;
    struct choice *choices = mem_zalloc((cells + 1) * sizeof(*choices));
    bool hopeless, enough = false;
    enum err err = spend(work) ? ERR_OK : ERR_LIMIT;
    const struct suppress_cut *cut = tightest(search, hidden, left, choices, &n, &hopeless);
    if (cut == NULL && err == ERR_OK) {
        size_t known = work->cuts_n;
        err = is_enough(work, hidden, &enough);
        if (enough) {
            memcpy(search->found, hidden, cells);
            *done = true;
        } else if (err == ERR_OK && work->cuts_n > known) {
            cut = tightest(search, hidden, left, choices, &n, &hopeless);
        }
    }
    if (cut == NULL || hopeless || err != ERR_OK) n = 0;
    for (size_t i = 0; i < n && !*done && err == ERR_OK; i++) {
        err = look_with(search, hidden, left, choices[i].cell, done);
        search->out_of[choices[i].cell] = true;
    }
    for (size_t i = 0; i < n; i++)
        search->out_of[choices[i].cell] = false;
    free(choices);
    return err;
}

/* Fewer cells than were found by the first way, if the search's budget shows that some are
 * enough. */
static enum err fewer(struct suppress_work *work, const bool *forced, bool *hidden)
{
    size_t n = work->table->cells_n, least = count(work, forced);
    struct search search = {.work = work,
                            .out_of = arena_alloc(&work->arena, n + 1),
                            .found = arena_alloc(&work->arena, n + 1)};
    for (uint32_t i = 0; i < n; i++)
        search.out_of[i] = !suppress_is_candidate(work, i);
    bool done = false;
    enum err err = ERR_OK;
    for (size_t left = 0; least + left < count(work, hidden) && !done && err == ERR_OK; left++)
        err = look(&search, forced, left, &done);
    if (done) memcpy(hidden, search.found, n);
    return err;
}

/* ---- whole ---- */

enum err suppress_search(struct suppress_work *work, bool *hidden)
{
    size_t n = work->table->cells_n;
    bool *forced = copy(&work->arena, hidden, n);
    enum err err = cover(work, hidden);
    uint64_t rest = work->budget;
    if (err == ERR_OK && count(work, hidden) > count(work, forced)) {
        work->budget = rest < SEARCH_BUDGET ? rest : SEARCH_BUDGET;
        uint64_t whole = work->budget;
        err = trim(work, hidden);
        if (err == ERR_OK) err = fewer(work, forced, hidden);
        /* Looking for less may be given up: what was found stands. */
        if (err == ERR_LIMIT) err = ERR_OK;
        work->budget = rest - (whole - work->budget);
    }
    free(work->cuts);
    work->cuts = NULL;
    return err;
}
